//! The logical path of a place: which argument of which declaration it lies in, `module.core.var.size`.

use super::tree::{Attribute, Block, Body, Item, Tree};
use crate::base::source::TextRange;

/// Arguments of a call that are no variables of the module.
const OF_CALLS: [&str; 5] = ["source", "count", "for_each", "providers", "depends_on"];

/// The path of the value that stands at a place; `None` where no value does.
pub fn path_at(tree: &Tree, at: u32) -> Option<String> {
    match item_at(&tree.body, at)? {
        Item::Block(block) => {
            let (attribute, path) = inside(tree, block, at, declared(tree, block))?;
            let name = tree.text(attribute.name);
            Some(match (tree.text(block.kind), name) {
                // What a variable or an output is, is all of it.
                ("variable", "default") | ("output", "value") => path,
                ("module", name) if !OF_CALLS.contains(&name) && !is_nested(block, at) => {
                    format!("{path}.var.{name}")
                }
                _ => format!("{path}.{name}"),
            })
        }
        Item::Function(function) if function.name.end < at => Some(format!("{}()", tree.text(function.name))),
        _ => None,
    }
}

/// The name of a declaration, as references to it begin.
fn declared(tree: &Tree, block: &Block) -> String {
    let kind = tree.text(block.kind);
    let first = match kind {
        "variable" => "var",
        "locals" => "local",
        "resource" => "",
        kind => kind,
    };
    let labels = block.labels.iter().map(|label| tree.text(label.range).trim_matches('"'));
    let parts: Vec<&str> = [first].into_iter().chain(labels).filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// The argument of a block, or of one inside of it, that has its value at a place.
fn inside<'t>(tree: &Tree, block: &'t Block, at: u32, path: String) -> Option<(&'t Attribute, String)> {
    match item_at(&block.body, at)? {
        Item::Attribute(attribute) => (attribute.name.end < at).then_some((attribute, path)),
        Item::Block(inner) => {
            let path = match (tree.text(inner.kind), inner.labels.first()) {
                ("content", _) => path,
                ("dynamic", Some(label)) => format!("{path}.{}", tree.text(label.range).trim_matches('"')),
                (kind, _) => format!("{path}.{kind}"),
            };
            inside(tree, inner, at, path)
        }
        _ => None,
    }
}

fn is_nested(block: &Block, at: u32) -> bool {
    matches!(item_at(&block.body, at), Some(Item::Block(_)))
}

/// The item that holds a place.
fn item_at(body: &Body, at: u32) -> Option<&Item> {
    let after = body.items.partition_point(|item| item.range().end < at);
    body.items.get(after).filter(|item| holds(item.range(), at))
}

fn holds(range: TextRange, at: u32) -> bool {
    range.start <= at && at <= range.end
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::effects::Limits;
    use crate::base::source::FileId;

    #[test]
    fn values_have_paths() {
        let text = r#"
            locals { a = ~1 }
            module "m" {
              ~source = ~"./m"
              size   = ~2
              lifecycle { enabled = ~true }
            }
            resource "toy_box" "b" {
              dynamic "part" {
                for_each = ~[]
                content { port = ~3 }
              }
            }
            output "o" { value = ~4 }
            fn f(a: int) -> int = ~a
        "#;
        let places: Vec<u32> =
            text.match_indices('~').enumerate().map(|(before, (at, _))| (at - before) as u32).collect();
        let text = text.replace('~', "").into();
        let tree = crate::lang::syntax::parse(FileId(0), &text, &Limits::default()).value;
        let paths: Vec<_> = places.iter().map(|at| path_at(&tree, *at)).collect();
        let expected = [
            Some("local.a"),
            None,
            Some("module.m.source"),
            Some("module.m.var.size"),
            Some("module.m.lifecycle.enabled"),
            Some("toy_box.b.part.for_each"),
            Some("toy_box.b.part.port"),
            Some("output.o"),
            Some("f()"),
        ];
        assert_eq!(paths.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    }
}
