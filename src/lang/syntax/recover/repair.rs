//! One item at a time: where the grammar gets stuck, something is written in or taken out until it does not.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::super::grammar::{Grammar, Rule, read};
use super::super::lex::{Kind, Lexed, Token, lex};
use super::situation::Situation;
use super::structure::too_deep;
use super::{Mended, Mender};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::TextRange;

/// An item with more mistakes than this is given up: bounds the work on text that is no configuration at all.
const MAX_REPAIRS: usize = 64;

/// Where the grammar got stuck, and what it tried there.
pub(super) struct Problem {
    pub(super) at: u32,
    pub(super) wanted: Vec<Rule>,
    /// Whether it ran out of stack instead.
    pub(super) too_deep: bool,
}

/// Tries a rule on a text that it does not fit.
pub(super) fn first_problem(text: &str, rule: Rule) -> Option<Problem> {
    let error = Grammar::parse(rule, text).err()?;
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at as u32,
    };
    Some(match error.variant {
        ErrorVariant::ParsingError { positives, .. } => Problem { at, wanted: positives, too_deep: false },
        ErrorVariant::CustomError { .. } => Problem { at, wanted: Vec::new(), too_deep: true },
    })
}

/// How much is given up where a repair did not help.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    Repair,
    Element,
    Value,
    All,
}

impl Effort {
    fn more(self) -> Self {
        match self {
            Self::Repair => Self::Element,
            Self::Element => Self::Value,
            Self::Value | Self::All => Self::All,
        }
    }
}

impl Mender {
    /// Conditionals in conditionals, operators before operators: nothing that brackets would show.
    fn out_of_stack(&mut self, item: &Mended, tokens: &[Token]) {
        if !std::mem::replace(&mut self.out_of_stack, true) {
            let place = one_too_many(tokens, &item.text, self.nesting);
            self.diagnostics.push(too_deep(item.span(self.file, place), self.nesting));
        }
    }

    /// Whether something was said of this piece of text before its items were looked at.
    fn reported_in(&self, item: &Mended) -> bool {
        let (start, end) = (item.origin(0), item.origin(item.text.len() as u32));
        self.brackets.range(start..end.max(start)).next().is_some()
    }

    /// Mends a text until the rule fits it.
    pub(super) fn repair(&mut self, mut item: Mended, rule: Rule) -> Mended {
        let mut effort = Effort::Repair;
        let mut last: Option<u32> = None;
        // Brackets that had to be matched by a guess make a guess of all that stands between them.
        let guessed = self.reported_in(&item);
        let mut said: Option<u32> = None;
        for turn in 0.. {
            if read(rule, &item.text).is_some() {
                return item;
            }
            // A first look at each item is always paid for: most have one mistake.
            let patience = self.patience.checked_sub(if turn > 0 { item.text.len() } else { 0 });
            if turn == MAX_REPAIRS || patience.is_none() || self.diagnostics.are_full() {
                self.give_up(&item, last.unwrap_or(0));
                break;
            }
            self.patience = patience.unwrap_or(0);
            let Some(problem) = first_problem(&item.text, rule) else { return item };
            let lexed = lex(&item.text);
            if problem.too_deep {
                self.out_of_stack(&item, &lexed.tokens);
                break;
            }
            let origin = item.origin(problem.at);
            // Where the grammar is stuck again at the same place, the repair was wrong and the report is made.
            effort = if last.is_some_and(|last| origin <= last) { effort.more() } else { Effort::Repair };
            last = Some(origin.max(last.unwrap_or(0)));
            match effort {
                Effort::Repair => {
                    let repair = Situation::new(&item.text, &lexed, &problem, rule).judge();
                    // One slip makes nonsense of what stands behind it, up to the next element or line.
                    let follows = said.is_some_and(|said| !separated(&lexed, &item.text, said, problem.at));
                    if !guessed && !follows {
                        let report = repair.report(&item, self.file);
                        self.report(report);
                    }
                    said = Some(problem.at);
                    item = repair.apply(item);
                }
                Effort::Element => item.hole(element(&lexed, problem.at, &item.text)),
                Effort::Value => item.hole(value(&lexed, &item.text)),
                Effort::All => break,
            }
        }
        let all = without_line_end(&lex(&item.text), &item.text);
        item.hole(all);
        item
    }

