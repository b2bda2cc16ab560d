//! A text as flat tokens, broken or not: what the formatter lays out and what recovery looks at.
//!
//! The grammar alone decides what is valid. This only tells words, brackets and strings apart, so it never fails: a
//! string that does not end on its line, a heredoc without its closing word are noted as [`Fault`]s and end where they
//! most likely should.

mod heredoc;
mod scan;

pub(super) use heredoc::heredoc_marker;
pub(super) use scan::begins_item;

use rustc_hash::FxHashMap;

use crate::base::source::TextRange;

/// A piece of text that belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
}

/// Kinds of tokens, as fine as the formatter needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Newline,
    /// `#` or `//` with its line break, as long as there is one.
    LineComment,
    BlockComment,
    Name,
    Number,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// Text inside quotes.
    QuotedText,
    /// `<<EOT` with its line break.
    OpenHeredoc,
    /// Text inside a heredoc.
    HeredocText,
    /// The closing word.
    CloseHeredoc,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// `}` or `~}` of either.
    CloseSequence,
    /// `=`
    Equal,
    /// `=>`
    Arrow,
    /// `->`
    Returns,
    Colon,
    DoubleColon,
    Comma,
    Dot,
    /// `?.`
    SafeDot,
    Ellipsis,
    Question,
    Minus,
    Bang,
    /// `..`
    Range,
    /// The other operators with two operands.
    Operator,
    /// What the parser writes where it mends.
    Hole,
    /// No character of the language.
    Invalid,
}

impl Kind {
    /// +1 for what opens a level, -1 for what closes one.
    pub(super) fn bracket_change(self) -> i32 {
        match self {
            Self::OpenBrace
            | Self::OpenBracket
            | Self::OpenParen
            | Self::OpenInterpolation
            | Self::OpenDirective => 1,
            Self::CloseBrace | Self::CloseBracket | Self::CloseParen | Self::CloseSequence => -1,
            _ => 0,
        }
    }

    /// Whether an operand can begin with it.
    pub(super) fn begins_value(self) -> bool {
        matches!(
            self,
            Self::Name
                | Self::Number
                | Self::OpenBrace
                | Self::OpenBracket
                | Self::OpenParen
                | Self::OpenQuote
                | Self::OpenHeredoc
                | Self::Hole
        )
    }

    /// Whether it ends a line.
    pub(super) fn is_line_end(self) -> bool {
        matches!(self, Self::Newline | Self::LineComment)
    }

    /// Whether it means nothing between two tokens of a line.
    pub(super) fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }
}

/// Something that never ends, or a heredoc that does not begin as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quoted string, from its quote to the end of its line.
    String(TextRange),
    /// The `${` or `%{` in a quoted string, and where the outermost such string begins and its line ends.
    Sequence { opener: TextRange, string: TextRange },
    /// A heredoc: its `<<EOT`, and where its closing word is missing.
    Heredoc { opener: TextRange, end: u32, word_at_end: bool },
    /// The `<<EOT` of a heredoc with blanks in it or text behind it.
    Opener { opener: TextRange, blank: TextRange, behind: TextRange },
    /// A `/*`.
    Comment(TextRange),
}

/// A text in pieces. Blanks between tokens are left out.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) faults: Vec<Fault>,
}

/// Takes a text apart.
pub(super) fn lex(text: &str) -> Lexed {
    scan::Scanner::new(text, true).run()
}

/// Heredocs, by where their `<<` stands, that end before a line although their closing word stands further down.
pub(super) type Cut = FxHashMap<u32, u32>;

/// Takes a text apart in which some heredocs end earlier than they say.
pub(super) fn lex_cut(text: &str, cut: &Cut) -> Lexed {
    scan::Scanner::new(text, true).cutting(cut).run()
}

/// Takes a text apart that the grammar has found to be valid: everything in it ends where it says.
pub(super) fn lex_valid(text: &str) -> Lexed {
    scan::Scanner::new(text, false).run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        lex(text).tokens.iter().map(|token| token.kind).collect()
    }

    #[test]
    fn templates_nest() {
        use Kind::*;
        assert_eq!(
            kinds("\"a${b(\"}\")}c\""),
            [
                OpenQuote,
                QuotedText,
                OpenInterpolation,
                Name,
                OpenParen,
                OpenQuote,
                QuotedText,
                CloseQuote,
                CloseParen,
                CloseSequence,
                QuotedText,
                CloseQuote
            ]
        );
        assert_eq!(kinds("\"$${a} $b\""), [OpenQuote, QuotedText, CloseQuote]);
        assert_eq!(
            kinds("<<-E\n a ${b} c\n  E\nx"),
            [
                OpenHeredoc,
                HeredocText,
                OpenInterpolation,
                Name,
                CloseSequence,
                HeredocText,
                CloseHeredoc,
                Newline,
                Name
            ]
        );
    }

    #[test]
    fn what_never_ends_is_noted_and_ends_somewhere() {
        let broken = lex("a = \"x\nb = 1\n");
        assert_eq!(broken.faults, [Fault::String(TextRange::new(4, 6))]);
        assert_eq!(broken.tokens.last().map(|token| token.kind), Some(Kind::Newline));
        assert!(matches!(lex("a = \"${b\"\nc = 1\n").faults[..], [Fault::Sequence { .. }]));
        assert!(matches!(lex("a = \"${b\nc = 1\n").faults[..], [Fault::Sequence { .. }]));
        assert!(matches!(lex("a = <<E\nb\n").faults[..], [Fault::Heredoc { .. }]));
        assert_eq!(lex("a /* b").faults, [Fault::Comment(TextRange::new(2, 6))]);
        assert!(lex("a = \"${\n  b\n}\"\n").faults.is_empty());
    }

    #[test]
    fn tokens_cover_everything_but_blanks() {
        for text in [
            "a=1..5?.b ?? c->d=>e\n",
            "x = {a:-1,b=!c}//d\r\n",
            "\u{1}\u{1}§ é-ö ${ %{ }",
            "<<E\r\nx\r\nE\r\n",
        ] {
            let mut at = 0;
            for token in lex(text).tokens {
                assert!(
                    text[at..token.range.start as usize].chars().all(|c| " \t\r".contains(c)),
                    "{text:?} {at}"
                );
                at = token.range.end as usize;
            }
            assert_eq!(text[at..].trim(), "");
        }
    }
}
