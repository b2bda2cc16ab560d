//! Recovery: all mistakes of a broken text in one run, and a tree of everything else.
//!
//! A broken text is mended and read again with the same grammar, so that there is one grammar and not two.
//! First the brackets are made to match, guided by indentation ([`structure`]). Then each item that does not fit the
//! grammar is mended where the grammar got stuck, one place after the other ([`repair`]): something missing is written
//! in, something that has no place there is blanked out, and what can't be understood at all becomes a hole, which the
//! grammar takes for a value. Each repair comes with a report. Tree and reports are then put back to where things stand
//! in the original text.

mod balance;
mod brackets;
mod conflicts;
mod declarations;
mod fix;
mod habits;
mod heredocs;
mod lines;
mod loops;
mod mended;
mod places;
mod repair;
mod signs;
mod situation;
mod statements;
mod strings;
mod structure;
mod types;
mod values;
mod words;

pub(super) use mended::Mended;
pub(super) use structure::too_deep;

use std::collections::BTreeSet;
use std::ops::Range;

use super::grammar::{Rule, read};
use super::lex::{Kind, Token, lex};
use super::reports::Reports;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::source::{FileId, TextRange};
use places::Places;

/// A text the grammar accepts, and what was wrong with the original.
pub(super) struct Recovered {
    pub(super) mended: Mended,
    pub(super) diagnostics: Reports,
}

/// Mends a file.
pub(super) fn file(file: FileId, text: &str, limits: &Limits) -> Recovered {
    let mut mender = Mender::new(file, limits);
    let whole = mender.structure(text);
    let tokens = lex(&whole.text).tokens;
    // A byte order mark is one in front of all else only.
    let start = if whole.text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let mut mended = whole.part(TextRange::new(0, start));
    for chunk in chunks(&whole.text, &tokens, TextRange::new(start, whole.text.len() as u32)) {
        if read(Rule::top_items, chunk.range.of(&whole.text)).is_some() {
            mended.append(&whole.part(chunk.range));
            continue;
        }
        let mut item = whole.part(TextRange::new(0, 0));
        if mender.diagnostics.are_full() {
            mended.append(&mender.repair(whole.part(chunk.range), Rule::top_items));
            continue;
        }
        mender.item(&whole, &tokens, &chunk, Rule::top_items, &mut item);
        // Pieces were mended each for itself: that they fit together is not taken for granted.
        mended.append(&mender.repair(item, Rule::top_items));
    }
    Recovered { mended, diagnostics: mender.diagnostics }
}

/// Mends a lone expression.
pub(super) fn expression(file: FileId, text: &str, limits: &Limits) -> Recovered {
    let mut mender = Mender::new(file, limits);
    let whole = mender.structure(text);
    let mended = mender.repair(whole, Rule::lone_expression);
    Recovered { mended, diagnostics: mender.diagnostics }
}

struct Mender {
    file: FileId,
    /// As deep as things may be nested.
    nesting: u32,
    diagnostics: Reports,
    /// Where something was reported that makes nonsense of what stands there: nothing more is said about it.
    quiet: Places,
    /// Where brackets begin whose partners had to be guessed.
    brackets: BTreeSet<u32>,
    /// Bytes that may still be read again and again until they fit.
    patience: usize,
    /// Whether it was said that something is nested too deep to be read.
    out_of_stack: bool,
}

/// Bytes of one file that are read again, at most, after repairs in long items.
const PATIENCE: usize = 64 << 20;

impl Mender {
    fn new(file: FileId, limits: &Limits) -> Self {
        Self {
            file,
            nesting: limits.nesting,
            diagnostics: Reports::default(),
            quiet: Places::default(),
            brackets: BTreeSet::new(),
            patience: PATIENCE,
            out_of_stack: false,
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.primary.as_ref().map(|primary| primary.span.start);
        if place.is_none_or(|place| !self.quiet.hold(place)) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Mends one item with all that belongs to it. What is inside a block over lines is mended item by item, and the
    /// block without it, so that every line is looked at once however deep it lies.
    fn item(&mut self, whole: &Mended, tokens: &[Token], chunk: &Chunk, rule: Rule, out: &mut Mended) {
        let Some((inside, close)) = block_inside(&tokens[chunk.tokens.clone()], &whole.text) else {
            let item = whole.part(chunk.range);
            let fits = read(rule, &item.text).is_some();
            out.append(&if fits { item } else { self.repair(item, rule) });
            return;
        };
        let mut shell = whole.part(TextRange::new(chunk.range.start, inside));
        let body = shell.text.len() as u32;
        shell.append(&whole.part(TextRange::new(close, chunk.range.end)));
        if read(rule, &shell.text).is_some() {
            out.append(&shell.part(TextRange::new(0, body)));
            self.items(whole, tokens, chunk, (inside, close), out);
            out.append(&shell.part(TextRange::new(body, shell.text.len() as u32)));
            return;
        }
        let mut items = whole.part(TextRange::new(0, 0));
        self.items(whole, tokens, chunk, (inside, close), &mut items);
        let shell = self.repair(shell, rule);
        let at = shell.position(whole.origin(inside));
        let mut joined = shell.part(TextRange::new(0, at));
        joined.append(&items);
        joined.append(&shell.part(TextRange::new(at, shell.text.len() as u32)));
        // Where the block was given up, so is what is in it.
        let fits = read(rule, &joined.text).is_some();
        out.append(if fits { &joined } else { &shell });
    }

    fn items(
        &mut self,
        whole: &Mended,
        tokens: &[Token],
        chunk: &Chunk,
        (inside, close): (u32, u32),
        out: &mut Mended,
    ) {
        let first =
            chunk.tokens.start + tokens[chunk.tokens.clone()].partition_point(|t| t.range.end <= inside);
        let last =
            chunk.tokens.start + tokens[chunk.tokens.clone()].partition_point(|t| t.range.end <= close);
        for mut part in chunks(&whole.text, &tokens[first..last], TextRange::new(inside, close)) {
            part.tokens = part.tokens.start + first..part.tokens.end + first;
            self.item(whole, tokens, &part, Rule::lone_items, out);
        }
    }
}

/// A piece of a text, and which tokens it is made of.
struct Chunk {
    range: TextRange,
    tokens: Range<usize>,
}

/// Cuts a part of a text into its items: at the line breaks outside of brackets. Together they are the whole part.
fn chunks(text: &str, tokens: &[Token], part: TextRange) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut depth = 0;
    // Where the item begins, its first token, its first token that is code, and whether its last line has code.
    let (mut start, mut first, mut code, mut line) = (part.start, 0, None, false);
    for (at, token) in tokens.iter().enumerate() {
        depth += token.kind.bracket_change();
        if !token.kind.is_line_end() {
            line |= !token.kind.is_comment();
            code = code.or(line.then_some(at));
            continue;
        }
        if depth > 0 || !std::mem::take(&mut line) {
            continue;
        }
        // A line that can't begin an item goes on with the one before it; the report then sees both.
        if let Some(begin) = code
            && !continues(&tokens[begin..at], &tokens[at + 1..], text)
        {
            chunks.push(Chunk { range: TextRange::new(start, token.range.end), tokens: first..at + 1 });
            (start, first, code) = (token.range.end, at + 1, None);
        }
    }
    if start < part.end {
        chunks.push(Chunk { range: TextRange::new(start, part.end), tokens: first..tokens.len() });
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
            Kind::Equal
                | Kind::Arrow
                | Kind::Operator
                | Kind::Minus
                | Kind::Question
                | Kind::Range
                | Kind::Dot
                | Kind::SafeDot
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
