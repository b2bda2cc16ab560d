//! A walk over the grammar's tokens, one ahead.

use super::super::grammar::{Rule, Token};

pub(super) struct Cursor<'i> {
    tokens: std::slice::Iter<'i, Token>,
    /// The rule that begins here; `None` where one ends.
    begins: Option<Rule>,
    at: u32,
}

impl<'i> Cursor<'i> {
    pub(super) fn new(tokens: &'i [Token]) -> Self {
        let mut cursor = Self { tokens: tokens.iter(), begins: None, at: 0 };
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
            Some(token) => {
                self.begins = token.begins.then_some(token.rule);
                self.at = token.at;
            }
            None => self.begins = None,
        }
        at
    }
}
