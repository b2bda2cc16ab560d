//! Numbers and their units.

use super::super::tree::{ExprId, ExprKind};
use super::Builder;
use crate::base::codes;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;
use crate::base::suggest;

const DURATIONS: [&str; 7] = ["ns", "us", "ms", "s", "m", "h", "d"];
const WEEK: &str = "w";
const SIZES: [&str; 10] = ["B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB"];
const PEBIBYTE: &str = "PiB";

/// Units as people write them elsewhere, and what they are called here.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("S", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("H", "h"),
    ("day", "d"),
    ("days", "d"),
    ("D", "d"),
    ("week", "w"),
    ("weeks", "w"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("usec", "us"),
    ("nsec", "ns"),
    ("b", "B"),
    ("byte", "B"),
    ("bytes", "B"),
    ("KB", "kB"),
    ("K", "KiB"),
    ("Ki", "KiB"),
    ("k", "kB"),
    ("M", "MiB"),
    ("Mi", "MiB"),
    ("G", "GiB"),
    ("g", "GiB"),
    ("Gi", "GiB"),
    ("T", "TiB"),
    ("Ti", "TiB"),
    ("P", "PiB"),
    ("Pi", "PiB"),
];

fn units() -> impl Iterator<Item = &'static str> {
    DURATIONS.into_iter().chain([WEEK]).chain(SIZES).chain([PEBIBYTE])
}

impl Builder<'_> {
    pub(super) fn number(&mut self) -> ExprId {
        let range = self.leaf();
        let text = self.slice(range);
        let digits = digits(text);
        if digits == text.len() {
            return self.push(ExprKind::Number, range);
        }
        let unit = TextRange::new(range.start + digits as u32, range.end);
        if units().any(|known| known == &text[digits..]) {
            return self.push(ExprKind::Quantity { unit }, range);
        }
        self.unknown_unit(range, unit);
        self.push(ExprKind::Error, range)
    }

    fn unknown_unit(&mut self, range: TextRange, unit: TextRange) {
        let (number, letters) = (self.slice(range), self.slice(unit));
        let digits = &number[..number.len() - letters.len()];
        let span = range.in_file(self.file);
        let hex = digits == "0" && letters.starts_with(['x', 'X']);
        if let Some(value) = hex.then(|| u64::from_str_radix(&letters[1..], 16).ok()).flatten() {
            let error = self.error(codes::UNKNOWN_UNIT, unit, format!("`{letters}` is no unit"));
            error.notes.push("numbers are written in decimal".into());
            *error = error.clone().replace(
                FixLevel::Safe,
                format!("write it in decimal: `{value}`"),
                span,
                value.to_string(),
            );
            return;
        }
        if letters.starts_with('_') && letters.bytes().all(|b| b == b'_' || b.is_ascii_digit()) {
            let plain = number.replace('_', "");
            let error = self.error(codes::UNKNOWN_UNIT, unit, format!("`{letters}` is no unit"));
            error.notes.push("digits are written without separators".into());
            *error =
                error.clone().replace(FixLevel::Safe, format!("change it to `{plain}`"), span, plain.clone());
            return;
        }
        if let Some(sum) = compound(number) {
            let error = self.error(codes::UNKNOWN_UNIT, unit, format!("`{letters}` is no unit"));
            error.notes.push("a number has one unit; quantities are added with `+`".into());
            *error = error.clone().replace(
                FixLevel::Safe,
                format!("change it to `{sum}`"),
                span,
                format!("({sum})"),
            );
            return;
        }
        let meant = OTHER_NAMES
            .iter()
            .find(|(other, _)| *other == letters)
            .map(|(_, unit)| *unit)
            .or_else(|| suggest::nearest(letters, units()));
        let unit_span = unit.in_file(self.file);
        let error = self.error(codes::UNKNOWN_UNIT, unit, format!("`{letters}` is no unit"));
        error.notes.push(
            "units of duration: ns us ms s m h d w; units of size: B kB MB GB TB PB KiB MiB GiB TiB PiB"
                .into(),
        );
        if let Some(meant) = meant {
            error.help = Some(format!("did you mean `{digits}{meant}`?"));
            *error = error.clone().replace(
                FixLevel::Review,
                format!("change it to `{digits}{meant}`"),
                unit_span,
                meant,
            );
        }
    }
}

/// How many bytes of a number are digits, point and exponent.
fn digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = run(0);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + run(at + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = run(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

/// `1h30m` → `1h + 30m`, if all of it is numbers with units.
fn compound(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = digits(rest);
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let (part, behind) = rest.split_at(digits + letters);
        if digits == 0 || !units().any(|unit| unit == &part[digits..]) {
            return None;
        }
        parts.push(part);
        rest = behind;
    }
    (parts.len() > 1).then(|| parts.join(" + "))
}
