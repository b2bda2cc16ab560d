//! Sources from disk and from memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::effects::{Entry, FileError, Files, Limits};

/// Files below a project root on disk. Nothing outside the root is read, neither by `..` nor through symbolic links.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    root: PathBuf,
    limit: u64,
}

impl DiskFiles {
    /// Files below `root`, each of at most [`Limits::file_bytes`] of the default limits.
    ///
    /// # Errors
    /// The root is no directory that can be entered.
    pub fn new(root: &Path) -> Result<Self, FileError> {
        let root = fs::canonicalize(root).map_err(told)?;
        if !root.is_dir() {
            return Err(FileError::Other("it is no directory".into()));
        }
        Ok(Self { root, limit: Limits::default().file_bytes })
    }

    /// Files of the project an account lies in, and the account's path within it. The project root is the nearest
    /// directory at or above the account that has a `.prov-root` file; else the nearest that has `.git`; else the
    /// nearest that holds `accounts/` or `stdlib/`; else the account itself.
    ///
    /// # Errors
    /// The account is no directory that can be entered.
    pub fn project_of(account: &Path) -> Result<(Self, String), FileError> {
        let account = fs::canonicalize(account).map_err(told)?;
        let nearest = |test: &dyn Fn(&Path) -> bool| account.ancestors().find(|directory| test(directory));
        let root = nearest(&|directory| directory.join(".prov-root").exists())
            .or_else(|| nearest(&|directory| directory.join(".git").exists()))
            .or_else(|| {
                nearest(&|directory| directory.join("accounts").is_dir() || directory.join("stdlib").is_dir())
            })
            .unwrap_or(&account);
        let files = Self::new(root)?;
        let within = slashes(account.strip_prefix(&files.root).map_err(|_| FileError::Outside)?)?;
        Ok((files, within))
    }

    /// The root, absolute and without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// With another limit for the size of a file, in bytes.
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Where a path of the project lies on disk, symbolic links resolved.
    fn locate(&self, path: &str) -> Result<PathBuf, FileError> {
        let mut full = self.root.clone();
        for part in path.split('/').filter(|_| !path.is_empty()) {
            match part {
                ".." => return Err(FileError::Outside),
                "" | "." => return Err(FileError::NotFound),
                // A name that is a path of its own on this system: a drive, a backslash.
                part if Path::new(part).components().count() != 1 || Path::new(part).is_absolute() => {
                    return Err(FileError::Outside);
                }
                part => full.push(part),
            }
        }
        let full = fs::canonicalize(full).map_err(told)?;
        if full.starts_with(&self.root) { Ok(full) } else { Err(FileError::Outside) }
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        let full = self.locate(path)?;
        let about = fs::metadata(&full).map_err(told)?;
        if !about.is_file() {
            return Err(FileError::Other("it is not a regular file".into()));
        }
        let too_large = FileError::TooLarge { limit: self.limit };
        if about.len() > self.limit {
            return Err(too_large);
        }
        // It may grow while it is read.
        let mut bytes = Vec::with_capacity(about.len() as usize + 1);
        fs::File::open(full)
            .and_then(|file| file.take(self.limit + 1).read_to_end(&mut bytes))
            .map_err(told)?;
        if bytes.len() as u64 > self.limit { Err(too_large) } else { Ok(bytes.into()) }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let full = self.locate(directory)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(full).map_err(told)? {
            let entry = entry.map_err(told)?;
            // Names that are no text can't be written in a configuration either.
            let Ok(name) = entry.file_name().into_string() else { continue };
            // A link counts as what it leads to; one that leads nowhere, as a file that can't be read.
            entries.push(Entry { name, directory: entry.path().is_dir() });
        }
        entries.sort();
        Ok(entries)
    }
}

fn slashes(path: &Path) -> Result<String, FileError> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| FileError::Other("its path is not UTF-8 text".into()))
}

fn told(error: std::io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::NotFound,
        _ => FileError::Other(error.to_string()),
    }
}

