//! The entry points of parsing.

use std::sync::Arc;

use super::build::{self, Built};
use super::grammar::{Rule, read};
use super::recover::{self, Mended, Recovered};
use super::remap::Remap;
use super::reports::Reports;
use super::tree::{Body, Expr, ExprId, ExprKind, Item, Template, TemplatePart, Tree};
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
    if let Some(tokens) = read(Rule::file, text) {
        let Built { tree, diagnostics, holes, .. } = build::file(file, text, &tokens, limits);
        if !holes {
            return Checked { value: tree, diagnostics: diagnostics.finish() };
        }
    }
    let Recovered { mended, mut diagnostics } = recover::file(file, text, limits);
    let mended_text = Arc::from(mended.text.as_str());
    let Some(tokens) = read(Rule::file, &mended_text) else {
        diagnostics.not_nothing(file);
        return Checked { value: empty(file, text), diagnostics: diagnostics.finish() };
    };
    let mut built = build::file(file, &mended_text, &tokens, limits);
    diagnostics.append(restore(&mended, text, &mut built));
    whole_characters(&mut diagnostics, text);
    Checked { value: built.tree, diagnostics: diagnostics.finish() }
}

/// Puts what was built from a mended text back to where it stands in the original.
fn restore<T>(mended: &Mended, text: &Arc<str>, built: &mut Built<T>) -> Reports {
    Remap(|range| widened(mended.range(range), text)).tree(&mut built.tree);
    built.tree.text = Arc::clone(text);
    let mut diagnostics = std::mem::take(&mut built.diagnostics);
    for diagnostic in diagnostics.iter_mut() {
        move_places(diagnostic, |range| mended.range(range));
    }
    diagnostics
}

/// What was written over a character of several bytes may stand for a part of it.
fn widened(range: TextRange, text: &str) -> TextRange {
    let boundary = |at: &u32| text.is_char_boundary(*at as usize);
    let start = (0..=range.start).rev().find(boundary).unwrap_or(0);
    let end = (range.end..=text.len() as u32).find(boundary).unwrap_or(text.len() as u32);
    TextRange::new(start, end)
}

fn whole_characters(diagnostics: &mut Reports, text: &str) {
    for diagnostic in diagnostics.iter_mut() {
        move_places(diagnostic, |range| widened(range, text));
    }
}

fn move_places(diagnostic: &mut Diagnostic, to: impl Fn(TextRange) -> TextRange) {
    let edits = diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.span);
    let labels = diagnostic.labels.iter_mut().chain(&mut diagnostic.primary).map(|label| &mut label.span);
    for span in labels.chain(edits) {
        *span = to(span.range()).in_file(span.file);
    }
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
    if let Some(tokens) = read(Rule::lone_expression, text) {
        let Built { tree, value: root, diagnostics, holes } = build::expression(file, text, &tokens, limits);
        if !holes {
            return Checked { value: ParsedExpression { tree, root }, diagnostics: diagnostics.finish() };
        }
    }
    let Recovered { mended, mut diagnostics } = recover::expression(file, text, limits);
    let mended_text = Arc::from(mended.text.as_str());
    let Some(tokens) = read(Rule::lone_expression, &mended_text) else {
        let (tree, root) = lone_error(file, text);
        diagnostics.not_nothing(file);
        return Checked { value: ParsedExpression { tree, root }, diagnostics: diagnostics.finish() };
    };
    let mut built = build::expression(file, &mended_text, &tokens, limits);
    diagnostics.append(restore(&mended, text, &mut built));
    whole_characters(&mut diagnostics, text);
    let value = ParsedExpression { tree: built.tree, root: built.value };
    Checked { value, diagnostics: diagnostics.finish() }
}

/// Reads a text that is a template as a whole, such as a file for `templatefile`: what a heredoc of these lines would be.
/// Ranges are those of the text. The root is a template, or an [`ExprKind::Error`] if nothing could be understood.
pub fn parse_template(file: FileId, text: &Arc<str>, limits: &Limits) -> Checked<ParsedExpression> {
    if let Some(too_large) = too_large(file, text, limits) {
        let (tree, root) = lone_error(file, text);
        return Checked { value: ParsedExpression { tree, root }, diagnostics: vec![too_large] };
    }
    let mut marker = "T".to_owned();
    while text.contains(&marker) {
        marker.push('T');
    }
    let open = format!("<<{marker}\n");
    let added = !text.ends_with('\n') && !text.is_empty();
    let heredoc = format!("{open}{text}{}{marker}\n", if added { "\n" } else { "" });
    let limits = Limits { file_bytes: u64::MAX, ..*limits };
    let mut parsed = parse_expression(file, &Arc::from(heredoc), &limits);
    let (before, end) = (open.len() as u32, text.len() as u32);
    let place = |at: u32| at.saturating_sub(before).min(end);
    let moved = |range: TextRange| TextRange::new(place(range.start), place(range.end));
    Remap(moved).tree(&mut parsed.value.tree);
    parsed.value.tree.text = Arc::clone(text);
    for diagnostic in &mut parsed.diagnostics {
        move_places(diagnostic, moved);
    }
    let root = parsed.value.root;
    if added && let ExprKind::Template(template) = &mut parsed.value.tree.exprs[root.0 as usize].kind {
        take_line_break(template);
    }
    parsed
}

/// Takes away the line break that the last line was given.
fn take_line_break(template: &mut Template) {
    if let Some(TemplatePart::Literal { value, .. }) = template.parts.last_mut()
        && let Some(shorter) = value.strip_suffix('\n')
    {
        *value = shorter.into();
    }
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
        places: None,
    }
}

fn lone_error(file: FileId, text: &Arc<str>) -> (Tree, ExprId) {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut tree = empty(file, text);
    tree.body = Body::default();
    tree.exprs.push(Expr { kind: ExprKind::Error, range: TextRange::new(0, end) });
    (tree, ExprId(0))
}
