//! From rows to plain data. Statuses come as text, so that sqlx never asks the server about our enums.

use super::errors;
use crate::model::{AttemptId, ClaimedRun, ExecutorId, Fence, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::{QueueSettings, Result, StoreError};
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// A column of a row.
pub(super) fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, column: &str) -> Result<T> {
    row.try_get(column).map_err(|error| errors::from_sqlx(error, Duration::ZERO))
}

/// A column that holds the name of one of our statuses.
pub(super) fn status<T: FromStr>(row: &PgRow, column: &str) -> Result<T> {
    parse(get(row, column)?)
}

/// A name that the database holds, as ours.
pub(super) fn parse<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Database(format!("unknown name '{}'", errors::clean(text))))
}

/// An attempt's status.
pub(super) fn task_status(row: &PgRow) -> Result<TaskStatus> {
    status(row, "status")
}

/// A claimed attempt; `args` may be null where they were too large to come along.
pub(super) fn claimed(row: &PgRow, executor: ExecutorId) -> Result<ClaimedRun> {
    let attempt = AttemptId(get(row, "id")?);
    Ok(ClaimedRun {
        fence: Fence { attempt, executor, claim: get(row, "claim_number")? },
        run: RunId(get(row, "durable_id")?),
        root: RunId(get(row, "root_id")?),
        parent: get::<Option<Uuid>>(row, "parent_id")?.map(AttemptId),
        workflow_run: get::<Option<Uuid>>(row, "workflow_run_id")?.map(WorkflowRunId),
        node_name: get(row, "node_name")?,
        task_name: get(row, "task_name")?,
        args: get::<Option<String>>(row, "args")?.unwrap_or_default(),
        queue: get(row, "queue")?,
        priority: get(row, "priority")?,
        max_retries: get(row, "max_retries")?,
        attempt_number: get(row, "attempt_number")?,
        timeout_seconds: get(row, "timeout_seconds")?,
        scheduled_start: get(row, "scheduled_start")?,
        queued: get(row, "queued")?,
        started: get(row, "started")?,
    })
}

/// A row of `hyrex_queue`.
pub(super) fn queue_settings(row: &PgRow) -> Result<QueueSettings> {
    let limit = |column| -> Result<Option<u32>> {
        Ok(get::<Option<i32>>(row, column)?.and_then(|limit| limit.try_into().ok()))
    };
    let (app_limit, by_operator) = (limit("app_limit")?, get(row, "operator_set")?);
    Ok(QueueSettings {
        name: get(row, "name")?,
        concurrency_limit: if by_operator { limit("operator_limit")? } else { app_limit },
        app_limit,
        limit_by_operator: by_operator,
        limit_by: get(row, "limit_by")?,
        paused_at: get(row, "paused_at")?,
        paused_by: get(row, "paused_by")?,
    })
}

/// The columns that [`task_error`] reads, from `hyrex_task_error` as `e`.
pub(super) const ERROR_COLUMNS: &str =
    "e.kind as error_kind, e.message as error_message, e.chain as error_chain, e.place as error_place";

/// An attempt's error, where one is kept.
pub(super) fn task_error(row: &PgRow) -> Result<Option<TaskError>> {
    let Some(kind) = get::<Option<String>>(row, "error_kind")? else { return Ok(None) };
    Ok(Some(TaskError {
        kind,
        message: get(row, "error_message")?,
        chain: get(row, "error_chain")?,
        place: get(row, "error_place")?,
    }))
}

/// A time from microseconds since 1970.
pub(super) fn micros(value: i64) -> Timestamp {
    crate::model::time::from_micros(value)
}
