//! Partners for all brackets, guided by how lines are indented.

mod openers;

use rustc_hash::FxHashMap;

use super::super::lex::{Kind, Token};
use super::mended::Edit;
use super::structure::{Begins, begins, closer, is_head, partner};
use super::{Mended, Mender};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// A bracket that waits for its partner.
#[derive(Clone, Copy)]
struct Open {
    token: Token,
    /// The indentation of its line, and whether it opens the body of a block.
    indent: u32,
    block: bool,
    /// The first token of its line.
    line: usize,
}

/// Walks over the tokens and finds partners, guided by how lines are indented.
pub(super) struct Balance<'m> {
    mender: &'m mut Mender,
    mended: &'m Mended,
    edits: Vec<Edit>,
    open: Vec<Open>,
    /// How many of each kind are open.
    waiting: FxHashMap<Kind, u32>,
    /// The last token before the present one that is no comment or line break.
    last: Option<Token>,
    /// How far in the line of the present token begins.
    here: u32,
    /// The bracket that was written in at the end of the present line.
    waits_for_line_end: Option<Open>,
}

/// As far out as a bracket is looked for that begins at an indentation; deeper ones are not read anyway.
const FAR: usize = 256;

impl<'m> Balance<'m> {
    /// What is written in and taken out so that each bracket has its partner.
    pub(super) fn of(mender: &'m mut Mender, mended: &'m Mended, tokens: &[Token]) -> Vec<Edit> {
        let mut balance = Self::new(mender, mended);
        balance.run(tokens);
        balance.edits
    }

    fn new(mender: &'m mut Mender, mended: &'m Mended) -> Self {
        let waiting = FxHashMap::default();
        Self {
            mender,
            mended,
            edits: Vec::new(),
            open: Vec::new(),
            waiting,
            last: None,
            here: 0,
            waits_for_line_end: None,
        }
    }

    fn run(&mut self, tokens: &[Token]) {
        let (mut line_start, mut seen) = (0, 0);
        for (at, token) in tokens.iter().enumerate() {
            if at == 0 || self.mended.text[seen..token.range.start as usize].contains('\n') {
                self.here = self.indent(token.range.start);
            }
            seen = token.range.start as usize;
            if at == line_start {
                self.line_begins(&tokens[at..]);
                self.never_opened(&tokens[at..]);
            }
            if token.kind == Kind::LineComment {
                self.closed_in_comment(*token, line_start, &tokens[at + 1..]);
            }
            if token.kind == Kind::Returns
                && self.text(tokens[line_start]) == "fn"
                && self.open.last().is_some_and(|open| open.token.kind == Kind::OpenParen)
                && let Some(open) = self.pop()
            {
                // Parameters have no arrow among them.
                self.never_closed(open);
            }
            match token.kind.bracket_change() {
                1 if self.is_twice(*token) => {
                    let report = self.removed(*token, "stands here twice");
                    self.mender.report(report);
                }
                1 => {
                    let head = &tokens[line_start..at];
                    let block = token.kind == Kind::OpenBrace
                        && is_head(head)
                        && head.first().is_some_and(|word| self.text(*word) != "use");
                    // By the line on which what it belongs to begins.
                    let indent = self.indent(tokens[line_start].range.start);
                    self.push(Open { token: *token, indent, block, line: line_start });
                }
                -1 => self.close(*token, line_start, at, tokens),
                _ => {}
            }
            if token.kind.is_line_end() {
                line_start = at + 1;
                if let Some(open) = self.waits_for_line_end.take() {
                    self.push(open);
                }
            }
            if token.kind != Kind::Newline && !token.kind.is_comment() {
                self.last = Some(*token);
            }
        }
        while let Some(open) = self.pop() {
            self.never_closed(open);
        }
    }

    fn push(&mut self, open: Open) {
        *self.waiting.entry(closer(open.token.kind)).or_default() += 1;
        self.open.push(open);
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        *self.waiting.entry(closer(open.token.kind)).or_default() -= 1;
        Some(open)
    }

    /// Where a line begins an item at a place at which the open bracket can't have one, the bracket should be closed.
    fn line_begins(&mut self, line: &[Token]) {
        let indent = self.here;
        let Some(begins) = begins(line, &self.mended.text) else { return };
        while let Some(open) = self.open.last().copied() {
            let outside = if open.block {
                // Attributes at the indentation of the block's head are likely badly indented, at the left margin.
                indent <= open.indent && (begins == Begins::Block || indent > 0)
            } else {
                indent <= open.indent
            };
            if !outside || matches!(open.token.kind, Kind::OpenInterpolation | Kind::OpenDirective) {
                return;
            }
            self.pop();
            self.never_closed(open);
        }
    }

