//! The grammar as plain functions: what `grammar/compile.rs` makes of it, and the pieces these functions are made of.
//!
//! Accepts what pest's parser accepts and answers the same tokens, but does not know what it expected where it fails.

use super::Rule;

/// Where a rule begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Token {
    pub(in super::super) rule: Rule,
    pub(in super::super) begins: bool,
    pub(in super::super) at: u32,
}

/// Reads a whole text by an entry rule; `None` if it does not fit, or is nested deeper than the stack allows.
pub(in super::super) fn read(rule: Rule, text: &str) -> Option<Vec<Token>> {
    let tokens = Vec::with_capacity(text.len() / 4);
    let mut reader =
        Reader { text, bytes: text.as_bytes(), at: 0, tokens, pushed: Vec::new(), out_of_stack: false };
    (rules::entry(&mut reader, rule) && !reader.out_of_stack).then_some(reader.tokens)
}

/// What must be left of the stack to go a level deeper.
const STACK_RESERVE: usize = 128 * 1024;

/// What stands behind the last byte; no byte of UTF-8.
const END: u8 = 0xff;

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    /// What the rules remember: the closing words of heredocs that are open.
    pushed: Vec<(usize, usize)>,
    out_of_stack: bool,
}

/// To which characters beyond ASCII a class extends.
#[derive(Clone, Copy)]
enum Others {
    None,
    All,
    Property(fn(char) -> bool),
}

#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    tokens: usize,
}

impl Reader<'_> {
    // ── Rules

    /// A rule with what it is made of inside.
    #[inline(always)]
    fn node(&mut self, rule: Rule, inside: impl FnOnce(&mut Self) -> bool) -> bool {
        if stacker::remaining_stack().is_some_and(|left| left < STACK_RESERVE) {
            self.out_of_stack = true;
        }
        if self.out_of_stack {
            return false;
        }
        let begin = self.tokens.len();
        self.token(rule, true);
        let fits = inside(self);
        if fits {
            self.token(rule, false);
        } else {
            self.tokens.truncate(begin);
        }
        fits
    }

    /// A rule that is a single token, whatever it is made of.
    #[inline(always)]
    fn leaf(&mut self, rule: Rule, inside: impl FnOnce(&mut Self) -> bool) -> bool {
        let begin = self.tokens.len();
        let at = self.at;
        let fits = inside(self);
        self.tokens.truncate(begin);
        if fits {
            self.tokens.push(Token { rule, begins: true, at: at as u32 });
            self.token(rule, false);
        }
        fits
    }

    #[inline(always)]
    fn token(&mut self, rule: Rule, begins: bool) {
        self.tokens.push(Token { rule, begins, at: self.at as u32 });
    }

    #[inline(always)]
    fn mark(&self) -> Mark {
        Mark { at: self.at, tokens: self.tokens.len() }
    }

    #[inline(always)]
    fn reset(&mut self, mark: Mark) {
        self.at = mark.at;
        self.tokens.truncate(mark.tokens);
    }

    // ── Characters

    #[inline(always)]
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(END)
    }

    /// How long the character here is, if it is one of a class; else 0.
    #[inline(always)]
    fn width(&self, ascii: impl Fn(u8) -> bool, others: Others) -> usize {
        let byte = self.byte();
        if byte < 0x80 {
            return usize::from(ascii(byte));
        }
        match others {
            _ if byte == END => 0,
            Others::None => 0,
            Others::All => byte.leading_ones() as usize,
            Others::Property(property) => self.width_of_other(property),
        }
    }

    fn width_of_other(&self, property: fn(char) -> bool) -> usize {
        let character = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        character.filter(|character| property(*character)).map_or(0, char::len_utf8)
    }

    #[inline(always)]
    fn one(&mut self, ascii: impl Fn(u8) -> bool, others: Others) -> bool {
        let width = self.width(ascii, others);
        self.at += width;
        width > 0
    }

    #[inline(always)]
    fn many(&mut self, ascii: impl Fn(u8) -> bool, others: Others) -> bool {
        while self.one(&ascii, others) {}
        true
    }

    #[inline(always)]
    fn sees(&self, ascii: impl Fn(u8) -> bool, others: Others) -> bool {
        self.width(ascii, others) > 0
    }

    #[inline(always)]
    fn literal(&mut self, text: &str) -> bool {
        let fits = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
        self.at += if fits { text.len() } else { 0 };
        fits
    }

    #[inline(always)]
    fn skip_to(&mut self, find: impl Fn(&[u8]) -> Option<usize>) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += find(rest).unwrap_or(rest.len());
        true
    }

    fn at_start(&self) -> bool {
        self.at == 0
    }

    fn end_of_text(&mut self) -> bool {
        let ends = self.at == self.bytes.len();
        if ends {
            self.token(Rule::EOI, true);
            self.token(Rule::EOI, false);
        }
        ends
    }

    // ── What is remembered

    fn push(&mut self, from: usize) -> bool {
        self.pushed.push((from, self.at));
        true
    }

    fn peek_pushed(&mut self) -> bool {
        let text = self.text;
        self.pushed.last().and_then(|(from, to)| text.get(*from..*to)).is_some_and(|word| self.literal(word))
    }

    fn pop_pushed(&mut self) -> bool {
        let fits = self.peek_pushed();
        if fits {
            self.pushed.pop();
        }
        fits
    }

    fn forget_pushed(&mut self, count: usize) -> bool {
        self.pushed.truncate(count);
        false
    }
}

/// One function per rule of the grammar.
#[allow(clippy::all, unused_parens, unused_braces, dead_code, reason = "nobody writes or reads this")]
mod rules {
    use super::{Others, Reader, Rule};

    include!(concat!(env!("OUT_DIR"), "/reader.rs"));
}
