//! What differs between two values, as lines: nested, inside text line by line, inside JSON by meaning.

use std::collections::BTreeMap;

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use crate::base::value::{Kind, Value};
use crate::host::render::text::clean;
use crate::host::render::values::{from_json, inline, is_text, key, pretty};

/// What happens to what a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing; it frames what changes.
    Same,
    /// It comes into being.
    Add,
    /// It ceases to be.
    Remove,
    /// It becomes another.
    Change,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Steps of indentation.
    pub depth: usize,
    /// What happens.
    pub sign: Sign,
    /// What is shown.
    pub text: String,
    /// A remark behind it.
    pub note: Option<String>,
}

/// Columns a value may take before it is spread over lines.
const INLINE: usize = 60;
/// Characters shown of one line of text.
const LONGEST: usize = 400;

/// The lines that show how `before` becomes `after` under `name`; none if they are equal.
pub fn lines(name: &str, before: &Value, after: &Value) -> Vec<Line> {
    let mut out = Differ { lines: Vec::new() };
    out.entry(&format!("{} = ", key(name)), before, after, 0);
    out.lines
}

struct Differ {
    lines: Vec<Line>,
}

impl Differ {
    fn push(&mut self, depth: usize, sign: Sign, text: impl Into<String>) {
        self.lines.push(Line { depth, sign, text: text.into(), note: None });
    }

    /// A whole value that appears or disappears.
    fn whole(&mut self, head: &str, value: &Value, sign: Sign, depth: usize) {
        for (at, line) in pretty(value, INLINE).into_iter().enumerate() {
            let head = if at == 0 { head } else { "" };
            self.push(depth, sign, shorten(&format!("{head}{line}")));
        }
    }

    fn entry(&mut self, head: &str, before: &Value, after: &Value, depth: usize) {
        if before == after {
            return;
        }
        if before.secret || after.secret {
            let (sign, text) = match (before.is_null(), after.is_null()) {
                (true, _) => (Sign::Add, "(sensitive)".to_owned()),
                (_, true) => (Sign::Remove, "(sensitive)".to_owned()),
                _ => (Sign::Change, "(sensitive) -> (sensitive)".to_owned()),
            };
            return self.push(depth, sign, format!("{head}{text}"));
        }
        if before.is_null() {
            return self.whole(head, after, Sign::Add, depth);
        }
        if after.is_null() {
            return self.whole(head, before, Sign::Remove, depth);
        }
        match (&before.kind, &after.kind) {
            (Kind::Map(_), Kind::Map(_)) => self.map(head, before, after, depth, ("{", "}")),
            (Kind::Seq(old), Kind::Seq(new)) => self.list(head, old, new, depth, ("[", "]")),
            (Kind::Set(old), Kind::Set(new)) => self.set(head, old, new, depth),
            (Kind::String(old), Kind::String(new)) => self.text(head, old, new, depth),
            _ => self.change(head, before, after, depth),
        }
    }

    fn change(&mut self, head: &str, before: &Value, after: &Value, depth: usize) {
        let (old, new) = window(&inline(before), &inline(after));
        if old.len() + new.len() + head.len() > 2 * INLINE {
            self.push(depth, Sign::Remove, format!("{head}{old}"));
            self.push(depth, Sign::Add, format!("{head}{new}"));
        } else {
            self.push(depth, Sign::Change, format!("{head}{old} -> {new}"));
        }
    }

