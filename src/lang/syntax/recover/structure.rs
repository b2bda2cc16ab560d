//! Brackets, strings, heredocs and comments: what is never closed, and what closes nothing.

use super::super::lex::{Fault, Kind, Token, lex};
use super::{Mended, Mender};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::effects::Limits;
use crate::base::source::{Span, TextRange};

/// A bracket that waits for its partner.
#[derive(Clone, Copy)]
struct Open {
    token: Token,
    /// The indentation of its line, and whether it opens the body of a block.
    indent: u32,
    block: bool,
}

/// A repair of the whole text: later ones do not move earlier ones, because they are made from the end.
struct Edit {
    range: TextRange,
    with: String,
}

impl Mender {
    /// Makes a text in which every bracket has its partner and nothing is nested too deep.
    pub(super) fn structure(&mut self, text: &str, limits: &Limits) -> Mended {
        let mut edits = Vec::new();
        let lexed = lex(text);
        for fault in &lexed.faults {
            self.fault(text, *fault, &mut edits);
        }
        let mut mended = apply(Mended::new(text), edits);
        // Strings end now, so brackets can be counted.
        let tokens = lex(&mended.text).tokens;
        if !balanced(&tokens) {
            let mut balance = Balance { mender: self, mended: &mended, edits: Vec::new(), open: Vec::new() };
            balance.run(&tokens);
            let edits = balance.edits;
            mended = apply(mended, edits);
        }
        self.too_deep(mended, limits)
    }

    fn fault(&mut self, text: &str, fault: Fault, edits: &mut Vec<Edit>) {
        let span = |range: TextRange| range.in_file(self.file);
        let insert = |at: u32, with: String| Edit { range: TextRange::new(at, at), with };
        match fault {
            Fault::String(string) => {
                let quote = TextRange::new(string.start, string.start + 1);
                // Brackets this line opened, and whose partners the string has swallowed.
                let line = text[..string.start as usize].rfind('\n').map_or(0, |at| at + 1);
                let swallowed = string.of(text);
                let mut close = String::from("\"");
                let opened = lex(&text[line..string.start as usize]).tokens;
                for kind in unclosed(&opened).into_iter().rev() {
                    let partner = partner(kind);
                    if !swallowed.contains(partner) {
                        break;
                    }
                    close.push(partner);
                }
                close += &swallowed_openers(text, line, string);
                let report =
                    Diagnostic::new(codes::UNCLOSED_DELIMITER, span(quote), "this string is never closed")
                        .help("a quoted string ends on its line; for more lines write a heredoc: `<<-EOT`")
                        .replace(
                            FixLevel::Review,
                            "close it at the end of the line",
                            span(string).after(),
                            "\"",
                        );
                self.diagnostics.push(report);
                self.quiet.push(TextRange::new(line as u32, string.end));
                edits.push(insert(string.end, close));
            }
            Fault::Sequence { opener, string } => {
                let sign = opener.of(text).trim_end_matches('~');
                let report = Diagnostic::new(
                    codes::UNCLOSED_DELIMITER,
                    span(opener),
                    format!("this `{sign}` is never closed"),
                )
                .help(format!(
                    "close it with `}}`; to mean the characters themselves, write `{}{sign}`",
                    &sign[..1]
                ));
                self.diagnostics.push(report);
                let hole = " ".repeat(string.len() as usize);
                let with = if string == opener { hole } else { hole.replacen(' ', super::mended::HOLE, 1) };
                edits.push(Edit { range: string, with });
            }
            Fault::Heredoc { opener, end, word_at_end } => {
                let marker = opener.of(text).trim_start_matches(['<', '-']);
                let report = Diagnostic::new(
                    codes::UNCLOSED_DELIMITER,
                    span(opener),
                    format!("this heredoc is never closed by a line with `{marker}`"),
                );
                let place = TextRange::new(end, end);
                if end as usize == text.len() {
                    // The heredoc has swallowed whatever would have closed the brackets around it.
                    self.quiet.push(place);
                }
                self.diagnostics.push(if word_at_end {
                    let word = TextRange::new(end - marker.len() as u32, end);
                    report.label(span(word), "nothing may stand behind the closing word on its line").replace(
                        FixLevel::Review,
                        "break the line behind it",
                        span(place),
                        "\n",
                    )
                } else {
                    report.label(span(place), format!("`{marker}` was expected before this")).replace(
                        FixLevel::Review,
                        format!("close it with `{marker}`"),
                        span(place),
                        format!("{marker}\n"),
                    )
                });
                let before = if word_at_end || text[..end as usize].ends_with('\n') { "" } else { "\n" };
                let word = if word_at_end { "" } else { marker };
                // What is left of a line behind the word can't be told from the next item.
                let rest = text[end as usize..].find('\n').map_or(text.len(), |at| end as usize + at);
                let behind = text[end as usize..rest].trim_matches([' ', '\t', '\r']);
                if word_at_end && matches!(behind, "," | ";") {
                    let range = TextRange::new(end, rest as u32);
                    edits.push(Edit { range, with: " ".repeat(range.len() as usize) });
                } else {
                    edits.push(insert(end, format!("{before}{word}\n")));
                }
            }
            Fault::Comment(range) => {
                let opener = TextRange::new(range.start, range.start + 2);
                let report = Diagnostic::new(
                    codes::UNCLOSED_DELIMITER,
                    span(opener),
                    "this comment is never closed by `*/`",
                )
                .help("a comment on one line begins with `#`");
                self.diagnostics.push(report);
                self.quiet.push(range);
                edits.push(insert(range.end, "*/\n".into()));
            }
        }
    }