    /// Says of an item that it has more mistakes than are looked for, from a place of the original on.
    fn give_up(&mut self, item: &Mended, from: u32) {
        let place = item.position(from);
        let span = item.span(self.file, TextRange::new(place, place));
        self.report(
            Diagnostic::new(codes::SYNTAX, span, "too much is wrong here: the rest of it is not read")
                .help("mend what is reported before it first"),
        );
    }
}

/// Where an expression goes a level deeper than the limit, brackets or not: a conditional in the branch of another, a
/// `match` on what a `match` gives.
fn one_too_many(tokens: &[Token], text: &str, limit: u32) -> TextRange {
    // How deep it was before each bracket that is open, with the bracket counted.
    let mut outside = Vec::new();
    let mut depth = 0;
    for token in tokens {
        let base = outside.last().map_or(0, |before| before + 1);
        match token.kind {
            kind if kind.bracket_change() > 0 => {
                outside.push(depth);
                depth += 1;
            }
            kind if kind.bracket_change() < 0 => depth = outside.pop().unwrap_or(0),
            Kind::Question => depth += 1,
            Kind::Name if token.range.of(text) == "match" => depth += 1,
            Kind::Comma | Kind::Equal => depth = base,
            kind if kind.is_line_end() && outside.is_empty() => depth = base,
            _ => {}
        }
        if depth > limit {
            return token.range;
        }
    }
    tokens.first().map_or(TextRange::default(), |token| token.range)
}

/// Whether a comma or the end of a line stands between two places; in heredocs lines end too.
fn separated(lexed: &Lexed, text: &str, from: u32, to: u32) -> bool {
    let between = |token: &&Token| from < token.range.end && token.range.end <= to;
    let comma = lexed.tokens.iter().filter(between).any(|token| token.kind == Kind::Comma);
    comma || text.as_bytes().get(from as usize..to as usize).is_some_and(|bytes| bytes.contains(&b'\n'))
}

/// What lies between the nearest separators or brackets around a place.
pub(super) fn element(lexed: &Lexed, at: u32, text: &str) -> TextRange {
    let tokens = &lexed.tokens;
    let here = tokens.partition_point(|token| token.range.end <= at);
    let separates = |token: &Token| matches!(token.kind, Kind::Comma | Kind::Equal | Kind::Arrow);
    let mut depth = 0;
    let first = tokens[..here].iter().rposition(|token| {
        depth -= token.kind.bracket_change();
        depth < 0 || (depth == 0 && separates(token))
    });
    let mut depth = 0;
    let last = tokens[here..].iter().position(|token| {
        depth += token.kind.bracket_change();
        depth < 0 || (depth == 0 && (token.kind == Kind::Comma || token.kind.is_line_end()))
    });
    let start = first.map_or(0, |first| tokens[first].range.end);
    let end = last.map_or(text.len() as u32, |last| tokens[here + last].range.start);
    trimmed(TextRange::new(start, end.max(start)), text)
}

/// What stands behind the first `=` of an item, or all of it.
fn value(lexed: &Lexed, text: &str) -> TextRange {
    let mut depth = 0;
    let assign = lexed.tokens.iter().find(|token| {
        depth += token.kind.bracket_change();
        depth == 0 && token.kind == Kind::Equal
    });
    let all = without_line_end(lexed, text);
    let start = assign.map_or(all.start, |assign| assign.range.end.min(all.end));
    trimmed(TextRange::new(start, all.end), text)
}

fn without_line_end(lexed: &Lexed, text: &str) -> TextRange {
    let end = match lexed.tokens.last() {
        Some(last) if last.kind.is_line_end() => last.range.start,
        _ => text.len() as u32,
    };
    let start =
        lexed.tokens.iter().find(|token| !token.kind.is_line_end()).map_or(0, |token| token.range.start);
    trimmed(TextRange::new(start.min(end), end), text)
}

fn trimmed(range: TextRange, text: &str) -> TextRange {
    let inside = range.of(text);
    let start = range.start + (inside.len() - inside.trim_start().len()) as u32;
    TextRange::new(start, start + inside.trim().len() as u32)
}
