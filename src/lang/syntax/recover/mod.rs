//! Recovery: all mistakes of a broken text in one run, and a tree of everything else.
//!
//! A broken text is mended and read again with the same grammar, so that there is one grammar and not two.
//! First the brackets are made to match, guided by indentation ([`structure`]). Then each item that does not fit the
//! grammar is mended where the grammar got stuck, one place after the other ([`repair`]): something missing is written
//! in, something that has no place there is blanked out, and what can't be understood at all becomes a hole, which the
//! grammar takes for a value. Each repair comes with a report. Tree and reports are then put back to where things stand
//! in the original text.

mod brackets;
mod fix;
mod lines;
mod mended;
mod repair;
mod situation;
mod structure;
mod values;
mod words;

pub(super) use mended::Mended;
pub(super) use structure::too_deep;

use super::grammar::Rule;
use super::lex::{Kind, Token, lex};
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::source::{FileId, Span, TextRange};

/// A text the grammar accepts, and what was wrong with the original.
pub(super) struct Recovered {
    pub(super) mended: Mended,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Mends a file.
pub(super) fn file(file: FileId, text: &str, limits: &Limits) -> Recovered {
    let mut mender = Mender::new(file);
    let whole = mender.structure(text, limits);
    let mut mended = whole.part(TextRange::new(0, 0));
    for chunk in chunks(&whole) {
        mended.append(&mender.item(whole.part(chunk), Rule::file));
    }
    Recovered { mended, diagnostics: mender.diagnostics }
}

/// Mends a lone expression.
pub(super) fn expression(file: FileId, text: &str, limits: &Limits) -> Recovered {
    let mut mender = Mender::new(file);
    let whole = mender.structure(text, limits);
    let mended = mender.repair(whole, Rule::lone_expression);
    Recovered { mended, diagnostics: mender.diagnostics }
}

struct Mender {
    file: FileId,
    diagnostics: Vec<Diagnostic>,
    /// Where something was reported that makes nonsense of what stands there: nothing more is said about it.
    quiet: Vec<TextRange>,
    /// Brackets whose partners had to be guessed.
    brackets: Vec<Span>,
}

impl Mender {
    fn new(file: FileId) -> Self {
        Self { file, diagnostics: Vec::new(), quiet: Vec::new(), brackets: Vec::new() }
    }

    fn is_quiet(&self, at: u32) -> bool {
        self.quiet.iter().any(|quiet| quiet.start <= at && at <= quiet.end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.primary.as_ref().map(|primary| primary.span.start);
        if place.is_none_or(|place| !self.is_quiet(place)) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Mends one item with all that belongs to it. Items inside a block are mended each for itself first.
    fn item(&mut self, mut item: Mended, rule: Rule) -> Mended {
        if repair::first_problem(&item.text, rule).is_none() {
            return item;
        }
        let lexed = lex(&item.text);
        if let Some((inside, close)) = block_inside(&lexed.tokens, &item.text) {
            let mut whole = item.part(TextRange::new(0, inside));
            let body = item.part(TextRange::new(inside, close));
            for chunk in chunks(&body) {
                whole.append(&self.item(body.part(chunk), Rule::lone_items));
            }
            whole.append(&item.part(TextRange::new(close, item.text.len() as u32)));
            item = whole;
        }
        self.repair(item, rule)
    }
}

/// Cuts a text into its items: at the line breaks outside of brackets. Together they are the whole text.
fn chunks(whole: &Mended) -> Vec<TextRange> {
    let tokens = lex(&whole.text).tokens;
    let mut chunks = Vec::new();
    let (mut start, mut depth, mut has_code, mut first) = (0, 0, false, 0);
    for (at, token) in tokens.iter().enumerate() {
        depth += token.kind.bracket_change();
        if !token.kind.is_line_end() {
            has_code |= !token.kind.is_comment();
            continue;
        }
        // A line that can't begin an item goes on with the one before it; the report then sees both.
        if depth <= 0 && has_code && !continues(&tokens[first..at], &tokens[at + 1..], &whole.text) {
            chunks.push(TextRange::new(start, token.range.end));
            (start, has_code, first) = (token.range.end, false, at + 1);
        }
    }
    let end = whole.text.len() as u32;
    if start < end {
        chunks.push(TextRange::new(start, end));
    }
    chunks
}

/// Whether a line goes on with the one before it: it begins with something that can't begin an item, or the line before
/// ends with something that is not complete and this one is no item either.
fn continues(before: &[Token], behind: &[Token], text: &str) -> bool {
    let is_code = |token: &&Token| token.kind != Kind::Newline && !token.kind.is_comment();
    let Some(first) = behind.iter().position(|token| is_code(&token)) else { return false };
    let behind = &behind[first..];
    let last = before.iter().rev().find(is_code);
    // Nothing goes on with a block that is closed.
    let code = before.iter().position(|token| is_code(&token)).unwrap_or(0);
    if last.is_some_and(|last| last.kind == Kind::CloseBrace)
        && structure::begins(&before[code..], text) == Some(structure::Begins::Block)
    {
        return false;
    }
    if GOES_ON.contains(&behind[0].kind) || matches!(behind[0].kind, Kind::OpenBrace | Kind::Equal) {
        return true;
    }
    let incomplete = last.is_some_and(|last| {
        matches!(
            last.kind,
            Kind::Equal | Kind::Arrow | Kind::Operator | Kind::Minus | Kind::Question | Kind::Range
        )
    });
    incomplete && behind[0].kind.begins_value() && structure::begins(behind, text).is_none()
}

/// What goes on with a value that stands before it.
const GOES_ON: [Kind; 7] =
    [Kind::Operator, Kind::SafeDot, Kind::Dot, Kind::Question, Kind::Colon, Kind::Minus, Kind::Range];

/// For a block over several lines: where the line of its `{` ends and where its `}` stands.
fn block_inside(tokens: &[Token], text: &str) -> Option<(u32, u32)> {
    let mut code = tokens.iter().enumerate().filter(|(_, t)| t.kind != Kind::Newline && !t.kind.is_comment());
    let (_, first) = code.next()?;
    if first.kind != Kind::Name {
        return None;
    }
    let (open, _) = code.find(|(_, token)| {
        !matches!(token.kind, Kind::Name | Kind::OpenQuote | Kind::QuotedText | Kind::CloseQuote)
    })?;
    if tokens[open].kind != Kind::OpenBrace {
        return None;
    }
    let behind = tokens[open + 1..].iter().find(|token| token.kind != Kind::BlockComment)?;
    if !behind.kind.is_line_end() {
        return None;
    }
    let mut depth = 0;
    for token in &tokens[open..] {
        depth += token.kind.bracket_change();
        if depth == 0 {
            let line = text[..token.range.start as usize].rfind('\n').map_or(0, |at| at as u32 + 1);
            return Some((behind.range.end, line.max(behind.range.end)));
        }
    }
    None
}