    /// Puts holes where brackets are nested deeper than the limit.
    fn too_deep(&mut self, mended: Mended, limits: &Limits) -> Mended {
        let mut edits = Vec::new();
        let (mut depth, mut start) = (0i64, None);
        for token in lex(&mended.text).tokens {
            let change = token.kind.bracket_change();
            depth += i64::from(change);
            if change > 0 && depth == i64::from(limits.nesting) + 1 {
                start = Some(token.range);
            } else if change < 0 && depth == i64::from(limits.nesting) {
                edits.extend(start.take().map(|open| (open, token)));
            }
        }
        let mut holes = Vec::new();
        for (open, close) in edits {
            let range = TextRange::new(open.start, close.range.end);
            let inside = range.of(&mended.text);
            let report = too_deep(mended.span(self.file, open), limits.nesting);
            self.report(report);
            self.quiet.push(mended.range(range));
            // Inside a string a blank, as a hole is no text; of one character, for there may be megabytes inside.
            let with = if inside.starts_with(['$', '%']) { " " } else { super::mended::HOLE };
            let with = with.to_owned();
            holes.push(Edit { range, with });
        }
        apply(mended, holes)
    }
}

/// The report for brackets or conditionals inside each other without end.
pub(in super::super) fn too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::new(codes::NESTING_TOO_DEEP, span, format!("this is nested deeper than {limit} levels"))
        .help("give a part of it a name in `locals`, or move it into a module")
}

