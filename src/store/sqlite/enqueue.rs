//! Sending runs: many rows a statement; what stands already answers.

use super::cached::Cached;
use super::operation::Tx;
use super::rows;
use super::wakeup::Signs;
use crate::model::time::to_micros;
use crate::model::{Enqueued, NewRun, RunId, Start, TaskStatus};
use crate::store::{Result, StoreError};
use rusqlite::{CachedStatement, Connection};
use std::sync::LazyLock;

/// Rows of one statement when there are many; fewer rows go by ten and by one.
const SIZES: [usize; 3] = [50, 10, 1];
const COLUMNS: usize = 13;

static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| SIZES.map(insert));

fn insert(rows: usize) -> String {
    let row = |number: usize| {
        let p = |column: usize| format!("?{}", number * COLUMNS + column);
        let rest: Vec<_> = (2..=COLUMNS).map(p).collect();
        format!("({id}, {id}, {}, 0)", rest.join(", "), id = p(1))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO hyrex_task_run (id, durable_id, root_id, parent_id, task_name, args, queue, max_retries, priority, \
         timeout_seconds, status, scheduled_start, queued, idempotency_key, attempt_number) VALUES {} \
         ON CONFLICT DO NOTHING",
        rows.join(", ")
    )
}

/// Holds all runs against the bounds, before any is sent.
pub(super) fn check(runs: &[NewRun], max_json: usize) -> Result<()> {
    Ok(runs.iter().try_for_each(|run| run.check(max_json))?)
}

/// Sends runs that were checked.
pub(super) fn enqueue(tx: &mut Tx<'_>, runs: &[NewRun], now: i64) -> Result<Vec<Enqueued>> {
    let sent = insert_all(tx.conn, runs, now)?;
    tx.pass("enqueue.inserted")?;
    for (run, sent) in runs.iter().zip(&sent) {
        if *sent == Enqueued::New(run.id) {
            announce(&mut tx.signs, run, now);
        }
    }
    Ok(sent)
}

fn announce(signs: &mut Signs, run: &NewRun, now: i64) {
    match when(run.start, now) {
        (TaskStatus::Queued, _) => signs.lane(&run.queue, &run.task_name),
        _ => signs.due = true,
    }
}

/// Sends runs in a transaction of the application's own, on its own connection to a database file of ours: they
/// stand when that transaction does. Workers are woken by the commit.
///
/// `max_json` is the largest size of arguments in bytes.
///
/// # Errors
/// [`StoreError::Bounds`] when a run breaks a bound, [`StoreError::NotInitialized`] when the tables are not there, or
/// what the database says: then roll the transaction back.
pub fn enqueue_in(tx: &rusqlite::Transaction<'_>, runs: &[NewRun], max_json: usize) -> Result<Vec<Enqueued>> {
    check(runs, max_json)?;
    insert_all(tx, runs, rows::micros(None))
}

fn insert_all(conn: &Connection, runs: &[NewRun], now: i64) -> Result<Vec<Enqueued>> {
    let mut sent = Vec::with_capacity(runs.len());
    let mut rest = runs;
    for (size, sql) in SIZES.into_iter().zip(INSERTS.iter()) {
        if rest.len() < size {
            continue;
        }
        let mut statement = conn.prepare_cached(sql)?;
        while let Some((chunk, after)) = rest.split_at_checked(size) {
            insert_chunk(conn, &mut statement, chunk, now, &mut sent)?;
            rest = after;
        }
    }
    Ok(sent)
}

fn insert_chunk(
    conn: &Connection,
    statement: &mut CachedStatement<'_>,
    chunk: &[NewRun],
    now: i64,
    sent: &mut Vec<Enqueued>,
) -> Result<()> {
    for (number, run) in chunk.iter().enumerate() {
        bind(statement, number * COLUMNS, run, now)?;
    }
    if statement.raw_execute()? == chunk.len() {
        sent.extend(chunk.iter().map(|run| Enqueued::New(run.id)));
        return Ok(());
    }
    for run in chunk {
        sent.push(standing(conn, run)?);
    }
    Ok(())
}

fn bind(statement: &mut CachedStatement<'_>, before: usize, run: &NewRun, now: i64) -> Result<()> {
    let (status, start) = when(run.start, now);
    let queued = (status == TaskStatus::Queued).then_some(now);
    statement.raw_bind_parameter(before + 1, run.id)?;
    statement.raw_bind_parameter(before + 2, run.root.unwrap_or(run.id))?;
    statement.raw_bind_parameter(before + 3, run.parent)?;
    statement.raw_bind_parameter(before + 4, &run.task_name)?;
    statement.raw_bind_parameter(before + 5, &run.args)?;
    statement.raw_bind_parameter(before + 6, &run.queue)?;
    statement.raw_bind_parameter(before + 7, run.max_retries)?;
    statement.raw_bind_parameter(before + 8, run.priority)?;
    statement.raw_bind_parameter(before + 9, run.timeout_seconds)?;
    statement.raw_bind_parameter(before + 10, status)?;
    statement.raw_bind_parameter(before + 11, start)?;
    statement.raw_bind_parameter(before + 12, queued)?;
    statement.raw_bind_parameter(before + 13, run.idempotency_key.as_deref())?;
    Ok(())
}

/// Its status when it is sent at `now`, and its start.
fn when(start: Start, now: i64) -> (TaskStatus, i64) {
    let start = match start {
        Start::Now => now,
        Start::After(delay) => rows::later(now, delay),
        Start::At(time) => to_micros(time),
    };
    if start > now { (TaskStatus::AwaitStartTime, start) } else { (TaskStatus::Queued, start) }
}

/// What stands where a row may not have been inserted.
fn standing(conn: &Connection, run: &NewRun) -> Result<Enqueued> {
    let by_id = "SELECT durable_id FROM hyrex_task_run WHERE id = ?1";
    if conn.one(by_id, [run.id], |_| Ok(()))?.is_some() {
        return Ok(Enqueued::New(run.id));
    }
    let by_key = "SELECT durable_id FROM hyrex_task_run
        WHERE task_name = ?1 AND idempotency_key = ?2 AND idempotency_key IS NOT NULL";
    let found: Option<RunId> = conn.one(by_key, (&run.task_name, &run.idempotency_key), |row| row.get(0))?;
    found.map(Enqueued::Duplicate).ok_or_else(|| StoreError::Database("a run could not be inserted".into()))
}
