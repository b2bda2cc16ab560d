//! Writing YAML in block style: keys sorted, strings quoted or, with several lines, literal.

use std::fmt::Write;

use unicode_normalization::char::is_combining_mark;

use super::super::call::{Call, Stop};
use super::json;
use crate::base::value::{Kind, Value};

/// Where quoted text is folded.
const WIDTH: usize = 80;
/// Keys longer than this are written behind a `?`.
const LONGEST_KEY: usize = 128;

pub(super) fn yamlencode(call: &Call) -> Result<Value, Stop> {
    let value = call.value(0)?;
    let most = call.context.limits.output_bytes as usize;
    // Indentation can outweigh all else: bounded by how deep values can be times how many there are.
    call.fits(json::length(value, most).saturating_mul(2))?;
    let mut writer = Writer { out: String::new(), most };
    writer.node(value, None, false, false);
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    if matches!(value.kind, Kind::Null | Kind::Bool(_) | Kind::Number(_)) {
        writer.out.push_str("...\n");
    }
    call.spend_text(writer.out.len())?;
    Ok(writer.out.into())
}

struct Writer {
    out: String,
    /// Stops writing beyond so many bytes.
    most: usize,
}

impl Writer {
    /// `indent` is that of the collection around; `inline` when the node begins behind `- `.
    fn node(&mut self, value: &Value, indent: Option<usize>, inline: bool, in_map: bool) {
        if self.out.len() > self.most {
            return;
        }
        match &value.kind {
            Kind::Seq(values) | Kind::Set(values) if !values.is_empty() => {
                let indent = match indent {
                    None => 0,
                    Some(indent) if in_map => indent,
                    Some(indent) => indent + 2,
                };
                for (at, value) in values.iter().enumerate() {
                    self.line(indent, at == 0 && inline);
                    self.out.push_str("- ");
                    self.node(value, Some(indent), true, false);
                }
            }
            Kind::Map(map) if !map.is_empty() => {
                let indent = indent.map_or(0, |indent| indent + 2);
                for (at, (key, value)) in map.iter().enumerate() {
                    self.line(indent, at == 0 && inline);
                    let simple = key.len() <= LONGEST_KEY && !key.contains('\n');
                    if simple {
                        self.quoted(key, None);
                        self.out.push(':');
                    } else {
                        self.out.push_str("? ");
                        self.text(key, indent + 2);
                        self.line(indent, false);
                        self.out.push(':');
                    }
                    let nested = match &value.kind {
                        Kind::Seq(values) | Kind::Set(values) => !values.is_empty(),
                        Kind::Map(map) => !map.is_empty(),
                        _ => false,
                    };
                    if !nested || !simple {
                        self.out.push(' ');
                    }
                    self.node(value, Some(indent), !simple, simple);
                }
            }
            Kind::Seq(_) | Kind::Set(_) => self.out.push_str("[]"),
            Kind::Map(_) => self.out.push_str("{}"),
            Kind::Null | Kind::Unknown(_) => self.out.push_str("null"),
            Kind::Bool(value) => {
                let _ = write!(self.out, "{value}");
            }
            Kind::Number(number) => {
                let _ = write!(self.out, "{number}");
            }
            Kind::String(text) => self.text(text, indent.map_or(2, |indent| indent + 2)),
            Kind::Duration(duration) => self.text(&duration.to_string(), 2),
            Kind::Size(size) => self.text(&size.to_string(), 2),
        }
    }

    /// Begins a line, unless it goes on behind `- `.
    fn line(&mut self, indent: usize, inline: bool) {
        if inline {
            return;
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn text(&mut self, text: &str, indent: usize) {
        if text.contains('\n') && can_be_literal(text) {
            self.literal(text, indent)
        } else {
            self.quoted(text, Some(indent))
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        if !text.ends_with('\n') {
            self.out.push('-');
        } else if text == "\n" || text.ends_with("\n\n") {
            self.out.push('+');
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            self.out.push_str(line);
            if self.out.len() > self.most {
                return;
            }
        }
    }

    /// In double quotes; folded with this indentation, if it may be.
    fn quoted(&mut self, text: &str, fold: Option<usize>) {
        let mut column = self.out.chars().rev().take_while(|c| *c != '\n').count() + 1;
        self.out.push('"');
        let last = text.chars().count().saturating_sub(1);
        let (mut after_space, mut after_escape) = (false, false);
        let mut chars = text.chars().enumerate().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' '
                && let Some(indent) = fold
                && !after_space
                && column > WIDTH
                && at > 0
                && at < last
            {
                self.line(indent, false);
                column = indent;
                if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.out.push('\\');
                    column += 1;
                }
                (after_space, after_escape) = (true, false);
                continue;
            }
            after_space = c == ' ';
            let from = self.out.len();
            // A mark right behind an escape would be composed with its last letter: `\x0E` with a grave accent.
            if after_escape && is_combining_mark(c) {
                escape_code(c, &mut self.out);
            } else {
                escape(c, &mut self.out);
            }
            let written = self.out[from..].chars().count();
            after_escape = written > 1;
            column += written;
        }
        self.out.push('"');
    }
}

fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

fn can_be_literal(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || printable(c)) && !text.contains(" \n") && !text.ends_with(' ')
}

fn escape(c: char, out: &mut String) {
    let short = match c {
        '"' => '"',
        '\\' => '\\',
        c if printable(c) => return out.push(c),
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => return escape_code(c, out),
    };
    out.push('\\');
    out.push(short);
}

/// The character as the digits of its code point.
fn escape_code(c: char, out: &mut String) {
    let _ = match c as u32 {
        code @ ..=0xff => write!(out, "\\x{code:02X}"),
        code @ ..=0xffff => write!(out, "\\u{code:04X}"),
        code => write!(out, "\\U{code:08X}"),
    };
}