/// Files in memory, for tests, playgrounds and programs that embed the library.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl MemoryFiles {
    /// These files, by path.
    ///
    /// ```
    /// use prov::base::effects::Files;
    /// use prov::world::files::MemoryFiles;
    /// let files = MemoryFiles::new([("a/main.prov", "locals {}"), ("a/b/c.prov", "")]);
    /// assert_eq!(&*files.read("a/main.prov").unwrap(), b"locals {}");
    /// assert_eq!(files.list("a").unwrap().len(), 2);
    /// ```
    pub fn new(files: impl IntoIterator<Item = (impl Into<String>, impl AsRef<[u8]>)>) -> Self {
        let files = files.into_iter().map(|(path, bytes)| (path.into(), bytes.as_ref().into()));
        Self { files: files.collect() }
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl AsRef<[u8]>) {
        self.files.insert(path.into(), bytes.as_ref().into());
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.files.get(path).cloned().ok_or(FileError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let below = self.files.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let mut entries: Vec<Entry> = below
            .map(|(path, _)| match path[prefix.len()..].split_once('/') {
                Some((name, _)) => Entry { name: name.into(), directory: true },
                None => Entry { name: path[prefix.len()..].into(), directory: false },
            })
            .collect();
        entries.sort();
        entries.dedup();
        if entries.is_empty() && !directory.is_empty() { Err(FileError::NotFound) } else { Ok(entries) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn project() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("p/accounts/a")).unwrap();
        fs::write(home.path().join("p/accounts/a/main.prov"), "x = 1").unwrap();
        fs::write(home.path().join("secret"), "s").unwrap();
        home
    }

    #[test]
    fn reads_and_lists_below_the_root() {
        let home = project();
        let (files, within) = DiskFiles::project_of(&home.path().join("p/accounts/a")).unwrap();
        assert_eq!(within, "accounts/a");
        assert_eq!(&*files.read("accounts/a/main.prov").unwrap(), b"x = 1");
        assert_eq!(files.list("").unwrap(), [Entry { name: "accounts".into(), directory: true }]);
        assert_eq!(files.list("accounts/a").unwrap(), [Entry { name: "main.prov".into(), directory: false }]);
        assert_eq!(files.read("accounts/a/none.prov"), Err(FileError::NotFound));
        assert_eq!(files.read("accounts/a/main.prov/x"), Err(FileError::NotFound));
    }

    #[test]
    fn nothing_outside_is_read() {
        let home = project();
        let root = home.path().join("p");
        let files = DiskFiles::new(&root).unwrap();
        for path in ["../secret", "accounts/../../secret", ".."] {
            assert_eq!(files.read(path), Err(FileError::Outside), "{path}");
            assert_eq!(files.list(path), Err(FileError::Outside), "{path}");
        }
        assert!(files.read("/etc/passwd").is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(home.path(), root.join("out")).unwrap();
            std::os::unix::fs::symlink(home.path().join("secret"), root.join("link.prov")).unwrap();
            std::os::unix::fs::symlink("loop.prov", root.join("loop.prov")).unwrap();
            assert_eq!(files.read("out/secret"), Err(FileError::Outside));
            assert_eq!(files.list("out"), Err(FileError::Outside));
            assert_eq!(files.read("link.prov"), Err(FileError::Outside));
            assert!(matches!(files.read("loop.prov"), Err(FileError::Other(_))));
        }
    }

    #[test]
    fn what_is_too_large_or_no_file_is_refused() {
        let home = project();
        let files = DiskFiles::new(&home.path().join("p")).unwrap().with_limit(4);
        assert_eq!(files.read("accounts/a/main.prov"), Err(FileError::TooLarge { limit: 4 }));
        assert!(matches!(files.read("accounts/a"), Err(FileError::Other(_))));
        assert_eq!(DiskFiles::new(&home.path().join("nowhere")).err(), Some(FileError::NotFound));
    }

    #[test]
    fn an_account_without_a_project_is_its_own() {
        let home = tempfile::tempdir().unwrap();
        let alone = home.path().join("alone");
        fs::create_dir(&alone).unwrap();
        // The temporary directory itself may lie in a project of the person who runs the tests.
        if DiskFiles::project_of(home.path()).unwrap().1.is_empty() {
            let (files, within) = DiskFiles::project_of(&alone).unwrap();
            assert_eq!((files.root().file_name().unwrap().to_str(), within.as_str()), (Some("alone"), ""));
        }
        fs::write(home.path().join(".prov-root"), "").unwrap();
        assert_eq!(DiskFiles::project_of(&alone).unwrap().1, "alone");
    }
}
