//! Maps and objects.

use std::collections::BTreeMap;

use super::super::call::{Stop, Why, list};
use super::super::check::{Refusal, element, never_meet};
use super::super::{Function, Param, Returns, STRING, Shape, param};
use super::{LISTS, MOVES};
use crate::base::Text;
use crate::base::assign::{join, join_all};
use crate::base::types::{ObjectAttribute, ObjectType, Type, TypeKind};
use crate::base::value::{Value, ValueMap};

const MAP: Param = param("map", Shape::Mapping);

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "keys",
        params: &[MAP],
        docs: "The keys of a map or the names of the attributes of an object, sorted.",
        examples: &[("keys({ b = 1, a = 2 })", r#"["a", "b"]"#)],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: |call| Ok(list(call.entries(0)?.keys().map(|key| Value::from(key.clone())))),
        ..MOVES
    },
    Function {
        name: "lookup",
        params: &[MAP, param("key", STRING), param("default", Shape::Any).nullable().optional()],
        docs: "The value of a key, or a default if the map does not have it.",
        examples: &[(r#"lookup({ a = 1 }, "a", 0)"#, "1"), (r#"lookup({ a = 1 }, "b", 0)"#, "0")],
        returns: Returns::By("element", |args| {
            let value = value_type(args, 0)?;
            let Some(default) = args.get(2) else { return Ok(value) };
            join(&value, default).ok_or_else(|| never_meet(Some(2), [&value, default]))
        }),
        body: |call| {
            let (map, key) = (call.entries(0)?, call.text(1)?);
            match (map.get(key), call.get(2)) {
                (Some(value), _) => Ok(value.clone()),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => {
                    let missing = Stop::at(1, "is not in the map").why(Why::NoKey);
                    Err(missing.shown(Value::from(key).to_string()))
                }
            }
        },
        ..MOVES
    },
    Function {
        name: "merge",
        variadic: Some(param("maps", Shape::Mapping).nullable()),
        docs: "One map or object of the entries of all; of equal keys the last counts. Null counts as empty.",
        examples: &[
            (r#"merge({ a = "b", c = "d" }, { c = "z" })"#, r#"{ a = "b", c = "z" }"#),
            ("merge({ a = 1 }, null)", "{ a = 1 }"),
        ],
        returns: Returns::By("map or object", merge_type),
        body: |call| {
            let mut merged = ValueMap::new();
            for (at, value) in call.args.iter().enumerate() {
                if value.is_null() {
                    continue;
                }
                let entries = call.entries(at)?;
                call.spend_elements(2 * entries.len())?;
                merged.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            Ok(merged.into())
        },
        ..MOVES
    },
    Function {
        name: "transpose",
        params: &[param("map", Shape::MappingOf(|| Type::list(Type::string())))],
        docs: "Turns a map of lists of strings round: every string with the sorted keys it stood under.",
        examples: &[(r#"transpose({ a = ["x", "y"], b = ["y"] })"#, r#"{ x = ["a"], y = ["a", "b"] }"#)],
        returns: Returns::Is(|| Type::map(Type::list(Type::string()))),
        body: |call| {
            let mut turned: BTreeMap<Text, Vec<Value>> = BTreeMap::new();
            for (key, value) in call.entries(0)? {
                let texts = value.as_slice().unwrap_or_default();
                call.spend_elements(texts.len())?;
                for text in texts.iter().filter_map(Value::as_str) {
                    turned.entry(text.into()).or_default().push(key.clone().into());
                }
            }
            Ok(Value::map(turned.into_iter().map(|(key, values)| (key, values.into()))))
        },
        ..LISTS
    },
    Function {
        name: "values",
        params: &[MAP],
        docs: "The values of a map or object in the order of their keys.",
        examples: &[("values({ b = 1, a = 2 })", "[2, 1]")],
        returns: Returns::By("list", |args| match args.first().map(|ty| &ty.kind) {
            Some(TypeKind::Object(object)) => {
                let mut attributes: Vec<_> = object.attributes.iter().collect();
                attributes.sort_by_key(|(name, _)| *name);
                Ok(Type::tuple(attributes.into_iter().map(|(_, a)| a.ty.clone()).collect::<Vec<_>>()))
            }
            _ => Ok(Type::list(value_type(args, 0)?)),
        }),
        body: |call| Ok(list(call.entries(0)?.values().cloned())),
        ..MOVES
    },
    Function {
        name: "zipmap",
        params: &[param("keys", Shape::CollectionOf(Type::string)), param("values", Shape::Sequence)],
        docs: "A map of keys and the values at the same places of another list.",
        examples: &[(r#"zipmap(["a", "b"], [1, 2])"#, "{ a = 1, b = 2 }")],
        returns: Returns::By("map", |args| {
            let secret = element(args, 0)?.secret;
            Ok(Type { secret, ..Type::map(element(args, 1)?) })
        }),
        body: |call| {
            let (keys, values) = (call.texts(0)?, call.elements(1)?);
            if keys.len() != values.len() {
                return Err(Stop::at(
                    1,
                    format!("has {} elements, and there are {} keys", values.len(), keys.len()),
                ));
            }
            let secret = call.elements(0)?.iter().any(|key| key.secret);
            Ok(Value::map(keys.into_iter().zip(values.iter().cloned())).mark(secret))
        },
        ..MOVES
    },
];

/// The one type of the values of a map or object.
pub(super) fn value_type(args: &[Type], at: usize) -> Result<Type, Refusal> {
    match args.get(at).map(|ty| &ty.kind) {
        Some(TypeKind::Map(element, _)) => Ok((**element).clone()),
        Some(TypeKind::Object(object)) => {
            let types = || object.attributes.values().map(|attribute| &attribute.ty);
            join_all(types().cloned()).ok_or_else(|| never_meet(Some(at), types()))
        }
        Some(TypeKind::Error) => Ok(Type::error()),
        _ => Ok(Type::any()),
    }
}

/// An object if all are objects, a map if the values of all meet.
fn merge_type(args: &[Type]) -> Result<Type, Refusal> {
    let given = || args.iter().filter(|ty| !matches!(ty.kind, TypeKind::Never));
    if given().any(|ty| matches!(ty.kind, TypeKind::Any | TypeKind::Error)) {
        return Ok(Type::any().non_null());
    }
    if given().any(|ty| matches!(ty.kind, TypeKind::Map(..))) {
        let mut types = Vec::new();
        for (at, ty) in args.iter().enumerate() {
            match &ty.kind {
                TypeKind::Never => {}
                TypeKind::Object(object) => types.extend(object.attributes.values().map(|a| a.ty.clone())),
                _ => types.push(value_type(args, at)?),
            }
        }
        return join_all(types.iter().cloned()).map(Type::map).ok_or_else(|| never_meet(None, types.iter()));
    }
    let mut merged = ObjectType::default();
    for ty in given() {
        let TypeKind::Object(object) = &ty.kind else { continue };
        let may_be_null = ty.nullable;
        for (name, attribute) in &object.attributes {
            let ty = &attribute.ty;
            let attribute = if !may_be_null {
                required(ty.clone(), attribute)
            } else {
                // An object that may be null may leave this to an earlier one, or to nobody.
                match merged.attributes.get(name) {
                    Some(earlier) => {
                        let joined =
                            join(&earlier.ty, ty).ok_or_else(|| never_meet(None, [&earlier.ty, ty]))?;
                        ObjectAttribute { optional: earlier.optional, ..required(joined, attribute) }
                    }
                    None => ObjectAttribute { optional: true, ..required(ty.clone().optional(), attribute) },
                }
            };
            merged.attributes.insert(name.clone(), attribute);
        }
    }
    Ok(TypeKind::Object(merged.into()).into())
}

fn required(ty: Type, from: &ObjectAttribute) -> ObjectAttribute {
    ObjectAttribute { ty, optional: false, default: None, span: from.span, docs: from.docs.clone() }
}
