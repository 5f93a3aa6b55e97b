//! Failures of the last time, by the index on when they happened.

use super::inspect_activity::clock;
use super::inspect_back::failures_back;
use super::link::{Link, query};
use super::rows::{get, time};
use crate::model::AttemptId;
use crate::store::monitor::{Failed, MOST_FAILED, group};
use crate::store::sql::statements;
use crate::store::{Failures, FailuresQuery, Result};
use chrono::TimeDelta;
use sqlx::postgres::PgRow;

statements! {
    /// Of attempts that another one follows, the run goes on, or ended otherwise. `offset 0`: an error is looked up by
    /// its key, never by reading the whole table.
    NEWEST = "select e.attempt_id, e.kind, e.line, e.created_at, t.task_name::text as task_name from (
            select x.attempt_id, x.kind::text as kind, left(split_part(x.message, E'\\n', 1), 300) as line, x.created_at
            from hyrex_task_error x where x.created_at > $1 and x.created_at <= $2
            order by x.created_at desc limit $3) e
        left join lateral (select t.task_name from hyrex_task_run t where t.id = e.attempt_id
            and t.status in ({FAILED}, {LOST}) and t.superseded is not true and {no_next} offset 0) t on true
        order by e.created_at desc, e.attempt_id desc";
}

/// Failures, those of the most runs first.
pub(super) async fn failures(link: &mut Link<'_>, wanted: FailuresQuery) -> Result<Failures> {
    let now = clock(link, wanted.now).await?;
    let since = TimeDelta::from_std(wanted.since).ok().and_then(|back| now.checked_sub_signed(back));
    if link.is_foreign() {
        return failures_back(link, since.unwrap_or_default(), now, wanted.limit).await;
    }
    let statement = query(NEWEST.as_str()).bind(since.unwrap_or_default()).bind(now).bind(i64::from(MOST_FAILED) + 1);
    let mut rows = link.all(statement).await?;
    let cut = rows.len() > MOST_FAILED as usize;
    rows.truncate(MOST_FAILED as usize);
    let failed = rows.iter().filter_map(|row| failed(row).transpose()).collect::<Result<_>>()?;
    Ok(group(failed, wanted.limit, cut.then_some(MOST_FAILED)))
}

fn failed(row: &PgRow) -> Result<Option<Failed>> {
    let Some(task_name) = get::<Option<String>>(row, "task_name")? else { return Ok(None) };
    Ok(Some(Failed {
        attempt: AttemptId(get(row, "attempt_id")?),
        task_name,
        error_type: Some(get(row, "kind")?),
        message: get(row, "line")?,
        at: time(row, "created_at")?,
    }))
}
