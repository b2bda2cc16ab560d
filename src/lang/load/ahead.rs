//! Reading ahead: the files of all modules that can be reached, one step away after the other, those of a step parsed
//! side by side. Says nothing: what can't be read is read again when its turn comes, and reported then.

use std::mem;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Loader, Location, Parsed, is_source, sources_of};
use crate::base::parallel;
use crate::base::source::FileId;
use crate::lang::syntax::parse;

/// What listing and reading the files of a module costs, most of it waiting for the system.
const READING: usize = 3_000;

impl Loader<'_> {
    pub(super) fn read_ahead(&mut self, root: &Location) {
        let mut seen = FxHashSet::from_iter([root.clone()]);
        let mut step = vec![root.clone()];
        while !step.is_empty() {
            let mut remembered = mem::take(&mut self.remembered);
            let mut modules: Vec<(Location, Vec<Parsed>)> = Vec::new();
            let mut fresh = Vec::new();
            let texts = parallel::map(&step, |_| READING, |location| self.texts(location));
            for (location, texts) in step.drain(..).zip(texts) {
                let Some(texts) = texts else { continue };
                let mut files = Vec::with_capacity(texts.len());
                for (path, text) in texts {
                    match remembered.remove(&path) {
                        Some(tree) if tree.value.text == text => files.push(Parsed { path, tree }),
                        _ => fresh.push((modules.len(), path, text)),
                    }
                }
                modules.push((location, files));
            }
            self.remembered = remembered;
            let trees = parallel::map(
                &fresh,
                |(_, _, text)| text.len(),
                |(_, _, text)| parse(FileId(0), text, self.limits),
            );
            for ((module, path, _), tree) in fresh.into_iter().zip(trees) {
                modules[module].1.push(Parsed { path, tree: tree.map(Arc::new) });
            }
            for (location, mut files) in modules {
                files.sort_by(|a, b| a.path.cmp(&b.path));
                let trees = || files.iter().map(|file| &file.tree.value);
                if location == *root {
                    self.declare_libraries(root, trees());
                }
                for source in
                    files.iter().flat_map(|file| sources_of(&file.tree.value, &file.tree.diagnostics))
                {
                    step.extend(
                        self.place(&location, &source.text).filter(|place| seen.insert(place.clone())),
                    );
                }
                self.ahead.insert(location, files);
            }
        }
    }

    /// Paths and texts of a module's files; `None` if anything is wrong with one of them.
    fn texts(&self, location: &Location) -> Option<Vec<(String, Arc<str>)>> {
        let Location::Project(directory) = location else {
            return Some(location.stdlib_texts());
        };
        let entries = self.files.list(directory).ok()?;
        let sources = entries.iter().filter(|entry| !entry.directory && is_source(&entry.name));
        let text = |path: String| {
            let bytes = self.files.read(&path).ok()?;
            let text = std::str::from_utf8(&bytes)
                .ok()
                .filter(|text| text.len() as u64 <= self.limits.file_bytes)?;
            Some((path, text.into()))
        };
        sources.map(|entry| text(location.file(&entry.name))).collect()
    }
}
