//! `# prov: allow CODE, CODE why it is right here`: on the line of what it allows, or above it.
//!
//! It covers its line, or the next one that is no comment, and all of the block, argument or declaration that begins
//! there.

use super::{AFTERWARDS, OF_ALLOWANCES};
use crate::base::codes::{self, Code};
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::levels::{NoWarning, warning};
use crate::base::lines::LineIndex;
use crate::base::source::{FileId, SourceFile, Span, TextRange};
use crate::base::suggest::nearest;
use crate::lang::resolve::no_warning;
use crate::lang::syntax::tree::{Body, Comment, CommentKind, Item, Tree};

/// A comment that allows warnings.
pub(super) struct Allowance {
    /// What is removed with it.
    removal: TextRange,
    covers: TextRange,
    /// What is wrong with the comment itself.
    word: Option<(TextRange, Option<&'static str>)>,
    entries: Vec<Entry>,
}

/// One name in it.
struct Entry {
    range: TextRange,
    code: Result<Code, NoWarning>,
    needed: bool,
}

/// All of a file.
pub(super) fn all(tree: &Tree, file: &SourceFile) -> Vec<Allowance> {
    tree.comments.iter().filter_map(|comment| Allowance::read(tree, file, comment)).collect()
}

impl Allowance {
    fn read(tree: &Tree, file: &SourceFile, comment: &Comment) -> Option<Self> {
        if !matches!(comment.kind, CommentKind::Line | CommentKind::Block) {
            return None;
        }
        let text = tree.text(comment.range);
        let inner = text.strip_suffix("*/").unwrap_or(text);
        let inner = inner.trim_start_matches(['#', '/', '*']).trim_start();
        let mut at = Reader { text: inner, at: comment.range.start + (text.find(inner)? as u32) };
        at.skip("prov:")?;
        at.blank();
        let (word, range) = at.word();
        let wrong = match word {
            "allow" => None,
            // Anything else may be a sentence that happens to begin with the name.
            "warn" | "deny" | "ignore" | "disable" | "expect" => Some((range, None)),
            word => Some((range, Some(nearest(word, ["allow"])?))),
        };
        let mut entries = Vec::new();
        while wrong.is_none() {
            at.blank();
            let (name, range) = at.word();
            if name.is_empty() {
                break;
            }
            entries.push(Entry { range, code: warning(name), needed: false });
            at.blank();
            if at.skip(",").is_none() {
                break;
            }
        }
        let word = if entries.is_empty() { wrong.or(Some((range, None))) } else { wrong };
        let (covers, removal) = extent(tree, file.lines(), comment.range);
        Some(Self { removal, covers, word, entries })
    }

    /// Whether it allows this warning here; then it is needed.
    pub(super) fn takes(&mut self, code: Code, span: Span) -> bool {
        if span.start < self.covers.start || span.start > self.covers.end {
            return false;
        }
        let mut taken = false;
        for entry in self.entries.iter_mut().filter(|entry| entry.code == Ok(code)) {
            entry.needed = true;
            taken = true;
        }
        taken
    }

    /// The text it speaks of.
    pub(super) fn covers(&self) -> TextRange {
        self.covers
    }

    /// Whether it allows this warning.
    pub(super) fn names(&self, code: Code) -> bool {
        self.entries.iter().any(|entry| entry.code == Ok(code))
    }

    /// Says what is wrong with it.
    pub(super) fn report(&self, file: FileId, text: &str, sound: bool, out: &mut Vec<Diagnostic>) {
        if !self.names(codes::UNKNOWN_LINT) {
            if let Some((range, near)) = self.word {
                out.push(self.no_directive(range.in_file(file), range.of(text), near));
            }
            for entry in &self.entries {
                if let Err(why) = entry.code {
                    out.push(no_warning(why, entry.range.of(text), entry.range.in_file(file)));
                }
            }
        }
        let idle: Vec<&Entry> = self.entries.iter().filter(|entry| entry.is_idle()).collect();
        let Some(first) = idle.first().filter(|_| sound && !self.names(codes::UNNEEDED_ALLOWANCE)) else {
            return;
        };
        let names: Vec<_> = idle.iter().map(|entry| format!("`{}`", entry.range.of(text))).collect();
        let edits = self
            .without(&idle)
            .into_iter()
            .map(|range| Edit { span: range.in_file(file), text: String::new() });
        out.push(
            Diagnostic::new(
                codes::UNNEEDED_ALLOWANCE,
                first.range.in_file(file),
                match names.as_slice() {
                    [one] => format!("{one} is allowed here and does not occur"),
                    _ => format!("{} are allowed here and do not occur", names.join(" and ")),
                },
            )
            .here("not needed")
            .fix(FixLevel::Safe, "remove it", edits.collect()),
        );
    }