    fn map(&mut self, head: &str, before: &Value, after: &Value, depth: usize, brackets: (&str, &str)) {
        let (Some(old), Some(new)) = (before.as_map(), after.as_map()) else { return };
        self.push(depth, Sign::Change, format!("{head}{}", brackets.0));
        let mut same = 0;
        let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (one, two) = (old.get(name).unwrap_or(&Value::NULL), new.get(name).unwrap_or(&Value::NULL));
            if one == two {
                same += usize::from(!one.is_null());
            }
            self.entry(&format!("{} = ", key(name)), one, two, depth + 1);
        }
        self.unchanged(same, depth + 1);
        self.push(depth, Sign::Same, brackets.1);
    }

    fn list(&mut self, head: &str, old: &[Value], new: &[Value], depth: usize, brackets: (&str, &str)) {
        self.push(depth, Sign::Change, format!("{head}{}", brackets.0));
        let (one, two) = numbered(old, new);
        let mut same = 0;
        for op in capture_diff_slices(Algorithm::Myers, &one, &two) {
            match op {
                DiffOp::Equal { len, .. } => same += len,
                DiffOp::Delete { old_index, old_len, .. } => {
                    self.wholes(old.get(old_index..old_index + old_len), Sign::Remove, depth + 1);
                }
                DiffOp::Insert { new_index, new_len, .. } => {
                    self.wholes(new.get(new_index..new_index + new_len), Sign::Add, depth + 1);
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    let (gone, come) =
                        (old.get(old_index..old_index + old_len), new.get(new_index..new_index + new_len));
                    match (gone, come) {
                        (Some(gone), Some(come)) if old_len == new_len => {
                            for (one, two) in gone.iter().zip(come) {
                                self.entry("", one, two, depth + 1);
                            }
                        }
                        (gone, come) => {
                            self.wholes(gone, Sign::Remove, depth + 1);
                            self.wholes(come, Sign::Add, depth + 1);
                        }
                    }
                }
            }
        }
        self.unchanged(same, depth + 1);
        self.push(depth, Sign::Same, brackets.1);
    }

    fn wholes(&mut self, values: Option<&[Value]>, sign: Sign, depth: usize) {
        for value in values.unwrap_or_default() {
            self.whole("", value, sign, depth);
        }
    }

    fn set(&mut self, head: &str, old: &[Value], new: &[Value], depth: usize) {
        self.push(depth, Sign::Change, format!("{head}["));
        let gone: Vec<&Value> = old.iter().filter(|value| new.binary_search(value).is_err()).collect();
        for value in &gone {
            self.whole("", value, Sign::Remove, depth + 1);
        }
        for value in new.iter().filter(|value| old.binary_search(value).is_err()) {
            self.whole("", value, Sign::Add, depth + 1);
        }
        self.unchanged(old.len() - gone.len(), depth + 1);
        self.push(depth, Sign::Same, "]");
    }

    fn text(&mut self, head: &str, old: &str, new: &str, depth: usize) {
        if let (Some(one), Some(two)) = (structure(old), structure(new)) {
            return match (&one.kind, &two.kind) {
                _ if one == two => {
                    self.push(depth, Sign::Change, format!("{head}jsonencode(…)"));
                    if let Some(line) = self.lines.last_mut() {
                        line.note = Some("only spaces or the order of keys change".into());
                    }
                }
                (Kind::Map(_), Kind::Map(_)) => {
                    self.map(&format!("{head}jsonencode("), &one, &two, depth, ("{", "})"))
                }
                (Kind::Seq(a), Kind::Seq(b)) => {
                    self.list(&format!("{head}jsonencode("), a, b, depth, ("[", "])"))
                }
                _ => self.change(head, &old.into(), &new.into(), depth),
            };
        }
        if !is_text(old) && !is_text(new) {
            return self.change(head, &old.into(), &new.into(), depth);
        }
        self.push(depth, Sign::Change, format!("{head}<<-EOT"));
        let diff = TextDiff::from_lines(old, new);
        for (at, group) in diff.grouped_ops(2).iter().enumerate() {
            if at > 0 {
                self.push(depth + 1, Sign::Same, "…");
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let sign = match change.tag() {
                    ChangeTag::Equal => Sign::Same,
                    ChangeTag::Delete => Sign::Remove,
                    ChangeTag::Insert => Sign::Add,
                };
                let line = change.value().trim_end_matches('\n');
                self.push(depth + 1, sign, shorten(&clean(line)));
                if change.missing_newline()
                    && sign != Sign::Same
                    && let Some(line) = self.lines.last_mut()
                {
                    line.note = Some("no line break at the end".into());
                }
            }
        }
        self.push(depth, Sign::Same, "EOT");
    }

    fn unchanged(&mut self, count: usize, depth: usize) {
        if count > 0 {
            self.push(depth, Sign::Same, format!("# {count} unchanged"));
        }
    }
}

/// Elements as numbers, equal ones alike: what the diff algorithm can compare quickly.
fn numbered<'v>(old: &'v [Value], new: &'v [Value]) -> (Vec<usize>, Vec<usize>) {
    let mut seen: BTreeMap<&'v Value, usize> = BTreeMap::new();
    let mut number = |value: &'v Value| {
        let next = seen.len();
        *seen.entry(value).or_insert(next)
    };
    (old.iter().map(&mut number).collect(), new.iter().map(&mut number).collect())
}

/// The object or array that text is JSON for.
fn structure(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok().map(|json| from_json(&json))
}

/// At most [`LONGEST`] characters.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}… ({} more characters)", &text[..at], text[at..].chars().count()),
    }
}

/// Two long texts, cut so that the place where they begin to differ is seen.
fn window(old: &str, new: &str) -> (String, String) {
    if old.chars().count() <= LONGEST && new.chars().count() <= LONGEST {
        return (old.to_owned(), new.to_owned());
    }
    let shared = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
    let skip = shared.saturating_sub(40);
    let cut = |text: &str| {
        let from = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
        let head = if skip > 0 { "…" } else { "" };
        format!("{head}{}", shorten(&text[from..]))
    };
    (cut(old), cut(new))
}
