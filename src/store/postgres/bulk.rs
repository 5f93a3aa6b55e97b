//! Thousands of runs at once: binary COPY.
//!
//! COPY knows no ON CONFLICT: where a row stands already, nothing goes in, and the caller takes the slower way.

use super::enqueue::{first_status, micros, notify};
use super::link::{Link, query};
use super::rows::get;
use crate::model::{Enqueued, NewRun, Start, Timestamp};
use crate::store::failpoint::Failpoints;
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use chrono::Duration;

/// Rows of one COPY.
const MAX_ROWS: usize = 20_000;
const COPY: &str = "copy hyrex_task_run (id, durable_id, root_id, parent_id, task_name, args, queue, max_retries, \
    priority, timeout_seconds, attempt_number, status, scheduled_start, queued) from stdin with (format binary)";
const COLUMNS: i16 = 14;
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

statements! {
    NOW = "select now() as now";
}

/// Copies runs without keys; `None`: one of them stands already.
pub(super) async fn copy(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
    payload: Option<&str>,
    failpoints: &Failpoints,
) -> Result<Option<Vec<Enqueued>>> {
    link.begin().await?;
    match copy_parts(link, runs, now, failpoints).await {
        Err(StoreError::Database(_)) if link.met_duplicates() => {
            link.rollback().await?;
            return Ok(None);
        }
        copied => copied?,
    }
    if let Some(payload) = payload {
        notify(link, payload).await?;
    }
    link.commit().await?;
    Ok(Some(runs.iter().map(|run| Enqueued::New(run.id)).collect()))
}

async fn copy_parts(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
    failpoints: &Failpoints,
) -> Result<()> {
    let now = match now {
        Some(now) => now,
        None => get(&link.one(query(NOW.as_str())).await?, "now")?,
    };
    for part in runs.chunks(MAX_ROWS) {
        link.copy(COPY, &encoded(part, now)).await?;
        failpoints.pass("enqueue.inserted")?;
    }
    Ok(())
}

fn encoded(runs: &[&NewRun], now: Timestamp) -> Vec<u8> {
    let mut data = Vec::with_capacity(runs.iter().map(|run| 250 + run.args.len()).sum());
    data.extend_from_slice(HEADER);
    for run in runs {
        encode(&mut data, run, now);
    }
    data.extend_from_slice(&(-1i16).to_be_bytes());
    data
}

/// One row, in the order of [`COPY`]'s columns.
fn encode(data: &mut Vec<u8>, run: &NewRun, now: Timestamp) {
    let at = match run.start {
        Start::Now => now,
        Start::After(delay) => now + Duration::microseconds(micros(delay)),
        Start::At(time) => time.max(Timestamp::UNIX_EPOCH),
    };
    let status = first_status(at, now);
    let id = run.id.0.as_bytes();
    data.extend_from_slice(&COLUMNS.to_be_bytes());
    field(data, Some(id));
    field(data, Some(id));
    field(data, Some(run.root.unwrap_or(run.id).0.as_bytes()));
    field(data, run.parent.map(|id| id.0.into_bytes()).as_ref());
    field(data, Some(run.task_name.as_bytes()));
    field(data, Some(run.args.as_bytes()));
    field(data, Some(run.queue.as_bytes()));
    field(data, Some(&(run.max_retries as i16).to_be_bytes()));
    field(data, Some(&run.priority.to_be_bytes()));
    field(data, run.timeout_seconds.map(|seconds| (seconds as i32).to_be_bytes()).as_ref());
    field(data, Some(&0i16.to_be_bytes()));
    field(data, Some(status.as_str().as_bytes()));
    field(data, Some(&time(at)));
    field(data, (at <= now).then(|| time(now)).as_ref());
}

fn time(time: Timestamp) -> [u8; 8] {
    (time.timestamp_micros() - EPOCH).to_be_bytes()
}

fn field<B: AsRef<[u8]> + ?Sized>(data: &mut Vec<u8>, value: Option<&B>) {
    match value {
        None => data.extend_from_slice(&(-1i32).to_be_bytes()),
        Some(value) => {
            let value = value.as_ref();
            data.extend_from_slice(&(value.len() as i32).to_be_bytes());
            data.extend_from_slice(value);
        }
    }
}
