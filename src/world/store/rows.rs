//! States and changes as rows of a state file.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::schema::explain;
use crate::base::Text;
use crate::engine::state::encoding::Codec;
use crate::engine::state::{RunRecord, Sealer, State, StateChange, StoreError};

/// Why rows could not be read or written.
pub(super) enum RowError {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<rusqlite::types::FromSqlError> for RowError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Sqlite(error.into())
    }
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl RowError {
    pub(super) fn explain(self, path: &Path) -> StoreError {
        match self {
            Self::Sqlite(error) => explain(&error, path),
            Self::Store(StoreError::Unusable(why)) => {
                StoreError::Unusable(format!("{}: {why}", path.display()))
            }
            Self::Store(error) => error,
        }
    }
}

/// The whole state.
pub(super) fn read(connection: &Connection, sealer: &dyn Sealer) -> Result<State, RowError> {
    let head = connection.query_row("SELECT lineage, serial FROM state", [], |row| {
        Ok((Text::from(row.get_ref(0)?.as_str()?), count(row, 1)?))
    });
    let Some((lineage, serial)) = head.optional()? else { return Ok(State::default()) };
    let mut state = State { lineage: lineage.clone(), serial, ..State::default() };
    let codec = Codec { lineage: &lineage, sealer };

    let instances = connection.query_row("SELECT count(*) FROM instances", [], |row| count(row, 0))?;
    state.instances.reserve(usize::try_from(instances).unwrap_or(0));
    let mut statement = connection.prepare("SELECT record FROM instances ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let instance = codec.decode_instance(row.get_ref(0)?.as_str()?)?;
        state.instances.insert(instance.address.clone(), Arc::new(instance));
    }
    let mut statement = connection.prepare("SELECT record, token FROM deposed ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let instance = codec.decode_instance(row.get_ref(0)?.as_str()?)?;
        let token = Text::from(row.get_ref(1)?.as_str()?);
        state.deposed.insert((instance.address.clone(), token), Arc::new(instance));
    }
    let mut statement = connection.prepare("SELECT name, value FROM outputs ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_str()?;
        let value = codec.decode_value(&output(name), row.get_ref(1)?.as_str()?)?;
        state.outputs.insert(name.into(), value);
    }
    let mut statement = connection.prepare("SELECT record FROM intents ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        state.intents.push(codec.decode_intent(row.get_ref(0)?.as_str()?)?);
    }
    Ok(state)
}

/// The runs, newest first.
pub(super) fn history(connection: &Connection) -> rusqlite::Result<Vec<RunRecord>> {
    let mut statement = connection
        .prepare_cached("SELECT operation, who, started, summary, complete FROM history ORDER BY id DESC")?;
    let runs = statement.query_map([], |row| {
        let text = |at: usize| row.get_ref(at)?.as_str().map(Text::from).map_err(rusqlite::Error::from);
        Ok(RunRecord {
            operation: text(0)?,
            who: text(1)?,
            started: text(2)?,
            summary: text(3)?,
            complete: row.get(4)?,
        })
    })?;
    runs.collect()
}

/// The serial; 0 before the first commit.
pub(super) fn serial(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached("SELECT serial FROM state")?;
    Ok(statement.query_row([], |row| count(row, 0)).optional()?.unwrap_or(0))
}

/// Records the serial, and the lineage with the first.
pub(super) fn put_serial(connection: &Connection, lineage: &str, serial: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO state (one, lineage, serial) VALUES (1, ?1, ?2)
         ON CONFLICT (one) DO UPDATE SET serial = excluded.serial",
    )?;
    let serial =
        i64::try_from(serial).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    statement.execute(params![lineage, serial]).map(|_| ())
}

fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let count = row.get::<_, i64>(at)?;
    u64::try_from(count).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, count))
}

/// Makes changes, in order.
pub(super) fn apply(
    connection: &Connection,
    codec: &Codec<'_>,
    changes: &[StateChange],
) -> Result<(), RowError> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<usize> {
        connection.prepare_cached(sql)?.execute(params)
    };
    for change in changes {
        match change {
            StateChange::Intend(intent) => {
                run(
                    "INSERT INTO intents (token, record) VALUES (?1, ?2)
                     ON CONFLICT (token) DO UPDATE SET record = excluded.record",
                    &[&intent.token.as_str(), &codec.encode_intent(intent)?],
                )?;
            }
            StateChange::Settle(token) => {
                run("DELETE FROM intents WHERE token = ?1", &[&token.as_str()])?;
            }
            StateChange::Put(instance) => {
                run(
                    "INSERT INTO instances (address, record) VALUES (?1, ?2)
                     ON CONFLICT (address) DO UPDATE SET record = excluded.record",
                    &[&instance.address.to_string(), &codec.encode_instance(instance)?],
                )?;
            }
            StateChange::Remove(address) => {
                run("DELETE FROM instances WHERE address = ?1", &[&address.to_string()])?;
            }
            StateChange::Move { from, to } if from == to => {}
            StateChange::Move { from, to } => {
                let (from, target) = (from.to_string(), to.to_string());
                let conflict =
                    |why: &str| StoreError::Conflict(format!("{from} can't move to {target}: {why}"));
                let record =
                    record(connection, &from)?.ok_or_else(|| conflict("there is no such instance"))?;
                if self::record(connection, &target)?.is_some() {
                    return Err(conflict("there is one already").into());
                }
                // Its secrets are bound to its address.
                let mut instance = codec.decode_instance(&record)?;
                instance.address = to.clone();
                run(
                    "UPDATE instances SET address = ?2, record = ?3 WHERE address = ?1",
                    &[&from, &target, &codec.encode_instance(&instance)?],
                )?;
            }
            StateChange::Depose { address, token } => {
                let address = address.to_string();
                let record = record(connection, &address)?
                    .ok_or_else(|| StoreError::Conflict(format!("there is no {address} to replace")))?;
                run(
                    "INSERT INTO deposed (address, token, record) VALUES (?1, ?2, ?3)
                     ON CONFLICT (address, token) DO UPDATE SET record = excluded.record",
                    &[&address, &token.as_str(), &record],
                )?;
                run("DELETE FROM instances WHERE address = ?1", &[&address])?;
            }
            StateChange::RemoveDeposed { address, token } => {
                let sql = "DELETE FROM deposed WHERE address = ?1 AND token = ?2";
                run(sql, &[&address.to_string(), &token.as_str()])?;
            }
            StateChange::Outputs(outputs) => {
                run("DELETE FROM outputs", &[])?;
                for (name, value) in outputs {
                    let value = codec.encode_value(&output(name), value)?;
                    run("INSERT INTO outputs (name, value) VALUES (?1, ?2)", &[&name.as_str(), &value])?;
                }
            }
            StateChange::Record(record) => {
                let RunRecord { operation, who, started, summary, complete } = record;
                run(
                    "INSERT INTO history (operation, who, started, summary, complete)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    &[&operation.as_str(), &who.as_str(), &started.as_str(), &summary.as_str(), complete],
                )?;
            }
        }
    }
    Ok(())
}

fn record(connection: &Connection, address: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT record FROM instances WHERE address = ?1")?;
    statement.query_row([address], |row| row.get(0)).optional()
}

fn output(name: &str) -> String {
    format!("output.{name}")
}
