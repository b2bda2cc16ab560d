//! Values as the language writes them, and files of values for variables.

use std::fmt::Write;
use std::sync::Arc;

use super::super::call::{Call, Stop};
use crate::base::Text;
use crate::base::source::FileId;
use crate::base::value::{Kind, Value, ValueMap};
use crate::lang::syntax::constants::constant;
use crate::lang::syntax::tree::Item;
use crate::lang::syntax::{format, parse};

/// What stands before an expression while it is laid out by itself.
const BEFORE: &str = "x = ";

pub(in super::super) fn encode_expr(call: &Call) -> Result<Value, Stop> {
    let value = call.value(0)?;
    let text = laid_out(call, &format!("{BEFORE}{}\n", source(value)))?;
    Ok(text.trim_start_matches(BEFORE).trim_end_matches('\n').into())
}

pub(in super::super) fn encode_tfvars(call: &Call) -> Result<Value, Stop> {
    let mut text = String::new();
    for (name, value) in call.entries(0)? {
        if !is_name(name) {
            return Err(Stop::at(0, "has a name that is none of a variable")
                .shown(Value::from(name.clone()).to_string()));
        }
        let _ = writeln!(text, "{name} = {}", source(value));
    }
    Ok(laid_out(call, &text)?.into())
}

pub(in super::super) fn decode_tfvars(call: &Call) -> Result<Value, Stop> {
    let text: Arc<str> = call.text(0)?.into();
    call.spend(text.len().saturating_mul(8))?;
    let tree = parse(FileId(0), &text, call.context.limits);
    if let Some(error) = tree.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(Stop::at(0, "is no file of values").shown(error.message.clone()));
    }
    let tree = tree.value;
    let mut values = ValueMap::new();
    for item in &tree.body.items {
        let Item::Attribute(attribute) = item else {
            return Err(Stop::at(0, "has something else than `name = value`"));
        };
        let name = tree.text(attribute.name);
        let value = constant(&tree, attribute.value).ok_or_else(|| {
            Stop::at(0, "has a value that is not written down as it is").shown(format!("`{name}`"))
        })?;
        if values.insert(Text::from(name), value).is_some() {
            return Err(Stop::at(0, "gives a name twice").shown(format!("`{name}`")));
        }
    }
    Ok(values.into())
}

fn laid_out(call: &Call, text: &str) -> Result<String, Stop> {
    call.fits(text.len())?;
    call.spend(text.len().saturating_mul(8))?;
    // What was just written has no mistakes; should it be nested too deep, it is left as it is.
    Ok(format(FileId(0), &Arc::from(text), call.context.limits).unwrap_or_else(|_| text.to_owned()))
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}

/// A value as an expression: objects over lines, all else in one.
fn source(value: &Value) -> String {
    let mut out = String::new();
    write_source(value, &mut out);
    out
}

fn write_source(value: &Value, out: &mut String) {
    match &value.kind {
        Kind::Seq(elements) | Kind::Set(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write_source(element, out);
            }
            out.push(']');
        }
        Kind::Map(map) if map.is_empty() => out.push_str("{}"),
        Kind::Map(map) => {
            out.push_str("{\n");
            for (key, value) in map.iter() {
                match is_name(key) {
                    true => out.push_str(key),
                    false => out.push_str(&Value::from(key.clone()).to_string()),
                }
                out.push_str(" = ");
                write_source(value, out);
                out.push('\n');
            }
            out.push('}');
        }
        // As it shows, but secrets too: the result is one then.
        kind => out.push_str(&Value::from(kind.clone()).to_string()),
    }
}
