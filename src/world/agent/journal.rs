//! What the agent keeps on disk: one file of JSON lines, each a write; the first one is everything before it.
//!
//! A line is handed to the operating system before its write is answered, so a killed agent loses nothing it has
//! acknowledged. It is not forced to the disk: this is a sandbox, and a power cut may cost it the last moments.

use super::store::Store;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "agent.journal";
/// Below this many bytes rewriting is not worth it.
const SMALL: u64 = 8 << 20;

/// The open journal of one directory; no second agent can open it meanwhile.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    written: u64,
    rewrite_at: u64,
    _lock: File,
}

impl Journal {
    /// Opens the journal in a directory, made if need be, and reads what it holds.
    ///
    /// # Errors
    /// The directory can't be used, another agent is using it, or the journal is not one.
    pub(super) fn open(directory: &Path) -> io::Result<(Journal, Store)> {
        fs::create_dir_all(directory)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("agent.lock"))?;
        lock.try_lock().map_err(|_| {
            io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("another agent keeps its data in {}", directory.display()),
            )
        })?;
        let path = directory.join(FILE);
        let mut store = read(&path)?;
        store.described = true;
        let (file, written) = rewrite(&path, &mut store)?;
        let journal = Journal { path, file, written, rewrite_at: SMALL.max(written * 4), _lock: lock };
        Ok((journal, store))
    }

    /// Adds a write's line. The store is what results from it.
    pub(super) fn append(&mut self, line: &Value, store: &mut Store) -> io::Result<()> {
        let mut text = line.to_string();
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.written += text.len() as u64;
        if self.written > self.rewrite_at {
            (self.file, self.written) = rewrite(&self.path, store)?;
            self.rewrite_at = SMALL.max(self.written * 4);
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Store> {
    let mut store = Store::new();
    let mut lines = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(store),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        lines.read_until(b'\n', &mut text)?;
        // A line without its end was being written when the agent was killed, and nobody was told it was.
        if text.last() != Some(&b'\n') {
            break;
        }
        let wrong = |why: String| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}:{number}: {why}", path.display()))
        };
        let line = serde_json::from_slice(&text).map_err(|why| wrong(why.to_string()))?;
        store.replay(line).map_err(wrong)?;
    }
    store.derive();
    Ok(store)
}

/// Puts a journal of a single line in the place of the old one, in one step.
fn rewrite(path: &Path, store: &mut Store) -> io::Result<(File, u64)> {
    let new = path.with_extension("new");
    let mut text = store.snapshot().to_string();
    text.push('\n');
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    Ok((file, text.len() as u64))
}
