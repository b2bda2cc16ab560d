//! Special forms: what takes expressions instead of values, and templates, which are made of expressions. Evaluation
//! treats these itself.

use super::check::Refusal;
use super::{BASE, Family, Function, Marks, Param, Returns, STRING, Shape, param};
use crate::base::assign::join_all;
use crate::base::types::Type;

const SPECIAL: Function = Function { special: true, marks: Marks::Deep, ..BASE };
const VARIABLES: Param = param("variables", Shape::Mapping);
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
        name: "templatefile",
        family: Family::Filesystem,
        params: &[param("path", STRING), VARIABLES],
        docs: "The text of a file that is a template, with variables: what a heredoc of these lines would be, seeing \
               only what it is given. Functions can be called in it. The result is always a string.",
        examples: &[(
            r#"templatefile("servers.tpl", { servers = ["a", "b"] })"#,
            r#""server a\nserver b\n""#,
        )],
        returns: Returns::Is(Type::string),
        ..SPECIAL
    },
    Function {
        name: "templatestring",
        family: Family::String,
        params: &[param("template", STRING), VARIABLES],
        docs: "A text that is a template, with variables. Where the template is written in place, write `$${` for \
               what is to be filled in. The result is always a string.",
        examples: &[(r#"templatestring("Hello, $${name}!", { name = "Jodie" })"#, r#""Hello, Jodie!""#)],
        returns: Returns::Is(Type::string),
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
