//! The tables: made by numbered steps, each in a transaction, in the order of their numbers.

use super::cached::Cached;
use super::operation::Tx;
use crate::store::{Result, StoreError, Tables};
use rusqlite::Connection;

/// The steps; the version of the schema is how many of them were taken.
const STEPS: [&str; 1] = [include_str!("../../../migrations/sqlite/0001_init.sql")];
/// The oldest program that may use the tables is the one that knew this version.
const COMPATIBLE_FROM: i64 = 1;

struct Schema {
    version: i64,
    compatible_from: i64,
}

fn version() -> i64 {
    STEPS.len() as i64
}

fn find(conn: &Connection) -> Result<Option<Schema>> {
    let read = |row: &rusqlite::Row<'_>| Ok(Schema { version: row.get(0)?, compatible_from: row.get(1)? });
    match conn.one("SELECT version, compatible_from FROM hyrex_schema WHERE id = 1", [], read) {
        Err(StoreError::NotInitialized) => Ok(None),
        found => found,
    }
}

/// Whose tables these are: nobody else writes SQLite's.
pub(super) fn tables(conn: &Connection) -> Result<Tables> {
    Ok(find(conn)?.map_or(Tables::None, |_| Tables::Ours))
}

/// Takes the steps that are missing; what was done.
pub(super) fn migrate(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let from = match find(tx.conn)? {
        None => 0,
        Some(schema) => {
            usable(&schema)?;
            schema.version
        }
    };
    let missing = STEPS.iter().skip(usize::try_from(from).unwrap_or_default());
    let mut done = Vec::new();
    for (number, step) in (from + 1..).zip(missing) {
        tx.conn.execute_batch(step)?;
        done.push(format!("took the schema to version {number}"));
    }
    if !done.is_empty() {
        tx.conn.run(
            "INSERT INTO hyrex_schema (id, version, compatible_from, own) VALUES (1, ?1, ?2, 1)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, compatible_from = excluded.compatible_from",
            (version(), COMPATIBLE_FROM),
        )?;
    }
    Ok(done)
}

/// Whether the tables are there and this program can use them.
pub(super) fn check(conn: &Connection) -> Result<()> {
    let schema = find(conn)?.ok_or(StoreError::NotInitialized)?;
    usable(&schema)?;
    if schema.version < version() {
        return Err(StoreError::Schema(format!(
            "the database has schema version {}, and this program needs {}: run `hyrex init-db`",
            schema.version,
            version()
        )));
    }
    Ok(())
}

fn usable(schema: &Schema) -> Result<()> {
    if schema.compatible_from > version() {
        return Err(StoreError::Schema(format!(
            "the database has schema version {}, which needs a newer program than this one (it knows version {}): \
             update hyrex",
            schema.version,
            version()
        )));
    }
    Ok(())
}
