//! Who holds a lock, and whether its holder still lives.
//!
//! A holder keeps a file of its own locked by the operating system for as long as it lives, however it ends. Whoever
//! finds the lock of a holder on the same machine can tell by that file; of another machine nothing is assumed.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::base::Text;
use crate::engine::state::{LockInfo, LockRequest, StoreError};

/// A lock as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LockRow {
    pub(super) info: LockInfo,
    /// See [`machine`].
    pub(super) machine: String,
    /// When the process started, in the system's own measure; tells it from a later one with the same number.
    pub(super) process_started: String,
}

/// A lock this process holds.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    _file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // The lock is gone with the file handle; the file itself is litter.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl LockRow {
    /// A lock for this process, held from now on by a file beside the database.
    pub(super) fn take(request: &LockRequest, database: &Path) -> io::Result<(Self, Held)> {
        let id = uuid::Uuid::new_v4().to_string();
        let path = holder_file(database, &id);
        let file = super::files::private_file(&path)?;
        // Where the file system knows no locks, the process itself has to do as evidence.
        match file.try_lock() {
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                return Err(error);
            }
            _ => {}
        }
        let pid = std::process::id();
        let info = LockInfo {
            id: id.into(),
            operation: request.operation.clone(),
            who: request.who.clone(),
            pid,
            since: now()?,
        };
        let row =
            Self { info, machine: machine(), process_started: process_started(pid).unwrap_or_default() };
        Ok((row, Held { path, _file: file }))
    }

    /// Whether its holder is known to be dead.
    pub(super) fn is_dead(&self, database: &Path) -> Result<bool, StoreError> {
        if !is_id(&self.info.id) {
            let (id, database) = (&self.info.id, database.display());
            return Err(StoreError::Unusable(format!("the lock {id:?} in {database} is damaged")));
        }
        let (here, there) = (machine(), self.machine.as_str());
        let (host, boot) = split(&here);
        let (its_host, its_boot) = split(there);
        // One system whatever its containers are called, or one host that was perhaps started anew.
        if (boot.is_empty() || boot != its_boot) && (host.is_empty() || host != its_host) {
            return Ok(false);
        }
        let file = match File::options().write(true).open(holder_file(database, &self.info.id)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(_) => return Ok(!self.process_lives()),
        };
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(_)) => Ok(!self.process_lives()),
        }
    }

    fn process_lives(&self) -> bool {
        // Where the system does not tell, nobody is declared dead.
        cfg!(not(target_os = "linux"))
            || process_started(self.info.pid).is_some_and(|started| started == self.process_started)
    }

    /// Removes what a dead holder left behind.
    pub(super) fn clear(&self, database: &Path) {
        let _ = std::fs::remove_file(holder_file(database, &self.info.id));
    }
}

/// The present second, RFC 3339 in UTC.
pub(super) fn now() -> io::Result<Text> {
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0).map_err(io::Error::other)?;
    let text = now.format(&time::format_description::well_known::Rfc3339).map_err(io::Error::other)?;
    Ok(text.into())
}

/// A lock that is to be taken away is not the present one.
pub(super) fn not_held(id: &str, holder: Option<&LockInfo>) -> StoreError {
    StoreError::Conflict(match holder {
        None => "nobody holds the lock".into(),
        Some(holder) => {
            format!("the lock is {} now, held by {}; {id} is held no longer", holder.id, holder.who)
        }
    })
}

fn holder_file(database: &Path, id: &str) -> PathBuf {
    database.with_file_name(format!("lock-{id}"))
}

/// The id comes from a file and becomes a file name.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Names the machine and, where that can be known, the time since it was last started.
fn machine() -> String {
    let host = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{host}/{}", boot.trim())
}

fn split(machine: &str) -> (&str, &str) {
    machine.rsplit_once('/').unwrap_or((machine, ""))
}

/// When a process started; `None` when there is none or the system does not tell.
fn process_started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the start time is the 20th word behind it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(Into::into)
}
