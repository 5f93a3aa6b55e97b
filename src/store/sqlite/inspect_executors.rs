//! Executors: those at work, then those that ended.

use super::cached::Cached;
use super::inspect::MOST;
use super::rows::{self, time};
use crate::store::sql::statements;
use crate::store::{ExecutorRow, Result};
use rusqlite::{Connection, Row};
use std::time::Duration;

const COLUMNS: &str = "e.id, e.name, e.worker_name, e.status, e.queue_pattern,
    (SELECT count(*) FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_executor
        WHERE status IN {held} AND executor_id = e.id),
    e.slots, e.stuck, e.host, e.pid, e.version, e.task_names, e.started, e.stopped, e.last_heartbeat, e.lease_ms";

statements! {
    AT_WORK = &format!("SELECT {COLUMNS} FROM hyrex_executor e INDEXED BY hyrex_executor_running
        WHERE e.status = {{executor:RUNNING}} ORDER BY e.id DESC LIMIT ?1");
    ENDED = &format!("SELECT {COLUMNS} FROM hyrex_executor e WHERE e.status <> {{executor:RUNNING}} ORDER BY e.id DESC LIMIT ?1");
}

/// Executors, the newest first, those at work before the others.
pub(super) fn executors(conn: &Connection, limit: u32, now: i64) -> Result<Vec<ExecutorRow>> {
    let limit = limit.min(MOST);
    let mut found = at_work(conn, limit, now)?;
    let left = limit.saturating_sub(found.len() as u32);
    found.extend(conn.all(&ENDED, [left], |row| executor(row, now))?);
    Ok(found)
}

/// Those at work, the newest first.
pub(super) fn at_work(conn: &Connection, limit: u32, now: i64) -> Result<Vec<ExecutorRow>> {
    conn.all(&AT_WORK, [limit], |row| executor(row, now))
}

fn executor(row: &Row<'_>, now: i64) -> rusqlite::Result<ExecutorRow> {
    let tasks: Option<String> = row.get(11)?;
    let seen: Option<i64> = row.get(14)?;
    Ok(ExecutorRow {
        id: row.get(0)?,
        name: row.get(1)?,
        worker_name: row.get(2)?,
        status: row.get(3)?,
        queue_pattern: row.get(4)?,
        held: row.get(5)?,
        slots: row.get(6)?,
        stuck: row.get(7)?,
        host: row.get(8)?,
        pid: row.get(9)?,
        version: row.get(10)?,
        // Only we write it, as a list of names.
        task_names: tasks.and_then(|tasks| serde_json::from_str(&tasks).ok()),
        started: time(row, 12)?,
        stopped: time(row, 13)?,
        silent_for: seen.map(|seen| rows::since(seen, now)),
        lease: row.get::<_, Option<u32>>(15)?.map(|ms| Duration::from_millis(ms.into())),
    })
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn executors_are_read_in_the_order_of_their_ids() {
        for sql in [&AT_WORK, &ENDED] {
            assert!(!plan(sql).contains("TEMP B-TREE"), "{}", plan(sql));
        }
    }
}
