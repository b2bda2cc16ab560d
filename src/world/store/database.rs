//! A state file and all that is done to it, one after the other. [`super::thread`] gives it a thread.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

use super::lock::{Held, LockRow, not_held};
use super::schema::{self, explain};
use crate::base::Text;
use crate::engine::state::{Codec, LockInfo, LockRequest, RunRecord, Sealer, State, StateChange, StoreError};

/// An opened state file, or the place where one will be.
pub(super) struct Database {
    path: PathBuf,
    sealer: Arc<dyn Sealer>,
    open: Option<Open>,
    /// The locks this process holds, by id.
    held: HashMap<Text, Held>,
}

struct Open {
    connection: Connection,
    identity: Option<(u64, u64)>,
}

/// Changes to be made together.
pub(super) struct Commit {
    /// The lock they are made under.
    pub(super) lock: Text,
    /// Of the state, or the one it will have with its first commit.
    pub(super) lineage: Text,
    pub(super) changes: Vec<StateChange>,
}

/// What taking a lock gives.
pub(super) struct Locked {
    pub(super) info: LockInfo,
    pub(super) lineage: Text,
    pub(super) state: State,
}

impl Database {
    pub(super) fn new(path: PathBuf, sealer: Arc<dyn Sealer>) -> Self {
        Self { path, sealer, open: None, held: HashMap::new() }
    }

    /// The file, if it exists.
    fn existing(&mut self) -> Result<Option<&mut Connection>, StoreError> {
        self.forget_replaced();
        if self.open.is_none() {
            self.open = schema::open(&self.path)?.map(|connection| Open::new(connection, &self.path));
        }
        Ok(self.open.as_mut().map(|open| &mut open.connection))
    }

    /// The file, made if it is missing.
    fn created(&mut self) -> Result<&mut Connection, StoreError> {
        self.existing()?;
        let open = match self.open.take() {
            Some(open) => open,
            None => Open::new(schema::create(&self.path)?, &self.path),
        };
        Ok(&mut self.open.insert(open).connection)
    }

    /// Someone may have removed the file or put another in its place, which SQLite does not see.
    fn forget_replaced(&mut self) {
        if self.open.as_ref().is_some_and(|open| open.identity != identity(&self.path)) {
            self.open = None;
        }
    }

    pub(super) fn read(&mut self) -> Result<State, StoreError> {
        let (sealer, path) = (self.sealer.clone(), self.path.clone());
        let Some(connection) = self.existing()? else { return Ok(State::default()) };
        let transaction = connection.transaction().map_err(|error| explain(&error, &path))?;
        super::rows::read(&transaction, &*sealer).map_err(|error| error.explain(&path))
    }

    pub(super) fn history(&mut self) -> Result<Vec<RunRecord>, StoreError> {
        let path = self.path.clone();
        let Some(connection) = self.existing()? else { return Ok(Vec::new()) };
        super::rows::history(connection).map_err(|error| explain(&error, &path))
    }

    pub(super) fn holder(&mut self) -> Result<Option<LockInfo>, StoreError> {
        let path = self.path.clone();
        let Some(connection) = self.existing()? else { return Ok(None) };
        match lock_row(connection).map_err(|error| explain(&error, &path))? {
            Some(row) if !row.is_dead(&path)? => Ok(Some(row.info)),
            _ => Ok(None),
        }
    }

    pub(super) fn lock(&mut self, request: &LockRequest) -> Result<Locked, StoreError> {
        let (sealer, path) = (self.sealer.clone(), self.path.clone());
        let connection = self.created()?;
        let sqlite = |error: rusqlite::Error| explain(&error, &path);
        // A power cut that forgets this lock frees it as well.
        sync_commits(connection, false).map_err(sqlite)?;
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        let before = lock_row(&transaction).map_err(sqlite)?;
        if let Some(row) = &before
            && !row.is_dead(&path)?
        {
            return Err(StoreError::Locked(row.info.clone()));
        }
        let state = super::rows::read(&transaction, &*sealer).map_err(|error| error.explain(&path))?;
        let (row, held) = LockRow::take(request, &path)
            .map_err(|error| StoreError::Io(format!("{} can't be locked: {error}", path.display())))?;
        put_lock(&transaction, &row).map_err(sqlite)?;
        transaction.commit().map_err(sqlite)?;
        if let Some(dead) = before {
            dead.clear(&path);
        }
        self.held.insert(row.info.id.clone(), held);
        let lineage = if state.lineage.is_empty() {
            uuid::Uuid::new_v4().to_string().into()
        } else {
            state.lineage.clone()
        };
        Ok(Locked { info: row.info, lineage, state })
    }

