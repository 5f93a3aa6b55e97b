//! Lists of runs by their latest attempt, the newest first.
//!
//! Four ways: what needs attention, what is held, and a workflow run's nodes have an index each; anything else goes
//! back through the attempts by id, at most [`LOOK_BACK`] rows a page.

use super::inspect::{MOST, page};
use super::link::{Link, Query, query};
use super::rows::{get, task_status, time_or_none};
use crate::model::{AttemptId, ExecutorId, RunId, TaskStatus, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{AttemptRow, LOOK_BACK, Page, Result, RunFilter, RunsQuery};
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// The columns that [`attempt`] reads, from `hyrex_task_run` as `t`: the one place that lists them.
pub(super) const ATTEMPT: &str = "t.id, t.durable_id, t.root_id, t.parent_id, t.workflow_run_id,
    t.node_name::text as node_name, t.task_name::text as task_name, t.queue::text as queue, t.status::text as status,
    t.priority, t.attempt_number, t.max_retries, t.timeout_seconds, t.executor_id, t.scheduled_start, t.queued,
    t.started, t.finished, t.idempotency_key::text as idempotency_key,
    (select left(split_part(e.message, E'\\n', 1), 300) from hyrex_task_error e where e.attempt_id = t.id) as error_line";

/// What every way filters by; null: by anything. `$1` the page's start, `$2` its rows and one more.
const FILTER: &str = "($3::text[] is null or t.status::text = any($3)) and ($4::text is null or t.queue = $4)
    and ($5::text is null or t.task_name = $5) and ($6::uuid is null or t.executor_id = $6)
    and ($7::uuid is null or t.workflow_run_id = $7) and {no_next}";

const AFTER: &str = "($1::uuid is null or t.id < $1)";

statements! {
    TROUBLED = &format!("select {ATTEMPT} from hyrex_task_run t
        where t.status in {{troubled}} and t.superseded is not true and {AFTER} and {FILTER}
        order by t.id desc limit $2");
    HELD = &format!("select {ATTEMPT} from hyrex_task_run t
        where t.status in {{held}} and {AFTER} and {FILTER} order by t.id desc limit $2");
    NODES = &format!("select {ATTEMPT} from hyrex_task_run t
        where t.workflow_run_id = $7 and {AFTER} and {FILTER} order by t.id desc limit $2");
    BACK = &format!("select {ATTEMPT} from (select * from hyrex_task_run t where {AFTER} order by t.id desc
            limit $8::bigint) t
        where {FILTER} order by t.id desc limit $2");
    /// Where the look back ended, when there is more behind.
    END = &format!("select t.id from hyrex_task_run t where {AFTER} order by t.id desc offset $2::bigint - 1 limit 1");
}

/// A row of [`ATTEMPT`].
pub(super) fn attempt(row: &PgRow) -> Result<AttemptRow> {
    Ok(AttemptRow {
        id: AttemptId(get(row, "id")?),
        run: RunId(get(row, "durable_id")?),
        root: RunId(get(row, "root_id")?),
        parent: get::<Option<Uuid>>(row, "parent_id")?.map(AttemptId),
        workflow_run: get::<Option<Uuid>>(row, "workflow_run_id")?.map(WorkflowRunId),
        node_name: get(row, "node_name")?,
        task_name: get(row, "task_name")?,
        queue: get(row, "queue")?,
        status: task_status(row)?,
        priority: get(row, "priority")?,
        attempt_number: get(row, "attempt_number")?,
        max_retries: get(row, "max_retries")?,
        timeout_seconds: get(row, "timeout_seconds")?,
        executor: get::<Option<Uuid>>(row, "executor_id")?.map(ExecutorId),
        scheduled_start: time_or_none(row, "scheduled_start")?,
        queued: time_or_none(row, "queued")?,
        started: time_or_none(row, "started")?,
        finished: time_or_none(row, "finished")?,
        idempotency_key: get(row, "idempotency_key")?,
        error: get(row, "error_line")?,
    })
}

/// A page of runs.
pub(super) async fn runs(link: &mut Link<'_>, wanted: &RunsQuery) -> Result<Page<AttemptRow, AttemptId>> {
    let limit = wanted.limit.clamp(1, MOST);
    let (text, looks_back) = way(&wanted.filter);
    let mut statement = filtered(query(text), wanted, limit);
    if looks_back {
        statement = statement.bind(i64::from(LOOK_BACK));
    }
    let found = link.all(statement).await?.iter().map(attempt).collect::<Result<Vec<_>>>()?;
    let mut page = page(found, limit, |row| row.id);
    if looks_back && page.next.is_none() {
        let before = wanted.before.map(|id| id.0);
        let end = link.optional(query(END.as_str()).bind(before).bind(i64::from(LOOK_BACK))).await?;
        if let Some(row) = end {
            (page.next, page.looked_at) = (Some(AttemptId(get(&row, "id")?)), Some(LOOK_BACK));
        }
    }
    Ok(page)
}

/// By which index, and whether it is the one that looks back over everything.
fn way(filter: &RunFilter) -> (&'static str, bool) {
    let within = |set: &[TaskStatus]| !filter.statuses.is_empty() && filter.statuses.iter().all(|s| set.contains(s));
    match filter.workflow_run {
        Some(_) => (NODES.as_str(), false),
        None if within(&TaskStatus::TROUBLED) => (TROUBLED.as_str(), false),
        None if within(&TaskStatus::HELD) => (HELD.as_str(), false),
        None => (BACK.as_str(), true),
    }
}

fn filtered<'q>(statement: Query<'q>, wanted: &RunsQuery, limit: u32) -> Query<'q> {
    let filter = &wanted.filter;
    let statuses: Vec<&'static str> = filter.statuses.iter().map(|status| status.as_str()).collect();
    statement
        .bind(wanted.before.map(|id| id.0))
        .bind(i64::from(limit) + 1)
        .bind((!statuses.is_empty()).then_some(statuses))
        .bind(filter.queue.clone())
        .bind(filter.task_name.clone())
        .bind(filter.executor.map(|id| id.0))
        .bind(filter.workflow_run.map(|id| id.0))
}
