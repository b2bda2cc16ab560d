//! What an object will be, by its schema alone.

use crate::base::Text;
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting};
use crate::base::value::{Kind, Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

/// Configured attributes are as configured, or have their defaults. What the provider decides keeps its prior value;
/// it is unknown for a new object, and where the schema says that an update decides it anew. Attributes and blocks
/// with a change that forces replacement are reported, and what replaces the object takes nothing over from it.
pub fn by_schema(request: &PlanRequest) -> PlanReply {
    let block = &request.schema.block;
    let Some(prior) = request.prior.as_ref().map(|object| &object.attributes) else {
        return PlanReply { planned: object(block, Prior::None, &request.config), replace: Vec::new() };
    };
    let planned = object(block, Prior::Kept(prior), &request.config);
    let attributes = block.attributes.iter().filter(|(name, attribute)| {
        attribute.forces_replacement && part(&planned, name) != part(prior, name)
    });
    let blocks = block
        .blocks
        .iter()
        .filter(|(name, nested)| block_forces(nested, part(&planned, name), part(prior, name)));
    let replace: Vec<_> =
        attributes.map(|(name, _)| name).chain(blocks.map(|(name, _)| name)).cloned().collect();
    if !replace.is_empty() {
        return PlanReply { planned: object(block, Prior::None, &request.config), replace };
    }
    let changes =
        planned.as_map().is_some_and(|map| map.iter().any(|(name, value)| value != part(prior, name)));
    let planned = if changes { object(block, Prior::Changed(prior), &request.config) } else { planned };
    PlanReply { planned, replace }
}

/// What there was before.
#[derive(Clone, Copy)]
enum Prior<'a> {
    /// Nothing.
    None,
    /// This, and nothing about it may change.
    Kept(&'a Value),
    /// This, and something about it changes.
    Changed(&'a Value),
}

impl<'a> Prior<'a> {
    fn get(self, name: &str) -> Option<&'a Value> {
        match self {
            Self::None => None,
            Self::Kept(value) | Self::Changed(value) => value.get(name),
        }
    }

    /// Of a part of it.
    fn of(self, part: Option<&'a Value>) -> Self {
        match (self, part.filter(|part| !part.is_null() && !part.is_unknown())) {
            (Self::None, _) | (_, None) => Self::None,
            (Self::Kept(_), Some(part)) => Self::Kept(part),
            (Self::Changed(_), Some(part)) => Self::Changed(part),
        }
    }
}

fn part<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::NULL)
}

/// What the configuration or else the schema sets.
fn set<'a>(name: &str, attribute: &'a Attribute, config: &'a Value) -> Option<&'a Value> {
    let configured = config.get(name).filter(|value| !value.is_null()).or(attribute.default.as_ref());
    configured.filter(|_| attribute.is_settable())
}

fn object(block: &BlockSchema, prior: Prior<'_>, config: &Value) -> Value {
    let mut planned = ValueMap::new();
    for (name, attribute) in &block.attributes {
        let value = match (set(name, attribute, config), prior, prior.get(name)) {
            (Some(value), _, _) => value.clone(),
            (None, _, _) if !attribute.is_computed() => Value::NULL,
            (None, Prior::Kept(_), Some(before)) => before.clone(),
            (None, Prior::Changed(_), Some(before)) if !attribute.recomputed => before.clone(),
            (None, _, _) => Value::unknown(attribute.read_type()),
        };
        planned.insert(name.clone(), value.mark(attribute.sensitive));
    }
    for (name, nested) in &block.blocks {
        planned.insert(name.clone(), blocks(nested, prior.of(prior.get(name)), part(config, name)));
    }
    let secret = config.secret;
    Value::from(planned).mark(secret)
}

/// All nested blocks of one name.
fn blocks(nested: &NestedBlock, prior: Prior<'_>, config: &Value) -> Value {
    let block = &nested.block;
    let before = match prior {
        Prior::None => &Value::NULL,
        Prior::Kept(value) | Prior::Changed(value) => value,
    };
    let elements = config.as_slice().unwrap_or_default();
    let olds = before.as_slice().unwrap_or_default();
    let planned: Value = match nested.nesting {
        _ if config.is_unknown() => return config.clone(),
        Nesting::Single if config.is_null() => Value::NULL,
        Nesting::Single | Nesting::Group => object(block, prior, config),
        Nesting::List => {
            let list = elements.iter().enumerate();
            list.map(|(at, element)| object(block, prior.of(olds.get(at)), element))
                .collect::<Vec<_>>()
                .into()
        }
        Nesting::Set => {
            let find = |element: &Value| olds.iter().find(|old| agrees(block, element, old));
            Value::set(elements.iter().map(|e| object(block, prior.of(find(e)), e)).collect())
        }
        Nesting::Map => {
            let entries = config.as_map().into_iter().flat_map(|map| map.iter());
            let entry = |(key, element): (&Text, &Value)| {
                (key.clone(), object(block, prior.of(before.get(key)), element))
            };
            entries.map(entry).collect::<ValueMap>().into()
        }
    };
    planned.mark(config.secret)
}