    /// Gives a lock back; one that was taken away is not there to give.
    pub(super) fn unlock(&mut self, id: &str) -> Result<(), StoreError> {
        let path = self.path.clone();
        self.held.remove(id);
        let Some(connection) = self.existing()? else { return Ok(()) };
        let removed = sync_commits(connection, false)
            .and_then(|()| connection.execute("DELETE FROM lock WHERE id = ?1", [id]));
        // Between runs the file alone is the whole state, for whoever copies it. Where a reader is in the way, the next
        // run does it.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        removed.map(|_| ()).map_err(|error| explain(&error, &path))
    }

    pub(super) fn force_unlock(&mut self, id: &str) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sqlite = |error: rusqlite::Error| explain(&error, &path);
        let Some(connection) = self.existing()? else { return Err(not_held(id, None)) };
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        let holder = lock_row(&transaction).map_err(sqlite)?.map(|row| row.info);
        if holder.as_ref().is_none_or(|holder| holder.id != id) {
            return Err(not_held(id, holder.as_ref()));
        }
        transaction.execute("DELETE FROM lock", []).map_err(sqlite)?;
        transaction.commit().map_err(sqlite)
    }

    /// Makes commits durable with one sync; each has its own outcome.
    pub(super) fn commit(&mut self, commits: &[Commit]) -> Vec<Result<u64, StoreError>> {
        match self.try_commit(commits) {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(error); commits.len()],
        }
    }

    fn try_commit(&mut self, commits: &[Commit]) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        let (sealer, path) = (self.sealer.clone(), self.path.clone());
        let sqlite = |error: rusqlite::Error| explain(&error, &path);
        let open = self.open.as_mut().ok_or(StoreError::LockLost)?;
        if open.identity != identity(&path) {
            let path = path.display();
            return Err(StoreError::Unusable(format!(
                "{path} was removed or replaced while this run held its lock"
            )));
        }
        sync_commits(&open.connection, true).map_err(sqlite)?;
        let mut transaction =
            open.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        let holder = lock_row(&transaction).map_err(sqlite)?.map(|row| row.info.id);
        let mut serial = super::rows::serial(&transaction).map_err(sqlite)?;
        let mut outcomes = Vec::with_capacity(commits.len());
        let mut lineage = None;
        for commit in commits {
            if holder.as_ref() != Some(&commit.lock) {
                outcomes.push(Err(StoreError::LockLost));
                continue;
            }
            let savepoint = transaction.savepoint().map_err(sqlite)?;
            let codec = Codec { lineage: &commit.lineage, sealer: &*sealer };
            match super::rows::apply(&savepoint, &codec, &commit.changes) {
                Ok(()) => {
                    savepoint.commit().map_err(sqlite)?;
                    lineage = Some(&commit.lineage);
                    serial += 1;
                    outcomes.push(Ok(serial));
                }
                Err(error) => {
                    drop(savepoint);
                    let error = error.explain(&path);
                    // A full disk takes the whole transaction with it.
                    if transaction.is_autocommit() {
                        return Err(error);
                    }
                    outcomes.push(Err(error));
                }
            }
        }
        if let Some(lineage) = lineage {
            super::rows::put_serial(&transaction, lineage, serial).map_err(sqlite)?;
            transaction.commit().map_err(sqlite)?;
        }
        Ok(outcomes)
    }

    /// Leaves no more room than the file has, as a full disk does.
    #[cfg(test)]
    pub(super) fn fill_disk(&mut self, full: bool) {
        let connection = &self.open.as_ref().expect("the test opened it").connection;
        let pages: i64 =
            connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("it is open");
        let most = if full { pages } else { 1 << 30 };
        connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(())).expect("it is open");
    }
}

