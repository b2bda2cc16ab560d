//! Kinds as they are declared: one `.prov` file each, with types and functions of its own beside the `kind` block.

use std::sync::Arc;

use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::lines::Columns;
use crate::base::source::{SourceFile, Sources};
use crate::lang::syntax::parse;
use crate::lang::syntax::tree::{Block, Item, Tree};

use super::kind::Kind;

mod body;
mod loose;
mod schema;

use body::Reader;
use loose::Loose;

/// Reads the kind a file declares; `path` is how messages call the file.
///
/// # Errors
/// Everything that is wrong with it, one per line: `path:line:column: what`.
pub fn read(path: &str, text: &str) -> Result<Kind, String> {
    let mut sources = Sources::new();
    let file = sources.add(path, text);
    let parsed = parse(file, &Arc::from(text), &Limits::default());
    let tree = parsed.into_result().map_err(|found| shown(sources.get(file), &found))?;
    let block = kind_block(&tree).ok_or_else(|| format!("{path}: there is no block `kind \"name\"`"))?;
    let loose = Loose::resolve(&tree, block).map_err(|found| shown(sources.get(file), &found))?;
    Reader::new(&tree, &loose).kind(block).map_err(|wrong| {
        let place = place(sources.get(file), wrong.range.start);
        format!("{place}: {}", wrong.message)
    })
}

fn kind_block(tree: &Tree) -> Option<&Block> {
    tree.body.items.iter().find_map(|item| match item {
        Item::Block(block) if tree.text(block.kind) == "kind" => Some(block),
        _ => None,
    })
}

fn shown(file: &SourceFile, found: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let at = d.primary.as_ref().map_or(0, |label| label.span.start);
        format!("{}: {}", place(file, at), d.message)
    };
    found.iter().filter(|d| d.is_error()).map(line).collect::<Vec<_>>().join("\n")
}

fn place(file: &SourceFile, offset: u32) -> String {
    let position = file.lines().position(offset, &file.text, Columns::Chars);
    format!("{}:{}:{}", file.path, position.line + 1, position.column + 1)
}
