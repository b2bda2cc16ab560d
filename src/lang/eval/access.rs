//! Attributes, indexes and splats.

use super::expr::wrong;
use super::operators::key_text;
use super::{EvalError, Evaluator};
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::{listed, nearest};
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Unknown, Value};
use crate::lang::resolve::program::{ExprId, ExprKind, Reference, Slot};

impl Evaluator<'_> {
    pub(super) fn attribute(
        &mut self,
        base: ExprId,
        name: &Text,
        name_span: Span,
        safe: bool,
    ) -> Result<Value, EvalError> {
        if let Some(value) = self.output_of(base, name)? {
            return Ok(value);
        }
        let value = self.expr(base)?;
        let found = match &value.kind {
            Kind::Null if safe => return Ok(value),
            Kind::Null => {
                return Err(Box::new(
                    Diagnostic::new(
                        codes::ANY_MISMATCH,
                        self.span(base),
                        "this is null and has no attributes",
                    )
                    .here("null")
                    .label(name_span, "the attribute asked for")
                    .help("use `?.` to get null here as well, or `??` for a fallback"),
                ));
            }
            Kind::Map(map) => map.get(name).cloned(),
            Kind::Unknown(unknown) => Some(part_of_unknown(unknown, name, safe)),
            _ => None,
        };
        found
            .map(|found| found.mark(value.secret))
            .ok_or_else(|| no_attribute(&value, name, name_span, false))
    }

    /// `module.x.output` and `module.x[key].output`, without building the module's whole object.
    fn output_of(&mut self, base: ExprId, name: &Text) -> Result<Option<Value>, EvalError> {
        let module = self.module;
        match &module.expr(base).kind {
            ExprKind::Reference(Reference::Call(call)) => self.lookup.call_output(*call, None, name),
            ExprKind::Index { base, index } => match &module.expr(*base).kind {
                ExprKind::Reference(Reference::Call(call)) => {
                    let key = self.expr(*index)?;
                    match instance_key(&key) {
                        Some(at) => {
                            let value = self.lookup.call_output(*call, Some(&at), name)?;
                            Ok(value.map(|value| value.mark(key.secret)))
                        }
                        None => Ok(None),
                    }
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    pub(super) fn index(&mut self, base: ExprId, index: ExprId) -> Result<Value, EvalError> {
        let module = self.module;
        let key = self.expr(index)?;
        // One instance of many, without building the collection of all.
        if let ExprKind::Reference(Reference::Resource(resource)) = &module.expr(base).kind
            && let Some(at) = instance_key(&key)
            && let Some(value) = self.lookup.resource_instance(*resource, &at)?
        {
            return Ok(value.mark(key.secret));
        }
        let value = self.expr(base)?;
        let secret = value.secret || key.secret;
        let span = self.span(index);
        let found = match (&value.kind, &key.kind) {
            (Kind::Unknown(unknown), Kind::String(name)) => part_of_unknown(unknown, name, false),
            (Kind::Unknown(unknown), _) => Value::unknown(element_type(&unknown.ty)),
            (Kind::Seq(_) | Kind::Map(_), Kind::Unknown(_)) => Value::unknown(Type::any()),
            (Kind::Seq(values), Kind::Number(number)) => {
                let at = number.as_i64().and_then(|at| usize::try_from(at).ok());
                match at.and_then(|at| values.get(at)) {
                    Some(element) => element.clone(),
                    None => return Err(no_element(values.len(), number, span)),
                }
            }
            (Kind::Map(map), _) => match key_text(&key).map(|name| (map.get(&name), name)) {
                Some((Some(element), _)) => element.clone(),
                Some((None, name)) => {
                    let written = matches!(module.expr(index).kind, ExprKind::Literal(_));
                    let mut error = no_attribute(&value, &name, span, true);
                    if !written {
                        error.fixes.clear();
                    }
                    return Err(error);
                }
                None => return Err(wrong(span, "a map is indexed with a string", "string", &key)),
            },
            (Kind::Seq(_), _) => return Err(wrong(span, "a list is indexed with a number", "number", &key)),
            (Kind::Set(_), _) => {
                return Err(Box::new(
                    Diagnostic::new(codes::ANY_MISMATCH, self.span(base), "a set has no order to index by")
                        .here("a set")
                        .help("use `tolist(…)` to put it in order, or `one(…)` if it has one element"),
                ));
            }
            _ => {
                let rule = "only lists, maps and objects are indexed";
                return Err(wrong(self.span(base), rule, "list", &value));
            }
        };
        Ok(found.mark(secret))
    }

    pub(super) fn splat(&mut self, base: ExprId, slot: Slot, each: ExprId) -> Result<Value, EvalError> {
        let value = self.expr(base)?;
        let depth = self.bindings.len();
        let single;
        let elements: &[Value] = match &value.kind {
            Kind::Seq(values) | Kind::Set(values) => values,
            Kind::Null => &[],
            Kind::Unknown(unknown) => {
                let element = match unknown.ty.kind {
                    TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Tuple(_) | TypeKind::Any => {
                        element_type(&unknown.ty)
                    }
                    // A single value is a list of one, null a list of none.
                    _ => unknown.ty.clone().non_null(),
                };
                self.bind(Some(slot), Value::unknown(element).mark(value.secret));
                let element = self.expr(each);
                self.bindings.truncate(depth);
                return Ok(Value::unknown(Type::list(self.type_of(&element?))).mark(value.secret));
            }
            _ => {
                single = [value.clone()];
                &single
            }
        };
        self.budget.spend(self.span(base), elements.len() as u64 * 48)?;
        let mut results = Vec::with_capacity(elements.len());
        for element in elements {
            self.bind(Some(slot), element.clone());
            let result = self.expr(each);
            self.bindings.truncate(depth);
            results.push(result?);
        }
        Ok(Value::from(results).mark(value.secret))
    }

    /// Gives a slot a value, if the name is there.
    pub(super) fn bind(&mut self, slot: Option<Slot>, value: Value) {
        if let Some(slot) = slot {
            // A part of an expression can be evaluated by itself: what is bound around it is not known then.
            self.bindings.resize(slot.0 as usize, Value::unknown(Type::any()));
            self.bindings.push(value);
        }
    }
}

/// The instance a known key names.
fn instance_key(key: &Value) -> Option<InstanceKey> {
    match &key.kind {
        Kind::String(name) => Some(InstanceKey::Name(name.clone())),
        Kind::Number(number) => {
            number.as_i64().and_then(|index| u64::try_from(index).ok()).map(InstanceKey::Index)
        }
        _ => None,
    }
}

/// What is known of an attribute of an unknown object.
fn part_of_unknown(unknown: &Unknown, name: &str, safe: bool) -> Value {
    let ty = match &unknown.ty.kind {
        TypeKind::Object(object) => object.attributes.get(name).map(|attribute| attribute.ty.clone()),
        TypeKind::Map(element, _) => Some((**element).clone()),
        _ => None,
    };
    let ty = ty.unwrap_or_else(Type::any);
    Value::unknown(if safe && unknown.ty.nullable { ty.optional() } else { ty })
}

/// The type of an element.
pub(super) fn element_type(ty: &Type) -> Type {
    match &ty.kind {
        TypeKind::List(element, _) | TypeKind::Set(element, _) | TypeKind::Map(element, _) => {
            (**element).clone()
        }
        _ => Type::any(),
    }
}

fn no_element(count: usize, index: &crate::base::number::Number, span: Span) -> EvalError {
    let have = match count {
        0 => "the list is empty".to_owned(),
        1 => "the list has one element, [0]".to_owned(),
        _ => format!("the list has {count} elements, [0] to [{}]", count - 1),
    };
    Box::new(
        Diagnostic::new(codes::INDEX_OUT_OF_RANGE, span, format!("there is no element [{index}]")).here(have),
    )
}

fn no_attribute(value: &Value, name: &str, span: Span, quoted: bool) -> EvalError {
    let Some(map) = value.as_map() else {
        let rule = format!("only objects have attributes such as `{name}`");
        return wrong(span, &rule, "object", value);
    };
    let mut diagnostic =
        Diagnostic::new(codes::MISSING_KEY, span, format!("there is no `{name}` in this map"));
    if let Some(near) = nearest(name, map.keys().map(Text::as_str)) {
        diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        let near = if quoted { Value::from(near).to_string() } else { near.to_owned() };
        diagnostic = diagnostic.replace(FixLevel::Review, format!("change it to `{near}`"), span, near);
    } else {
        diagnostic = diagnostic.note(match map.len() {
            0 => "it is empty".to_owned(),
            _ => format!("it has {}", listed(map.keys().map(Text::as_str))),
        });
    }
    Box::new(diagnostic)
}
