//! How pieces of text are called in reports.

use super::super::lex::{Kind, Token};

/// What a person would call a token.
pub(super) fn describe(token: Option<Token>, text: &str) -> String {
    let Some(token) = token else { return "the end of the text".into() };
    let written = token.range.of(text);
    match token.kind {
        Kind::Newline | Kind::LineComment => "the end of the line".into(),
        Kind::BlockComment => "a comment".into(),
        Kind::OpenQuote => "a string".into(),
        Kind::CloseQuote | Kind::QuotedText => "text".into(),
        Kind::OpenHeredoc | Kind::HeredocText | Kind::CloseHeredoc => "a heredoc".into(),
        Kind::Hole => "this".into(),
        _ if written.chars().count() > 24 => "this".into(),
        _ => format!("`{}`", written.trim_end_matches('~')),
    }
}