    fn no_directive(&self, span: Span, word: &str, near: Option<&str>) -> Diagnostic {
        let help = "write `# prov: allow CODE`; `prov explain` lists the codes";
        match near {
            Some(near) => {
                Diagnostic::new(codes::UNKNOWN_LINT, span, format!("`{word}` is nothing a comment can do"))
                    .here(format!("did you mean `{near}`?"))
                    .replace(FixLevel::Safe, format!("change it to `{near}`"), span, near)
            }
            None if word == "allow" => Diagnostic::new(codes::UNKNOWN_LINT, span, "this allows nothing")
                .here("which warning?")
                .help(help),
            None => Diagnostic::new(codes::UNKNOWN_LINT, span, format!("a comment can't `{word}` a warning"))
                .here("a comment can only `allow`")
                .help(format!("{help}; `lints` in the `prov` block denies them")),
        }
    }

    /// What to cut so that these names are gone: all of the comment if nothing else is in it.
    fn without(&self, idle: &[&Entry]) -> Vec<TextRange> {
        if idle.len() == self.entries.len() {
            return vec![self.removal];
        }
        let cut = |(at, entry): (usize, &Entry)| {
            // With the comma behind it, or, for the last, before it.
            let rest_is_idle = self.entries[at..].iter().all(Entry::is_idle);
            match (self.entries.get(at + 1), at.checked_sub(1).and_then(|at| self.entries.get(at))) {
                (_, Some(before)) if rest_is_idle => TextRange::new(before.range.end, entry.range.end),
                (Some(next), _) => TextRange::new(entry.range.start, next.range.start),
                _ => entry.range,
            }
        };
        self.entries.iter().enumerate().filter(|(_, entry)| entry.is_idle()).map(cut).collect()
    }
}

impl Entry {
    fn is_idle(&self) -> bool {
        let judged = |code| !OF_ALLOWANCES.contains(&code) && !AFTERWARDS.contains(&code);
        !self.needed && self.code.is_ok_and(judged)
    }
}

/// Reads words off a text.
struct Reader<'t> {
    text: &'t str,
    at: u32,
}

impl<'t> Reader<'t> {
    fn advance(&mut self, bytes: usize) {
        self.text = self.text.get(bytes..).unwrap_or_default();
        self.at += bytes as u32;
    }

    fn skip(&mut self, word: &str) -> Option<()> {
        self.text.starts_with(word).then(|| self.advance(word.len()))
    }

    fn blank(&mut self) {
        self.advance(self.text.len() - self.text.trim_start().len());
    }

    fn word(&mut self) -> (&'t str, TextRange) {
        let end = self.text.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
        let word = &self.text[..end.unwrap_or(self.text.len())];
        let range = TextRange::new(self.at, self.at + word.len() as u32);
        self.advance(word.len());
        (word, range)
    }
}

/// What a comment covers, and what has to go for it to be gone.
fn extent(tree: &Tree, lines: &LineIndex, comment: TextRange) -> (TextRange, TextRange) {
    let text = &*tree.text;
    let mut line = lines.line(comment.start);
    let start = lines.start(line, text);
    let before = TextRange::new(start, comment.start).of(text);
    let alone = before.trim().is_empty();
    let removal = if alone {
        let end = lines.start(lines.line(comment.end) + 1, text);
        let rest = TextRange::new(comment.end, end).of(text);
        if rest.trim().is_empty() { TextRange::new(start, end) } else { comment }
    } else {
        TextRange::new(start + before.trim_end().len() as u32, comment.end)
    };
    if alone {
        line = lines.line(comment.end) + 1;
        while line < lines.count() && is_remark(lines.text(line, text)) {
            line += 1;
        }
    }
    let first = lines.start(line, text);
    let content = lines.text(line, text);
    let begin = first + (content.len() - content.trim_start().len()) as u32;
    let own = TextRange::new(first, first + content.len() as u32);
    (item_at(&tree.body, tree, begin).map_or(own, |item| own.cover(item)), removal)
}

fn is_remark(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.starts_with("//") || line.starts_with("/*")
}

/// The item that begins at this place.
fn item_at(body: &Body, tree: &Tree, at: u32) -> Option<TextRange> {
    let around = body.items.partition_point(|item| parts(item).0.end <= at);
    let item = body.items.get(around)?;
    let (range, docs) = parts(item);
    let head = docs.last().map_or(range.start, |doc| doc.end.max(range.start));
    if head <= at && TextRange::new(head, at).of(&tree.text).trim().is_empty() {
        return Some(range);
    }
    match item {
        Item::Block(block) => item_at(&block.body, tree, at),
        _ => None,
    }
}

fn parts(item: &Item) -> (TextRange, &[TextRange]) {
    match item {
        Item::Attribute(item) => (item.range, &item.docs),
        Item::Block(item) => (item.range, &item.docs),
        Item::Type(item) => (item.range, &item.docs),
        Item::Function(item) => (item.range, &item.docs),
        Item::Use(item) => (item.range, &item.docs),
        Item::Error(range) => (*range, &[]),
    }
}
