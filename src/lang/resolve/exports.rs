//! Which module could be asked for a type or function that is missing here.

use super::Resolver;
use crate::base::diagnostic::Edit;
use crate::base::source::{Span, TextRange};
use crate::lang::load::{STDLIB_PREFIX, stdlib_files, stdlib_modules};
use crate::lang::syntax::tree::{Item, Tree};

/// A module that declares what is missing, and the edit that imports it.
pub(super) struct Export {
    /// As `use` names the module.
    pub(super) source: String,
    pub(super) edit: Edit,
}

impl Resolver<'_> {
    /// Looks in modules this one already names, then in those of the project, then in the standard library.
    pub(super) fn export(&self, name: &str, function: bool, used: Span) -> Option<Export> {
        let declares = |index: usize| {
            let Some(module) = self.modules.get(index) else { return false };
            match function {
                true => module.functions.get(name).is_some_and(|function| function.module == module.id),
                false => module.types.get(name).is_some_and(|ty| module.files.contains(&ty.span.file)),
            }
        };
        let mut named: Vec<_> = self.source.sources.iter().filter(|(_, index)| declares(**index)).collect();
        named.sort();
        let named = named.first().map(|(source, _)| (*source).clone());
        let own = self.module.directory.as_str();
        // Whether or not it was resolved before this one.
        let loaded = || {
            let others = self.others.iter().filter(|module| module.declares(name, function));
            let directory = others.map(|module| module.directory.as_str()).min()?;
            match directory.strip_prefix(STDLIB_PREFIX) {
                Some(path) => Some(path.to_owned()),
                None if own.starts_with(STDLIB_PREFIX) => None,
                None => Some(relative(own, directory)),
            }
        };
        let head = if function { format!("fn {name}(") } else { format!("type {name} ") };
        let library = || {
            stdlib_modules().find(|module| {
                let own = own.strip_prefix(STDLIB_PREFIX) == Some(module);
                let mut texts = stdlib_files(module).map(|(_, text)| text);
                !own && texts.any(|text| text.lines().any(|line| line.starts_with(&head)))
            })
        };
        let source = named.or_else(loaded).or_else(library)?;
        let tree = self.source.trees.iter().find(|tree| tree.file == used.file)?;
        let edit = import(tree, &source, name)?;
        Some(Export { source, edit })
    }
}

/// Into the `use` of the same module, else above everything else.
fn import(tree: &Tree, source: &str, name: &str) -> Option<Edit> {
    let uses = tree.body.items.iter().filter_map(|item| match item {
        Item::Use(decl) => Some(decl),
        _ => None,
    });
    let same = uses.into_iter().find(|decl| tree.text(decl.path).trim_matches('"') == source);
    if let Some(last) = same.and_then(|decl| decl.names.last()) {
        let span = tree.span(TextRange::new(last.end, last.end));
        return Some(Edit { span, text: format!(", {name}") });
    }
    let (range, docs) = match tree.body.items.first()? {
        Item::Attribute(item) => (item.range, item.docs.first()),
        Item::Block(item) => (item.range, item.docs.first()),
        Item::Type(item) => (item.range, item.docs.first()),
        Item::Function(item) => (item.range, item.docs.first()),
        Item::Use(item) => (item.range, item.docs.first()),
        Item::Error(range) => (*range, None),
    };
    let at = docs.map_or(range.start, |doc| doc.start);
    let span = tree.span(TextRange::new(at, at));
    Some(Edit { span, text: format!("use {source:?} {{ {name} }}\n\n") })
}

/// From one directory of the project to another, as a source is written.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let mut steps = vec!["..".to_owned(); up];
    if up == 0 {
        steps.push(".".into());
    }
    steps.extend(to[common..].iter().cloned());
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn sources_lead_from_one_directory_to_another() {
        assert_eq!(relative("accounts/orders", "platform/types"), "../../platform/types");
        assert_eq!(relative("", "types"), "./types");
        assert_eq!(relative("a/b", "a"), "..");
        assert_eq!(relative("a", "a/b"), "./b");
    }
}
