//! `for` expressions.

use super::expr::wrong;
use super::operators::key_text;
use super::{EvalError, Evaluator};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value, ValueMap};
use crate::lang::resolve::program::{ExprId, For};

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, parts: &For, span: Span) -> Result<Value, EvalError> {
        let collection = self.expr(parts.collection)?;
        let secret = collection.secret;
        let Some(items) = self.entries(&collection, self.span(parts.collection))? else {
            return Ok(self.for_unknown(parts, &collection)?.mark(secret));
        };
        let mut list = Vec::new();
        let mut map = ValueMap::new();
        let mut groups: std::collections::BTreeMap<crate::base::Text, Vec<Value>> = Default::default();
        let mut marked = secret;
        for (key, value) in items {
            let depth = self.bindings.len();
            self.bind(parts.key, key);
            self.bind(Some(parts.value), value);
            let entry = self.for_entry(parts, span);
            self.bindings.truncate(depth);
            match entry? {
                Entry::Skipped { secret } => marked |= secret,
                Entry::Unknown { secret } => {
                    let ty = if parts.key_expr.is_some() {
                        Type::map(Type::any())
                    } else {
                        Type::list(Type::any())
                    };
                    return Ok(Value::unknown(ty).mark(marked | secret));
                }
                Entry::Element { key, value, secret } => {
                    marked |= secret;
                    let Some((key, key_id)) = key else {
                        list.push(value);
                        continue;
                    };
                    if parts.group {
                        groups.entry(key).or_default().push(value);
                    } else if map.insert(key.clone(), value).is_some() {
                        return Err(duplicate_key(&key, self.span(key_id)));
                    }
                }
            }
        }
        let result = match (parts.key_expr, parts.group) {
            (None, _) => list.into(),
            (Some(_), false) => map.into(),
            (Some(_), true) => Value::map(groups.into_iter().map(|(key, values)| (key, Value::from(values)))),
        };
        Ok(result.mark(marked))
    }

    fn for_entry(&mut self, parts: &For, span: Span) -> Result<Entry, EvalError> {
        self.budget.spend(span, 48)?;
        let mut secret = false;
        if let Some(condition) = parts.condition {
            let test = self.expr(condition)?;
            secret |= test.secret;
            match test.kind {
                Kind::Bool(true) => {}
                Kind::Bool(false) => return Ok(Entry::Skipped { secret }),
                Kind::Unknown(_) => return Ok(Entry::Unknown { secret }),
                _ => return Err(wrong(self.span(condition), "a condition is true or false", "bool", &test)),
            }
        }
        let key = match parts.key_expr {
            None => None,
            Some(id) => {
                let key = self.expr(id)?;
                secret |= key.secret;
                if key.is_unknown() {
                    return Ok(Entry::Unknown { secret });
                }
                let text = key_text(&key).ok_or_else(|| {
                    wrong(self.span(id), "the key of an object is a string", "string", &key)
                })?;
                Some((text, id))
            }
        };
        Ok(Entry::Element { key, value: self.expr(parts.value_expr)?, secret })
    }

    /// Over a collection that is not known: evaluated once over an unknown element, for its type.
    fn for_unknown(&mut self, parts: &For, collection: &Value) -> Result<Value, EvalError> {
        let Kind::Unknown(unknown) = &collection.kind else { return Ok(Value::NULL) };
        let key = match &unknown.ty.kind {
            TypeKind::Map(..) | TypeKind::Object(_) => Type::string(),
            TypeKind::List(..) | TypeKind::Tuple(_) => Type::int(),
            _ => Type::any(),
        };
        let depth = self.bindings.len();
        self.bind(parts.key, Value::unknown(key));
        self.bind(Some(parts.value), Value::unknown(super::access::element_type(&unknown.ty)));
        let element = self.expr(parts.value_expr);
        self.bindings.truncate(depth);
        let element = self.type_of(&element?);
        Ok(Value::unknown(match (parts.key_expr, parts.group) {
            (None, _) => Type::list(element),
            (Some(_), false) => Type::map(element),
            (Some(_), true) => Type::map(Type::list(element)),
        }))
    }

    /// Keys and values of a collection; `None` if it is unknown.
    pub(super) fn entries(
        &self,
        value: &Value,
        span: Span,
    ) -> Result<Option<Vec<(Value, Value)>>, EvalError> {
        let entries: Vec<(Value, Value)> = match &value.kind {
            Kind::Unknown(_) => return Ok(None),
            Kind::Seq(values) => {
                values.iter().enumerate().map(|(at, value)| (at.into(), value.clone())).collect()
            }
            Kind::Set(values) => values.iter().map(|value| (value.clone(), value.clone())).collect(),
            Kind::Map(map) => map.iter().map(|(key, value)| (key.clone().into(), value.clone())).collect(),
            _ => return Err(wrong(span, "only lists, sets, maps and objects can be walked", "list", value)),
        };
        Ok(Some(entries))
    }
}

/// What one element of the collection comes to.
enum Entry {
    Skipped { secret: bool },
    Unknown { secret: bool },
    Element { key: Option<(crate::base::Text, ExprId)>, value: Value, secret: bool },
}

fn duplicate_key(key: &str, span: Span) -> EvalError {
    Box::new(
        Diagnostic::new(codes::EVALUATION_FAILED, span, format!("two elements have the key {key:?}"))
            .here("must differ for every element")
            .help("write `...` behind the value to group the elements of one key"),
    )
}
