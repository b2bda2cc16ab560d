//! Values against types.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::FxHashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::join::unbounded;
use super::{Fault, PathStep, ValuePath, assignable, enum_base, missing};
use crate::base::Text;
use crate::base::number::Number;
use crate::base::re2;
use crate::base::types::{Length, Ranges, Type, TypeKind};
use crate::base::value::{Kind, Unknown, Value, ValueMap};

/// Why a value does not fit: the innermost place where it breaks its type.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueMismatch {
    /// Where, from the whole.
    pub path: ValuePath,
    /// What is wrong there.
    pub fault: Fault,
    /// The type needed there.
    pub expected: Type,
    /// The value found there; shows as `(sensitive)` when it is secret.
    pub found: Value,
    /// For [`Fault::Bound`], the bound that is broken: `at most 65535`.
    pub bound: Option<String>,
}

impl fmt::Display for ValueMismatch {
    /// What is wrong, in one clause: `must be at most 65535, is 70000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, expected, found, bound, .. } = self;
        match fault {
            Fault::Type => write!(f, "must be {expected}, is {}", kind_words(found)),
            Fault::Null => write!(f, "must be {expected}, is null"),
            Fault::Bound => {
                write!(f, "must be {}, is {found}", bound.as_deref().unwrap_or(&expected.to_string()))
            }
            Fault::Missing(names) if names.len() == 1 => write!(f, "lacks the attribute {}", names[0]),
            Fault::Missing(names) => write!(f, "lacks the attributes {}", names.join(", ")),
            Fault::Unexpected(name) => write!(f, "has no attribute {name}"),
        }
    }
}

fn kind_words(value: &Value) -> String {
    match &value.kind {
        Kind::Unknown(unknown) => unknown.ty.to_string(),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Duration(_) | Kind::Size(_)
            if !value.secret =>
        {
            let shown = value.to_string();
            if shown.len() > 60 {
                value.kind_name().to_owned()
            } else {
                format!("{} {shown}", value.kind_name())
            }
        }
        _ => value.kind_name().to_owned(),
    }
}

/// Checks a value against a type, bounds included, and gives it the shape of the type: defaults filled in, absent
/// optional attributes null, lists made sets where the type is a set, secret where the type is. An attribute the
/// type does not have is a mismatch. What is unknown passes when its type can still fit.
pub fn conforms(value: &Value, ty: &Type) -> Result<Value, Box<ValueMismatch>> {
    fit(value, ty, false)
}

/// As [`conforms`], but leaves out attributes that the type does not have: for a value from elsewhere that may be
/// wider than a parameter.
pub fn narrow(value: &Value, ty: &Type) -> Result<Value, Box<ValueMismatch>> {
    fit(value, ty, true)
}

