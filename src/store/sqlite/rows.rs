//! Between rows and types: ids are blobs of 16 bytes, statuses their names, times microseconds since 1970.

use crate::model::bounds::MAX_DELAY;
use crate::model::time::{from_micros, to_micros};
use crate::model::{
    AttemptId, ClaimedRun, ExecutorId, ExecutorStatus, Fence, RunId, TaskStatus, Timestamp, WorkflowRunId,
    WorkflowStatus,
};
use crate::store::AttemptRow;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use std::time::Duration;

macro_rules! stored_ids {
    ($($name:ident),*) => { $(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                uuid::Uuid::column_result(value).map(Self)
            }
        }
    )* };
}

stored_ids!(RunId, AttemptId, ExecutorId, WorkflowRunId);

macro_rules! stored_statuses {
    ($($name:ident),*) => { $(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|error| FromSqlError::Other(Box::new(error)))
            }
        }
    )* };
}

stored_statuses!(TaskStatus, ExecutorStatus, WorkflowStatus);

/// The clock of this store is the machine's; `now` replaces it.
pub(super) fn micros(now: Option<Timestamp>) -> i64 {
    to_micros(now.unwrap_or_else(chrono::Utc::now))
}

/// A duration in microseconds, as large as an `i64` takes.
fn duration_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// `delay`, at most [`MAX_DELAY`], after `now`.
pub(super) fn later(now: i64, delay: Duration) -> i64 {
    now.saturating_add(duration_micros(delay.min(MAX_DELAY)))
}

/// How long before `now` the time `then` was; nothing when it is later.
pub(super) fn since(then: i64, now: i64) -> Duration {
    Duration::from_micros(u64::try_from(now.saturating_sub(then)).unwrap_or_default())
}

/// A column that holds a time.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(from_micros))
}

/// What [`attempt`] reads, of the table `hyrex_task_run t`.
pub(super) const ATTEMPT: &str = "t.id, t.durable_id, t.root_id, t.parent_id, t.workflow_run_id, t.node_name, \
    t.task_name, t.queue, t.status, t.priority, t.attempt_number, t.max_retries, t.timeout_seconds, t.executor_id, \
    t.scheduled_start, t.queued, t.started, t.finished, t.idempotency_key, \
    (SELECT substr(e.message, 1, 1000) FROM hyrex_task_error e WHERE e.attempt_id = t.id)";

/// A row that starts with the columns [`ATTEMPT`].
pub(super) fn attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        id: row.get(0)?,
        run: row.get(1)?,
        root: row.get(2)?,
        parent: row.get(3)?,
        workflow_run: row.get(4)?,
        node_name: row.get(5)?,
        task_name: row.get(6)?,
        queue: row.get(7)?,
        status: row.get(8)?,
        priority: row.get(9)?,
        attempt_number: row.get(10)?,
        max_retries: row.get(11)?,
        timeout_seconds: row.get(12)?,
        executor: row.get(13)?,
        scheduled_start: time(row, 14)?,
        queued: time(row, 15)?,
        started: time(row, 16)?,
        finished: time(row, 17)?,
        idempotency_key: row.get(18)?,
        error: row.get::<_, Option<String>>(19)?.map(|text| first_line(&text)),
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What [`claimed`] reads, but for the arguments after them.
pub(super) const CLAIMED: &str = "id, durable_id, root_id, parent_id, workflow_run_id, node_name, task_name, queue, \
    priority, max_retries, attempt_number, timeout_seconds, scheduled_start, queued, claim_number";

/// A row of the columns [`CLAIMED`] and the arguments as it will be once `executor` has claimed it at `now`.
pub(super) fn claimed(row: &Row<'_>, executor: ExecutorId, now: i64) -> rusqlite::Result<ClaimedRun> {
    let claims_before: Option<i32> = row.get(14)?;
    Ok(ClaimedRun {
        fence: Fence { attempt: row.get(0)?, executor, claim: claims_before.unwrap_or(0) + 1 },
        run: row.get(1)?,
        root: row.get(2)?,
        parent: row.get(3)?,
        workflow_run: row.get(4)?,
        node_name: row.get(5)?,
        task_name: row.get(6)?,
        queue: row.get(7)?,
        priority: row.get(8)?,
        max_retries: row.get(9)?,
        attempt_number: row.get(10)?,
        timeout_seconds: row.get(11)?,
        scheduled_start: time(row, 12)?,
        queued: time(row, 13)?,
        started: from_micros(now),
        args: row.get(15)?,
    })
}
