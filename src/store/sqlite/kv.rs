//! The key-value store.

use super::cached::Cached;
use super::operation::Tx;
use super::queues::log_event;
use super::rows;
use crate::model::bounds;
use crate::store::sql::statements;
use crate::store::{KvWrite, Result, Swap};
use rusqlite::Connection;

statements! {
    GET = "SELECT value FROM hyrex_kv WHERE key = ?1";
    SET = "INSERT INTO hyrex_kv (key, value, created_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, created_at = excluded.created_at";
    DELETE = "DELETE FROM hyrex_kv WHERE key = ?1";
}

/// Holds a key, and a value to be written, against the bounds.
pub(super) fn check(key: &str, value: Option<&str>) -> Result<()> {
    bounds::key("key", key)?;
    if let Some(value) = value {
        bounds::text_within("value", value, bounds::MAX_KV_VALUE)?;
    }
    Ok(())
}

/// Reads a key.
pub(super) fn get(conn: &Connection, key: &str) -> Result<Option<String>> {
    conn.one(&GET, [key], |row| row.get(0))
}

/// Writes a key.
pub(super) fn set(tx: &mut Tx<'_>, key: &str, value: &str, now: i64) -> Result<()> {
    tx.conn.run(&SET, (key, value, now))?;
    tx.pass("kv.written")
}

/// Removes a key; whether it was there.
pub(super) fn delete(tx: &mut Tx<'_>, key: &str) -> Result<bool> {
    let removed = tx.conn.run(&DELETE, [key])? > 0;
    tx.pass("kv.written")?;
    Ok(removed)
}

/// Writes, or removes, if the key holds `old`.
pub(super) fn compare_and_set(
    tx: &mut Tx<'_>,
    key: &str,
    old: Option<&str>,
    new: Option<&str>,
    now: i64,
) -> Result<Swap> {
    let holds = get(tx.conn, key)?;
    if holds.as_deref() != old {
        return Ok(Swap::Holds(holds));
    }
    match new {
        Some(new) => set(tx, key, new, now)?,
        None => delete(tx, key).map(drop)?,
    }
    Ok(Swap::Done)
}

/// An operator's write: conditional where that is asked for, and audited. The value itself stays out of the log.
pub(super) fn write(tx: &mut Tx<'_>, write: &KvWrite) -> Result<Swap> {
    let now = rows::micros(write.now);
    let old = match &write.expect {
        Some(old) => old.clone(),
        None => get(tx.conn, &write.key)?,
    };
    let swap = compare_and_set(tx, &write.key, old.as_deref(), write.value.as_deref(), now)?;
    let what = serde_json::json!({
        "key": write.key,
        "removed": write.value.is_none(),
        "size": write.value.as_ref().map(String::len),
        "outcome": if swap == Swap::Done { "done" } else { "holds_something_else" },
    });
    log_event(tx.conn, "kv_write", &write.actor, what, now)?;
    Ok(swap)
}