fn fit(value: &Value, ty: &Type, narrow: bool) -> Result<Value, Box<ValueMismatch>> {
    let secret = ty.secret || value.secret;
    let wrong = |fault, bound| {
        // What is inside a secret, or will become one, must not show in a message.
        let found = value.clone().mark(secret);
        Box::new(ValueMismatch { path: ValuePath::default(), fault, expected: ty.clone(), found, bound })
    };
    let bound = |text: String| wrong(Fault::Bound, Some(text));
    let done = |kind: Kind| Ok(Value { kind, secret });
    let inside = |value: &Value, ty: &Type, step: &dyn Fn() -> PathStep| {
        // Marks of a collection cover its elements.
        fit(value, ty, narrow).map_err(|mut e| {
            e.path = e.path.below(step());
            e.found.secret |= secret;
            e
        })
    };
    match (&ty.kind, &value.kind) {
        (TypeKind::Any | TypeKind::Error, kind) => done(kind.clone()),
        (_, Kind::Null) => {
            if ty.nullable {
                done(Kind::Null)
            } else {
                Err(wrong(Fault::Null, None))
            }
        }
        (_, Kind::Unknown(unknown)) => match assignable(ty, &unknown.ty) {
            Ok(()) if same_shape(&ty.kind, &unknown.ty.kind) => done(value.kind.clone()),
            Err(e) if !matches!(e.fault, Fault::Bound | Fault::Null) => Err(wrong(Fault::Type, None)),
            _ => {
                let Unknown { prefix, length, .. } = &**unknown;
                done(Kind::Unknown(Arc::new(Unknown {
                    ty: ty.clone(),
                    prefix: prefix.clone(),
                    length: *length,
                })))
            }
        },
        (TypeKind::Bool, Kind::Bool(_)) => done(value.kind.clone()),
        (TypeKind::Number(want), Kind::Number(number)) => {
            if want.integer && !number.is_integer() {
                return Err(bound("a whole number".to_owned()));
            }
            in_ranges(number, &want.ranges, |n| n.to_string()).map_err(bound)?;
            done(value.kind.clone())
        }
        (TypeKind::Duration(ranges), Kind::Duration(duration)) => {
            in_ranges(&duration.0, ranges, |n| crate::base::value::Duration(n.clone()).to_string())
                .map_err(bound)?;
            done(value.kind.clone())
        }
        (TypeKind::Size(ranges), Kind::Size(size)) => {
            in_ranges(&size.0, ranges, |n| crate::base::value::Size(n.clone()).to_string()).map_err(bound)?;
            done(value.kind.clone())
        }
        (TypeKind::String(want), Kind::String(text)) => {
            if want.length != Length::default() {
                in_length(text.graphemes(true).count(), want.length, "character").map_err(bound)?;
            }
            if let Some(pattern) = &want.pattern
                && !matches_pattern(pattern, text)
            {
                return Err(bound(format!("text that matches {pattern}")));
            }
            done(value.kind.clone())
        }
        (TypeKind::Enum(values), kind) => {
            if values.contains(value) {
                return done(kind.clone());
            }
            let base = enum_base(values);
            match fit(value, &unbounded(&base.kind).into(), narrow) {
                Ok(_) => {
                    Err(bound(Type { alias: None, ..ty.clone() }.non_null().to_string().replace(" |", " or")))
                }
                Err(_) => Err(wrong(Fault::Type, None)),
            }
        }
        (TypeKind::List(element, length), Kind::Seq(values)) => {
            in_length(values.len(), *length, "element").map_err(bound)?;
            done(Kind::Seq(each(values, |at, value| inside(value, element, &|| PathStep::Index(at)))?))
        }
        (TypeKind::Set(element, length), Kind::Seq(values) | Kind::Set(values)) => {
            let elements = each(values, |at, value| inside(value, element, &|| PathStep::Index(at)))?;
            let set = match &value.kind {
                Kind::Set(_) if Arc::ptr_eq(&elements, values) => value.clone(),
                _ => Value::set(elements.to_vec()),
            };
            let count = set.as_slice().map_or(0, <[Value]>::len);
            // Elements that are not known yet may turn out equal.
            if set.is_wholly_known() {
                in_length(count, *length, "element").map_err(bound)?;
            }
            done(set.kind)
        }
        (TypeKind::Map(element, length), Kind::Map(map)) => {
            in_length(map.len(), *length, "entry").map_err(bound)?;
            let entries = map.iter().map(|(key, value)| {
                Ok((
                    key.clone(),
                    inside(value, element, &|| {
                        if secret { PathStep::Each } else { PathStep::Key(key.clone()) }
                    })?,
                ))
            });
            done(Kind::Map(Arc::new(entries.collect::<Result<_, Box<ValueMismatch>>>()?)))
        }
        (TypeKind::Tuple(types), Kind::Seq(values)) if types.len() == values.len() => {
            done(Kind::Seq(each(values, |at, value| inside(value, &types[at], &|| PathStep::Index(at)))?))
        }
        (TypeKind::Object(object), Kind::Map(map)) => {
            let absent = missing(object, |name| map.contains_key(name));
            if !absent.is_empty() {
                return Err(wrong(Fault::Missing(absent), None));
            }
            if !narrow && let Some(name) = map.keys().find(|name| !object.attributes.contains_key(*name)) {
                let name = if secret { "(sensitive)".into() } else { name.clone() };
                return Err(wrong(Fault::Unexpected(name), None));
            }
            let mut attributes = ValueMap::new();
            for (name, attribute) in &object.attributes {
                let given = map.get(name).unwrap_or(&Value::NULL);
                let given = match &attribute.default {
                    Some(default) if given.is_null() => &default.clone().mark(given.secret),
                    _ => given,
                };
                // `optional(T)` without a default is null when left out, whatever its type says.
                let fitted = if given.is_null() && attribute.optional && attribute.default.is_none() {
                    Value::NULL.mark(given.secret || attribute.ty.secret)
                } else {
                    inside(given, &attribute.ty, &|| PathStep::Attribute(name.clone()))?
                };
                attributes.insert(name.clone(), fitted);
            }
            done(Kind::Map(Arc::new(attributes)))
        }
        _ => Err(wrong(Fault::Type, None)),
    }
}

