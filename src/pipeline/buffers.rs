//! Files with unsaved texts over them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::effects::{Entry, FileError, Files};

/// What an editor holds open, over what is stored.
pub(super) struct Buffers {
    stored: Arc<dyn Files>,
    open: FxHashMap<String, Arc<str>>,
}

impl Buffers {
    pub(super) fn new(stored: Arc<dyn Files>) -> Self {
        Self { stored, open: FxHashMap::default() }
    }

    /// From now on this is the text of the file.
    pub(super) fn set(&mut self, path: &str, text: Arc<str>) {
        self.open.insert(path.to_owned(), text);
    }

    /// From now on its text is what is stored. Answers whether it was another one.
    pub(super) fn close(&mut self, path: &str) -> bool {
        self.open.remove(path).is_some()
    }

    /// The same files and texts, which later edits leave alone.
    pub(super) fn snapshot(&self) -> Self {
        Self { stored: self.stored.clone(), open: self.open.clone() }
    }
}

impl Files for Buffers {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        match self.open.get(path) {
            Some(text) => Ok(Arc::from(text.as_bytes())),
            None => self.stored.read(path),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut entries: Vec<Entry> = self
            .open
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => Entry { name: name.into(), directory: true },
                None => Entry { name: rest.into(), directory: false },
            })
            .collect();
        match self.stored.list(directory) {
            Ok(stored) => entries.extend(stored),
            Err(FileError::NotFound) if !entries.is_empty() => {}
            Err(error) => return Err(error),
        }
        entries.sort();
        entries.dedup();
        Ok(entries)
    }
}
