//! The formatter: one layout for every file, the one `terraform fmt` gives, with prov's own syntax in the same taste.
//!
//! It works on tokens and lines. Line breaks stay where they are; the indentation of a line follows from the brackets
//! that are open, a blank between two tokens from what they are ([`spaces`]), and the `=` and comments of consecutive
//! lines are aligned ([`layout`]). Strings and heredocs stay as they are. A byte order mark goes; a file whose last line
//! does not end stays that way.

mod layout;
mod rewrite;
mod spaces;

use std::sync::Arc;

use super::lex::{Kind, lex_valid};
use super::parse;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::source::FileId;

/// A token and the blanks before it.
#[derive(Debug, Clone, Copy)]
struct Piece<'t> {
    kind: Kind,
    text: &'t str,
    blanks: usize,
    /// `?` behind a type, `:` behind the name of a parameter: they cling to what stands before them.
    clings: bool,
}

impl<'t> Piece<'t> {
    fn new(kind: Kind, text: &'t str) -> Self {
        Self { kind, text, blanks: 0, clings: false }
    }
}

/// Lays a file out anew. Comments and line breaks are kept, and formatting twice changes nothing more.
///
/// # Errors
/// If the file has syntax errors: what is not understood is not moved around.
pub fn format(file: FileId, text: &Arc<str>, limits: &Limits) -> Result<String, Vec<Diagnostic>> {
    let tree = parse(file, text, limits).into_result()?;
    let lexed = lex_valid(text);
    let pieces = lexed.tokens.iter().map(|token| Piece::new(token.kind, token.range.of(text))).collect();
    let mut pieces = rewrite::rewrite(&tree, &lexed.tokens, pieces);
    spaces::find_own_syntax(&mut pieces);
    layout::lay_out(&mut pieces);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in pieces {
        out.extend(std::iter::repeat_n(' ', piece.blanks));
        out.push_str(piece.text);
    }
    // A last line that nothing ends stays as it is ended.
    let end = lexed.tokens.last().map_or(0, |token| token.range.end as usize);
    out.extend(text[end..].trim_start_matches('\u{FEFF}').chars().map(|_| ' '));
    Ok(out)
}
