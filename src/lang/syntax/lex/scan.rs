//! The scanner: one pass, with a stack of what is open.

use super::heredoc::{self, Ends, is_word};
use super::{Cut, Fault, Kind, Lexed, Token};
use crate::base::source::TextRange;

/// What the scanner is inside of.
#[derive(Debug, Clone, Copy)]
enum Mode {
    /// Between `${` and `}`, with so many brackets open, and so many of them braces.
    Sequence { opener: TextRange, brackets: u32, braces: u32 },
    /// Between quotes; where the opening one is.
    Quoted { quote: u32 },
    /// In a heredoc: where its last line begins, and its closing word.
    Heredoc { opener: TextRange, line: usize, word: (usize, usize), proper: bool },
}

pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    modes: Vec<Mode>,
    /// How many of the modes are quotes.
    quotes: u32,
    /// Found when the first heredoc is.
    ends: Option<Ends<'t>>,
    /// Whether what never ends is looked for.
    doubtful: bool,
    /// Where heredocs end that have swallowed what stands below them.
    cut: Option<&'t Cut>,
    out: Lexed,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, doubtful: bool) -> Self {
        let out = Lexed { tokens: Vec::with_capacity(text.len() / 4), faults: Vec::new() };
        let at = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
        Self {
            text,
            bytes: text.as_bytes(),
            at,
            modes: Vec::new(),
            quotes: 0,
            ends: None,
            doubtful,
            cut: None,
            out,
        }
    }

    pub(super) fn cutting(self, cut: &'t Cut) -> Self {
        Self { cut: Some(cut), ..self }
    }

    pub(super) fn run(mut self) -> Lexed {
        while self.at < self.bytes.len() {
            match self.modes.last().copied() {
                None | Some(Mode::Sequence { .. }) => self.code(),
                Some(Mode::Quoted { quote }) => self.quoted(quote),
                Some(Mode::Heredoc { opener, line, word, proper }) => {
                    self.heredoc(opener, line, word, proper);
                }
            }
        }
        self.end_of_text();
        self.out
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let range = TextRange::new(self.at as u32, (self.at + length) as u32);
        self.out.tokens.push(Token { kind, range });
        self.at += length;
    }

    fn run_of(&self, from: usize, fits: impl Fn(u8) -> bool) -> usize {
        self.bytes[from..].iter().take_while(|b| fits(**b)).count()
    }

    fn code(&mut self) {
        let byte = self.byte(0);
        match byte {
            b'\r' if self.byte(1) == b'\n' => self.newline(2),
            b'\n' => self.newline(1),
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
            b'#' => self.line_comment(),
            b'/' if self.byte(1) == b'/' => self.line_comment(),
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'"' => {
                self.modes.push(Mode::Quoted { quote: self.at as u32 });
                self.quotes += 1;
                self.push(Kind::OpenQuote, 1);
            }
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.name(),
            b'<' if self.byte(1) == b'<' && self.open_heredoc() => {}
            b'~' if self.byte(1) == b'}' && self.closes_sequence() => self.close_sequence(2),
            b'}' if self.closes_sequence() => self.close_sequence(1),
            1 => self.push(Kind::Hole, self.run_of(self.at, |b| b == 1)),
            _ => self.punctuation(byte),
        }
    }

    fn punctuation(&mut self, byte: u8) {
        let next = self.byte(1);
        let (kind, length) = match (byte, next) {
            (b'{', _) => (Kind::OpenBrace, 1),
            (b'}', _) => (Kind::CloseBrace, 1),
            (b'[', _) => (Kind::OpenBracket, 1),
            (b']', _) => (Kind::CloseBracket, 1),
            (b'(', _) => (Kind::OpenParen, 1),
            (b')', _) => (Kind::CloseParen, 1),
            (b'=', b'=') => (Kind::Operator, 2),
            (b'=', b'>') => (Kind::Arrow, 2),
            (b'=', _) => (Kind::Equal, 1),
            (b'-', b'>') => (Kind::Returns, 2),
            (b'-', _) => (Kind::Minus, 1),
            (b':', b':') => (Kind::DoubleColon, 2),
            (b':', _) => (Kind::Colon, 1),
            (b',', _) => (Kind::Comma, 1),
            (b'.', b'.') if self.byte(2) == b'.' => (Kind::Ellipsis, 3),
            (b'.', b'.') => (Kind::Range, 2),
            (b'.', _) => (Kind::Dot, 1),
            (b'?', b'.') => (Kind::SafeDot, 2),
            (b'?', b'?') => (Kind::Operator, 2),
            (b'?', _) => (Kind::Question, 1),
            (b'!' | b'<' | b'>', b'=') | (b'&', b'&') | (b'|', b'|') => (Kind::Operator, 2),
            (b'!', _) => (Kind::Bang, 1),
            (b'+' | b'*' | b'/' | b'%' | b'<' | b'>' | b'|', _) => (Kind::Operator, 1),
            _ => (Kind::Invalid, 1),
        };
        if let Some(Mode::Sequence { brackets, braces, .. }) = self.modes.last_mut() {
            *brackets = brackets.saturating_add_signed(kind.bracket_change());
            if matches!(kind, Kind::OpenBrace | Kind::CloseBrace) {
                *braces = braces.saturating_add_signed(kind.bracket_change());
            }
        }
        self.push(kind, length);
    }

    fn newline(&mut self, length: usize) {
        self.push(Kind::Newline, length);
        // A sequence inside quotes may go on over lines, but hardly to where the next item begins.
        if self.doubtful
            && let Some(Mode::Sequence { opener, brackets: 0, .. }) = self.modes.last().copied()
            && self.in_quotes()
            && begins_item(&self.text[self.at..])
        {
            self.at -= length;
            self.out.tokens.pop();
            self.unclosed_sequence(opener);
        }
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        self.push(Kind::LineComment, length);
    }

    fn block_comment(&mut self) {
        let rest = &self.text[self.at + 2..];
        let length = rest.find("*/").map(|at| at + 4);
        if length.is_none() {
            let range = TextRange::new(self.at as u32, self.bytes.len() as u32);
            self.out.faults.push(Fault::Comment(range));
        }
        self.push(Kind::BlockComment, length.unwrap_or(self.bytes.len() - self.at));
    }

    fn number(&mut self) {
        let digits = |from: usize| self.run_of(from, |b| b.is_ascii_digit());
        let mut end = self.at + digits(self.at);
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if let Some(b'e' | b'E') = self.bytes.get(end) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if let exponent @ 1.. = digits((end + 1 + sign).min(self.bytes.len())) {
                end += 1 + sign + exponent;
            }
        }
        // A unit, but not the `if` of `5if`.
        let unit = self.run_of(end, |b| b.is_ascii_alphanumeric() || b == b'_');
        if &self.bytes[end..end + unit] != b"if" {
            end += unit;
        }
        self.push(Kind::Number, end - self.at);
    }

    fn name(&mut self) {
        let rest = &self.text[self.at..];
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or(' ');
        if !(first.is_ascii() || pest::unicode::XID_START(first)) {
            self.push(Kind::Invalid, first.len_utf8());
            return;
        }
        let fits = |c: &char| {
            c.is_ascii_alphanumeric()
                || matches!(c, '_' | '-')
                || (!c.is_ascii() && pest::unicode::XID_CONTINUE(*c))
        };
        let length: usize = first.len_utf8() + chars.take_while(fits).map(char::len_utf8).sum::<usize>();
        self.push(Kind::Name, length);
    }

    // ── Strings

    fn quoted(&mut self, quote: u32) {
        let start = self.at;
        let mut at = start;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n' | b'"') => break,
                Some(b'\\') if self.bytes.get(at + 1).is_some_and(|b| *b != b'\n') => at += 2,
                Some(b'$' | b'%') if self.opens_sequence(at) => break,
                Some(b'$' | b'%') => at += self.escaped_sequence(at),
                Some(_) => at += 1,
            }
        }
        let mut end = at.min(self.bytes.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        if end > start {
            self.push(Kind::QuotedText, end - start);
        }
        match self.bytes.get(end) {
            Some(b'"') => {
                self.push(Kind::CloseQuote, 1);
                self.leave();
            }
            Some(b'$' | b'%') => self.open_sequence(),
            _ => self.unclosed_string(quote),
        }
    }

    fn opens_sequence(&self, at: usize) -> bool {
        self.bytes.get(at + 1) == Some(&b'{')
    }

    /// `$${` is three characters of text.
    fn escaped_sequence(&self, at: usize) -> usize {
        let sign = self.bytes[at];
        if self.bytes.get(at + 1) == Some(&sign) && self.opens_sequence(at + 1) { 3 } else { 1 }
    }

    fn open_sequence(&mut self) {
        let kind = if self.byte(0) == b'$' { Kind::OpenInterpolation } else { Kind::OpenDirective };
        let length = if self.byte(2) == b'~' { 3 } else { 2 };
        let opener = TextRange::new(self.at as u32, (self.at + length) as u32);
        self.modes.push(Mode::Sequence { opener, brackets: 0, braces: 0 });
        self.push(kind, length);
    }

    /// A `}` without a `{` belongs to the sequence, even if other brackets in it were never closed.
    fn closes_sequence(&self) -> bool {
        matches!(self.modes.last(), Some(Mode::Sequence { braces: 0, .. }))
    }

    fn close_sequence(&mut self, length: usize) {
        self.leave();
        self.push(Kind::CloseSequence, length);
    }

    fn in_quotes(&self) -> bool {
        self.quotes > 0
    }

    /// Leaves the innermost mode.
    fn leave(&mut self) {
        if let Some(Mode::Quoted { .. }) = self.modes.pop() {
            self.quotes -= 1;
        }
    }

    fn unclosed_string(&mut self, quote: u32) {
        self.leave();
        match self.modes.last().copied() {
            // A quote inside `${ }` that finds no partner was meant to end the string around it.
            Some(Mode::Sequence { opener, .. }) if self.in_quotes() => self.unclosed_sequence(opener),
            _ => {
                let end = self.text[..self.at].trim_end_matches('\r').len();
                self.out.faults.push(Fault::String(TextRange::new(quote, end as u32)));
            }
        }
    }

    /// Leaves everything up to and with the outermost string that is open.
    fn unclosed_sequence(&mut self, opener: TextRange) {
        let mut outermost = opener.start;
        while let Some(mode) = self.modes.last().copied() {
            match mode {
                Mode::Heredoc { .. } => break,
                Mode::Quoted { quote } => outermost = quote,
                Mode::Sequence { .. } if !self.in_quotes() => break,
                Mode::Sequence { .. } => {}
            }
            self.leave();
        }
        let end = self.text[..self.at].trim_end_matches('\r').len() as u32;
        self.out
            .faults
            .push(Fault::Sequence { opener, string: TextRange::new(outermost, end.max(opener.end)) });
    }

    // ── Heredocs

    fn open_heredoc(&mut self) -> bool {
        let dash = usize::from(self.byte(2) == b'-');
        let rest = &self.text[self.at + 2 + dash..];
        // With the last line of a file it is one that never ends.
        let (line_end, line_break) = rest.find('\n').map_or((rest.len(), 0), |at| (at, 1));
        let line = rest[..line_end].trim_end_matches('\r');
        let word = line.trim_start_matches([' ', '\t']);
        // A word in quotes is one by mistake.
        let word = word.strip_prefix(['"', '\'']).filter(|word| word.ends_with(['"', '\''])).unwrap_or(word);
        let marker = &word[..word.find(|c| !is_word(c)).unwrap_or(word.len())];
        if !marker.starts_with(|c| c == '_' || pest::unicode::XID_START(c)) {
            return false;
        }
        let length = 2 + dash + line_end + line_break;
        let ends = self.ends.get_or_insert_with(|| Ends::of(self.text));
        let end = match self.cut.and_then(|cut| cut.get(&(self.at as u32))) {
            Some(line) => heredoc::End::before(*line as usize),
            None => ends.find(self.at + length, marker),
        };
        let start = self.at + 2 + dash;
        let blank = TextRange::new(start as u32, (start + line.len() - word.len()) as u32);
        let behind = TextRange::new(blank.end + marker.len() as u32, (start + line.len()) as u32);
        if !(blank.is_empty() && behind.is_empty()) {
            // Meant as a heredoc if there is an end to it.
            if !(self.doubtful && end.proper) {
                return false;
            }
            let opener = TextRange::new(self.at as u32, behind.start);
            self.out.faults.push(Fault::Opener { opener, blank, behind });
        }
        let opener = TextRange::new(self.at as u32, behind.start);
        self.push(Kind::OpenHeredoc, length);
        self.modes.push(Mode::Heredoc { opener, line: end.line, word: end.word, proper: end.proper });
        true
    }

    fn heredoc(&mut self, opener: TextRange, line: usize, word: (usize, usize), proper: bool) {
        let start = self.at;
        let mut at = start;
        // A line at a time, as strip markers and indentation go by lines.
        while at < line {
            match self.bytes[at] {
                b'$' | b'%' if self.opens_sequence(at) => break,
                b'$' | b'%' => at += self.escaped_sequence(at),
                b'\n' => {
                    at += 1;
                    break;
                }
                _ => at += 1,
            }
        }
        if at > start {
            self.push(Kind::HeredocText, at - start);
        }
        if at < line {
            if self.opens_sequence(at) && matches!(self.bytes[at], b'$' | b'%') {
                self.open_sequence();
            }
            return;
        }
        self.leave();
        if !proper {
            let word_at_end = word.0 < word.1;
            self.out.faults.push(Fault::Heredoc { opener, end: word.1 as u32, word_at_end });
        }
        // The blanks before the word belong to the token: they stay as they are.
        let end = word.1.max(self.at);
        if end > self.at {
            self.push(Kind::CloseHeredoc, end - self.at);
        }
    }

    fn end_of_text(&mut self) {
        while let Some(mode) = self.modes.last().copied() {
            match mode {
                Mode::Quoted { quote } => self.unclosed_string(quote),
                Mode::Sequence { opener, .. } if self.in_quotes() => self.unclosed_sequence(opener),
                Mode::Sequence { opener, .. } => {
                    self.leave();
                    self.out.faults.push(Fault::Sequence { opener, string: opener });
                }
                Mode::Heredoc { opener, proper, word, .. } => {
                    self.leave();
                    if !proper {
                        let word_at_end = word.0 < word.1;
                        self.out.faults.push(Fault::Heredoc { opener, end: word.1 as u32, word_at_end });
                    }
                }
            }
        }
    }
}

/// Whether a line looks like `name = …`, `word "label" {` or `}`.
pub(in super::super) fn begins_item(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default().trim_start();
    let name =
        line.len() - line.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '-').len();
    let behind = line[name..].trim_start();
    let attribute =
        name > 0 && behind.starts_with('=') && !behind.starts_with("==") && !behind.starts_with("=>");
    attribute || heredoc::is_block_head(line) || line.trim_end() == "}"
}
