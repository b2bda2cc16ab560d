//! Types, functions and imports that nothing in their module uses.

use rustc_hash::FxHashSet;

use super::Resolver;
use super::program::Idle;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::source::TextRange;
use crate::lang::syntax::tree::{ExprKind, Tree, UseDecl};

impl<'a> Resolver<'a> {
    /// Says which imports are not used, and notes which types and functions are not.
    pub(super) fn unused_names(&mut self) {
        let declared = &self.declared;
        let nothing = declared.types.is_empty() && declared.functions.is_empty() && declared.uses.is_empty();
        // What could not be understood may have used any of them.
        if nothing || !self.lost.is_empty() || !self.damaged.is_empty() {
            return;
        }
        let mut used: FxHashSet<&str> = FxHashSet::default();
        for tree in &self.source.trees {
            used.extend(tree.exprs.iter().filter_map(|expr| match &expr.kind {
                ExprKind::Name => Some(tree.text(expr.range)),
                ExprKind::Call(call) => Some(tree.text(call.name)),
                _ => None,
            }));
        }
        let types = declared.types.iter().map(|(name, at)| {
            let (tree, decl) = self.at(*at);
            ("type", name, tree.span(decl.name))
        });
        let functions = declared.functions.iter().map(|(name, at)| {
            let (tree, decl) = self.at(*at);
            ("function", name, tree.span(decl.name))
        });
        let idle = types.chain(functions).filter(|(_, name, _)| !used.contains(name.as_str()));
        self.module.idle = idle.map(|(what, name, span)| Idle { what, name: name.clone(), span }).collect();
        for at in self.declared.uses.clone() {
            let (tree, decl) = self.at(at);
            // What is not there to be imported is reported as that.
            let Some(module) = self.loaded(tree.text(decl.path).trim_matches('"')) else { continue };
            let there = |name: &str| module.types.contains_key(name) || module.functions.contains_key(name);
            if !decl.names.iter().all(|name| there(tree.text(*name))) {
                continue;
            }
            let idle: Vec<TextRange> =
                decl.names.iter().copied().filter(|name| !used.contains(tree.text(*name))).collect();
            if let ([first, .., last], true) = (idle.as_slice(), idle.len() == decl.names.len()) {
                let names: Vec<_> = idle.iter().map(|name| format!("`{}`", tree.text(*name))).collect();
                let message = format!("the imports {} are never used", names.join(", "));
                let span = tree.span(first.cover(*last));
                self.report(
                    Diagnostic::new(codes::UNUSED_DEFINITION, span, message)
                        .here("nothing refers to any of them")
                        .fix(FixLevel::Safe, "remove the import", vec![removal(tree, line_of(tree, decl))]),
                );
                continue;
            }
            for name in &idle {
                let message = format!("the import `{}` is never used", tree.text(*name));
                let cut = if decl.names.len() == 1 { line_of(tree, decl) } else { with_comma(decl, *name) };
                self.report(
                    Diagnostic::new(codes::UNUSED_DEFINITION, tree.span(*name), message)
                        .here("nothing refers to it")
                        .fix(FixLevel::Safe, "remove it", vec![removal(tree, cut)]),
                );
            }
        }
    }
}

fn removal(tree: &Tree, range: TextRange) -> Edit {
    Edit { span: tree.span(range), text: String::new() }
}

/// A name of an import with the comma that separates it.
fn with_comma(decl: &UseDecl, name: TextRange) -> TextRange {
    let at = decl.names.iter().position(|other| *other == name).unwrap_or_default();
    match (decl.names.get(at + 1), at.checked_sub(1).and_then(|before| decl.names.get(before))) {
        (Some(next), _) => TextRange::new(name.start, next.start),
        (None, Some(before)) => TextRange::new(before.end, name.end),
        (None, None) => name,
    }
}

/// A whole import with the line break behind it, and one empty line.
fn line_of(tree: &Tree, decl: &UseDecl) -> TextRange {
    let mut end = decl.range.end;
    for _ in 0..2 {
        let rest = &tree.text[end as usize..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        if !rest[blank..].starts_with('\n') {
            break;
        }
        end += blank as u32 + 1;
    }
    TextRange::new(decl.range.start, end)
}
