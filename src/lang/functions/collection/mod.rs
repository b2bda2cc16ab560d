//! Lists: looking into them, cutting and joining them.

use std::collections::BTreeSet;

use super::call::{Call, Stop, Why, list, text_of};
use super::check::{Elements, Refusal, element, elements, never_meet};
use super::{BASE, Family, Function, INT, Marks, Param, Returns, Shape, param};
use crate::base::assign::{join, join_all};
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};

pub(super) mod choose;
pub(super) mod maps;
pub(super) mod sets;

pub(super) const LISTS: Function = Function { family: Family::Collection, ..BASE };
/// Rearranges elements: each keeps its own secrecy and may be unknown.
pub(super) const MOVES: Function = Function { marks: Marks::Outer, partial: true, ..LISTS };
const LIST: Param = param("list", Shape::Collection);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "alltrue",
        params: &[param("list", Shape::CollectionOf(nullable_bool))],
        docs: "Whether all elements are true; true for an empty list. A null element is not true.",
        examples: &[
            ("alltrue([true, true])", "true"),
            ("alltrue([])", "true"),
            ("alltrue([true, null])", "false"),
        ],
        returns: Returns::Is(Type::bool),
        partial: true,
        body: |call| quantify(call, false),
        ..LISTS
    },
    Function {
        name: "anytrue",
        params: &[param("list", Shape::CollectionOf(nullable_bool))],
        docs: "Whether some element is true; false for an empty list.",
        examples: &[("anytrue([true, false])", "true"), ("anytrue([])", "false")],
        returns: Returns::Is(Type::bool),
        partial: true,
        body: |call| quantify(call, true),
        ..LISTS
    },
    Function {
        name: "chunklist",
        params: &[param("list", Shape::Sequence), param("size", INT)],
        docs: "The list in pieces of so many elements, the last of which may be shorter. Size 0 is one piece.",
        examples: &[("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]")],
        returns: Returns::By("list of lists", |args| Ok(Type::list(Type::list(element(args, 0)?)))),
        body: |call| {
            let (values, size) = (call.elements(0)?, call.count(1)?);
            call.spend_elements(values.len())?;
            if values.is_empty() {
                return Ok(list([]));
            }
            Ok(list(
                values.chunks(if size == 0 { values.len() } else { size }).map(|part| part.to_vec().into()),
            ))
        },
        ..MOVES
    },
    Function {
        name: "compact",
        params: &[param("list", Shape::CollectionOf(|| Type::string().optional()))],
        docs: "The list without null and empty strings.",
        examples: &[(r#"compact(["a", "", null, "b"])"#, r#"["a", "b"]"#)],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: |call| {
            let kept =
                call.elements(0)?.iter().filter(|value| value.as_str().is_some_and(|text| !text.is_empty()));
            Ok(list(kept.map(Value::unmarked)))
        },
        ..LISTS
    },
    Function {
        name: "concat",
        variadic: Some(param("lists", Shape::Sequence)),
        least: 1,
        docs: "One list of the elements of all.",
        examples: &[(r#"concat(["a"], ["b", "c"])"#, r#"["a", "b", "c"]"#)],
        returns: Returns::By("list", concat_type),
        body: |call| {
            let lists = (0..call.args.len()).map(|at| call.elements(at)).collect::<Result<Vec<_>, _>>()?;
            call.spend_elements(lists.iter().fold(0, |sum, list| list.len().saturating_add(sum)))?;
            Ok(lists.concat().into())
        },
        ..MOVES
    },
    Function {
        name: "contains",
        params: &[LIST, param("value", Shape::Any).nullable()],
        docs: "Whether the list or set has an element equal to a value.",
        examples: &[(r#"contains(["a", "b"], "a")"#, "true"), ("contains([1, 2], 3)", "false")],
        returns: Returns::By("bool", |args| comparable(args).map(|()| Type::bool())),
        body: |call| {
            let value = call.value(1)?;
            Ok(call.elements(0)?.iter().any(|element| element.same(value)).into())
        },
        ..LISTS
    },
    Function {
        name: "distinct",
        params: &[LIST],
        docs: "The list without repetitions; the first of equal elements stays.",
        examples: &[(r#"distinct(["a", "b", "a"])"#, r#"["a", "b"]"#)],
        returns: Returns::By("list", |args| Ok(Type::list(element(args, 0)?))),
        body: |call| {
            let mut seen = BTreeSet::new();
            Ok(list(call.elements(0)?.iter().map(Value::unmarked).filter(|value| seen.insert(value.clone()))))
        },
        ..LISTS
    },
    Function {
        name: "element",
        params: &[param("list", Shape::Sequence), param("index", INT)],
        docs: "The element at an index, which goes round: past the end it begins again, below zero it counts from the end.",
        examples: &[
            (r#"element(["a", "b", "c"], 1)"#, r#""b""#),
            (r#"element(["a", "b", "c"], 3)"#, r#""a""#),
            (r#"element(["a", "b", "c"], -1)"#, r#""c""#),
        ],
        returns: Returns::By("element", |args| {
            element(args, 0).map_err(|e| e.hint("use an index such as `[0]`, whose type is known"))
        }),
        body: |call| {
            let (values, index) = (call.elements(0)?, call.int(1)?);
            if values.is_empty() {
                return Err(Stop::at(0, "must not be empty").why(Why::NoElement));
            }
            let at = index.rem_euclid(values.len() as i64);
            values.get(at as usize).cloned().ok_or(Stop::Unknown)
        },
        ..MOVES
    },
    Function {
        name: "flatten",
        params: &[LIST],
        docs: "One list of all elements of the lists and sets inside a list, however deep.",
        examples: &[("flatten([1, [2, [3]], []])", "[1, 2, 3]")],
        returns: Returns::By("list", |args| {
            let mut leaves = Vec::new();
            args.iter().for_each(|ty| leaf_types(ty, &mut leaves));
            join_all(leaves.iter().cloned()).map(Type::list).ok_or_else(|| never_meet(Some(0), leaves.iter()))
        }),
        body: |call| {
            let mut out = Vec::new();
            flatten(call, call.elements(0)?, false, &mut out)?;
            Ok(list(out))
        },
        ..MOVES
    },
    Function {
        name: "index",
        params: &[param("list", Shape::Sequence), param("value", Shape::Any)],
        docs: "The index of the first element equal to a value; an error if there is none.",
        examples: &[(r#"index(["a", "b", "c"], "b")"#, "1")],
        returns: Returns::By("int", |args| comparable(args).map(|()| Type::int())),
        body: |call| {
            let value = call.value(1)?;
            let at = call.elements(0)?.iter().position(|element| element.same(value));
            at.map(Value::from)
                .ok_or_else(|| Stop::at(1, "is not in the list").why(Why::NoElement).shown(value.to_string()))
        },
        ..LISTS
    },
    Function {
        name: "length",
        params: &[param("value", Shape::Countable)],
        docs: "How many elements a list, set, tuple, map or object has, or characters a string.",
        examples: &[(r#"length(["a", "b"])"#, "2"), (r#"length("héé")"#, "3"), ("length({ a = 1 })", "1")],
        returns: Returns::Is(Type::int),
        body: |call| {
            let value = call.value(0)?;
            Ok(match &value.kind {
                Kind::String(text) => {
                    unicode_segmentation::UnicodeSegmentation::graphemes(&**text, true).count()
                }
                // Elements of a set that are not known yet may turn out equal.
                Kind::Set(_) if !value.is_wholly_known() => return Err(Stop::Unknown),
                Kind::Map(map) => map.len(),
                _ => value.as_slice().map_or(0, <[Value]>::len),
            }
            .into())
        },
        ..MOVES
    },
    Function {
        name: "matchkeys",
        params: &[
            param("values", Shape::Sequence),
            param("keys", Shape::Sequence),
            param("wanted", Shape::Collection),
        ],
        docs: "The values whose key, in the list of keys of the same length, is among those wanted.",
        examples: &[(r#"matchkeys(["i1", "i2", "i3"], ["a", "b", "a"], ["a"])"#, r#"["i1", "i3"]"#)],
        returns: Returns::By("list", |args| {
            comparable(&[Type::list(element(args, 1)?), element(args, 2)?])?;
            Ok(Type::list(element(args, 0)?))
        }),
        body: |call| {
            let (values, keys) = (call.elements(0)?, call.elements(1)?);
            if values.len() != keys.len() {
                return Err(Stop::at(
                    1,
                    format!("has {} elements, and there are {} values", keys.len(), values.len()),
                ));
            }
            let wanted: BTreeSet<Value> = call.elements(2)?.iter().map(Value::unmarked).collect();
            let kept = values.iter().zip(keys).filter(|(_, key)| wanted.contains(&key.unmarked()));
            Ok(list(kept.map(|(value, _)| value.unmarked())))
        },
        ..LISTS
    },
    Function {
        name: "one",
        params: &[LIST],
        docs: "The only element of a list or set, null if it is empty; an error if it has more.",
        examples: &[(r#"one(["a"])"#, r#""a""#), ("one([])", "null")],
        returns: Returns::By("element or null", |args| match args.first().map(|ty| &ty.kind) {
            Some(TypeKind::Tuple(types)) if types.len() == 1 => Ok(types[0].clone()),
            _ => Ok(element(args, 0)?.optional()),
        }),
        body: |call| {
            let value = call.value(0)?;
            match value.as_slice().unwrap_or_default() {
                [] => Ok(Value::NULL),
                [only] => Ok(only.clone()),
                _ if matches!(value.kind, Kind::Set(_)) && !value.is_wholly_known() => Err(Stop::Unknown),
                more => Err(Stop::at(0, format!("must have one element or none, and has {}", more.len()))),
            }
        },
        ..MOVES
    },
    Function {
        name: "reverse",
        params: &[LIST],
        docs: "The elements in reverse.",
        examples: &[("reverse([1, 2, 3])", "[3, 2, 1]")],
        returns: Returns::By("list", |args| match args.first().map(|ty| &ty.kind) {
            Some(TypeKind::Tuple(types)) => Ok(Type::tuple(types.iter().rev().cloned().collect::<Vec<_>>())),
            Some(TypeKind::List(..)) => Ok(args[0].clone()),
            _ => Ok(Type::list(element(args, 0)?)),
        }),
        body: |call| {
            let value = call.value(0)?;
            if matches!(value.kind, Kind::Set(_)) && !value.is_wholly_known() {
                return Err(Stop::Unknown);
            }
            Ok(list(value.as_slice().unwrap_or_default().iter().rev().cloned()))
        },
        ..MOVES
    },
    Function {
        name: "slice",
        params: &[param("list", Shape::Sequence), param("start", INT), param("end", INT)],
        docs: "The elements from one index up to, not including, another.",
        examples: &[(r#"slice(["a", "b", "c", "d"], 1, 3)"#, r#"["b", "c"]"#)],
        returns: Returns::By("list", |args| Ok(Type::list(element(args, 0)?))),
        body: |call| {
            let (values, start, end) = (call.elements(0)?, call.count(1)?, call.count(2)?);
            if end > values.len() {
                let message = format!("must not be beyond the {} elements of the list", values.len());
                return Err(Stop::at(2, message).why(Why::NoElement));
            }
            let part =
                values.get(start..end).ok_or_else(|| Stop::at(1, "must not be greater than the end"))?;
            Ok(part.to_vec().into())
        },
        ..MOVES
    },
    Function {
        name: "sort",
        params: &[param("list", Shape::CollectionOf(Type::string))],
        docs: "The strings in the order of their Unicode letters.",
        examples: &[(r#"sort(["b", "a", "C"])"#, r#"["C", "a", "b"]"#)],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: |call| {
            let mut texts = call.elements(0)?.iter().map(|v| text_of(v, 0)).collect::<Result<Vec<_>, _>>()?;
            texts.sort_unstable();
            Ok(list(texts.into_iter().map(Value::from)))
        },
        ..LISTS
    },
];

fn nullable_bool() -> Type {
    Type::bool().optional()
}

fn quantify(call: &Call, wanted: bool) -> Result<Value, Stop> {
    let values = call.elements(0)?;
    // One element decides, whatever the unknown ones will be.
    let decides = |value: &Value| match value.kind {
        Kind::Bool(value) => value == wanted,
        Kind::Null => !wanted,
        _ => false,
    };
    if values.iter().any(decides) {
        return Ok(wanted.into());
    }
    if values.iter().any(Value::is_unknown) { Err(Stop::Unknown) } else { Ok((!wanted).into()) }
}

/// Whether the elements of the first can equal the second at all.
fn comparable(args: &[Type]) -> Result<(), Refusal> {
    let Some(value) = args.get(1) else { return Ok(()) };
    let meets = |ty: &Type| join(&ty.clone().optional(), value).is_some();
    let have = match args.first().map_or(Elements::Unchecked, elements) {
        Elements::Each(ty) if !meets(&ty) => vec![ty],
        Elements::Tuple(types) if !types.is_empty() && !types.iter().any(meets) => types,
        _ => return Ok(()),
    };
    Err(never_meet(Some(1), have.iter().chain([value])))
}

fn concat_type(args: &[Type]) -> Result<Type, Refusal> {
    if args.iter().any(|ty| !matches!(ty.kind, TypeKind::List(..) | TypeKind::Tuple(_))) {
        return Ok(Type::list(Type::any()));
    }
    if args.iter().all(|ty| matches!(ty.kind, TypeKind::Tuple(_))) {
        let types = args.iter().filter_map(|ty| match &ty.kind {
            TypeKind::Tuple(types) => Some(types.to_vec()),
            _ => None,
        });
        return Ok(Type::tuple(types.flatten().collect::<Vec<_>>()));
    }
    let mut types = Vec::new();
    for at in 0..args.len() {
        types.push(element(args, at)?);
    }
    join_all(types.iter().cloned()).map(Type::list).ok_or_else(|| never_meet(None, types.iter()))
}

fn leaf_types(ty: &Type, leaves: &mut Vec<Type>) {
    let secret = ty.secret;
    let from = leaves.len();
    match &ty.kind {
        TypeKind::List(inner, _) | TypeKind::Set(inner, _) => leaf_types(inner, leaves),
        TypeKind::Tuple(types) => types.iter().for_each(|ty| leaf_types(ty, leaves)),
        _ => leaves.push(ty.clone()),
    }
    if ty.nullable {
        leaves.push(Type::null());
    }
    leaves[from..].iter_mut().for_each(|leaf| leaf.secret |= secret);
}

fn flatten(call: &Call, values: &[Value], secret: bool, out: &mut Vec<Value>) -> Result<(), Stop> {
    call.spend_elements(values.len())?;
    for value in values {
        let secret = secret || value.secret;
        match &value.kind {
            Kind::Seq(inner) | Kind::Set(inner) => flatten(call, inner, secret, out)?,
            // Whether this is an element or a list of them is known only by its type.
            Kind::Unknown(unknown) => match unknown.ty.kind {
                TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Any | TypeKind::Tuple(_) => {
                    return Err(Stop::Unknown);
                }
                _ => out.push(value.clone().mark(secret)),
            },
            _ => out.push(value.clone().mark(secret)),
        }
    }
    Ok(())
}
