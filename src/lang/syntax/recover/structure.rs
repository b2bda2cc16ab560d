//! Brackets, strings, heredocs and comments: what is never closed, and what closes nothing.

use super::super::lex::{Fault, Kind, Token, lex, lex_cut};
use super::balance::Balance;
use super::heredocs::{self, Swallowing};
use super::mended::Edit;
use super::strings;
use super::{Mended, Mender};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::{Span, TextRange};

impl Mender {
    /// Makes a text in which every bracket has its partner and nothing is nested too deep.
    pub(super) fn structure(&mut self, text: &str) -> Mended {
        let mut edits = Vec::new();
        // Of the same length, so that places stay what they are.
        let resolved = self.without_conflicts(text);
        let text = resolved.as_deref().unwrap_or(text);
        let own = self.without_foreign(text, &mut edits);
        let text = own.as_deref().unwrap_or(text);
        let plain = self.with_plain_quotes(text);
        let text = plain.as_deref().unwrap_or(text);
        let swallowing = heredocs::swallowing(text);
        let lexed = lex_cut(text, &swallowing.cut);
        let mut faults = lexed.faults.iter().peekable();
        while let Some(fault) = faults.next() {
            if let (Fault::String(first), Some(Fault::String(last))) = (fault, faults.peek())
                && let Some(close) = strings::over_lines(text, *first, *last)
            {
                self.over_lines(text, *first, close, &mut edits);
                faults.next();
                continue;
            }
            self.fault(text, *fault, &swallowing, &mut edits);
        }
        let mut mended = Mended::new(text).edited(edits);
        // Strings end now, so brackets can be counted.
        let tokens = lex(&mended.text).tokens;
        if unmatched(&tokens) > 0 {
            let edits = Balance::of(self, &mended, &tokens);
            mended = mended.edited(edits);
        }
        self.too_deep(mended)
    }

    fn fault(&mut self, text: &str, fault: Fault, swallowing: &Swallowing, edits: &mut Vec<Edit>) {
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
                self.quiet.add(TextRange::new(line as u32, string.end));
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
                let below = swallowing.words.get(&opener.start).copied();
                self.unclosed_heredoc(text, opener, end, word_at_end, below, edits);
            }
            Fault::Opener { opener, blank, behind } => self.opener(text, opener, blank, behind, edits),
            Fault::Comment(range) => {
                let opener = TextRange::new(range.start, range.start + 2);
                let report = Diagnostic::new(
                    codes::UNCLOSED_DELIMITER,
                    span(opener),
                    "this comment is never closed by `*/`",
                )
                .help("a comment on one line begins with `#`");
                self.diagnostics.push(report);
                self.quiet.add(range);
                edits.push(insert(range.end, "*/\n".into()));
            }
        }
    }

    /// Puts holes where brackets are nested deeper than the limit.
    fn too_deep(&mut self, mended: Mended) -> Mended {
        let mut edits = Vec::new();
        let (mut depth, mut start) = (0i64, None);
        for token in lex(&mended.text).tokens {
            let change = token.kind.bracket_change();
            depth += i64::from(change);
            if change > 0 && depth == i64::from(self.nesting) + 1 {
                start = Some(token.range);
            } else if change < 0 && depth == i64::from(self.nesting) {
                edits.extend(start.take().map(|open| (open, token)));
            }
        }
        let mut holes = Vec::new();
        for (open, close) in edits {
            let range = TextRange::new(open.start, close.range.end);
            let inside = range.of(&mended.text);
            let report = too_deep(mended.span(self.file, open), self.nesting);
            self.report(report);
            self.quiet.add(mended.range(range));
            // Inside a string a blank, as a hole is no text; of one character, for there may be megabytes inside.
            let with = if inside.starts_with(['$', '%']) { " " } else { super::mended::HOLE };
            let with = with.to_owned();
            holes.push(Edit { range, with });
        }
        mended.edited(holes)
    }
}

/// The report for brackets or conditionals inside each other without end.
pub(in super::super) fn too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::new(codes::NESTING_TOO_DEEP, span, format!("this is nested deeper than {limit} levels"))
        .help("give a part of it a name in `locals`, or move it into a module")
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

/// How many brackets have no partner.
pub(super) fn unmatched(tokens: &[Token]) -> usize {
    let (mut open, mut wrong) = (Vec::new(), 0);
    for token in tokens {
        match token.kind.bracket_change() {
            1 => open.push(token.kind),
            -1 if open.last().is_some_and(|kind| closer(*kind) == token.kind) => drop(open.pop()),
            -1 => wrong += 1,
            _ => {}
        }
    }
    wrong + open.len()
}

pub(super) fn closer(open: Kind) -> Kind {
    match open {
        Kind::OpenBrace => Kind::CloseBrace,
        Kind::OpenBracket => Kind::CloseBracket,
        Kind::OpenParen => Kind::CloseParen,
        _ => Kind::CloseSequence,
    }
}

pub(super) fn partner(open: Kind) -> char {
    match open {
        Kind::OpenBracket => ']',
        Kind::OpenParen => ')',
        _ => '}',
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
pub(super) fn is_head(tokens: &[Token]) -> bool {
    let code = tokens.iter().filter(|token| token.kind != Kind::BlockComment);
    tokens.first().is_some_and(|first| first.kind == Kind::Name)
        && code
            .into_iter()
            .all(|t| matches!(t.kind, Kind::Name | Kind::OpenQuote | Kind::QuotedText | Kind::CloseQuote))
}