fn apply(mended: Mended, mut edits: Vec<Edit>) -> Mended {
    if edits.is_empty() {
        return mended;
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = mended.part(TextRange::new(0, 0));
    let mut at = 0;
    for edit in edits {
        if edit.range.start < at {
            continue;
        }
        out.append(&mended.part(TextRange::new(at, edit.range.start)));
        let mut piece = mended.part(edit.range);
        piece.replace(TextRange::new(0, edit.range.len()), &edit.with);
        out.append(&piece);
        at = edit.range.end;
    }
    out.append(&mended.part(TextRange::new(at, mended.text.len() as u32)));
    out
}

/// The brackets a string that never ends took from the end of its line, if lines below close them.
fn swallowed_openers(text: &str, line: usize, string: TextRange) -> String {
    let taken = string.of(text).trim_end();
    let openers = &taken[taken.trim_end_matches(['{', '[', '(']).len()..];
    let partner = |opener: char| match opener {
        '{' => '}',
        '[' => ']',
        _ => ')',
    };
    let closers: String = openers.chars().rev().map(partner).collect();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indent(&text[line..]);
    let below = text[string.end as usize..].lines().skip(1).filter(|line| !line.trim().is_empty());
    let outside = below.skip_while(|line| indent(line) > own).take(1);
    let closed = outside.filter(|line| indent(line) == own && line.trim_start().starts_with(&closers));
    closed.map(|_| openers).collect()
}

/// The brackets that tokens open and do not close.
fn unclosed(tokens: &[Token]) -> Vec<Kind> {
    let mut open = Vec::new();
    for token in tokens {
        match token.kind.bracket_change() {
            1 => open.push(token.kind),
            -1 => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

fn balanced(tokens: &[Token]) -> bool {
    let mut open = Vec::new();
    for token in tokens {
        match token.kind.bracket_change() {
            1 => open.push(token.kind),
            -1 if open.pop().is_none_or(|kind| closer(kind) != token.kind) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

fn closer(open: Kind) -> Kind {
    match open {
        Kind::OpenBrace => Kind::CloseBrace,
        Kind::OpenBracket => Kind::CloseBracket,
        Kind::OpenParen => Kind::CloseParen,
        _ => Kind::CloseSequence,
    }
}

fn partner(open: Kind) -> char {
    match open {
        Kind::OpenBracket => ']',
        Kind::OpenParen => ')',
        _ => '}',
    }
}

/// Walks over the tokens and finds partners, guided by how lines are indented.
struct Balance<'m> {
    mender: &'m mut Mender,
    mended: &'m Mended,
    edits: Vec<Edit>,
    open: Vec<Open>,
}

impl Balance<'_> {
    fn run(&mut self, tokens: &[Token]) {
        let mut line_start = 0;
        for (at, token) in tokens.iter().enumerate() {
            if at == line_start {
                self.line_begins(&tokens[at..], at.checked_sub(1).map(|_| &tokens[..at]));
                self.never_opened(&tokens[at..]);
                self.arms_never_opened(&tokens[at..]);
            }
            if token.kind == Kind::Returns
                && let Some(open) = self.open.last().copied()
                && open.token.kind == Kind::OpenParen
                && self.text(tokens[line_start]) == "fn"
            {
                // Parameters have no arrow among them.
                self.open.pop();
                self.never_closed(open, &tokens[..at]);
            }
            match token.kind.bracket_change() {
                1 if self.is_twice(*token) => {
                    let report = self.removed(*token, "stands here twice");
                    self.mender.report(report);
                }
                1 => {
                    let first = tokens[line_start];
                    let block = token.kind == Kind::OpenBrace && is_head(&tokens[line_start..at]);
                    let open = Open { token: *token, indent: self.indent(first.range.start), block };
                    self.open.push(open);
                }
                -1 => self.close(*token, line_start, at, tokens),
                _ => {}
            }
            if token.kind.is_line_end() {
                line_start = at + 1;
            }
        }
        while let Some(open) = self.open.pop() {
            self.never_closed(open, tokens);
        }
    }

    /// Where a line begins an item at a place at which the open bracket can't have one, the bracket should be closed.
    fn line_begins(&mut self, line: &[Token], before: Option<&[Token]>) {
        let (Some(first), Some(before)) = (line.first(), before) else { return };
        let Some(begins) = begins(line, &self.mended.text) else { return };
        let indent = self.indent(first.range.start);
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
            self.open.pop();
            self.never_closed(open, before);
        }
    }

    /// A line that is the head of a block but for its `{`, with the body below it, further in.
    fn never_opened(&mut self, line: &[Token]) {
        if self.open.last().is_some_and(|open| !open.block) {
            return;
        }
        let Some(end) = line.iter().position(|token| token.kind.is_line_end()) else { return };
        let below = line[end..].iter().find(|token| !token.kind.is_line_end() && !token.kind.is_comment());
        let (Some(below), true) = (below, end > 0 && is_head(&line[..end])) else { return };
        let indent = self.indent(line[0].range.start);
        if self.indent(below.range.start) <= indent || begins(&line[end + 1..], &self.mended.text).is_none() {
            return;
        }
        let message = format!("the block `{}` is never opened", self.text(line[0]));
        self.open_behind(line[end - 1], message, Open { token: line[0], indent, block: true });
    }

    /// A line that ends behind what is matched, with the arms below it, further in.
    fn arms_never_opened(&mut self, line: &[Token]) {
        let Some(end) = line.iter().position(|token| token.kind.is_line_end()) else { return };
        let keyword = line[..end].iter().rposition(|token| self.text(*token) == "match");
        let Some(keyword) = keyword.filter(|at| line[*at].kind == Kind::Name) else { return };
        let begins_value = matches!(
            keyword.checked_sub(1).map(|before| line[before].kind),
            Some(Kind::Equal | Kind::OpenParen | Kind::OpenBracket | Kind::Comma | Kind::Arrow | Kind::Colon)
        );
        let opens = |token: &Token| token.kind == Kind::OpenBrace;
        if !begins_value || keyword + 1 == end || line[keyword..end].iter().any(opens) {
            return;
        }
        let below =
            line[end..].iter().position(|token| !token.kind.is_line_end() && !token.kind.is_comment());
        let Some(below) = below.map(|below| &line[end + below..]) else { return };
        let indent = self.indent(line[0].range.start);
        let mut arm = below.iter().take_while(|token| !token.kind.is_line_end());
        if self.indent(below[0].range.start) > indent && arm.any(|token| token.kind == Kind::Arrow) {
            let message = "the arms of this `match` are never opened".to_owned();
            self.open_behind(line[end - 1], message, Open { token: line[0], indent, block: false });
        }
    }

    /// Writes in a `{` that is missing behind a token.
    fn open_behind(&mut self, last: Token, message: String, open: Open) {
        let place = TextRange::new(last.range.end, last.range.end);
        let span = self.mended.span(self.mender.file, place);
        let report = Diagnostic::new(codes::SYNTAX, span, message).here("`{` was expected here").replace(
            FixLevel::Review,
            "insert `{`",
            span,
            " {",
        );
        self.mender.report(report);
        self.edits.push(Edit { range: place, with: " {".into() });
        self.open.push(Open { token: Token { kind: Kind::OpenBrace, range: place }, ..open });
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
        let (begins_line, before) = (at == line_start, &tokens[..at]);
        let fits = |open: &Open| closer(open.token.kind) == token.kind;
        let indent = self.indent(token.range.start);
        // The `}` of a block over several lines stands on a line of its own.
        if let Some(open) = self.open.last()
            && open.block
            && !begins_line
            && token.kind == Kind::CloseBrace
            && open.token.range.start < tokens[line_start].range.start
            && self.finds_partner(*open, tokens, at)
        {
            return self.closes_nothing(token);
        }
        let Some(partner_at) = self.open.iter().rposition(fits) else {
            return match self.open.last().copied() {
                Some(open)
                    if !open.block
                        && closer(open.token.kind) != Kind::CloseSequence
                        && !begins_line
                        && !self.finds_partner(open, tokens, at) =>
                {
                    self.open.pop();
                    self.wrong_partner(open, token);
                }
                _ => self.closes_nothing(token),
            };
        };
        // One too many among what goes on below.
        if let Some(open) = self.open.last().filter(|_| partner_at + 1 < self.open.len())
            && !begins_line
            && open.token.range.start < tokens[line_start].range.start
            && self.finds_partner(*open, tokens, at)
        {
            return self.closes_nothing(token);
        }
        // The partner by kind, unless one further out begins at this very indentation.
        let mut at = partner_at;
        if begins_line && self.open[at].indent > indent {
            let outer = self.open[..at].iter().rposition(|open| fits(open) && open.indent <= indent);
            at = outer.filter(|outer| self.open[*outer].indent == indent).unwrap_or(at);
        }
        while self.open.len() > at + 1
            && let Some(open) = self.open.pop()
        {
            self.never_closed(open, before);
        }
        self.open.pop();
    }

    fn indent(&self, at: u32) -> u32 {
        let line = self.mended.text[..at as usize].rfind('\n').map_or(0, |at| at + 1);
        let text = &self.mended.text[line..];
        (text.len() - text.trim_start_matches([' ', '\t']).len()) as u32
    }

    fn text(&self, token: Token) -> &str {
        token.range.of(&self.mended.text)
    }

    /// `before` ends where the partner should have stood at the latest.
    fn never_closed(&mut self, open: Open, before: &[Token]) {
        let last = before
            .iter()
            .rev()
            .find(|token| token.kind != Kind::Newline && !token.kind.is_comment())
            .unwrap_or(&open.token);
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
        let ends_line = matches!(last.kind, Kind::CloseHeredoc) || open.block;
        // Behind a comment on the last line, a bracket of its own line is safe.
        let line_break = if ends_line { "\n" } else { "" };
        let mut with = format!("{line_break}{partner}");
        let fix =
            format!("{line_break}{}{partner}", " ".repeat(if ends_line { open.indent as usize } else { 0 }));
        if open.block
            && !self.mended.text[end as usize..]
                .trim_start_matches([' ', '\t', '\r'])
                .starts_with(['\n', '#', '/'])
        {
            with.push('\n');
        }
        let span = self.mended.span(file, place);
        if !open.block {
            self.mender.brackets.push(opener);
        }
        self.mender.report(report.replace(FixLevel::Review, format!("insert `{partner}`"), span, fix));
        self.mender.quiet.push(span.range());
        self.edits.push(Edit { range: place, with });
    }

    fn wrong_partner(&mut self, open: Open, token: Token) {
        let (written, opener) = (self.text(token).to_owned(), self.text(open.token).to_owned());
        let partner = partner(open.token.kind);
        let file = self.mender.file;
        let span = self.mended.span(file, token.range);
        self.mender.brackets.push(span);
        let report = Diagnostic::new(codes::SYNTAX, span, format!("`{written}` can't close `{opener}`"))
            .label(self.mended.span(file, open.token.range), "opened here")
            .replace(FixLevel::Review, format!("change it to `{partner}`"), span, partner.to_string());
        self.mender.report(report);
        self.edits.push(Edit { range: token.range, with: partner.to_string() });
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
        self.mender.brackets.push(span);
        self.edits.push(Edit { range: token.range, with: " ".repeat(written.len()) });
        Diagnostic::new(codes::SYNTAX, span, format!("`{written}` {what}")).replace(
            FixLevel::Review,
            "remove it",
            span,
            "",
        )
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    Attribute,
    Block,
}

/// What a line begins, if it looks like the first line of an item.
pub(super) fn begins(line: &[Token], text: &str) -> Option<Begins> {
    let end = line.iter().position(|token| token.kind.is_line_end()).unwrap_or(line.len());
    let line = &line[..end];
    if line.first()?.kind != Kind::Name {
        return None;
    }
    match line.get(1)?.kind {
        Kind::Equal => return Some(Begins::Attribute),
        Kind::Name => match (line[0].range.of(text), line.get(2)?.kind) {
            ("type", Kind::Equal) | ("fn", Kind::OpenParen) => return Some(Begins::Block),
            _ => {}
        },
        Kind::OpenQuote if line[0].range.of(text) == "use" => return Some(Begins::Block),
        _ => {}
    }
    let open = line.iter().position(|token| token.kind == Kind::OpenBrace)?;
    is_head(&line[..open]).then_some(Begins::Block)
}

/// Whether tokens are what stands before the `{` of a block.
fn is_head(tokens: &[Token]) -> bool {
    let code = tokens.iter().filter(|token| token.kind != Kind::BlockComment);
    tokens.first().is_some_and(|first| first.kind == Kind::Name)
        && code
            .into_iter()
            .all(|t| matches!(t.kind, Kind::Name | Kind::OpenQuote | Kind::QuotedText | Kind::CloseQuote))
}