impl Open {
    fn new(connection: Connection, path: &Path) -> Self {
        Self { connection, identity: identity(path) }
    }
}

/// What tells one file from another at the same path; `None` where there is no file.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let file = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    return Some((std::os::unix::fs::MetadataExt::dev(&file), std::os::unix::fs::MetadataExt::ino(&file)));
    #[cfg(not(unix))]
    return Some((0, u64::from(file.is_file())));
}

/// Whether commits from now on are on the disk when they are answered.
fn sync_commits(connection: &Connection, sync: bool) -> rusqlite::Result<()> {
    let pragma = if sync { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
    connection.prepare_cached(pragma)?.execute([]).map(|_| ())
}

fn lock_row(connection: &Connection) -> rusqlite::Result<Option<LockRow>> {
    let text = |row: &Row<'_>, at: usize| -> rusqlite::Result<Text> { Ok(row.get_ref(at)?.as_str()?.into()) };
    let mut statement = connection
        .prepare_cached("SELECT id, operation, who, since, pid, machine, process_started FROM lock")?;
    let row = statement.query_row([], |row| {
        Ok(LockRow {
            info: LockInfo {
                id: text(row, 0)?,
                operation: text(row, 1)?,
                who: text(row, 2)?,
                since: text(row, 3)?,
                pid: row.get(4)?,
            },
            machine: row.get(5)?,
            process_started: row.get(6)?,
        })
    });
    row.optional()
}

fn put_lock(transaction: &Transaction<'_>, row: &LockRow) -> rusqlite::Result<()> {
    let info = &row.info;
    transaction.execute(
        "INSERT OR REPLACE INTO lock (one, id, operation, who, since, pid, machine, process_started)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            info.id.as_str(),
            info.operation.as_str(),
            info.who.as_str(),
            info.since.as_str(),
            info.pid,
            &row.machine,
            &row.process_started,
        ),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::value::Value;
    use crate::engine::provider::Object;
    use crate::engine::state::{Instance, InstanceStatus, ProviderRef};
    use crate::world::store::Keys;

    fn commit(locked: &Locked, address: &str, size: usize) -> Commit {
        let instance = Instance {
            address: address.parse().unwrap(),
            provider: ProviderRef { name: "test".into(), alias: None },
            schema_version: 0,
            object: Object::new("x".repeat(size).into()),
            status: InstanceStatus::Ready,
            dependencies: Vec::new(),
            create_before_destroy: false,
        };
        let changes = vec![StateChange::Put(Box::new(instance))];
        Commit { lock: locked.info.id.clone(), lineage: locked.lineage.clone(), changes }
    }

    #[test]
    fn a_full_disk_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::shared(None).unwrap());
        let mut database = Database::new(directory.path().join("state.db"), keys);
        let request = LockRequest { operation: "apply".into(), who: "ann@desk".into() };
        let locked = database.lock(&request).unwrap();
        assert_eq!(database.commit(&[commit(&locked, "a.first", 10)]), [Ok(1)]);
        database.fill_disk(true);
        let both = [commit(&locked, "a.small", 10), commit(&locked, "a.large", 1 << 20)];
        let outcomes = database.commit(&both);
        assert!(matches!(&outcomes[1], Err(StoreError::Io(why)) if why.contains("full")), "{outcomes:?}");
        let there = |database: &mut Database| {
            let state = database.read().unwrap();
            state.instances.values().map(|i| i.address.to_string()).collect::<Vec<_>>()
        };
        let kept = if outcomes[0].is_ok() { vec!["a.first", "a.small"] } else { vec!["a.first"] };
        assert_eq!(there(&mut database), kept, "what was answered is what is there");
        database.fill_disk(false);
        assert!(database.commit(&both).iter().all(Result::is_ok));
        assert_eq!(there(&mut database), ["a.first", "a.small", "a.large"]);
        assert!(matches!(
            database.read().unwrap().instances[0].object.attributes,
            Value { secret: false, .. }
        ));
    }
}
