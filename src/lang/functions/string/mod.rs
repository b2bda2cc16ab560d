//! Strings. Characters are what people count as such: grapheme clusters.

use unicode_segmentation::UnicodeSegmentation;

use super::call::{Call, Stop, list, text_of};
use super::{BASE, Family, Function, INT, Param, Returns, STRING, Shape, param};
use crate::base::types::Type;
use crate::base::value::Value;

pub(super) mod format;
pub mod pattern;
mod verbs;

const TEXT: Function = Function { family: Family::String, returns: Returns::Is(Type::string), ..BASE };
const TEST: Function = Function { family: Family::String, returns: Returns::Is(Type::bool), ..BASE };
const S: Param = param("text", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "chomp",
        params: &[S],
        docs: "The text without newlines at its end.",
        examples: &[(r#"chomp("hello\n\n")"#, r#""hello""#)],
        body: |call| Ok(call.text(0)?.trim_end_matches(['\n', '\r']).into()),
        ..TEXT
    },
    Function {
        name: "endswith",
        params: &[S, param("suffix", STRING)],
        docs: "Whether the text ends with another.",
        examples: &[(r#"endswith("hello", "lo")"#, "true")],
        body: |call| Ok(call.text(0)?.ends_with(call.text(1)?).into()),
        ..TEST
    },
    Function {
        name: "indent",
        params: &[param("spaces", INT), S],
        docs: "Puts spaces before every line but the first.",
        examples: &[(r#"indent(2, "a\nb")"#, r#""a\n  b""#)],
        body: |call| {
            let (spaces, text) = (call.count(0)?, call.text(1)?);
            let lines = text.matches('\n').count();
            call.spend_text(text.len().saturating_add(lines.saturating_mul(spaces)))?;
            Ok(text.replace('\n', &format!("\n{}", " ".repeat(if lines > 0 { spaces } else { 0 }))).into())
        },
        ..TEXT
    },
    Function {
        name: "join",
        params: &[param("separator", STRING)],
        variadic: Some(param("lists", Shape::CollectionOf(Type::string))),
        least: 2,
        docs: "The strings of one or more lists in a row, with a separator between them.",
        examples: &[(r#"join(", ", ["a", "b"])"#, r#""a, b""#), (r#"join("-", ["a"], ["b"])"#, r#""a-b""#)],
        body: join,
        ..TEXT
    },
    Function {
        name: "lower",
        params: &[S],
        docs: "The text in lower case.",
        examples: &[(r#"lower("ÀB")"#, r#""àb""#)],
        body: |call| mapped(call, char::to_lowercase),
        ..TEXT
    },
    Function {
        name: "replace",
        params: &[S, param("search", STRING), param("replacement", STRING)],
        docs: "Replaces every occurrence of a substring. A search between slashes, `/…/`, is a regular expression, \
               and `$1`, `$name` or `${name}` in the replacement are its groups.",
        examples: &[
            (r#"replace("1 + 2", "+", "-")"#, r#""1 - 2""#),
            (r#"replace("hello", "/l+/", "[$0]")"#, r#""he[ll]o""#),
        ],
        body: pattern::replace,
        ..TEXT
    },
    Function {
        name: "split",
        params: &[param("separator", STRING), S],
        docs: "The parts of a text between separators; its characters for an empty separator.",
        examples: &[(r#"split(",", "a,b")"#, r#"["a", "b"]"#), (r#"split(",", "")"#, r#"[""]"#)],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: |call| {
            let (separator, text) = (call.text(0)?, call.text(1)?);
            if separator.is_empty() {
                call.spend_elements(text.len())?;
                return Ok(list(text.chars().map(|c| Value::from(c.to_string()))));
            }
            call.spend_elements(text.matches(separator).count() + 1)?;
            Ok(list(text.split(separator).map(Value::from)))
        },
        ..TEXT
    },
    Function {
        name: "startswith",
        params: &[S, param("prefix", STRING)],
        docs: "Whether the text begins with another.",
        examples: &[(r#"startswith("hello", "he")"#, "true")],
        body: |call| Ok(call.text(0)?.starts_with(call.text(1)?).into()),
        ..TEST
    },
    Function {
        name: "strcontains",
        params: &[S, param("part", STRING)],
        docs: "Whether another text occurs in the text.",
        examples: &[(r#"strcontains("hello", "ell")"#, "true")],
        body: |call| Ok(call.text(0)?.contains(call.text(1)?).into()),
        ..TEST
    },
    Function {
        name: "strrev",
        params: &[S],
        docs: "The characters of the text in reverse.",
        examples: &[(r#"strrev("hello")"#, r#""olleh""#)],
        body: |call| Ok(call.text(0)?.graphemes(true).rev().collect::<String>().into()),
        ..TEXT
    },
    Function {
        name: "substr",
        params: &[S, param("offset", INT), param("length", INT)],
        docs: "A part of the text by characters. A negative offset counts from the end, a negative length takes all.",
        examples: &[
            (r#"substr("hello world", 1, 4)"#, r#""ello""#),
            (r#"substr("hello", -3, 2)"#, r#""ll""#),
            (r#"substr("hello", 2, -1)"#, r#""llo""#),
        ],
        body: |call| {
            let (text, offset, length) = (call.text(0)?, call.int(1)?, call.int(2)?);
            let start = if offset < 0 {
                let count = text.graphemes(true).count() as i64;
                count.saturating_add(offset).max(0)
            } else {
                offset
            };
            let rest = text.graphemes(true).skip(usize::try_from(start).unwrap_or(usize::MAX));
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            Ok(rest.take(length).collect::<String>().into())
        },
        ..TEXT
    },
    Function {
        name: "title",
        params: &[S],
        docs: "Every first letter of a word in upper case.",
        examples: &[(r#"title("hello foo-bar")"#, r#""Hello Foo-Bar""#)],
        body: |call| {
            let mut inside = false;
            let mut out = String::new();
            for c in call.text(0)?.chars() {
                out.push(if inside { c } else { initial(c) });
                // Beyond ASCII only spaces part words.
                inside =
                    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { !c.is_whitespace() };
            }
            Ok(out.into())
        },
        ..TEXT
    },
    Function {
        name: "trim",
        params: &[S, param("characters", STRING)],
        docs: "The text without any of these characters at its beginning and end.",
        examples: &[(r#"trim("?!hello?!", "!?")"#, r#""hello""#)],
        body: |call| {
            let (text, set) = (call.text(0)?, call.text(1)?);
            Ok(text.trim_matches(|c| set.contains(c)).into())
        },
        ..TEXT
    },
    Function {
        name: "trimprefix",
        params: &[S, param("prefix", STRING)],
        docs: "The text without a prefix, if it has it.",
        examples: &[(r#"trimprefix("helloworld", "hello")"#, r#""world""#)],
        body: |call| {
            let text = call.text(0)?;
            Ok(text.strip_prefix(call.text(1)?).unwrap_or(text).into())
        },
        ..TEXT
    },
    Function {
        name: "trimspace",
        params: &[S],
        docs: "The text without white space at its beginning and end.",
        examples: &[(r#"trimspace("  hello\n")"#, r#""hello""#)],
        body: |call| Ok(call.text(0)?.trim().into()),
        ..TEXT
    },
    Function {
        name: "trimsuffix",
        params: &[S, param("suffix", STRING)],
        docs: "The text without a suffix, if it has it.",
        examples: &[(r#"trimsuffix("helloworld", "world")"#, r#""hello""#)],
        body: |call| {
            let text = call.text(0)?;
            Ok(text.strip_suffix(call.text(1)?).unwrap_or(text).into())
        },
        ..TEXT
    },
    Function {
        name: "upper",
        params: &[S],
        docs: "The text in upper case.",
        examples: &[(r#"upper("àb")"#, r#""ÀB""#)],
        body: |call| mapped(call, char::to_uppercase),
        ..TEXT
    },
];

/// Letter by letter: a letter without a counterpart of one letter stays as it is.
fn mapped<I: Iterator<Item = char>>(call: &Call, case: fn(char) -> I) -> Result<Value, Stop> {
    let one = |c: char| {
        let mut letters = case(c);
        match (letters.next(), letters.next()) {
            (Some(letter), None) => letter,
            // The dotted capital I is the only one with a lower case of two.
            (Some('i'), _) => 'i',
            _ => c,
        }
    };
    Ok(call.text(0)?.chars().map(one).collect::<String>().into())
}

/// A letter as it begins a word: for the letters that are two in one, only the first of them is large.
fn initial(c: char) -> char {
    match c {
        'Ǆ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǳ' => 'ǲ',
        c => {
            let mut letters = c.to_uppercase();
            letters.next().filter(|_| letters.len() == 0).unwrap_or(c)
        }
    }
}

fn join(call: &Call) -> Result<Value, Stop> {
    let separator = call.text(0)?;
    let lists =
        (1..call.args.len()).map(|at| Ok((at, call.elements(at)?))).collect::<Result<Vec<_>, Stop>>()?;
    let mut length = 0usize;
    for (at, list) in &lists {
        for value in *list {
            length = length.saturating_add(text_of(value, *at)?.len()).saturating_add(separator.len());
        }
    }
    call.spend_text(length)?;
    let mut out = String::with_capacity(length);
    for (number, value) in lists.iter().flat_map(|(_, list)| list.iter()).enumerate() {
        if number > 0 {
            out.push_str(separator);
        }
        out.push_str(value.as_str().unwrap_or_default());
    }
    Ok(out.into())
}
