//! Special forms: what takes expressions instead of values. Evaluation treats these itself.

use super::check::Refusal;
use super::{BASE, Family, Function, Marks, Param, Returns, Shape, param};
use crate::base::assign::join_all;
use crate::base::types::Type;

const SPECIAL: Function = Function { special: true, marks: Marks::Deep, ..BASE };
const EXPRESSION: Param = param("expression", Shape::Any).nullable();

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "can",
        family: Family::Conversion,
        params: &[EXPRESSION],
        docs: "Whether an expression can be evaluated. Meant for conditions: most of what it finds, the checker finds \
               before anything runs.",
        examples: &[(r#"can(tonumber("x"))"#, "false"), (r#"can(tonumber("1"))"#, "true")],
        returns: Returns::Is(Type::bool),
        ..SPECIAL
    },
    Function {
        name: "try",
        family: Family::Conversion,
        variadic: Some(EXPRESSION),
        least: 1,
        docs: "The first of its expressions that can be evaluated.",
        examples: &[(r#"try(tonumber("x"), 0)"#, "0")],
        returns: Returns::By("value", try_type),
        marks: Marks::Outer,
        ..SPECIAL
    },
];

/// Expressions that never succeed have the error type and say nothing about the result.
fn try_type(args: &[Type]) -> Result<Type, Refusal> {
    let able: Vec<_> = args.iter().filter(|ty| !ty.is_error()).cloned().collect();
    if able.is_empty() {
        return Ok(Type::error());
    }
    Ok(join_all(able).unwrap_or_else(Type::any))
}
