//! Encodings: Base64, URLs, character sets, CSV, JSON, YAML.

use super::{BASE, Family, Function, Param, Returns, STRING, Shape, param};
use crate::base::types::Type;

mod binary;
mod charset;
mod csv;
pub(super) mod json;
mod source;
mod yaml_read;
mod yaml_write;

const ENCODING: Function = Function { family: Family::Encoding, returns: Returns::Is(Type::string), ..BASE };
const S: Param = param("text", STRING);
const VALUE: Param = param("value", Shape::Any).nullable();
const CHARSET: Param = param("encoding", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64decode",
        params: &[S],
        docs: "The text that a Base64 text encodes; it must be UTF-8.",
        examples: &[(r#"base64decode("aGVsbG8=")"#, r#""hello""#)],
        body: binary::base64decode,
        ..ENCODING
    },
    Function {
        name: "base64encode",
        params: &[S],
        docs: "The text in Base64, as UTF-8.",
        examples: &[(r#"base64encode("hello")"#, r#""aGVsbG8=""#)],
        body: binary::base64encode,
        ..ENCODING
    },
    Function {
        name: "base64gunzip",
        params: &[S],
        docs: "The text that a Base64 text encodes compressed with gzip.",
        examples: &[(r#"base64gunzip(base64gzip("hello"))"#, r#""hello""#)],
        body: binary::base64gunzip,
        ..ENCODING
    },
    Function {
        name: "base64gzip",
        params: &[S],
        docs: "The text compressed with gzip, in Base64.",
        examples: &[(r#"base64gunzip(base64gzip(""))"#, r#""""#)],
        body: binary::base64gzip,
        ..ENCODING
    },
    Function {
        name: "csvdecode",
        params: &[S],
        docs: "The rows of a CSV text (RFC 4180) as objects with the names of the first row. All values are strings.",
        examples: &[(r#"csvdecode("a,b\n1,2\n")"#, r#"[{ a = "1", b = "2" }]"#)],
        returns: Returns::Is(|| Type::list(Type::map(Type::string()))),
        body: csv::csvdecode,
        ..ENCODING
    },
    Function {
        name: "decode_tfvars",
        params: &[S],
        docs: "The values of a text in the form of a variable file, by name. They have to be written down as they are: \
               nothing in them is evaluated. Also called `provider::terraform::decode_tfvars`.",
        examples: &[(r#"decode_tfvars("size = 3\nzones = [\"a\"]\n")"#, r#"{ size = 3, zones = ["a"] }"#)],
        returns: Returns::Is(Type::any),
        body: source::decode_tfvars,
        ..ENCODING
    },
    Function {
        name: "encode_expr",
        params: &[param("value", Shape::Any)],
        docs: "A value as the language writes it. Also called `provider::terraform::encode_expr`.",
        examples: &[(r#"encode_expr(["a", 1, true])"#, r#""[\"a\", 1, true]""#)],
        body: source::encode_expr,
        ..ENCODING
    },
    Function {
        name: "encode_tfvars",
        params: &[param("values", Shape::Mapping)],
        docs: "Values by name as a variable file has them. Also called `provider::terraform::encode_tfvars`.",
        examples: &[(r#"encode_tfvars({ size = 3, name = "core" })"#, r#""name = \"core\"\nsize = 3\n""#)],
        body: source::encode_tfvars,
        ..ENCODING
    },
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
        params: &[VALUE],
        docs: "A value as compact JSON, keys sorted, `<`, `>` and `&` escaped. Durations and sizes become strings.",
        examples: &[(r#"jsonencode({ b = 1, a = "<" })"#, r#""{\"a\":\"\\u003c\",\"b\":1}""#)],
        body: json::jsonencode,
        ..ENCODING
    },
    Function {
        name: "textdecodebase64",
        params: &[S, CHARSET],
        docs: "The text that a Base64 text encodes in a character set, such as `UTF-16LE` or `Shift_JIS`.",
        examples: &[(r#"textdecodebase64("SABlAGwAbABvAA==", "UTF-16LE")"#, r#""Hello""#)],
        body: charset::textdecodebase64,
        ..ENCODING
    },
    Function {
        name: "textencodebase64",
        params: &[S, CHARSET],
        docs: "The text in a character set, such as `UTF-16LE` or `Shift_JIS`, in Base64.",
        examples: &[(r#"textencodebase64("Hello", "UTF-16LE")"#, r#""SABlAGwAbABvAA==""#)],
        body: charset::textencodebase64,
        ..ENCODING
    },
    Function {
        name: "urldecode",
        params: &[S],
        docs: "The text without the escapes of URLs: `%20` and `+` are spaces.",
        examples: &[(r#"urldecode("a%20b+c%26")"#, r#""a b c&""#)],
        body: binary::urldecode,
        ..ENCODING
    },
    Function {
        name: "urlencode",
        params: &[S],
        docs: "The text with everything escaped that has a meaning in the query of a URL; a space becomes `+`.",
        examples: &[(r#"urlencode("a b&c/é")"#, r#""a+b%26c%2F%C3%A9""#)],
        body: binary::urlencode,
        ..ENCODING
    },
    Function {
        name: "yamldecode",
        params: &[S],
        docs: "The value of a YAML document. Anchors and `<<` work; tags other than YAML's own are refused.",
        examples: &[(r#"yamldecode("a: 1\nb: [x, yes]\n")"#, r#"{ a = 1, b = ["x", true] }"#)],
        returns: Returns::Is(Type::any),
        body: yaml_read::yamldecode,
        ..ENCODING
    },
    Function {
        name: "yamlencode",
        params: &[VALUE],
        docs: "A value as YAML in block style, keys sorted and strings quoted. Durations and sizes become strings.",
        examples: &[(r#"yamlencode({ a = ["x", 1] })"#, r#""\"a\":\n- \"x\"\n- 1\n""#)],
        body: yaml_write::yamlencode,
        ..ENCODING
    },
];
