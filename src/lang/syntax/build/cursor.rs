//! A walk over the grammar's tokens, one ahead.

use pest::Token;
use pest::iterators::{Pairs, Tokens};

use super::super::grammar::Rule;

pub(super) struct Cursor<'i> {
    tokens: Tokens<'i, Rule>,
    /// The rule that begins here; `None` where one ends.
    begins: Option<Rule>,
    at: u32,
}

impl<'i> Cursor<'i> {
    pub(super) fn new(pairs: Pairs<'i, Rule>) -> Self {
        let mut cursor = Self { tokens: pairs.tokens(), begins: None, at: 0 };
        cursor.advance();
        cursor
    }

    /// The rule that begins next; `None` where the current one ends.
    #[inline]
    pub(super) fn peek(&self) -> Option<Rule> {
        self.begins
    }

    /// Steps over the beginning or end of a rule and answers where it lies.
    #[inline]
    pub(super) fn advance(&mut self) -> u32 {
        let at = self.at;
        match self.tokens.next() {
            Some(Token::Start { rule, pos }) => {
                self.begins = Some(rule);
                self.at = pos.pos() as u32;
            }
            Some(Token::End { pos, .. }) => {
                self.begins = None;
                self.at = pos.pos() as u32;
            }
            None => self.begins = None,
        }
        at
    }
}
