//! Which files and directories a piece of work looked at.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashSet;

use crate::base::effects::{Entry, FileError, Files};

/// Paths that were asked for, whether there was anything or not.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: FxHashSet<String>,
    directories: FxHashSet<String>,
}

impl Seen {
    /// Whether the content of a file makes a difference.
    pub(super) fn read(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Whether it makes a difference that there is a file.
    pub(super) fn found(&self, path: &str) -> bool {
        let mut directories = path.match_indices('/').map(|(at, _)| &path[..at]).chain([""]);
        directories.any(|above| self.directories.contains(above))
    }
}

/// Passes reads on and notes what they were about.
pub(super) struct Watched<'a> {
    files: &'a dyn Files,
    seen: Mutex<Seen>,
}

impl<'a> Watched<'a> {
    /// What is seen is added to `seen`.
    pub(super) fn new(files: &'a dyn Files, seen: Seen) -> Self {
        Self { files, seen: Mutex::new(seen) }
    }

    pub(super) fn seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, paths: impl FnOnce(&mut Seen) -> &mut FxHashSet<String>, path: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        paths(&mut seen).insert(path.to_owned());
    }
}

impl Files for Watched<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.note(|seen| &mut seen.files, path);
        self.files.read(path)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.note(|seen| &mut seen.directories, directory);
        self.files.list(directory)
    }
}
