//! What counters and errors would tell, where there are none: from the newest [`LOOK_BACK`] rows of runs.

use super::link::{Link, query};
use super::rows::{get, task_status, time};
use crate::model::text::human::between;
use crate::model::{AttemptId, TaskStatus, Timestamp};
use crate::store::monitor::{Failed, Summed, activity, first_minute, group, minute_of};
use crate::store::sql::statements;
use crate::store::{Activity, ActivitySource, Failures, Histogram, LOOK_BACK, QueueMinute, Result};
use sqlx::postgres::PgRow;

statements! {
    ENDED = "select t.queue::text as queue, t.status::text as status, t.attempt_number < t.max_retries as again,
            coalesce(t.queued, t.started, t.finished) as queued, coalesce(t.started, t.finished) as started, t.finished
        from (select * from hyrex_task_run r order by r.id desc limit $3) t
        where t.finished >= $1 and t.finished <= $2 and t.status in {finished}";
    FAILED = "select t.id, t.task_name::text as task_name, t.finished
        from (select * from hyrex_task_run r order by r.id desc limit $3) t
        where t.finished > $1 and t.finished <= $2 and t.status in ({FAILED}, {LOST}) and {no_next}
        order by t.finished desc, t.id desc";
    /// The oldest row that was looked at, when there are more behind.
    BEYOND = "select r.queued from hyrex_task_run r order by r.id desc offset $1::bigint - 1 limit 1";
}

/// What ended in the last minutes.
pub(super) async fn activity_back(link: &mut Link<'_>, minutes: u32, now: Timestamp) -> Result<Activity> {
    let from = first_minute(now, minutes);
    let statement = query(ENDED.as_str()).bind(from).bind(now).bind(i64::from(LOOK_BACK));
    let rows = link.all(statement).await?.iter().map(ended).collect::<Result<Vec<_>>>()?;
    let complete = reaches(link, from).await?;
    Ok(activity(now, rows, ActivitySource::LookBack { looked_at: LOOK_BACK, complete }))
}

/// What failed since `since`. No error is kept: there is a group a task.
pub(super) async fn failures_back(
    link: &mut Link<'_>,
    since: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<Failures> {
    let statement = query(FAILED.as_str()).bind(since).bind(now).bind(i64::from(LOOK_BACK));
    let failed = link.all(statement).await?.iter().map(failed).collect::<Result<_>>()?;
    let cut = !reaches(link, since).await?;
    Ok(group(failed, limit, cut.then_some(LOOK_BACK)))
}

/// Whether the rows looked at are all that were sent since `from`.
async fn reaches(link: &mut Link<'_>, from: Timestamp) -> Result<bool> {
    let Some(row) = link.optional(query(BEYOND.as_str()).bind(i64::from(LOOK_BACK))).await? else { return Ok(true) };
    Ok(super::rows::time_or_none(&row, "queued")?.is_none_or(|queued| queued < from))
}

fn ended(row: &PgRow) -> Result<Summed> {
    let (queued, started, finished) = (time(row, "queued")?, time(row, "started")?, time(row, "finished")?);
    let (mut wait, mut run) = (Histogram::default(), Histogram::default());
    wait.record(between(queued, started));
    run.record(between(started, finished));
    let mut minute = QueueMinute::new(get(row, "queue")?, minute_of(finished));
    let again = get::<bool>(row, "again")?;
    match task_status(row)? {
        TaskStatus::Success => minute.succeeded = 1,
        TaskStatus::Failed => (minute.failed, minute.retried) = (1, again.into()),
        TaskStatus::Canceled => minute.canceled = 1,
        TaskStatus::Stopped => minute.stopped = 1,
        TaskStatus::Lost => minute.lost = 1,
        _ => {}
    }
    Ok(Summed { minute, wait, run })
}

fn failed(row: &PgRow) -> Result<Failed> {
    Ok(Failed {
        attempt: AttemptId(get(row, "id")?),
        task_name: get(row, "task_name")?,
        error_type: None,
        message: String::new(),
        at: time(row, "finished")?,
    })
}