    /// `a { b = 1 # }`: the bracket that would close stands in a comment.
    fn closed_in_comment(&mut self, comment: Token, line_start: usize, behind: &[Token]) {
        let Some(open) = self.open.last().copied().filter(|open| open.block) else { return };
        let closer = self.text(comment).find('}');
        let same_line = open.line == line_start
            && self.last.is_some_and(|last| last.range.start > open.token.range.start);
        let (Some(closer), true) = (closer, same_line) else { return };
        // What stands below further in belongs to the block.
        let below = behind.iter().find(|token| !token.kind.is_line_end() && !token.kind.is_comment());
        if below.is_some_and(|below| {
            self.indent(below.range.start) > open.indent || below.kind == Kind::CloseBrace
        }) {
            return;
        }
        let start = comment.range.start + closer as u32;
        let place = self.mended.span(self.mender.file, TextRange::new(start, start + 1));
        let insert = TextRange::new(comment.range.start, comment.range.start);
        let span = self.mended.span(self.mender.file, insert);
        let report = Diagnostic::new(codes::UNCLOSED_DELIMITER, place, "this `}` is part of a comment")
            .here("closes nothing")
            .label(self.mended.span(self.mender.file, open.token.range), "this block is never closed")
            .replace(FixLevel::Safe, "close the block before the comment", span, "} ");
        self.mender.report(report);
        self.edits.push(Edit { range: insert, with: "} ".into() });
        self.pop();
    }

    /// Whether a bracket finds its partner within the next few lines, not counting what stands at `at`.
    fn finds_partner(&self, open: Open, tokens: &[Token], at: usize) -> bool {
        const FEW: usize = 400;
        let mut depth = 0;
        for (ahead, token) in tokens.iter().enumerate().skip(at + 1).take(FEW) {
            if tokens[ahead - 1].kind.is_line_end()
                && self.indent(token.range.start) <= open.indent
                && begins(&tokens[ahead..], &self.mended.text).is_some()
            {
                return false;
            }
            depth += token.kind.bracket_change();
            if depth < 0 {
                return closer(open.token.kind) == token.kind;
            }
        }
        false
    }

    fn close(&mut self, token: Token, line_start: usize, at: usize, tokens: &[Token]) {
        let begins_line = at == line_start;
        let line = &tokens[line_start..at];
        let fits = |open: &Open| closer(open.token.kind) == token.kind;
        // The `}` of a block over several lines stands on a line of its own.
        if let Some(open) = self.open.last()
            && open.block
            && !begins_line
            && token.kind == Kind::CloseBrace
            && open.token.range.start < tokens[line_start].range.start
            && self.finds_partner(*open, tokens, at)
        {
            return self.without_partner(token, line);
        }
        let awaited = self.waiting.get(&token.kind).is_some_and(|count| *count > 0);
        let Some(partner_at) = awaited.then(|| self.open.iter().rposition(fits)).flatten() else {
            return match self.open.last().copied() {
                Some(open)
                    if !open.block
                        && closer(open.token.kind) != Kind::CloseSequence
                        && !begins_line
                        && !self.finds_partner(open, tokens, at) =>
                {
                    self.pop();
                    self.wrong_partner(open, token);
                }
                _ => self.without_partner(token, line),
            };
        };
        // One too many among what goes on below, or right before what closes: `[f x)]`.
        if let Some(open) = self.open.last().filter(|_| partner_at + 1 < self.open.len())
            && !begins_line
        {
            let below = open.token.range.start < tokens[line_start].range.start;
            let closes = tokens.get(at + 1).is_some_and(|next| next.kind == closer(open.token.kind));
            if closes || (below && self.finds_partner(*open, tokens, at)) {
                return self.without_partner(token, line);
            }
        }
        // The partner by kind, unless one further out begins at this very indentation.
        let mut at = partner_at;
        let indent = self.here;
        if begins_line && self.open[at].indent > indent {
            let near = at.saturating_sub(FAR);
            let outer = self.open[near..at].iter().rposition(|open| fits(open) && open.indent <= indent);
            let outer = outer.map(|outer| near + outer);
            at = outer.filter(|outer| self.open[*outer].indent == indent).unwrap_or(at);
        }
        while self.open.len() > at + 1
            && let Some(open) = self.pop()
        {
            self.never_closed(open);
        }
        self.pop();
    }

