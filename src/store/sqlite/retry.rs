//! An operator's retry: one more attempt, whatever `max_retries` says; of a SUCCESS, the run sent again.

use super::cached::Cached;
use super::complete::{self, Held};
use super::operation::Tx;
use super::queues::log_event;
use super::{cancel, next, rows};
use crate::model::{AttemptId, RunId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{Result, Retry, RetryOutcome};
use rusqlite::Connection;
use std::time::Duration;

statements! {
    MARK = "UPDATE hyrex_task_run SET superseded = 1 WHERE rowid = ?1";
    SEND_AGAIN = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority,
            timeout_seconds, attempt_number, status, scheduled_start, queued)
        SELECT ?2, ?2, ?2, task_name, args, queue, max_retries, priority, timeout_seconds, 0, {QUEUED}, ?3, ?3
        FROM hyrex_task_run WHERE rowid = ?1 RETURNING queue, task_name";
}

/// Gives a run one more attempt.
pub(super) fn retry(tx: &mut Tx<'_>, retry: &Retry) -> Result<RetryOutcome> {
    let now = rows::micros(retry.now);
    if let Some(before) = repeated(tx.conn, retry)? {
        return Ok(before);
    }
    let outcome = decide(tx, retry, now)?;
    let what = serde_json::json!({ "run": retry.run, "outcome": outcome });
    log_event(tx.conn, "run_retry", &retry.actor, what, now)?;
    Ok(outcome)
}

/// What the same retry did before.
fn repeated(conn: &Connection, retry: &Retry) -> Result<Option<RetryOutcome>> {
    let (attempt, run) = (AttemptId(retry.id), RunId(retry.id));
    let stands = complete::find(conn, attempt)?;
    Ok(stands.map(|row| if row.run == run { RetryOutcome::SentAgain(run) } else { RetryOutcome::Queued(attempt) }))
}

fn decide(tx: &mut Tx<'_>, retry: &Retry, now: i64) -> Result<RetryOutcome> {
    let Some(latest) = cancel::latest(tx.conn, retry.run)? else { return Ok(RetryOutcome::NotFound) };
    let Some(row) = complete::find(tx.conn, latest.id)? else { return Ok(RetryOutcome::NotFound) };
    match row.status {
        _ if row.node.is_some() => Ok(RetryOutcome::WorkflowNode),
        TaskStatus::Success => send_again(tx, &row, RunId(retry.id), now),
        status if latest.is_between_attempts(now) => Ok(RetryOutcome::NotEnded(status)),
        status if status.is_finished() => one_more(tx, &row, AttemptId(retry.id), now),
        status => Ok(RetryOutcome::NotEnded(status)),
    }
}

/// The new attempt is the last one, unless an operator asks again.
fn one_more(tx: &mut Tx<'_>, row: &Held, id: AttemptId, now: i64) -> Result<RetryOutcome> {
    tx.conn.run(&MARK, [row.rowid])?;
    tx.pass("retry.marked")?;
    next::insert(tx, row, id, Duration::ZERO, Some(row.attempt_number + 1), now)?;
    tx.pass("retry.inserted")?;
    Ok(RetryOutcome::Queued(id))
}

fn send_again(tx: &mut Tx<'_>, row: &Held, id: RunId, now: i64) -> Result<RetryOutcome> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    if let Some((queue, task_name)) = tx.conn.one(&SEND_AGAIN, (row.rowid, id, now), read)? {
        tx.signs.lane(&queue, &task_name);
    }
    tx.pass("retry.inserted")?;
    Ok(RetryOutcome::SentAgain(id))
}
