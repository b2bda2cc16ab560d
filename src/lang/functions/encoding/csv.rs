//! CSV.

use super::super::call::{Call, Stop, list, nfc};
use crate::base::Text;
use crate::base::value::Value;

pub(super) fn csvdecode(call: &Call) -> Result<Value, Stop> {
    if let Some(line) = misquoted(call.text(0)?) {
        return Err(Stop::at(
            0,
            format!("has a `\"` in line {line} that is never closed, or inside a value without quotes"),
        ));
    }
    let mut reader = ::csv::ReaderBuilder::new().from_reader(call.text(0)?.as_bytes());
    let broken = |e: ::csv::Error| match e.kind() {
        ::csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, ::csv::Position::line);
            Stop::at(0, format!("has {len} values in line {line}, and {expected_len} names in the first"))
        }
        _ => Stop::at(0, "is not CSV"),
    };
    let names: Vec<Text> =
        reader.headers().map_err(broken)?.iter().map(|name| nfc(name.to_owned()).into()).collect();
    if names.is_empty() || (names.len() == 1 && call.text(0)?.trim().is_empty()) {
        return Err(Stop::at(0, "lacks the line of names"));
    }
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(
                Stop::at(0, "has two columns of the same name").shown(Value::from(name.clone()).to_string())
            );
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        call.spend_elements(2 * names.len() + 1)?;
        rows.push(Value::map(
            names
                .iter()
                .cloned()
                .zip(record.iter().map(|value| Value::from(nfc(value.replace("\r\n", "\n"))))),
        ));
    }
    Ok(list(rows))
}

/// The line of a quote that neither begins nor ends a value, or of one that is never closed.
fn misquoted(text: &str) -> Option<usize> {
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let (mut at, mut line, mut opened) = (At::Start, 1, 1);
    for c in text.chars() {
        at = match (at, c) {
            (At::Start, '"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, '"') => At::Closed,
            (At::Closed, '"') | (At::Quoted, _) => At::Quoted,
            (_, ',' | '\n') => At::Start,
            (At::Closed, '\r') => At::Closed,
            (At::Plain, '"') | (At::Closed, _) => return Some(line),
            (At::Start | At::Plain, _) => At::Plain,
        };
        line += usize::from(c == '\n');
    }
    (at == At::Quoted).then_some(opened)
}
