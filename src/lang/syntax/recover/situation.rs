//! The place at which the grammar got stuck, and what is around it.

use super::super::grammar::Rule;
use super::super::lex::{Kind, Lexed, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::repair::Problem;
use super::words::describe;
use crate::base::source::TextRange;

/// The place at which the grammar got stuck, with what is around it.
pub(super) struct Situation<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [Token],
    pub(super) wanted: &'t [Rule],
    pub(super) rule: Rule,
    pub(super) at: u32,
    /// The index of the token at or behind the place.
    pub(super) here: usize,
}

impl<'t> Situation<'t> {
    pub(super) fn new(text: &'t str, lexed: &'t Lexed, problem: &'t Problem, rule: Rule) -> Self {
        let here = lexed.tokens.partition_point(|token| token.range.end <= problem.at);
        Self { text, tokens: &lexed.tokens, wanted: &problem.wanted, rule, at: problem.at, here }
    }

    pub(super) fn wants(&self, rule: Rule) -> bool {
        self.wanted.contains(&rule)
    }

    pub(super) fn found(&self) -> Option<Token> {
        self.tokens.get(self.here).copied()
    }

    pub(super) fn found_kind(&self) -> Kind {
        self.found().map_or(Kind::Newline, |token| token.kind)
    }

    /// The place itself, as a range.
    pub(super) fn place(&self) -> TextRange {
        match self.found() {
            Some(token) if token.kind.is_line_end() => TextRange::new(self.at, self.at),
            Some(token) => TextRange::new(self.at.max(token.range.start), token.range.end.max(self.at)),
            None => TextRange::new(self.at, self.at),
        }
    }

    pub(super) fn is_code(token: &Token) -> bool {
        token.kind != Kind::Newline && !token.kind.is_comment()
    }

    /// The last token before the place that is no comment or line break.
    pub(super) fn before(&self) -> Option<Token> {
        self.tokens[..self.here].iter().rev().find(|token| Self::is_code(token)).copied()
    }

    pub(super) fn behind(&self, steps: usize) -> Option<Token> {
        self.tokens[self.here..].iter().filter(|token| token.kind != Kind::BlockComment).nth(steps).copied()
    }

    pub(super) fn describe(&self) -> String {
        describe(self.found(), self.text)
    }

    pub(super) fn written(&self, token: Token) -> &'t str {
        token.range.of(self.text)
    }

    /// The innermost bracket around the place.
    pub(super) fn bracket(&self) -> Option<usize> {
        let mut depth = 0;
        self.tokens[..self.here].iter().rposition(|token| {
            depth -= token.kind.bracket_change();
            depth < 0
        })
    }

    /// The first separator or bracket at this level from here on: where reading can go on.
    pub(super) fn next_stop(&self, newline_stops: bool) -> u32 {
        let mut depth = 0;
        let stop = self.tokens[self.here..].iter().find(|token| {
            depth += token.kind.bracket_change();
            depth < 0
                || (depth == 0 && (token.kind == Kind::Comma || (newline_stops && token.kind.is_line_end())))
        });
        stop.map_or(self.text.len() as u32, |token| token.range.start)
    }

    /// The end of this line, leaving out lines that belong to brackets that begin on it.
    pub(super) fn line_end(&self) -> u32 {
        let mut depth = 0;
        let stop = self.tokens[self.here..].iter().find(|token| {
            depth += token.kind.bracket_change();
            depth < 0 || (depth == 0 && token.kind.is_line_end())
        });
        stop.map_or(self.text.len() as u32, |token| token.range.start)
    }

    /// From the first token of this line at this level up to the place.
    pub(super) fn line_start(&self) -> usize {
        let mut depth = 0;
        let stop = self.tokens[..self.here].iter().rposition(|token| {
            depth -= token.kind.bracket_change();
            depth < 0 || (depth == 0 && token.kind.is_line_end())
        });
        stop.map_or(0, |stop| stop + 1)
    }

    pub(super) fn until(&self, end: u32) -> TextRange {
        let inside = TextRange::new(self.at, end.max(self.at)).of(self.text);
        TextRange::new(self.at, self.at + inside.trim_end().len() as u32)
    }

    pub(super) fn blanks(range: TextRange) -> String {
        " ".repeat(range.len() as usize)
    }

    pub(super) fn holes(range: TextRange) -> String {
        HOLE.repeat(range.len().max(1) as usize)
    }

    /// Whether an element was tried here: a value, or what holds one.
    fn wants_value(&self) -> bool {
        const VALUES: [Rule; 7] = [
            Rule::path,
            Rule::expr,
            Rule::expr_n,
            Rule::index,
            Rule::pattern,
            Rule::returns,
            Rule::lone_expression,
        ];
        VALUES.iter().any(|rule| self.wants(*rule))
    }

    pub(super) fn judge(&self) -> Repair {
        if let Some(repair) = self.import_of_others() {
            return repair;
        }
        if self.wants(Rule::directive_if) {
            return self.no_directive();
        }
        if self.wants(Rule::match_arm) || self.wants(Rule::object_item) || self.wants(Rule::pattern) {
            return self.element_missing();
        }
        if self.wants_value() {
            return self.value_missing();
        }
        if self.wants(Rule::want_colon) {
            return self.second_value_missing();
        }
        if let Some(repair) = self.declaration().or_else(|| self.in_brackets()) {
            return repair;
        }
        if self.wants(Rule::attribute) || self.wants(Rule::safe_attribute) {
            return self.attribute_missing();
        }
        if self.wants(Rule::label) || self.wants(Rule::body) {
            return self.behind_name();
        }
        if self.wants(Rule::want_newline) || self.wants(Rule::want_end) || self.wants(Rule::want_brace) {
            return self.behind_value();
        }
        self.no_item()
    }
}
