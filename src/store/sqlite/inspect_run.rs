//! One run: all its attempts, or where it stands.

use super::cached::Cached;
use super::rows::{self, attempt, time};
use crate::model::{AttemptId, Progress, RunId, TaskError, TaskStatus};
use crate::store::sql::statements;
use crate::store::{AttemptDetail, LOOK_BACK, Result, RunDetail, RunState};
use rusqlite::{Connection, OptionalExtension, Row};

statements! {
    FIRST = &format!("SELECT {} FROM hyrex_task_run t WHERE t.id = ?1 AND t.durable_id = t.id", rows::ATTEMPT);
    LATER = &format!("SELECT {} FROM hyrex_task_run t INDEXED BY hyrex_task_run_attempt
        WHERE t.durable_id = ?1 AND t.durable_id <> t.id ORDER BY t.attempt_number DESC LIMIT ?2", rows::ATTEMPT);
    ONE = &format!("SELECT {}, t.args FROM hyrex_task_run t WHERE t.id = ?1", rows::ATTEMPT);
    LATEST_LATER = "SELECT id, status, attempt_number, max_retries FROM hyrex_task_run
        INDEXED BY hyrex_task_run_attempt
        WHERE durable_id = ?1 AND durable_id <> id ORDER BY attempt_number DESC LIMIT 1";
    LATEST_FIRST = "SELECT id, status, attempt_number, max_retries FROM hyrex_task_run
        WHERE id = ?1 AND durable_id = id";
    RESULT = "SELECT result FROM hyrex_task_result WHERE task_id = ?1";
    ERROR = "SELECT kind, message, chain, place FROM hyrex_task_error WHERE attempt_id = ?1";
    /// What an earlier claim said is not how far this one is.
    PROGRESS = "SELECT p.fraction, p.message, p.at FROM hyrex_task_progress p JOIN hyrex_task_run t ON t.id = p.attempt_id
        WHERE p.attempt_id = ?1 AND p.claim_number IS t.claim_number";
    RUN_OF = "SELECT durable_id FROM hyrex_task_run WHERE id = ?1";
    NEWEST = "SELECT id, durable_id FROM hyrex_task_run ORDER BY id DESC LIMIT ?1";
}

/// Most attempts that are shown of a run.
const MOST: usize = 1001;

/// A run with its attempts, the newest ones where they are too many.
pub(super) fn run(conn: &Connection, run: RunId) -> Result<Option<RunDetail>> {
    let mut attempts = conn.all(&LATER, (run, MOST as u32), attempt)?;
    if attempts.len() < MOST {
        attempts.extend(conn.one(&FIRST, [run], attempt)?);
    }
    attempts.reverse();
    let latest = attempts.last().map(|row| detail(conn, row.id)).transpose()?.flatten();
    Ok(latest.map(|latest| RunDetail { id: run, attempts, latest }))
}

/// Everything about one attempt.
pub(super) fn detail(conn: &Connection, id: AttemptId) -> Result<Option<AttemptDetail>> {
    let found = conn.one(&ONE, [id], |row: &Row<'_>| Ok((attempt(row)?, row.get::<_, String>(20)?)))?;
    let Some((row, args)) = found else { return Ok(None) };
    let (result, error, progress) = (result(conn, id)?, error(conn, id)?, progress(conn, id)?);
    Ok(Some(AttemptDetail { row, args, result, error, progress }))
}

/// Where a run stands.
pub(super) fn state(conn: &Connection, run: RunId) -> Result<Option<RunState>> {
    let read = |row: &Row<'_>| {
        Ok(RunState {
            attempt: row.get(0)?,
            status: row.get(1)?,
            attempt_number: row.get(2)?,
            max_retries: row.get(3)?,
            result: None,
            error: None,
        })
    };
    let found = match conn.one(&LATEST_LATER, [run], read)? {
        None => conn.one(&LATEST_FIRST, [run], read)?,
        found => found,
    };
    let Some(mut state) = found else { return Ok(None) };
    if state.status == TaskStatus::Success {
        state.result = result(conn, state.attempt)?;
    } else if TaskStatus::TROUBLED.contains(&state.status) {
        state.error = error(conn, state.attempt)?;
    }
    Ok(Some(state))
}

/// The run of an attempt.
pub(super) fn run_of(conn: &Connection, attempt: AttemptId) -> Result<Option<RunId>> {
    conn.one(&RUN_OF, [attempt], |row| row.get(0))
}

/// Runs whose id, or an attempt's id, ends so; the newest first.
pub(super) fn by_tail(conn: &Connection, tail: &str) -> Result<Vec<RunId>> {
    let mut found = Vec::new();
    if tail.is_empty() || tail.len() > 32 || !tail.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(found);
    }
    let ends = |id: uuid::Uuid| id.simple().to_string().ends_with(tail);
    let mut statement = conn.prepare_cached(&NEWEST)?;
    let mut rows = statement.query([LOOK_BACK])?;
    while let Some(row) = rows.next()? {
        let (attempt, run): (AttemptId, RunId) = (row.get(0)?, row.get(1)?);
        if (ends(attempt.0) || ends(run.0)) && !found.contains(&run) {
            found.push(run);
        }
        if found.len() == 10 {
            break;
        }
    }
    Ok(found)
}

fn result(conn: &Connection, attempt: AttemptId) -> Result<Option<String>> {
    Ok(conn.one(&RESULT, [attempt], |row| row.get(0))?.flatten())
}

/// Why an attempt failed.
fn error(conn: &Connection, attempt: AttemptId) -> Result<Option<TaskError>> {
    conn.one(&ERROR, [attempt], |row| {
        let chain: String = row.get(2)?;
        // Only we write it, as a list of texts; anything else is shown as one text.
        let chain = serde_json::from_str(&chain).unwrap_or_else(|_| vec![chain]);
        Ok(TaskError { kind: row.get(0)?, message: row.get(1)?, chain, place: row.get(3)? })
    })
}

fn progress(conn: &Connection, attempt: AttemptId) -> Result<Option<Progress>> {
    conn.one(&PROGRESS, [attempt], |row| {
        let fraction: f64 = row.get(0)?;
        Ok(Progress { fraction: fraction as f32, message: row.get(1)?, at: time(row, 2)?.unwrap_or_default() })
    })
}

/// The run of an attempt, where its row still stands.
pub(super) fn parent_run(conn: &Connection, parent: Option<AttemptId>) -> Result<Option<RunId>> {
    let Some(parent) = parent else { return Ok(None) };
    Ok(conn.prepare_cached(&RUN_OF)?.query_row([parent], |row| row.get(0)).optional()?)
}