fn same_shape(a: &TypeKind, b: &TypeKind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) || matches!(b, TypeKind::Enum(_))
}

/// Fits every element, sharing the original when nothing changes.
fn each(
    values: &Arc<[Value]>,
    mut fit: impl FnMut(usize, &Value) -> Result<Value, Box<ValueMismatch>>,
) -> Result<Arc<[Value]>, Box<ValueMismatch>> {
    let fitted =
        values.iter().enumerate().map(|(at, value)| fit(at, value)).collect::<Result<Vec<_>, _>>()?;
    let scalar = |v: &Value| !matches!(v.kind, Kind::Seq(_) | Kind::Set(_) | Kind::Map(_) | Kind::Unknown(_));
    let same = fitted.iter().zip(values.iter()).all(|(a, b)| scalar(a) && scalar(b) && a.secret == b.secret);
    Ok(if same { values.clone() } else { fitted.into() })
}

fn in_ranges(number: &Number, ranges: &Ranges, show: impl Fn(&Number) -> String) -> Result<(), String> {
    if ranges.is_empty() || ranges.iter().any(|(low, high)| low <= number && number <= high) {
        return Ok(());
    }
    Err(match &**ranges {
        [(low, _)] if number < low => format!("at least {}", show(low)),
        [(_, high)] => format!("at most {}", show(high)),
        ranges => {
            let ranges: Vec<_> = ranges
                .iter()
                .map(
                    |(low, high)| {
                        if low == high { show(low) } else { format!("{}..{}", show(low), show(high)) }
                    },
                )
                .collect();
            format!("in {}", ranges.join(" or "))
        }
    })
}

fn in_length(count: usize, length: Length, what: &str) -> Result<(), String> {
    let count = count as u64;
    let many = |n: u64| match (n, what) {
        (1, _) => what.to_owned(),
        (_, "entry") => "entries".to_owned(),
        _ => format!("{what}s"),
    };
    match length.max {
        _ if count < length.min => Err(format!("at least {} {} long", length.min, many(length.min))),
        Some(max) if count > max => Err(format!("at most {max} {} long", many(max))),
        _ => Ok(()),
    }
}

/// Whether the text matches the pattern somewhere; a pattern that is no regular expression is reported where it is
/// declared and matches everything here.
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    static CACHE: OnceLock<Mutex<FxHashMap<Text, Option<regex::Regex>>>> = OnceLock::new();
    const MOST: usize = 256;
    let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if cache.len() >= MOST && !cache.contains_key(pattern) {
        cache.clear();
    }
    let compiled = cache
        .entry(pattern.into())
        .or_insert_with(|| re2::read(pattern).and_then(|read| re2::compile(&read, 1 << 20)).ok());
    let compiled = compiled.clone();
    drop(cache);
    compiled.is_none_or(|regex| regex.is_match(text))
}
