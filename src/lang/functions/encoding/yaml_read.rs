//! Reading YAML: events of the parser become values, plain scalars by YAML 1.1's rules as far as files in the wild use
//! them.

use std::str::FromStr;

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::super::call::{Call, Stop, list, nfc};
use super::super::datetime;
use crate::base::Text;
use crate::base::number::Number;
use crate::base::value::{Kind, Value, ValueMap};

pub(super) fn yamldecode(call: &Call) -> Result<Value, Stop> {
    let mut reader =
        Reader { call, open: Vec::new(), anchors: FxHashMap::default(), document: None, documents: 0 };
    let mut parser = Parser::new_from_str(call.text(0)?);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|e: ScanError| {
            let place = e.marker();
            Stop::at(0, format!("is not YAML: line {}, column {}", place.line(), place.col() + 1))
                .shown(e.info())
        })?;
        reader.event(event).map_err(|problem| match problem {
            Problem::Here(message) => Stop::at(0, format!("{message} (line {})", span.start.line())),
            Problem::Stop(stop) => stop,
        })?;
    }
    reader.document.ok_or_else(|| Stop::at(0, "has no YAML document"))
}

enum Problem {
    Here(String),
    Stop(Stop),
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

fn here<T>(message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Here(message.into()))
}

/// A value with how many values it has in all, counted as often as aliases repeat them.
#[derive(Clone)]
struct Node {
    value: Value,
    size: usize,
    /// A plain `<<`, which merges where it is a key.
    merge: bool,
}

struct Frame {
    anchor: usize,
    size: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Value>),
    Map { entries: ValueMap, merged: ValueMap, key: Option<Key> },
}

enum Key {
    Name(Text),
    Merge,
}

struct Reader<'c> {
    call: &'c Call<'c>,
    open: Vec<Frame>,
    anchors: FxHashMap<usize, Node>,
    document: Option<Value>,
    documents: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return here("has more than one YAML document");
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => {
                    // What is shared now is walked again and again later: it counts every time.
                    self.call.spend_elements(node.size)?;
                    self.add(Node { merge: false, ..node })?;
                }
                None => return here("refers to an anchor inside its own definition"),
            },
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                let merge = &*text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                let value = scalar(nfc(text.into_owned()), style == ScalarStyle::Plain, tag)?;
                self.call.spend_elements(1)?;
                self.call.spend(value.as_str().map_or(0, str::len))?;
                self.finish(anchor, Node { value, size: 1, merge })?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(anchor, tag.as_deref(), "seq", Content::Seq(Vec::new()))?
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map { entries: ValueMap::new(), merged: ValueMap::new(), key: None };
                self.begin(anchor, tag.as_deref(), "map", content)?
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.open.pop() else { return Ok(()) };
                let value = match frame.content {
                    Content::Seq(values) => list(values),
                    Content::Map { entries, mut merged, .. } => {
                        merged.extend(entries);
                        merged.into()
                    }
                };
                self.finish(frame.anchor, Node { value, size: frame.size, merge: false })?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        kind: &str,
        content: Content,
    ) -> Result<(), Problem> {
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == kind)
        {
            return here(format!("has the tag {tag}, which has no meaning here"));
        }
        if self.open.len() >= self.call.context.limits.nesting as usize {
            return here("is nested too deeply");
        }
        self.call.spend_elements(1)?;
        self.open.push(Frame { anchor, size: 1, content });
        Ok(())
    }

    fn finish(&mut self, anchor: usize, node: Node) -> Result<(), Problem> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.add(node)
    }

    /// Puts a value where it belongs: into what is open, or as the document.
    fn add(&mut self, node: Node) -> Result<(), Problem> {
        let Some(frame) = self.open.last_mut() else {
            self.document = Some(node.value);
            return Ok(());
        };
        frame.size = frame.size.saturating_add(node.size);
        match &mut frame.content {
            Content::Seq(values) => values.push(node.value),
            Content::Map { entries, merged, key } => match key.take() {
                None if node.merge => *key = Some(Key::Merge),
                None => *key = Some(Key::Name(name(&node.value)?)),
                Some(Key::Name(name)) => drop(entries.insert(name, node.value)),
                Some(Key::Merge) => {
                    // Of several, earlier ones count; what the mapping says itself counts most.
                    let sources = match &node.value.kind {
                        Kind::Seq(values) => values.to_vec(),
                        _ => vec![node.value],
                    };
                    for source in sources {
                        let Some(map) = source.as_map() else { return here("merges what is no mapping") };
                        for (key, value) in map {
                            merged.entry(key.clone()).or_insert_with(|| value.clone());
                        }
                    }
                }
            },
        }
        Ok(())
    }
}

fn name(value: &Value) -> Result<Text, Problem> {
    match crate::lang::functions::render(value) {
        Some(text) => Ok(text),
        None if value.is_null() => here("has a key that is null"),
        None => here("has a key that is no scalar"),
    }
}

fn scalar(text: String, plain: bool, tag: Option<&Tag>) -> Result<Value, Problem> {
    let Some(tag) = tag else {
        return if plain { resolve(text) } else { Ok(text.into()) };
    };
    if !tag.is_yaml_core_schema() {
        return here(format!("has the tag {tag}, which has no meaning here"));
    }
    let needed = |value: Option<Value>| match value {
        Some(value) => Ok(value),
        None => here(format!("has a scalar that is no {}", tag.suffix)),
    };
    match tag.suffix.as_str() {
        "str" | "binary" => Ok(text.into()),
        "null" => Ok(Value::NULL),
        "bool" => needed(boolean(&text).map(Value::from)),
        "int" | "float" => needed(number(&text).map(Value::from)),
        "timestamp" => needed(datetime::lenient(&text).map(Value::from)),
        _ => here(format!("has the tag {tag}, which has no meaning here")),
    }
}

/// What a plain scalar means.
fn resolve(text: String) -> Result<Value, Problem> {
    if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Ok(Value::NULL);
    }
    if let Some(value) = boolean(&text) {
        return Ok(value.into());
    }
    let bare = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if matches!(bare, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return here(format!("has {text}, which no number of prov is"));
    }
    if looks_like_number(&text) {
        return match number(&text) {
            Some(number) => Ok(number.into()),
            None => here("has a number with too many digits"),
        };
    }
    Ok(datetime::lenient(&text).unwrap_or(text).into())
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Some(false),
        _ => None,
    }
}

/// `0x1F`, `0o17`, or decimal with optional sign, fraction and exponent, such as `+12`, `.5`, `1.` and `1e3`.
fn looks_like_number(text: &str) -> bool {
    let all = |digits: &str, test: fn(&u8) -> bool| !digits.is_empty() && digits.as_bytes().iter().all(test);
    if let Some(hex) = text.strip_prefix("0x") {
        return all(hex, u8::is_ascii_hexdigit);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return all(octal, |byte| matches!(byte, b'0'..=b'7'));
    }
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| all(e.strip_prefix(['-', '+']).unwrap_or(e), u8::is_ascii_digit))
}

fn number(text: &str) -> Option<Number> {
    if !looks_like_number(text) {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let digits: Option<Vec<u8>> =
                digits.chars().map(|c| c.to_digit(radix).map(|d| d as u8)).collect();
            return Number::from_radix(&digits?, radix);
        }
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    Number::from_str(&format!("{sign}{whole}.{fraction}e{exponent}")).ok()
}
