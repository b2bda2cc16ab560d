//! Taking the first of several that is there.

use super::super::call::{Stop, list};
use super::super::check::{Refusal, element, never_meet};
use super::super::{Function, Returns, Shape, param};
use super::MOVES;
use crate::base::assign::join_all;
use crate::base::types::Type;
use crate::base::value::Kind;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "coalesce",
        variadic: Some(param("values", Shape::Any).nullable()),
        least: 1,
        docs: "The first value that is neither null nor an empty string; an error if there is none. \
               `a ?? b` takes the empty string as it is.",
        examples: &[(r#"coalesce("", null, "b")"#, r#""b""#), ("coalesce(null, 1)", "1")],
        returns: Returns::By("value", |args| Ok(common(args)?.non_null())),
        body: |call| {
            let mut secret = false;
            for value in call.args {
                secret |= value.secret;
                match &value.kind {
                    Kind::Unknown(_) => return Err(Stop::Unknown),
                    Kind::Null => {}
                    Kind::String(text) if text.is_empty() => {}
                    _ => return Ok(value.clone().mark(secret)),
                }
            }
            Err(Stop::because("all values are null or empty strings"))
        },
        ..MOVES
    },
    Function {
        name: "coalescelist",
        variadic: Some(param("lists", Shape::Sequence).nullable()),
        least: 1,
        docs: "The first list that is neither null nor empty; an error if there is none.",
        examples: &[(r#"coalescelist([], ["a"], ["b"])"#, r#"["a"]"#)],
        returns: Returns::By("list", |args| {
            let mut types = Vec::new();
            for at in 0..args.len() {
                types.push(element(args, at)?);
            }
            join_all(types.iter().cloned()).map(Type::list).ok_or_else(|| never_meet(None, types.iter()))
        }),
        body: |call| {
            for value in call.args {
                match &value.kind {
                    Kind::Unknown(_) => return Err(Stop::Unknown),
                    _ => match value.as_slice() {
                        Some(elements) if !elements.is_empty() => return Ok(list(elements.iter().cloned())),
                        _ => {}
                    },
                }
            }
            Err(Stop::because("all lists are null or empty"))
        },
        ..MOVES
    },
];

fn common(args: &[Type]) -> Result<Type, Refusal> {
    join_all(args.iter().cloned()).ok_or_else(|| never_meet(None, args.iter()))
}
