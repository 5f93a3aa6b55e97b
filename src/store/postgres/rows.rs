//! From rows to plain data. Statuses come as text, so that sqlx never asks the server about our enums.

use super::errors;
use crate::model::{AttemptId, ClaimedRun, ExecutorId, Fence, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::{QueueSettings, Result, StoreError};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::postgres::{PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Column, Decode, Postgres, Row, Type};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// A column of a row.
pub(super) fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, column: &str) -> Result<T> {
    row.try_get(column).map_err(|error| errors::from_sqlx(error, Duration::ZERO))
}

/// A time as the server keeps it. What no calendar holds, `infinity` above all, which sqlx's own reading would panic
/// at, becomes the first or the last day that [`Timestamp`] can show.
struct Time(Timestamp);

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        <Timestamp as Type<Postgres>>::type_info()
    }
}

impl<'r> Decode<'r, Postgres> for Time {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        const SINCE_1970: i64 = 946_684_800_000_000; // PostgreSQL counts from 2000 on
        match value.format() {
            PgValueFormat::Text => Ok(Self(<Timestamp as Decode<Postgres>>::decode(value)?)),
            PgValueFormat::Binary => {
                let micros = <i64 as Decode<Postgres>>::decode(value)?.saturating_add(SINCE_1970);
                let beyond = if micros < 0 { Timestamp::MIN_UTC } else { Timestamp::MAX_UTC };
                Ok(Self(Timestamp::from_timestamp_micros(micros).unwrap_or(beyond)))
            }
        }
    }
}

/// A column that holds a time.
pub(super) fn time(row: &PgRow, column: &str) -> Result<Timestamp> {
    Ok(get::<Time>(row, column)?.0)
}

/// A column that may hold a time.
pub(super) fn time_or_none(row: &PgRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<Time>>(row, column)?.map(|time| time.0))
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

/// Reads the columns of a row in their order: a look at each name costs more than the value where rows are many.
struct InOrder<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> InOrder<'r> {
    /// From the column `name` on.
    fn from(row: &'r PgRow, name: &str) -> Result<Self> {
        let first = row.try_column(name).map_err(|error| errors::from_sqlx(error, Duration::ZERO))?;
        Ok(Self { row, next: first.ordinal() })
    }

    fn get<T: Decode<'r, Postgres>>(&mut self) -> Result<T> {
        self.next += 1;
        self.row.try_get_unchecked(self.next - 1).map_err(|error| errors::from_sqlx(error, Duration::ZERO))
    }

    fn time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.get::<Option<Time>>()?.map(|time| time.0))
    }
}

/// What a claiming statement gives for one attempt: the columns from `id` on, in the order of `claim::UPDATE`.
pub(super) struct Claimed {
    /// The attempt, without its arguments where these were too large to come along.
    pub run: ClaimedRun,
    /// Their size, where they were.
    pub args_size: Option<i32>,
    /// Queues whose lanes held more than was looked at.
    pub cut: Option<Vec<String>>,
}

/// A claimed attempt.
pub(super) fn claimed(row: &PgRow, executor: ExecutorId) -> Result<Claimed> {
    let mut columns = InOrder::from(row, "id")?;
    let attempt = AttemptId(columns.get()?);
    let run = ClaimedRun {
        fence: Fence { attempt, executor, claim: columns.get()? },
        run: RunId(columns.get()?),
        root: RunId(columns.get()?),
        parent: columns.get::<Option<Uuid>>()?.map(AttemptId),
        workflow_run: columns.get::<Option<Uuid>>()?.map(WorkflowRunId),
        node_name: columns.get()?,
        task_name: columns.get()?,
        queue: columns.get()?,
        priority: columns.get()?,
        max_retries: columns.get()?,
        attempt_number: columns.get()?,
        timeout_seconds: columns.get()?,
        scheduled_start: columns.time()?,
        queued: columns.time()?,
        started: columns.time()?.unwrap_or_default(),
        args: String::new(),
    };
    let args: Option<String> = columns.get()?;
    let size: Option<i32> = columns.get()?;
    let args_size = if args.is_some() { None } else { Some(size.unwrap_or_default()) };
    Ok(Claimed { run: ClaimedRun { args: args.unwrap_or_default(), ..run }, args_size, cut: columns.get()? })
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
        paused_at: time_or_none(row, "paused_at")?,
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