/// Whether an element of a set is what the configuration asks for, whatever the provider decided about it.
fn agrees(block: &BlockSchema, config: &Value, old: &Value) -> bool {
    let attributes = block.attributes.iter().all(|(name, attribute)| match set(name, attribute, config) {
        Some(value) => value == part(old, name),
        None => attribute.is_computed() || part(old, name).is_null(),
    });
    attributes
        && block.blocks.iter().all(|(name, nested)| {
            let kept = Prior::Kept(old).of(old.get(name));
            blocks(nested, kept, part(config, name)) == *part(old, name)
        })
}

/// Whether a change of nested blocks needs a new object.
fn block_forces(nested: &NestedBlock, planned: &Value, prior: &Value) -> bool {
    if planned == prior {
        return false;
    }
    let forces = |planned: &Value, prior: &Value| {
        let block = &nested.block;
        let attribute = block
            .attributes
            .iter()
            .any(|(name, a)| a.forces_replacement && part(planned, name) != part(prior, name));
        attribute
            || block.blocks.iter().any(|(name, n)| block_forces(n, part(planned, name), part(prior, name)))
    };
    match (&planned.kind, &prior.kind) {
        (Kind::Seq(new), Kind::Seq(old)) => (0..new.len().max(old.len())).any(|at| {
            let at = |values: &[Value]| values.get(at).cloned().unwrap_or(Value::NULL);
            forces(&at(new), &at(old))
        }),
        (Kind::Set(new), Kind::Set(old)) => {
            let added =
                new.iter().filter(|value| !old.contains(value)).any(|value| forces(value, &Value::NULL));
            added || old.iter().filter(|value| !new.contains(value)).any(|value| forces(&Value::NULL, value))
        }
        (Kind::Map(new), Kind::Map(old)) if nested.nesting == Nesting::Map => {
            let keys = new.keys().chain(old.keys());
            keys.into_iter().any(|key| forces(part(planned, key), part(prior, key)))
        }
        _ => forces(planned, prior),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::schema::Schema;
    use crate::base::types::Type;
    use crate::engine::provider::Object;

    fn schema() -> BlockSchema {
        let rule = BlockSchema {
            attributes: [
                ("port".into(), Attribute::required(Type::int()).forces_replacement()),
                ("note".into(), Attribute::optional(Type::string()).default("none")),
                ("id".into(), Attribute::computed(Type::string())),
            ]
            .into_iter()
            .collect(),
            ..Default::default()
        };
        let nested =
            |nesting| NestedBlock { nesting, min: 0, max: None, block: rule.clone(), docs: "".into() };
        BlockSchema {
            attributes: [
                ("name".into(), Attribute::required(Type::string()).forces_replacement()),
                ("size".into(), Attribute::optional(Type::int()).default(1)),
                ("zone".into(), Attribute::optional_computed(Type::string()).forces_replacement()),
                ("tier".into(), Attribute::optional_computed(Type::string()).default("basic")),
                ("id".into(), Attribute::computed(Type::string())),
                ("etag".into(), Attribute::computed(Type::string()).recomputed()),
                ("password".into(), Attribute::optional(Type::string()).sensitive()),
            ]
            .into_iter()
            .collect(),
            blocks: [
                ("one".into(), nested(Nesting::Single)),
                ("list".into(), nested(Nesting::List)),
                ("set".into(), nested(Nesting::Set)),
                ("map".into(), nested(Nesting::Map)),
            ]
            .into_iter()
            .collect(),
        }
    }

    fn plan(prior: Option<&Value>, config: Value) -> PlanReply {
        by_schema(&PlanRequest {
            address: "a.b".parse().unwrap(),
            kind: "a".into(),
            schema: std::sync::Arc::new(Schema::new(schema(), "")),
            prior: prior.cloned().map(Object::new),
            config,
        })
    }

    fn rule(port: i64) -> Value {
        Value::map([("port", Value::from(port)), ("note", Value::NULL), ("id", Value::NULL)])
    }

    fn config(changes: &[(&str, Value)]) -> Value {
        let mut map = ValueMap::new();
        for name in ["size", "zone", "tier", "id", "etag", "password", "one"] {
            map.insert(name.into(), Value::NULL);
        }
        map.insert("name".into(), "web".into());
        map.insert("list".into(), vec![rule(1), rule(2)].into());
        map.insert("set".into(), Value::set(vec![rule(3), rule(4)]));
        map.insert("map".into(), Value::map([("k", rule(5))]));
        map.extend(changes.iter().map(|(name, value)| (Text::from(*name), value.clone())));
        map.into()
    }

    /// The plan with every unknown decided, as a provider does it.
    fn applied(value: &Value, count: &mut usize) -> Value {
        let mut next = |value: &Value| applied(value, count);
        let kind = match &value.kind {
            Kind::Unknown(_) => {
                *count += 1;
                return Value::from(format!("decided-{count}")).mark(value.secret);
            }
            Kind::Seq(values) => Kind::Seq(values.iter().map(&mut next).collect()),
            Kind::Set(values) => return Value::set(values.iter().map(&mut next).collect()),
            Kind::Map(map) => {
                Kind::Map(std::sync::Arc::new(map.iter().map(|(k, v)| (k.clone(), next(v))).collect()))
            }
            other => other.clone(),
        };
        Value { kind, secret: value.secret }
    }

    fn made(config: Value) -> Value {
        applied(&plan(None, config).planned, &mut 0)
    }

    #[test]
    fn a_new_object_has_defaults_and_unknowns() {
        let planned = plan(None, config(&[("password", "x".into())])).planned;
        assert_eq!(planned.get("size"), Some(&Value::from(1)));
        assert_eq!(planned.get("tier"), Some(&"basic".into()));
        assert!(planned.get("id").unwrap().is_unknown() && planned.get("zone").unwrap().is_unknown());
        assert!(planned.get("password").unwrap().secret && planned.get("one").unwrap().is_null());
        for element in planned.get("list").unwrap().as_slice().unwrap() {
            assert_eq!(element.get("note"), Some(&"none".into()));
            assert!(element.get("id").unwrap().is_unknown());
        }
    }

    #[test]
    fn planning_what_was_applied_finds_nothing() {
        let made = made(config(&[("one", rule(9))]));
        let reply = plan(Some(&made), config(&[("one", rule(9))]));
        assert_eq!(reply, PlanReply { planned: made, replace: vec![] });
    }

    #[test]
    fn an_update_keeps_what_it_does_not_decide() {
        let made = made(config(&[]));
        let reply = plan(Some(&made), config(&[("size", 2.into())]));
        assert!(reply.replace.is_empty());
        assert_eq!(reply.planned.get("id"), made.get("id"));
        assert_eq!(reply.planned.get("zone"), made.get("zone"));
        assert_eq!(reply.planned.get("set"), made.get("set"));
        assert!(reply.planned.get("etag").unwrap().is_unknown());
        // Taking an argument away brings its default back.
        let made = super::tests::made(config(&[("tier", "gold".into()), ("size", 7.into())]));
        let reply = plan(Some(&made), config(&[]));
        assert_eq!(reply.planned.get("tier"), Some(&"basic".into()));
        assert_eq!(reply.planned.get("size"), Some(&Value::from(1)));
    }

    #[test]
    fn replacements_name_their_cause_and_start_afresh() {
        let made = made(config(&[]));
        let unknown = || Value::unknown(Type::string());
        let causes = |changes: &[(&str, Value)]| {
            let reply = plan(Some(&made), config(changes));
            assert_eq!(reply.replace.is_empty(), !reply.planned.get("id").unwrap().is_unknown());
            reply.replace.join(" ")
        };
        assert_eq!(causes(&[("name", "api".into())]), "name");
        assert_eq!(causes(&[("name", unknown()), ("zone", "eu".into())]), "name zone");
        assert_eq!(causes(&[("list", vec![rule(1), rule(7)].into())]), "list");
        assert_eq!(causes(&[("list", vec![rule(1)].into())]), "list");
        assert_eq!(causes(&[("set", Value::set(vec![rule(3)]))]), "set");
        assert_eq!(causes(&[("map", Value::map([("other", rule(5))]))]), "map");
        assert_eq!(causes(&[("one", rule(1))]), "one");
        let note = Value::map([("port", Value::from(1)), ("note", "n".into()), ("id", Value::NULL)]);
        assert_eq!(causes(&[("list", vec![note, rule(2)].into())]), "");
        assert_eq!(causes(&[("size", Value::unknown(Type::int()))]), "");
    }
}
