//! The cases on SQLite.

pub mod cases;

use crate::pg::STRANGER;
use anyhow::Result;
use hyrex::cli::bench::rows::{ARGS, QUEUE};
use hyrex::cli::bench::sqlite::File;
use rusqlite::params;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, \
     max_retries, priority, status, attempt_number, scheduled_start, queued) \
     VALUES (?1, ?1, ?1, ?2, ?3, ?4, 0, 10, 'QUEUED', 0, ?5, ?5)";

/// Queues `count` runs that nobody has a handler for, in front of all others.
pub fn fill_unhandled(file: &File, count: usize) -> Result<()> {
    let mut connection = file.connect()?;
    let transaction = connection.transaction()?;
    for _ in 0..count {
        let now = chrono::Utc::now().timestamp_micros();
        let mut insert = transaction.prepare_cached(INSERT)?;
        insert.execute(params![Uuid::now_v7().as_bytes(), STRANGER, ARGS, QUEUE, now])?;
    }
    transaction.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.execute_batch("ANALYZE")?;
    Ok(())
}
