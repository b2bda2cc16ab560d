//! Conversions between types, and what is secret.

use super::call::{Call, Stop, Why, list};
use super::check::{Elements, Refusal, elements, never_meet};
use super::{BASE, Family, Function, Marks, Param, Returns, Shape, param};
use crate::base::Text;
use crate::base::assign::join_all;
use crate::base::number::Number;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};

const CONVERT: Function = Function { family: Family::Conversion, ..BASE };
const VALUE: Param = param("value", Shape::Any).nullable();

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ephemeralasnull",
        params: &[VALUE],
        docs: "The value as it is. There are no ephemeral values here; secrets are marked instead.",
        examples: &[(r#"ephemeralasnull("a")"#, r#""a""#)],
        returns: Returns::By("the same", |args| Ok(args.first().map_or_else(Type::any, Clone::clone))),
        marks: Marks::Own,
        partial: true,
        body: |call| Ok(call.get(0).map_or(Value::NULL, Clone::clone)),
        ..CONVERT
    },
    Function {
        name: "issensitive",
        params: &[VALUE],
        docs: "Whether a value is marked secret as a whole.",
        examples: &[(r#"issensitive("a")"#, "false"), (r#"issensitive(sensitive("a"))"#, "true")],
        returns: Returns::Is(Type::bool),
        marks: Marks::Own,
        partial: true,
        body: |call| Ok(call.get(0).is_some_and(|value| value.secret).into()),
        ..CONVERT
    },
    Function {
        name: "nonsensitive",
        params: &[VALUE],
        docs: "The value without its mark as secret, on it and in it. The only way to show what was secret: \
               use it where the value gives nothing away.",
        examples: &[(r#"nonsensitive(sensitive("a"))"#, r#""a""#)],
        returns: Returns::By("the same", |args| Ok(args.first().map_or_else(Type::any, open))),
        marks: Marks::Own,
        partial: true,
        body: |call| {
            let value = call.get(0).map_or(Value::NULL, Value::unmarked);
            Ok(match &value.kind {
                Kind::Unknown(unknown) => {
                    let mut unknown = (**unknown).clone();
                    unknown.ty = open(&unknown.ty);
                    Kind::Unknown(unknown.into()).into()
                }
                _ => value,
            })
        },
        ..CONVERT
    },
    Function {
        name: "sensitive",
        params: &[VALUE],
        docs: "The value marked secret: plans, logs and messages show `(sensitive)`.",
        examples: &[(r#"sensitive("a")"#, "(sensitive)")],
        returns: Returns::By("secret", |args| Ok(args.first().map_or_else(Type::any, Clone::clone).secret())),
        marks: Marks::Own,
        partial: true,
        body: |call| Ok(call.get(0).map_or(Value::NULL, Clone::clone).mark(true)),
        ..CONVERT
    },
    Function {
        name: "tobool",
        params: &[VALUE],
        docs: "A bool of `\"true\"` or `\"false\"`.",
        examples: &[(r#"tobool("true")"#, "true"), ("tobool(null)", "null")],
        returns: Returns::By("bool", |args| {
            scalar(args, Type::bool(), |kind| matches!(kind, TypeKind::Bool | TypeKind::String(_)))
        }),
        body: |call| scalar_value(call, "a bool: `true` or `false`", |value| to_bool(value).map(Value::from)),
        ..CONVERT
    },
    Function {
        name: "tolist",
        params: &[VALUE],
        docs: "A list of the elements of a set or tuple; of a set in its order. \
               Elements of different scalar types become strings.",
        examples: &[
            (r#"tolist(toset(["b", "a"]))"#, r#"["a", "b"]"#),
            (r#"tolist(["a", 1])"#, r#"["a", "1"]"#),
        ],
        returns: Returns::By("list", |args| {
            collection(args).map(|(ty, null)| Type { nullable: null, ..Type::list(ty) })
        }),
        marks: Marks::Outer,
        partial: true,
        body: |call| match unified(call)? {
            Some(values) => Ok(list(values)),
            None => Ok(Value::NULL),
        },
        ..CONVERT
    },
    Function {
        name: "tomap",
        params: &[VALUE],
        docs: "A map of the attributes of an object. Values of different scalar types become strings.",
        examples: &[(r#"tomap({ a = 1, b = "x" })"#, r#"{ a = "1", b = "x" }"#)],
        returns: Returns::By("map", map_type),
        marks: Marks::Outer,
        partial: true,
        body: |call| {
            let value = call.value(0)?;
            if value.is_null() {
                return Ok(Value::NULL);
            }
            let map = value.as_map().ok_or_else(|| {
                Stop::at(0, format!("must be a map or object, is {}", value.kind_name())).why(Why::Type)
            })?;
            let values = unify(map.values())?;
            Ok(Value::map(map.keys().cloned().zip(values)))
        },
        ..CONVERT
    },
    Function {
        name: "tonumber",
        params: &[VALUE],
        docs: "The number a string writes in decimal.",
        examples: &[
            (r#"tonumber("1.5")"#, "1.5"),
            (r#"tonumber("1e3")"#, "1000"),
            ("tonumber(null)", "null"),
        ],
        returns: Returns::By("number", |args| match args.first() {
            Some(ty) if matches!(ty.kind, TypeKind::Number(_)) => Ok(ty.clone()),
            _ => scalar(args, Type::number(), |kind| matches!(kind, TypeKind::String(_))),
        }),
        body: |call| scalar_value(call, "a number in decimal", |value| to_number(value).map(Value::from)),
        ..CONVERT
    },
    Function {
        name: "toset",
        params: &[VALUE],
        docs: "A set of the elements of a list: sorted and without repetitions.",
        examples: &[(r#"toset(["b", "a", "b"])"#, r#"toset(["a", "b"])"#)],
        returns: Returns::By("set", |args| {
            collection(args).map(|(ty, null)| Type { nullable: null, ..Type::set(ty) })
        }),
        body: |call| match unified(call)? {
            Some(values) => Ok(Value::set(values.iter().map(Value::unmarked).collect())),
            None => Ok(Value::NULL),
        },
        ..CONVERT
    },
    Function {
        name: "tostring",
        params: &[VALUE],
        docs: "A scalar as text, as a template shows it.",
        examples: &[
            ("tostring(1.50)", r#""1.5""#),
            ("tostring(true)", r#""true""#),
            ("tostring(90s)", r#""90s""#),
        ],
        returns: Returns::By("string", |args| {
            scalar(args, Type::string(), |kind| Type::from(kind.clone()).is_scalar())
        }),
        body: |call| scalar_value(call, "a scalar", |value| render(value).map(Value::from)),
        ..CONVERT
    },
];

/// A scalar as a template shows it; `None` for null and for what is no scalar.
pub fn render(value: &Value) -> Option<Text> {
    Some(match &value.kind {
        Kind::String(text) => text.clone(),
        Kind::Number(number) => number.to_string().into(),
        Kind::Bool(value) => if *value { "true" } else { "false" }.into(),
        Kind::Duration(duration) => duration.to_string().into(),
        Kind::Size(size) => size.to_string().into(),
        Kind::Null | Kind::Seq(_) | Kind::Set(_) | Kind::Map(_) | Kind::Unknown(_) => return None,
    })
}

pub(super) fn to_number(value: &Value) -> Option<Number> {
    match &value.kind {
        Kind::Number(number) => Some(number.clone()),
        Kind::String(text) => text.parse().ok().or_else(|| abbreviated(text)),
        _ => None,
    }
}

/// `+5`, `.5` and `5.`, which the language does not write, and others do.
fn abbreviated(text: &str) -> Option<Number> {
    let (minus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("", rest),
        None => text.strip_prefix('-').map_or(("", text), |rest| ("-", rest)),
    };
    let (digits, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.starts_with(['+', '-']) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    format!("{minus}0{whole}.{fraction}0{exponent}").parse().ok()
}

pub(super) fn to_bool(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Bool(value) => Some(*value),
        Kind::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The type without anything secret in it.
fn open(ty: &Type) -> Type {
    let inner = |ty: &std::sync::Arc<Type>| std::sync::Arc::new(open(ty));
    let kind = match &ty.kind {
        TypeKind::List(ty, n) => TypeKind::List(inner(ty), *n),
        TypeKind::Set(ty, n) => TypeKind::Set(inner(ty), *n),
        TypeKind::Map(ty, n) => TypeKind::Map(inner(ty), *n),
        TypeKind::Tuple(types) => TypeKind::Tuple(types.iter().map(open).collect()),
        TypeKind::Object(object) => {
            let mut object = (**object).clone();
            object.attributes.values_mut().for_each(|attribute| attribute.ty = open(&attribute.ty));
            TypeKind::Object(object.into())
        }
        kind => kind.clone(),
    };
    let alias = if ty.has_secret() { None } else { ty.alias.clone() };
    Type { kind, secret: false, alias, ..ty.clone() }
}

fn scalar(args: &[Type], to: Type, from: fn(&TypeKind) -> bool) -> Result<Type, Refusal> {
    let Some(ty) = args.first() else { return Ok(to) };
    let base = match &ty.kind {
        TypeKind::Enum(values) => crate::base::assign::enum_base(values).kind,
        kind => kind.clone(),
    };
    match base {
        TypeKind::Error | TypeKind::Any | TypeKind::Never => {}
        kind if from(&kind) || kind == to.kind => {}
        kind => {
            let message = format!("there is no conversion from {ty} to {to}");
            let refusal = Refusal::of(Some(0), &to, ty, message);
            return Err(match (&to.kind, kind) {
                (TypeKind::Number(_), TypeKind::Duration(_)) => {
                    refusal.hint("say in which unit: `seconds(…)`, `minutes(…)`")
                }
                (TypeKind::Number(_), TypeKind::Size(_)) => {
                    refusal.hint("say in which unit: `bytes(…)`, `gibibytes(…)`")
                }
                (TypeKind::Number(_), TypeKind::Bool) => refusal.hint("write `x ? 1 : 0`"),
                (TypeKind::Bool, TypeKind::Number(_)) => refusal.hint("write `x != 0`"),
                (TypeKind::String(_), TypeKind::List(..) | TypeKind::Tuple(_) | TypeKind::Set(..)) => {
                    refusal.hint("use `join(\", \", …)` or `jsonencode(…)`")
                }
                (TypeKind::String(_), TypeKind::Map(..) | TypeKind::Object(_)) => {
                    refusal.hint("use `jsonencode(…)`")
                }
                _ => refusal,
            });
        }
    }
    Ok(Type { nullable: ty.nullable, ..to })
}

fn scalar_value(call: &Call, what: &str, convert: impl Fn(&Value) -> Option<Value>) -> Result<Value, Stop> {
    let value = call.value(0)?;
    if value.is_null() {
        return Ok(Value::NULL);
    }
    convert(value).ok_or_else(|| match &value.kind {
        Kind::String(_) => Stop::at(0, format!("must write {what}")).shown(value.to_string()),
        _ => Stop::at(0, format!("must be {what}, is {}", value.kind_name())).why(Why::Type),
    })
}

/// The type elements have after conversion, strings where different scalars meet; and whether it may all be null.
fn collection(args: &[Type]) -> Result<(Type, bool), Refusal> {
    let Some(ty) = args.first() else { return Ok((Type::any(), true)) };
    let types = match elements(ty) {
        Elements::Each(element) => vec![element],
        Elements::Tuple(types) => types,
        Elements::Unchecked if matches!(ty.kind, TypeKind::Any | TypeKind::Never) => vec![Type::any()],
        Elements::Unchecked => {
            return Err(Refusal::of(
                Some(0),
                "a list or set",
                ty,
                format!("{ty} is no collection of elements"),
            )
            .hint("write `[…]` around it for a list of one element"));
        }
    };
    Ok((meet(Some(0), &types)?, ty.nullable))
}

fn meet(at: Option<usize>, types: &[Type]) -> Result<Type, Refusal> {
    if let Some(ty) = join_all(types.iter().cloned()) {
        return Ok(ty);
    }
    if types.iter().all(|ty| ty.is_scalar() || matches!(ty.kind, TypeKind::Never)) {
        let nullable = types.iter().any(|ty| ty.nullable);
        let secret = types.iter().any(|ty| ty.secret);
        return Ok(Type { nullable, secret, ..Type::string() });
    }
    Err(never_meet(at, types))
}

fn map_type(args: &[Type]) -> Result<Type, Refusal> {
    let Some(ty) = args.first() else { return Ok(Type::any()) };
    let types = match &ty.kind {
        TypeKind::Map(element, _) => vec![(**element).clone()],
        TypeKind::Object(object) => {
            object.attributes.values().map(|attribute| attribute.ty.clone()).collect()
        }
        TypeKind::Any | TypeKind::Never => vec![Type::any()],
        TypeKind::Error => vec![Type::error()],
        _ => return Err(Refusal::of(Some(0), "a map or object", ty, format!("{ty} has no keys"))),
    };
    Ok(Type { nullable: ty.nullable, ..Type::map(meet(Some(0), &types)?) })
}

/// The elements of the argument, of one type; `None` for null.
fn unified(call: &Call) -> Result<Option<Vec<Value>>, Stop> {
    let value = call.value(0)?;
    if value.is_null() {
        return Ok(None);
    }
    let values = value.as_slice().ok_or_else(|| {
        Stop::at(0, format!("must be a list or set, is {}", value.kind_name())).why(Why::Type)
    })?;
    if matches!(value.kind, Kind::Set(_)) && !value.is_wholly_known() {
        return Err(Stop::Unknown);
    }
    unify(values.iter()).map(Some)
}

/// What values are told apart by: lists and tuples are one, and so are maps and objects.
#[derive(PartialEq)]
enum Sort {
    Sequence,
    Map,
    Other(std::mem::Discriminant<TypeKind>),
}

fn sort(kind: &TypeKind) -> Sort {
    match kind {
        TypeKind::List(..) | TypeKind::Tuple(_) => Sort::Sequence,
        TypeKind::Map(..) | TypeKind::Object(_) => Sort::Map,
        other => Sort::Other(std::mem::discriminant(other)),
    }
}

/// Makes scalars of different kinds strings.
fn unify<'v>(values: impl Iterator<Item = &'v Value> + Clone) -> Result<Vec<Value>, Stop> {
    let kind = |value: &Value| match &value.kind {
        Kind::Unknown(unknown) if unknown.ty.is_any() => None,
        Kind::Unknown(unknown) => Some(sort(&unknown.ty.kind)),
        Kind::Null => None,
        Kind::Seq(_) => Some(Sort::Sequence),
        Kind::Map(_) => Some(Sort::Map),
        _ => Some(sort(&crate::base::assign::type_of(value).kind)),
    };
    let mut kinds = values.clone().filter_map(kind);
    let first = kinds.next();
    if kinds.all(|kind| Some(kind) == first) {
        return Ok(values.cloned().collect());
    }
    values
        .map(|value| match &value.kind {
            Kind::Null => Ok(value.clone()),
            Kind::Unknown(unknown) if unknown.ty.is_scalar() => {
                let ty = Type { nullable: unknown.ty.nullable, ..Type::string() };
                Ok(Value::unknown(ty).mark(value.secret))
            }
            Kind::Unknown(_) => Err(Stop::Unknown),
            _ => match render(value) {
                Some(text) => Ok(Value::from(text).mark(value.secret)),
                None => Err(Stop::at(0, "has elements of types that do not meet").why(Why::Type)),
            },
        })
        .collect()
}
