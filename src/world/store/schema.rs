//! The tables of a state file, and how it is opened, made and recognised.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::files;
use crate::engine::state::StoreError;
use crate::engine::state::encoding::FORMAT;

/// `prov`, in the place where SQLite files name their program.
const APPLICATION: i32 = 0x7072_6f76;

/// How long other processes may keep the file busy.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
    CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), lineage TEXT NOT NULL, serial INTEGER NOT NULL) STRICT;
    CREATE TABLE instances (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
    CREATE TABLE deposed (id INTEGER PRIMARY KEY, address TEXT NOT NULL, token TEXT NOT NULL, record TEXT NOT NULL,
        UNIQUE (address, token)) STRICT;
    CREATE TABLE outputs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value TEXT NOT NULL) STRICT;
    CREATE TABLE intents (id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
    CREATE TABLE history (id INTEGER PRIMARY KEY, operation TEXT NOT NULL, who TEXT NOT NULL, started TEXT NOT NULL,
        summary TEXT NOT NULL, complete INTEGER NOT NULL) STRICT;
    CREATE TABLE lock (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, operation TEXT NOT NULL,
        who TEXT NOT NULL, pid INTEGER NOT NULL, since TEXT NOT NULL, machine TEXT NOT NULL,
        process_started TEXT NOT NULL) STRICT;
";

/// Opens a state file that exists; `None` where there is none yet. Changes nothing.
pub(super) fn open(path: &Path) -> Result<Option<Connection>, StoreError> {
    match std::fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::Io(format!("{} can't be read: {error}", path.display()))),
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| recognise(&connection, path).map(|known| (known, connection)));
    let (known, connection) = match connection {
        Err(Trouble::Sqlite(error)) if lies_on_read_only_ground(&error, path) => {
            let uri = format!("file:{}?immutable=1", escaped(path));
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = connect(Path::new(&uri), flags).map_err(|error| error.explain(path))?;
            (recognise(&connection, path).map_err(|error| error.explain(path))?, connection)
        }
        other => other.map_err(|error| error.explain(path))?,
    };
    Ok(known.then_some(connection))
}

/// Opens a state file for writing; makes it, its directory and a `.gitignore` where they are missing.
pub(super) fn create(path: &Path) -> Result<Connection, StoreError> {
    prepare_files(path)
        .map_err(|error| StoreError::Io(format!("{} can't be made: {error}", path.display())))?;
    let mut connection =
        connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| error.explain(path))?;
    let known = recognise(&connection, path).map_err(|error| error.explain(path))?;
    if !known {
        initialise(&mut connection).map_err(|error| explain(&error, path))?;
    }
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Whether the file is a state; `false` for an empty file.
fn recognise(connection: &Connection, path: &Path) -> Result<bool, Trouble> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, format) = (number("application_id")?, number("user_version")?);
    if application == i64::from(APPLICATION) {
        if format > i64::from(FORMAT) {
            return Err(Trouble::Refused(format!(
                "{} was written by a newer version of prov (format {format}, this version knows {FORMAT}); use that version",
                path.display()
            )));
        }
        return Ok(true);
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != 0 || format != 0 || tables != 0 {
        return Err(Trouble::Refused(format!(
            "{} is a database, but holds no state of prov",
            path.display()
        )));
    }
    Ok(false)
}

fn prepare_files(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.try_exists()? {
        files::private_directories(directory)?;
        if let Some(above) = directory.parent().filter(|above| !above.as_os_str().is_empty()) {
            files::sync_directory(above)?;
        }
    }
    // State holds what nobody wants in version control.
    match File::options().write(true).create_new(true).open(directory.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n")?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    match files::private_file(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    files::sync_directory(directory)
}

fn initialise(connection: &mut Connection) -> rusqlite::Result<()> {
    // Switching the journal does not wait for others by itself.
    let begin = Instant::now();
    while let Err(error) = connection.pragma_update(None, "journal_mode", "WAL") {
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || begin.elapsed() > PATIENCE {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format = transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    // Another process may have been first.
    if format == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}

/// Where nothing may be written, SQLite can't make the files it shares with other processes. Without pending writes
/// beside it, the file alone is the whole truth.
fn lies_on_read_only_ground(error: &rusqlite::Error, path: &Path) -> bool {
    let mut pending = path.as_os_str().to_owned();
    pending.push("-wal");
    let settled = std::fs::metadata(pending).map_or(true, |file| file.len() == 0);
    settled && matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

enum Trouble {
    Sqlite(rusqlite::Error),
    Refused(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Trouble {
    fn explain(self, path: &Path) -> StoreError {
        match self {
            Self::Sqlite(error) => explain(&error, path),
            Self::Refused(why) => StoreError::Unusable(why),
        }
    }
}

/// A failure of SQLite in the words of whoever has to mend it.
pub(super) fn explain(error: &rusqlite::Error, path: &Path) -> StoreError {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Unusable(format!(
            "{path} is damaged or no state file ({error}); it was left as it is: restore it from a backup"
        )),
        Some(ErrorCode::DiskFull) => {
            StoreError::Io(format!("the disk that holds {path} is full; nothing of this change was written"))
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::Io(format!("{path} can't be opened for writing; see who owns it and its directory"))
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Io(format!("another process keeps {path} busy; try again when it is done"))
        }
        Some(_) => StoreError::Io(format!("{path} can't be read or written: {error}")),
        None => StoreError::Unusable(format!("{path} is damaged: {error}")),
    }
}
