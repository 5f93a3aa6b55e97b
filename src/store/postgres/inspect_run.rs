//! One run: its attempts, or where it stands.

use super::inspect_runs::{ATTEMPT, attempt as row};
use super::link::{Link, query};
use super::rows::{ERROR_COLUMNS, get, task_error, task_status};
use crate::model::{AttemptId, Progress, RunId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{AttemptDetail, LOOK_BACK, Result, RunDetail, RunState};
use sqlx::postgres::PgRow;
use std::collections::HashMap;
use uuid::Uuid;

/// Attempts that a run's detail lists.
const MOST: i64 = 1001;

/// A run's latest attempt, as `a`, for each `u.id`.
pub(super) const LATEST: &str = "lateral (
    select x.id from (
        select r.id, r.attempt_number from hyrex_task_run r where r.id = u.id and r.durable_id = u.id
        union all
        (select r.id, r.attempt_number from hyrex_task_run r where r.durable_id = u.id and r.durable_id <> r.id
        order by r.attempt_number desc limit 1)
    ) x order by x.attempt_number desc, x.id desc limit 1) a";

statements! {
    ATTEMPTS = &format!("select {ATTEMPT} from (
            select * from hyrex_task_run r where r.id = $1 and r.durable_id = $1
            union all
            (select * from hyrex_task_run r where r.durable_id = $1 and r.durable_id <> r.id
            order by r.attempt_number desc limit $2)
        ) t order by t.attempt_number desc, t.id desc limit $2");
    /// What an earlier claim said is not how far this one is.
    DETAIL = &format!("select {ATTEMPT}, t.args::text as args, s.result::text as result, {ERROR_COLUMNS},
            p.fraction, p.message as progress_message, p.at as progress_at
        from hyrex_task_run t left join hyrex_task_result s on s.task_id = t.id
        left join hyrex_task_error e on e.attempt_id = t.id left join hyrex_task_progress p
            on p.attempt_id = t.id and p.claim_number is not distinct from t.claim_number
        where t.id = $1");
    STATES = &format!("select u.id as run, t.id, t.status::text as status, t.attempt_number, t.max_retries,
            case when t.status = {{SUCCESS}} then s.result::text end as result, {ERROR_COLUMNS}
        from unnest($1::uuid[]) u(id) cross join {LATEST} join hyrex_task_run t on t.id = a.id
        left join hyrex_task_result s on s.task_id = t.id and t.status = {{SUCCESS}}
        left join hyrex_task_error e on e.attempt_id = t.id and t.status in {{troubled}}");
    RUN_OF = "select durable_id from hyrex_task_run where id = $1";
    BY_TAIL = "select t.durable_id, t.id from (
            select r.id, r.durable_id from hyrex_task_run r order by r.id desc limit $2) t
        where right(replace(t.id::text, '-', ''), length($1)) = $1
            or right(replace(t.durable_id::text, '-', ''), length($1)) = $1
        order by t.id desc limit 100";
}

/// A run with its attempts.
pub(super) async fn run(link: &mut Link<'_>, run: RunId) -> Result<Option<RunDetail>> {
    let rows = link.all(query(ATTEMPTS.as_str()).bind(run.0).bind(MOST)).await?;
    let mut attempts = rows.iter().map(row).collect::<Result<Vec<_>>>()?;
    attempts.reverse();
    let Some(last) = attempts.last() else { return Ok(None) };
    let latest = attempt(link, last.id).await?;
    Ok(latest.map(|latest| RunDetail { id: run, attempts, latest }))
}

/// Everything about one attempt.
pub(super) async fn attempt(link: &mut Link<'_>, attempt: AttemptId) -> Result<Option<AttemptDetail>> {
    let found = link.optional(query(DETAIL.as_str()).bind(attempt.0)).await?;
    found.map(|found| detail(&found)).transpose()
}

fn detail(found: &PgRow) -> Result<AttemptDetail> {
    Ok(AttemptDetail {
        row: row(found)?,
        args: get(found, "args")?,
        result: get(found, "result")?,
        error: task_error(found)?,
        progress: progress(found)?,
    })
}

fn progress(found: &PgRow) -> Result<Option<Progress>> {
    let Some(fraction) = get::<Option<f32>>(found, "fraction")? else { return Ok(None) };
    Ok(Some(Progress { fraction, message: get(found, "progress_message")?, at: get(found, "progress_at")? }))
}

/// Where runs stand, in the order asked.
pub(super) async fn states(link: &mut Link<'_>, runs: &[RunId]) -> Result<Vec<Option<RunState>>> {
    let ids: Vec<Uuid> = runs.iter().map(|run| run.0).collect();
    let mut found = HashMap::new();
    for row in link.all(query(STATES.as_str()).bind(ids)).await? {
        found.insert(RunId(get(&row, "run")?), state(&row)?);
    }
    Ok(runs.iter().map(|run| found.get(run).cloned()).collect())
}

fn state(row: &PgRow) -> Result<RunState> {
    let status: TaskStatus = task_status(row)?;
    Ok(RunState {
        attempt: AttemptId(get(row, "id")?),
        status,
        attempt_number: get(row, "attempt_number")?,
        max_retries: get(row, "max_retries")?,
        result: get(row, "result")?,
        error: task_error(row)?,
    })
}

/// The run of an attempt.
pub(super) async fn run_of(link: &mut Link<'_>, attempt: AttemptId) -> Result<Option<RunId>> {
    let found = link.optional(query(RUN_OF.as_str()).bind(attempt.0)).await?;
    found.map(|row| Ok(RunId(get(&row, "durable_id")?))).transpose()
}

/// Runs whose id, or an attempt's id, ends so; the newest first.
pub(super) async fn by_tail(link: &mut Link<'_>, tail: &str) -> Result<Vec<RunId>> {
    let mut found = Vec::new();
    if tail.is_empty() || tail.len() > 32 || !tail.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(found);
    }
    let statement = query(BY_TAIL.as_str()).bind(tail.to_owned()).bind(i64::from(LOOK_BACK));
    for row in link.all(statement).await? {
        let run = RunId(get(&row, "durable_id")?);
        if !found.contains(&run) && found.len() < 10 {
            found.push(run);
        }
    }
    Ok(found)
}