    fn indent(&self, at: u32) -> u32 {
        let line = self.mended.text[..at as usize].rfind('\n').map_or(0, |at| at + 1);
        let text = &self.mended.text[line..];
        (text.len() - text.trim_start_matches([' ', '\t']).len()) as u32
    }

    fn text(&self, token: Token) -> &str {
        token.range.of(&self.mended.text)
    }

    /// Its partner should have stood here at the latest.
    fn never_closed(&mut self, open: Open) {
        let last = self.last.unwrap_or(open.token);
        let end = last.range.end;
        let place = TextRange::new(end, end);
        let written = self.text(open.token).trim_end_matches('~').to_owned();
        let partner = partner(open.token.kind);
        let file = self.mender.file;
        let opener = self.mended.span(file, open.token.range);
        let what = if open.block { "this block" } else { "this bracket" };
        let message = format!("`{written}` is never closed: `{partner}` is missing");
        let report = Diagnostic::new(codes::UNCLOSED_DELIMITER, self.mended.span(file, place), message)
            .here(format!("`{partner}` was expected here at the latest"))
            .label(opener, format!("{what} begins here"));
        // What was opened at the end of a line is closed on a line of its own.
        let behind = self.mended.text[open.token.range.end as usize..].trim_start_matches([' ', '\t', '\r']);
        let spread = behind.starts_with('\n') && end > open.token.range.end;
        let ends_line = matches!(last.kind, Kind::CloseHeredoc) || open.block;
        // Behind a comment on the last line, a bracket of its own line is safe.
        let line_break = if ends_line { "\n" } else { "" };
        let mut with = format!("{line_break}{partner}");
        let fix = match ends_line || spread {
            true => format!("\n{}{partner}", " ".repeat(open.indent as usize)),
            false => partner.to_string(),
        };
        if open.block
            && !self.mended.text[end as usize..]
                .trim_start_matches([' ', '\t', '\r'])
                .starts_with(['\n', '#', '/'])
        {
            with.push('\n');
        }
        let span = self.mended.span(file, place);
        if !open.block {
            self.mender.brackets.insert(opener.start);
        }
        self.mender.report(report.replace(FixLevel::Review, format!("insert `{partner}`"), span, fix));
        self.mender.quiet.add(span.range());
        self.edits.push(Edit { range: place, with });
    }

    fn wrong_partner(&mut self, open: Open, token: Token) {
        let (written, opener) = (self.text(token).to_owned(), self.text(open.token).to_owned());
        let partner = partner(open.token.kind);
        let file = self.mender.file;
        let span = self.mended.span(file, token.range);
        self.mender.brackets.insert(span.start);
        let report = Diagnostic::new(codes::SYNTAX, span, format!("`{written}` can't close `{opener}`"))
            .label(self.mended.span(file, open.token.range), "opened here")
            .replace(FixLevel::Review, format!("change it to `{partner}`"), span, partner.to_string());
        self.mender.report(report);
        self.edits.push(Edit { range: token.range, with: partner.to_string() });
    }

    /// For what closes nothing, with the line before it.
    fn without_partner(&mut self, token: Token, line: &[Token]) {
        // Where nothing more is shown, nobody looks for more.
        let seen = !line.is_empty() && !self.mender.diagnostics.are_full();
        if !(seen && self.opened_on_line(token, line)) {
            self.closes_nothing(token);
        }
    }

    fn closes_nothing(&mut self, token: Token) {
        let report = self.removed(token, "closes nothing");
        self.mender.report(report.note("every bracket before it already has its partner"));
    }

    /// Whether a `{` stands right behind the one of a block.
    fn is_twice(&self, token: Token) -> bool {
        let behind = |open: &Open| open.block && open.token.range.end == token.range.start;
        token.kind == Kind::OpenBrace && self.open.last().is_some_and(behind)
    }

    /// Blanks out a bracket.
    fn removed(&mut self, token: Token, what: &str) -> Diagnostic {
        let written = self.text(token).to_owned();
        let span = self.mended.span(self.mender.file, token.range);
        self.mender.brackets.insert(span.start);
        self.edits.push(Edit { range: token.range, with: " ".repeat(written.len()) });
        Diagnostic::new(codes::SYNTAX, span, format!("`{written}` {what}")).replace(
            FixLevel::Review,
            "remove it",
            span,
            "",
        )
    }
}
