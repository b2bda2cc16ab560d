//! Bodies of resources, data sources and providers → one object that follows their schema.

use super::expr::wrong;
use super::operators::key_text;
use super::{Budget, Context, EvalError, Evaluator, Lookup};
use crate::base::Text;
use crate::base::schema::{BlockSchema, Nesting};
use crate::base::types::Type;
use crate::base::value::{Kind, Value, ValueMap};
use crate::lang::resolve::program::{BlockBody, Module, NestedBlock};

/// The configured object: an entry per attribute and block of the schema, null where nothing is set.
///
/// Nested blocks are collected by their nesting; a list or set attribute of objects takes block syntax too. Arguments
/// the schema does not know are left out: the checker reported them.
///
/// # Errors
/// As [`super::eval`].
pub fn eval_block(
    module: &Module,
    body: &BlockBody,
    schema: &BlockSchema,
    lookup: &dyn Lookup,
    context: &Context<'_>,
) -> Result<Value, EvalError> {
    let budget = Budget::new(context);
    let value = Evaluator::new(module, lookup, context, &budget).block(body, schema)?;
    if let Some(first) = body.attributes.values().next() {
        let span = module.expr(first.value).span;
        let bytes = budget.whole(span, &value)?;
        budget.keep(span, bytes)?;
    }
    Ok(value)
}

/// Collects the objects of nested blocks of one kind.
#[derive(Default)]
struct Collected {
    objects: Vec<(Option<Text>, Value)>,
    /// A `dynamic` block over something unknown: how many there are is not known.
    unknown: bool,
}

impl Evaluator<'_> {
    fn block(&mut self, body: &BlockBody, schema: &BlockSchema) -> Result<Value, EvalError> {
        let mut object = ValueMap::new();
        for (name, attribute) in &schema.attributes {
            let value = match body.attributes.get(name) {
                Some(argument) => {
                    let value = self.expr(argument.value)?;
                    self.budget.whole(self.span(argument.value), &value)?;
                    fit(value, &attribute.ty)
                }
                None if body.blocks.iter().any(|block| block.kind == *name) => {
                    self.attribute_blocks(body, name, &attribute.ty)?
                }
                None => Value::NULL,
            };
            object.insert(name.clone(), value.mark(attribute.sensitive));
        }
        for (name, nested) in &schema.blocks {
            let mut collected = Collected::default();
            for block in body.blocks.iter().filter(|block| block.kind == *name) {
                self.nested(block, &nested.block, &mut collected)?;
            }
            object.insert(name.clone(), assemble(nested.nesting, collected, &nested.read_type()));
        }
        Ok(object.into())
    }

    fn nested(
        &mut self,
        block: &NestedBlock,
        schema: &BlockSchema,
        collected: &mut Collected,
    ) -> Result<(), EvalError> {
        let label = block.labels.first().map(|(label, _)| label.clone());
        let Some(dynamic) = &block.dynamic else {
            collected.objects.push((label, self.block(&block.body, schema)?));
            return Ok(());
        };
        let collection = self.expr(dynamic.for_each)?;
        let span = self.span(dynamic.for_each);
        let Some(entries) = self.entries(&collection, span)? else {
            collected.unknown = true;
            return Ok(());
        };
        for (key, value) in entries {
            let depth = self.bindings.len();
            let item = Value::map([("key", key), ("value", value)]).mark(collection.secret);
            self.bind(Some(dynamic.slot), item);
            let label = match dynamic.labels {
                None => Ok(None),
                Some(labels) => self.expr(labels).and_then(|labels| {
                    let first = labels.as_slice().and_then(|labels| labels.first()).and_then(key_text);
                    first
                        .map(Some)
                        .ok_or_else(|| wrong(span, "labels are a list of strings", "list(string)", &labels))
                }),
            };
            let object = label.and_then(|label| Ok((label, self.block(&block.body, schema)?)));
            self.bindings.truncate(depth);
            collected.objects.push(object?);
        }
        Ok(())
    }

    /// An attribute that is a list or set of objects, written as blocks.
    fn attribute_blocks(&mut self, body: &BlockBody, name: &str, ty: &Type) -> Result<Value, EvalError> {
        use crate::base::types::TypeKind;
        let (TypeKind::List(element, _) | TypeKind::Set(element, _)) = &ty.kind else {
            return Ok(Value::NULL);
        };
        let TypeKind::Object(object) = &element.kind else { return Ok(Value::NULL) };
        let attribute = |ty: &Type| crate::base::schema::Attribute::optional(ty.clone());
        let schema = BlockSchema {
            attributes: object.attributes.iter().map(|(name, a)| (name.clone(), attribute(&a.ty))).collect(),
            ..BlockSchema::default()
        };
        let mut collected = Collected::default();
        for block in body.blocks.iter().filter(|block| block.kind == *name) {
            self.nested(block, &schema, &mut collected)?;
        }
        let nesting = if matches!(ty.kind, TypeKind::Set(..)) { Nesting::Set } else { Nesting::List };
        Ok(assemble(nesting, collected, ty))
    }
}

fn assemble(nesting: Nesting, collected: Collected, ty: &Type) -> Value {
    if collected.unknown {
        return Value::unknown(ty.clone());
    }
    let mut values = collected.objects;
    match nesting {
        Nesting::Single | Nesting::Group => values.pop().map_or(Value::NULL, |(_, value)| value),
        Nesting::List => values.into_iter().map(|(_, value)| value).collect::<Vec<_>>().into(),
        Nesting::Set => Value::set(values.into_iter().map(|(_, value)| value).collect()),
        Nesting::Map => {
            Value::map(values.into_iter().map(|(label, value)| (label.unwrap_or_default(), value)))
        }
    }
}

/// The value in the shape of the attribute: a tuple becomes a set where one is wanted, optional attributes appear.
/// A value that does not fit stays as it is; the checker or the provider says so.
fn fit(value: Value, ty: &Type) -> Value {
    if matches!(value.kind, Kind::Null | Kind::Unknown(_)) {
        return value;
    }
    let marked = value.secret;
    crate::base::assign::conforms(&value, ty).map_or(value, |fitted| fitted.mark(marked))
}
