//! Encodings: JSON.

use super::{BASE, Family, Function, Param, Returns, STRING, Shape, param};
use crate::base::types::Type;

pub(super) mod json;

const ENCODING: Function = Function { family: Family::Encoding, returns: Returns::Is(Type::string), ..BASE };
const S: Param = param("text", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "jsondecode",
        params: &[S],
        docs: "The value a JSON text stands for.",
        examples: &[(r#"jsondecode("{\"a\": [1, true, null]}")"#, "{ a = [1, true, null] }")],
        returns: Returns::Is(Type::any),
        body: json::jsondecode,
        ..ENCODING
    },
    Function {
        name: "jsonencode",
        params: &[param("value", Shape::Any).nullable()],
        docs: "A value as compact JSON, keys sorted, `<`, `>` and `&` escaped. Durations and sizes become strings.",
        examples: &[(r#"jsonencode({ b = 1, a = "<" })"#, r#""{\"a\":\"\\u003c\",\"b\":1}""#)],
        body: json::jsonencode,
        ..ENCODING
    },
];
