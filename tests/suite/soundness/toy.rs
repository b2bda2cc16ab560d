//! A provider made to be generated for: nested blocks, bounds on what it decides, data, and objects that can be adopted.
//! Nothing exists outside of the state.

use std::sync::Arc;

use async_trait::async_trait;
use prov::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting, ProviderSchema, Schema};
use prov::base::types::{NumberType, ObjectType, Type, TypeKind};
use prov::base::value::{Value, ValueMap};
use prov::engine::provider::*;

pub struct Toy;

fn block(attributes: Vec<(&str, Attribute)>, blocks: Vec<(&str, NestedBlock)>) -> BlockSchema {
    BlockSchema {
        attributes: attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect(),
        blocks: blocks.into_iter().map(|(name, block)| (name.into(), block)).collect(),
    }
}

fn between(low: i64, high: i64) -> Type {
    TypeKind::Number(NumberType { integer: true, ranges: [(low.into(), high.into())].into() }).into()
}

fn zone() -> Type {
    TypeKind::Enum(["a", "b", "c-3"].map(Value::from).into()).into()
}

fn nested(nesting: Nesting, max: Option<u32>, block: BlockSchema) -> NestedBlock {
    NestedBlock { nesting, min: 0, max, block, docs: "".into() }
}

fn schema() -> ProviderSchema {
    let text = Type::string;
    let label = block(
        vec![("key", Attribute::required(text())), ("value", Attribute::optional(text().optional()))],
        vec![],
    );
    let part = block(
        vec![
            ("port", Attribute::required(between(1, 65535))),
            ("ratio", Attribute::optional(Type::number()).default(1)),
        ],
        vec![("label", nested(Nesting::List, None, label))],
    );
    let limits = block(vec![("delay", Attribute::optional(Type::duration()))], vec![]);
    let object = block(
        vec![
            ("name", Attribute::required(text())),
            ("size", Attribute::optional(Type::int()).default(1)),
            ("zone", Attribute::optional(zone())),
            ("tags", Attribute::optional(Type::map(text())).forces_replacement()),
            ("password", Attribute::optional(text()).sensitive()),
            ("auto", Attribute::optional_computed(text())),
            ("id", Attribute::computed(text())),
            ("port", Attribute::computed(between(1, 65535))),
            ("count", Attribute::computed(Type::int())),
            ("note", Attribute::computed(text()).nullable()),
            (
                "ends",
                Attribute::computed(Type::list(Type::object([("host", text()), ("port", Type::int())]))),
            ),
        ],
        vec![
            ("part", nested(Nesting::List, None, part)),
            ("limits", nested(Nesting::Single, Some(1), limits)),
        ],
    );
    let lookup = block(
        vec![
            ("name", Attribute::required(text())),
            ("value", Attribute::computed(text())),
            ("count", Attribute::computed(Type::int())),
            ("tags", Attribute::computed(Type::map(text()))),
        ],
        vec![],
    );
    let config = block(vec![("region", Attribute::optional(text()))], vec![]);
    ProviderSchema {
        name: "toy".into(),
        config: Schema::new(config, ""),
        resources: [("toy_box".into(), Arc::new(Schema::new(object, "")))].into_iter().collect(),
        data: [("toy_lookup".into(), Arc::new(Schema::new(lookup, "")))].into_iter().collect(),
    }
}

/// A value of a type: what this provider decides.
fn decided(ty: &Type) -> Value {
    if ty.nullable {
        return Value::NULL;
    }
    match &ty.kind {
        TypeKind::Bool => true.into(),
        TypeKind::Number(_) => 7.into(),
        TypeKind::List(element, _) => vec![decided(element)].into(),
        TypeKind::Map(element, _) => Value::map([("a", decided(element))]),
        TypeKind::Object(object) => {
            let ObjectType { attributes, .. } = &**object;
            attributes
                .iter()
                .map(|(name, attribute)| (name.clone(), decided(&attribute.ty)))
                .collect::<ValueMap>()
                .into()
        }
        _ => "made".into(),
    }
}

fn made(planned: &Value, schema: &Schema) -> Value {
    let mut map = planned.as_map().cloned().unwrap_or_default();
    for (name, attribute) in &schema.block.attributes {
        let open = map.get(name).is_none_or(|value| value.is_null() || value.is_unknown());
        if open && attribute.is_computed() {
            map.insert(name.clone(), decided(&attribute.read_type()));
        }
        map.entry(name.clone()).or_insert(Value::NULL);
    }
    for name in schema.block.blocks.keys() {
        map.entry(name.clone()).or_insert(Value::NULL);
    }
    map.into()
}

#[async_trait]
impl Provider for Toy {
    fn name(&self) -> &str {
        "toy"
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        Ok(Arc::new(schema()))
    }

    async fn configure(&self, _: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        Ok(Arc::new(Toy))
    }
}

#[async_trait]
impl Connection for Toy {
    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        Ok(Some(request.prior))
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        Ok(Object::new(made(&request.planned, &request.schema)))
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        Ok(Object::new(made(&request.planned, &request.schema)))
    }

    async fn delete(&self, _: DeleteRequest) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let known = Value::map([("name", "adopted".into()), ("id", Value::from(request.id))]);
        Ok(Object::new(made(&known, &request.schema)))
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        Ok(made(&request.config, &request.schema))
    }

    async fn recover(&self, _: Step) -> Result<Recovered, ProviderError> {
        Ok(Recovered::NotHappened)
    }
}
