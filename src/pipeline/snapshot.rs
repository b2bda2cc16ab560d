//! Files as a run saw them: what a plan read is kept, so that it can be planned again from exactly that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::effects::{Entry, FileError, Files};

/// Passes reads on and keeps what was read.
pub(crate) struct Recording {
    inner: Arc<dyn Files>,
    seen: Mutex<BTreeMap<String, Arc<[u8]>>>,
}

impl Recording {
    pub(crate) fn new(inner: Arc<dyn Files>) -> Self {
        Self { inner, seen: Mutex::default() }
    }

    /// What was read so far, by path.
    pub(crate) fn seen(&self) -> BTreeMap<String, Arc<[u8]>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Files for Recording {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        let bytes = self.inner.read(path)?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.inner.list(directory)
    }
}

/// Files that were kept.
pub(crate) struct Snapshot(pub(crate) BTreeMap<String, Arc<[u8]>>);

impl Files for Snapshot {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.0.get(path).cloned().ok_or(FileError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut entries = Vec::new();
        for path in self.0.keys() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            entries.push(match rest.split_once('/') {
                Some((name, _)) => Entry { name: name.to_owned(), directory: true },
                None => Entry { name: rest.to_owned(), directory: false },
            });
        }
        entries.sort();
        entries.dedup();
        if entries.is_empty() { Err(FileError::NotFound) } else { Ok(entries) }
    }
}
