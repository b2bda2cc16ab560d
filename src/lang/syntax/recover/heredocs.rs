//! Heredocs whose closing word is missing, or stands too far down.

use rustc_hash::FxHashMap;

use super::super::lex::{Cut, Kind, Lexed, Token, lex, lex_cut};
use super::Mender;
use super::mended::Edit;
use super::structure::unmatched;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// Heredocs that have swallowed what stands below them, up to the closing word of another.
#[derive(Default)]
pub(super) struct Swallowing {
    /// Where each should have ended.
    pub(super) cut: Cut,
    /// By where its `<<` stands, the word that closes each, and belongs to another.
    pub(super) words: FxHashMap<u32, TextRange>,
}

/// So many heredocs are suspected, and so many lines of each.
const FEW: usize = 8;

/// The heredocs of a broken text that hold the beginning of another one with the same closing word, and, before it, a
/// line that begins something else no further in than their own: if the rest of the text fits together better when they
/// end there, they should.
pub(super) fn swallowing(text: &str) -> Swallowing {
    let mut found = Swallowing::default();
    if text.matches("<<").nth(1).is_none() {
        return found;
    }
    let mut lexed = lex(text);
    let mut wrong = mistakes(&lexed);
    let mut from = 0;
    for _ in 0..FEW {
        let Some(heredoc) = Heredoc::suspected(text, &lexed.tokens, from).filter(|_| wrong > 0) else {
            break;
        };
        from = heredoc.opener.start + 1;
        for place in heredoc.places(text) {
            found.cut.insert(heredoc.opener.start, place);
            let cut = lex_cut(text, &found.cut);
            // The heredocs that were cut are among them now.
            let left = mistakes(&cut).saturating_sub(found.cut.len());
            if left < wrong {
                found.words.insert(heredoc.opener.start, heredoc.word);
                (lexed, wrong) = (cut, left);
                break;
            }
            found.cut.remove(&heredoc.opener.start);
        }
    }
    found
}

/// Brackets without partners, and what else never ends.
fn mistakes(lexed: &Lexed) -> usize {
    lexed.faults.len() + unmatched(&lexed.tokens)
}

/// A heredoc that may have swallowed something.
struct Heredoc {
    /// Its `<<EOT`, its text up to where another begins, and the word that closes it.
    opener: TextRange,
    text: TextRange,
    word: TextRange,
}

impl Heredoc {
    /// The first one behind a place.
    fn suspected(text: &str, tokens: &[Token], from: u32) -> Option<Self> {
        let first = tokens.partition_point(|token| token.range.start < from);
        let openers = tokens[first..].iter().filter(|token| token.kind == Kind::OpenHeredoc);
        openers.copied().find_map(|open| {
            let written = open.range.of(text).trim_end();
            let marker = written.trim_start_matches(['<', '-']);
            let opener = TextRange::new(open.range.start, open.range.start + written.len() as u32);
            let behind = tokens.partition_point(|token| token.range.start < open.range.end);
            let mut inside = 0;
            let close = tokens[behind..].iter().find(|token| {
                inside +=
                    i32::from(token.kind == Kind::OpenHeredoc) - i32::from(token.kind == Kind::CloseHeredoc);
                inside < 0
            })?;
            let body = TextRange::new(open.range.end, close.range.start);
            let another = |line: &str| {
                let line = line.trim_end();
                let before = line.strip_suffix(marker)?;
                let before = before.strip_suffix('-').unwrap_or(before).strip_suffix("<<")?;
                Some(before.len())
            };
            let mut at = body.start;
            let next = body.of(text).split_inclusive('\n').find_map(|line| {
                let found = another(line).map(|_| at);
                at += line.len() as u32;
                found
            })?;
            let blanks = close.range.of(text).len() - close.range.of(text).trim_start().len();
            let word = TextRange::new(close.range.start + blanks as u32, close.range.end);
            Some(Self { opener, text: TextRange::new(body.start, next), word })
        })
    }

    /// Where lines begin that no longer look like its text: what ends the block around it, or goes on in it.
    fn places(&self, text: &str) -> Vec<u32> {
        let width = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let line = text[..self.opener.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let own = width(&text[line..]);
        let mut at = self.text.start;
        let mut places = Vec::new();
        // The line on which the other one begins is the last that may begin something.
        let end =
            text[self.text.end as usize..].find('\n').map_or(text.len(), |at| self.text.end as usize + at);
        for line in text[self.text.start as usize..end].split_inclusive('\n') {
            if width(line) <= own && begins_something(line) {
                places.push(at);
            }
            at += line.len() as u32;
            if places.len() == FEW {
                break;
            }
        }
        places
    }
}

/// Whether a line begins an item or closes brackets.
fn begins_something(line: &str) -> bool {
    let closes = line.trim();
    let closes = !closes.is_empty() && closes.chars().all(|c| matches!(c, '}' | ')' | ']' | ','));
    closes || super::super::lex::begins_item(line)
}

impl Mender {
    /// `below` is a word that closes another heredoc and would close this one.
    pub(super) fn unclosed_heredoc(
        &mut self,
        text: &str,
        opener: TextRange,
        end: u32,
        word_at_end: bool,
        below: Option<TextRange>,
        edits: &mut Vec<Edit>,
    ) {
        let span = |range: TextRange| range.in_file(self.file);
        let insert = |at: u32, with: String| Edit { range: TextRange::new(at, at), with };
        let marker = opener.of(text).trim_start_matches(['<', '-']);
        let message = match below {
            None => format!("this heredoc is never closed by a line with `{marker}`"),
            Some(_) => format!("this heredoc is not closed by a line with `{marker}` of its own"),
        };
        let report = Diagnostic::new(codes::UNCLOSED_DELIMITER, span(opener), message);
        let report = match below {
            None => report,
            Some(word) => report.label(span(word), "this closes the heredoc that begins further down"),
        };
        let place = TextRange::new(end, end);
        if end as usize == text.len() {
            // The heredoc has swallowed whatever would have closed the brackets around it.
            self.quiet.add(place);
        }
        let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let written = text[..end as usize].trim_end_matches(letter).len() as u32;
        let other = TextRange::new(written, end);
        if word_at_end && other.of(text) != marker {
            self.diagnostics.push(report.label(span(other), format!("this is not `{marker}`")).replace(
                FixLevel::Review,
                format!("change it to `{marker}`"),
                span(other),
                marker,
            ));
            edits.push(Edit { range: other, with: marker.to_owned() });
            return;
        }
        let before = if word_at_end || text[..end as usize].ends_with('\n') { "" } else { "\n" };
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
                format!("{before}{marker}\n"),
            )
        });
        let word = if word_at_end { "" } else { marker };
        // What is left of a line behind the word can't be told from the next item.
        let rest = text[end as usize..].find('\n').map_or(text.len(), |at| end as usize + at);
        let behind = text[end as usize..rest].trim_matches([' ', '\t', '\r']);
        let goes_on =
            behind.starts_with(|c| "+-*/%<>=!&|?:.".contains(c)) && !behind.contains([')', ']', '}']);
        if word_at_end && (goes_on || matches!(behind, "," | ";")) {
            let range = TextRange::new(end, rest as u32);
            edits.push(Edit { range, with: " ".repeat(range.len() as usize) });
        } else {
            edits.push(insert(end, format!("{before}{word}\n")));
        }
    }
}
