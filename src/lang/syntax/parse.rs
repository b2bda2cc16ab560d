//! The entry points of parsing.

use std::sync::Arc;

use pest::Parser;

use super::build::{self, Built};
use super::grammar::{Grammar, Rule};
use super::tree::{Body, Expr, ExprId, ExprKind, Item, Tree};
use crate::base::codes;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::effects::Limits;
use crate::base::source::{FileId, TextRange};

/// Reads one file. Always answers a tree: what could not be understood is an error node in it and a diagnostic
/// beside it, everything around it is there as usual.
pub fn parse(file: FileId, text: &Arc<str>, limits: &Limits) -> Checked<Tree> {
    if let Some(too_large) = too_large(file, text, limits) {
        return Checked { value: empty(file, text), diagnostics: vec![too_large] };
    }
    let mut at = 0;
    match Grammar::parse(Rule::file, text) {
        Ok(pairs) => {
            let Built { tree, diagnostics, too_deep, holes, .. } = build::file(file, text, pairs, limits);
            if !too_deep && !holes {
                return Checked { value: tree, diagnostics };
            }
        }
        Err(error) => {
            if let pest::error::InputLocation::Pos(pos) = error.location {
                at = pos as u32;
            }
        }
    }
    let d = Diagnostic::new(
        codes::SYNTAX,
        TextRange::new(at, at).in_file(file),
        "this does not follow the syntax",
    );
    Checked { value: empty(file, text), diagnostics: vec![d] }
}

/// A lone expression: its tree, whose body is empty, and its root.
#[derive(Debug, Clone)]
pub struct ParsedExpression {
    /// Holds the text and the arena.
    pub tree: Tree,
    /// The expression.
    pub root: ExprId,
}

/// Reads one expression, such as what is typed into the console or given for a variable on the command line. It may go
/// over several lines. Always answers an expression; it is an [`ExprKind::Error`] where nothing could be understood.
pub fn parse_expression(file: FileId, text: &Arc<str>, limits: &Limits) -> Checked<ParsedExpression> {
    if let Some(too_large) = too_large(file, text, limits) {
        let (tree, root) = lone_error(file, text);
        return Checked { value: ParsedExpression { tree, root }, diagnostics: vec![too_large] };
    }
    if let Ok(pairs) = Grammar::parse(Rule::lone_expression, text) {
        let Built { tree, value: root, diagnostics, too_deep, holes } =
            build::expression(file, text, pairs, limits);
        if !too_deep && !holes {
            return Checked { value: ParsedExpression { tree, root }, diagnostics };
        }
    }
    let d =
        Diagnostic::new(codes::SYNTAX, TextRange::new(0, 0).in_file(file), "this does not follow the syntax");
    let (tree, root) = lone_error(file, text);
    Checked { value: ParsedExpression { tree, root }, diagnostics: vec![d] }
}

fn too_large(file: FileId, text: &str, limits: &Limits) -> Option<Diagnostic> {
    let limit = limits.file_bytes.min(u64::from(u32::MAX / 2));
    (text.len() as u64 > limit).then(|| {
        Diagnostic::new(
            codes::INPUT_TOO_LARGE,
            TextRange::new(0, 0).in_file(file),
            format!("this file has {} bytes, more than the limit of {limit}", text.len()),
        )
        .help("split it: all files of a directory make one module")
    })
}

/// A tree in which all of the text is one error.
fn empty(file: FileId, text: &Arc<str>) -> Tree {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    Tree {
        file,
        text: Arc::clone(text),
        body: Body { items: vec![Item::Error(TextRange::new(0, end))] },
        exprs: Vec::new(),
        comments: Vec::new(),
        file_docs: Vec::new(),
    }
}

fn lone_error(file: FileId, text: &Arc<str>) -> (Tree, ExprId) {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut tree = empty(file, text);
    tree.body = Body::default();
    tree.exprs.push(Expr { kind: ExprKind::Error, range: TextRange::new(0, end) });
    (tree, ExprId(0))
}
