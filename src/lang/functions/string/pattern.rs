//! Regular expressions, in RE2 syntax.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use rustc_hash::FxHashMap;

use super::super::call::{Call, Stop, list};
use super::super::check::Refusal;
use super::super::{BASE, Family, Function, Returns, STRING, param};
use crate::base::re2;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Value;

/// So many compiled patterns are kept.
const MOST_KEPT: usize = 64;

const REGEX: Function = Function { family: Family::String, ..BASE };

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "regex",
        params: &[param("pattern", STRING), param("text", STRING)],
        docs: "The first match of a regular expression, an error if there is none: a string, or a list of its \
               groups, or an object of its named groups. A group that took no part is null.",
        examples: &[
            (r#"regex("[a-z]+", "53453453.345345aaabbbccc23454")"#, r#""aaabbbccc""#),
            (r#"regex("(\\d+)-(\\d+)", "12-34")"#, r#"["12", "34"]"#),
            (r#"regex("(?P<user>\\w+)@(?P<host>\\w+)", "x@y")"#, r#"{ host = "y", user = "x" }"#),
        ],
        returns: Returns::By("string, list or object, by the groups of the pattern", |_| Ok(Type::any())),
        body: |call| {
            let pattern = compile(call, 0)?;
            match pattern.regex.captures(call.text(1)?) {
                Some(captures) => Ok(matched(&pattern.shape, &captures)),
                None => Err(Stop::because("the pattern matches no part of the text")),
            }
        },
        ..REGEX
    },
    Function {
        name: "regexall",
        params: &[param("pattern", STRING), param("text", STRING)],
        docs: "All matches of a regular expression that do not overlap, each as `regex` gives it.",
        examples: &[
            (r#"regexall("[a-z]+", "1234abcd5678efgh9")"#, r#"["abcd", "efgh"]"#),
            (r#"length(regexall("z", "a"))"#, "0"),
        ],
        returns: Returns::By("list", |_| Ok(Type::list(Type::any()))),
        body: |call| {
            let pattern = compile(call, 0)?;
            let mut matches = Vec::new();
            for captures in pattern.regex.captures_iter(call.text(1)?) {
                call.spend_elements(captures.len() + 1)?;
                matches.push(matched(&pattern.shape, &captures));
            }
            Ok(list(matches))
        },
        ..REGEX
    },
];

/// The type of the result of `regex` with a pattern that is known: string, tuple or object by its groups. The
/// message, if the pattern is wrong.
pub fn pattern_type(pattern: &str) -> Result<Type, Refusal> {
    let refuse = |e: Stop| {
        let message = match e {
            Stop::Fail { message, shown, .. } => match shown {
                Some(shown) => format!("{message}: {shown}"),
                None => message,
            },
            Stop::Unknown => "is not known".to_owned(),
        };
        Refusal::of(Some(0), "a regular expression", "string", format!("the pattern {message}"))
    };
    let Compiled { shape, always, .. } = build(pattern, 0).and_then(shaped).map_err(refuse)?;
    let group = |at: usize| if always[at] { Type::string() } else { Type::string().optional() };
    Ok(match shape {
        Shape::Whole => Type::string(),
        Shape::Groups(count) => TypeKind::Tuple((0..count).map(group).collect()).into(),
        Shape::Named(names) => Type::object(names.into_iter().map(|(at, name)| (name, group(at - 1)))),
    })
}

/// A pattern that can be matched, with what its matches are.
struct Compiled {
    regex: Regex,
    shape: Shape,
    /// For each group, whether it takes part in every match.
    always: Vec<bool>,
}

enum Shape {
    Whole,
    Groups(usize),
    Named(Vec<(usize, String)>),
}

fn shape(regex: &Regex) -> Result<Shape, Stop> {
    let count = regex.captures_len() - 1;
    let names: Vec<_> =
        regex.capture_names().enumerate().filter_map(|(at, name)| Some((at, name?.to_owned()))).collect();
    match names.len() {
        0 if count == 0 => Ok(Shape::Whole),
        0 => Ok(Shape::Groups(count)),
        named if named == count => Ok(Shape::Named(names)),
        _ => Err(Stop::at(0, "mixes groups with and without names")),
    }
}

fn matched(shape: &Shape, captures: &regex::Captures) -> Value {
    let group = |at| captures.get(at).map_or(Value::NULL, |m: regex::Match| m.as_str().into());
    match shape {
        Shape::Whole => group(0),
        Shape::Groups(count) => list((1..=*count).map(group)),
        Shape::Named(names) => Value::map(names.iter().map(|(at, name)| (name.as_str(), group(*at)))),
    }
}

/// A pattern is compiled once for a loop over many texts.
fn compile(call: &Call, at: usize) -> Result<Arc<Compiled>, Stop> {
    static KEPT: LazyLock<Mutex<FxHashMap<String, Arc<Compiled>>>> = LazyLock::new(Mutex::default);
    let pattern = call.text(at)?;
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = kept().get(pattern) {
        return Ok(Arc::clone(compiled));
    }
    let compiled = Arc::new(build(pattern, at).and_then(shaped)?);
    let mut kept = kept();
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(pattern.to_owned(), Arc::clone(&compiled));
    Ok(compiled)
}

fn shaped((regex, always): (Regex, Vec<bool>)) -> Result<Compiled, Stop> {
    Ok(Compiled { shape: shape(&regex)?, regex, always })
}

fn build(pattern: &str, at: usize) -> Result<(Regex, Vec<bool>), Stop> {
    let wrong = |reason: String| Stop::at(at, "is not a regular expression").shown(reason);
    let read = re2::read(pattern).map_err(wrong)?;
    let regex = re2::compile(&read, 1 << 21).map_err(wrong)?;
    Ok((regex, read.always))
}

pub(super) fn replace(call: &Call) -> Result<Value, Stop> {
    let (text, search, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if let Some(pattern) = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
        && search.len() > 1
    {
        let (regex, _) = build(pattern, 1)?;
        let mut out = String::new();
        let (mut end, groups) = (0, with.matches('$').count());
        for captures in regex.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            out.push_str(&text[end..whole.start()]);
            let most = with.len().saturating_add(groups.saturating_mul(whole.len()));
            call.fits(out.len().saturating_add(most))?;
            // What is written for a match can be long and come to nothing, and is read all the same.
            call.spend(with.len())?;
            captures.expand(with, &mut out);
            end = whole.end();
        }
        out.push_str(&text[end..]);
        call.spend_text(out.len())?;
        return Ok(out.into());
    }
    let count = if search.is_empty() { text.chars().count() + 1 } else { text.matches(search).count() };
    call.spend_text(text.len().saturating_add(count.saturating_mul(with.len())))?;
    Ok(text.replace(search, with).into())
}
