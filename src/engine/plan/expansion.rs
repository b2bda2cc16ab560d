//! `count`, `for_each` and `enabled` → which instances there are.

use super::world::{Here, World};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::{Kind, Value};
use crate::engine::expand::instances::MAX_INSTANCES;
use crate::engine::expand::{InstId, Keys};
use crate::lang::resolve::program::ExprId;

/// Why the instances are not known.
pub(crate) enum Late {
    /// What decides it is known only after apply; its place.
    Deferred(Span),
    /// A mistake.
    Failed(Box<Diagnostic>),
}

/// What decides how many instances there are.
#[derive(Clone, Copy)]
pub(crate) struct Repetition {
    pub(crate) count: Option<ExprId>,
    pub(crate) for_each: Option<ExprId>,
    pub(crate) enabled: Option<ExprId>,
}

impl World {
    /// Which instances there are.
    pub(crate) fn keys(&self, inst: InstId, repetition: Repetition, subject: &str) -> Result<Keys, Late> {
        let Repetition { count, for_each, enabled } = repetition;
        if let Some(id) = enabled {
            let (value, span) = self.known(inst, id, subject)?;
            match value.kind {
                Kind::Bool(true) => {}
                Kind::Bool(false) => return Ok(Keys::Disabled),
                Kind::Unknown(_) => {
                    let message =
                        format!("whether {subject} is enabled must be known before anything is applied");
                    return Err(Late::Failed(Box::new(
                        Diagnostic::new(codes::UNKNOWN_TOO_LATE, span, message).at_path(subject),
                    )));
                }
                _ => return Err(wrong(span, subject, "enabled", "bool", &value)),
            }
        }
        match (count, for_each) {
            (Some(id), _) => {
                let (value, span) = self.known(inst, id, subject)?;
                if value.is_unknown() {
                    return Err(Late::Deferred(span));
                }
                let count = value.as_i64().and_then(|count| u64::try_from(count).ok());
                let count =
                    count.ok_or_else(|| wrong(span, subject, "count", "a whole number from 0", &value))?;
                bounded(count, span, subject)?;
                Ok(Keys::Count(count))
            }
            (None, Some(id)) => {
                let (value, span) = self.known(inst, id, subject)?;
                each(&value, span, subject)
            }
            (None, None) => Ok(Keys::One),
        }
    }

    /// The value of an expression that decides about instances; not secret.
    fn known(&self, inst: InstId, id: ExprId, subject: &str) -> Result<(Value, Span), Late> {
        let span = self.module(inst).expr(id).span;
        let value = self.eval(inst, id, Here::NOWHERE).map_err(|mut e| {
            e.path.get_or_insert_with(|| subject.to_owned());
            Late::Failed(e)
        })?;
        if value.secret {
            let message = format!("the instances of {subject} would show a secret");
            return Err(Late::Failed(Box::new(
                Diagnostic::new(codes::SECRET_EXPOSED, span, message).here("this is secret").at_path(subject),
            )));
        }
        Ok((value, span))
    }
}

fn each(value: &Value, span: Span, subject: &str) -> Result<Keys, Late> {
    let keys: Vec<_> = match &value.kind {
        Kind::Unknown(_) => return Err(Late::Deferred(span)),
        Kind::Map(map) => map.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        Kind::Set(values) => {
            if values.iter().any(Value::is_unknown) {
                return Err(Late::Deferred(span));
            }
            let text = |value: &Value| {
                if value.secret {
                    return Err(wrong(span, subject, "for_each", "a set without secrets", value));
                }
                let key = value.as_str().map(|text| (text.into(), value.clone()));
                key.ok_or_else(|| wrong(span, subject, "for_each", "a set of strings", value))
            };
            let mut keys = values.iter().map(text).collect::<Result<Vec<_>, _>>()?;
            keys.sort_by(|(a, _), (b, _): &(crate::base::Text, Value)| a.cmp(b));
            keys
        }
        _ => return Err(wrong(span, subject, "for_each", "a map or a set of strings", value)),
    };
    bounded(keys.len() as u64, span, subject)?;
    Ok(Keys::Each(keys.into()))
}

fn bounded(count: u64, span: Span, subject: &str) -> Result<(), Late> {
    if count <= MAX_INSTANCES {
        return Ok(());
    }
    let message = format!("{subject} would have {count} instances; at most {MAX_INSTANCES} are allowed");
    Err(Late::Failed(Box::new(Diagnostic::new(codes::LIMIT_EXCEEDED, span, message).at_path(subject))))
}

fn wrong(span: Span, subject: &str, argument: &str, expected: &str, found: &Value) -> Late {
    let shown = if found.is_null() || found.as_number().is_some() {
        found.to_string()
    } else {
        found.kind_name().to_owned()
    };
    let message = format!("{argument} of {subject} must be {expected}, is {shown}");
    Late::Failed(Box::new(
        Diagnostic::new(codes::ANY_MISMATCH, span, message).at_path(subject).mismatch(expected, shown),
    ))
}

/// What is referred to before it is known.
pub(crate) fn unknown() -> Value {
    Value::unknown(Type::any())
}
