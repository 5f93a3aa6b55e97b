//! Why a run is not running: its queue, what stands in front of it, what it waits for, who could run it.

use super::inspect::MOST;
use super::inspect_activity::clock;
use super::inspect_executors::at_work;
use super::inspect_queues::{capped, settings};
use super::inspect_run::LATEST;
use super::inspect_runs::{ATTEMPT, attempt};
use super::link::{Link, query};
use super::queues::SETTINGS;
use super::rows::{get, status, task_status};
use crate::model::dag::Cause;
use crate::model::{RunId, TaskStatus, Timestamp};
use crate::store::sql::statements;
use crate::store::{
    AttemptRow, COUNT_CAP, Candidate, Capped, MOST_HOLDERS, MOST_PREDECESSORS, QueueSettings, Result, Waiting,
    WorkflowState,
};

statements! {
    ROW = &format!("select {ATTEMPT}, t.node_kind is not distinct from 'finally' as finally
        from (select $1::uuid as id) u cross join {LATEST} join hyrex_task_run t on t.id = a.id
        where t.status in {{waiting}}");
    QUEUE = &format!("select {SETTINGS} from (select $1::text as queue) n left join hyrex_queue q on q.name = n.queue");
    HELD = "select count(*) as count from (select from hyrex_task_run r
        where r.status in {held} and r.queue = $1 limit $2) c";
    HOLDERS = &format!("select {ATTEMPT} from (select * from (select * from hyrex_task_run r
            where r.status in {{held}} and r.queue = $1 limit $3) h order by h.started desc nulls last, h.id desc limit $2) t
        order by t.started desc nulls last, t.id desc");
    /// Of each task of the queue two ranges of the claim index: higher priorities, and what came earlier.
    AHEAD = "with recursive lane(task_name) as (
            (select r.task_name from hyrex_task_run r where r.status = {QUEUED} and r.queue = $1
                order by r.task_name limit 1)
            union all
            select n.task_name from lane l cross join lateral (select r.task_name from hyrex_task_run r
                where r.status = {QUEUED} and r.queue = $1 and r.task_name > l.task_name
                order by r.task_name limit 1) n)
        select count(*) as count from (select from (select * from lane limit 1000) l cross join lateral (
            select from hyrex_task_run r where r.status = {QUEUED} and r.queue = $1 and r.task_name = l.task_name
                and r.priority > $2
            union all
            select from hyrex_task_run r where r.status = {QUEUED} and r.queue = $1 and r.task_name = l.task_name
                and r.priority = $2 and (r.queued, r.id) < ($3, $4)) x limit $5) c";
    /// Ours by the edges, Python's by their own list.
    BEFORE = &format!("select distinct coalesce(t.node_name, t.task_name)::text as name, t.status::text as status, t.id
        from (select e.from_id as id from hyrex_workflow_edge e where e.workflow_run_id = $1 and e.to_id = $2
            union select unnest(f.workflow_dependencies) from hyrex_task_run f where f.id = $2) u
        cross join {LATEST} join hyrex_task_run t on t.id = a.id
        where t.status <> {{SUCCESS}} order by 1, t.id limit $3");
    /// A `finally` node waits for all that are none, and only then for those before it.
    OTHERS = "select coalesce(t.node_name, t.task_name)::text as name, t.status::text as status, t.id
        from hyrex_task_run t where t.workflow_run_id = $1 and t.durable_id <> $2
            and t.node_kind is distinct from 'finally' and t.status not in {finished} order by 1, t.id limit $3";
    WORKFLOW = "select w.status::text as status, w.reason::text as reason from hyrex_workflow_run w where w.id = $1";
}

/// Why a run waits; `None`: it does not.
pub(super) async fn waiting(link: &mut Link<'_>, run: RunId, now: Option<Timestamp>) -> Result<Option<Waiting>> {
    let Some(found) = link.optional(query(ROW.as_str()).bind(run.0)).await? else { return Ok(None) };
    let (row, finally) = (attempt(&found)?, get(&found, "finally")?);
    let now = clock(link, now).await?;
    let executors = at_work(link, MOST, Some(now)).await?;
    Ok(Some(Waiting {
        now,
        queue: queue(link, &row.queue).await?,
        held: held(link, &row.queue).await?,
        holders: holders(link, &row.queue).await?,
        ahead: ahead(link, &row).await?,
        predecessors: predecessors(link, &row, finally).await?,
        executors: executors.iter().map(|executor| Candidate::of(executor, &row)).collect(),
        workflow: workflow(link, &row).await?,
        row,
    }))
}

async fn queue(link: &mut Link<'_>, name: &str) -> Result<QueueSettings> {
    settings(&link.one(query(QUEUE.as_str()).bind(name.to_owned())).await?, name.to_owned())
}

async fn held(link: &mut Link<'_>, queue: &str) -> Result<Capped> {
    let statement = query(HELD.as_str()).bind(queue.to_owned()).bind(i64::from(COUNT_CAP) + 1);
    Ok(capped(get(&link.one(statement).await?, "count")?))
}

async fn holders(link: &mut Link<'_>, queue: &str) -> Result<Vec<AttemptRow>> {
    let statement =
        query(HOLDERS.as_str()).bind(queue.to_owned()).bind(i64::from(MOST_HOLDERS)).bind(i64::from(COUNT_CAP) + 1);
    link.all(statement).await?.iter().map(attempt).collect()
}

async fn ahead(link: &mut Link<'_>, row: &AttemptRow) -> Result<Capped> {
    if row.status != TaskStatus::Queued {
        return Ok(capped(0));
    }
    let statement = query(AHEAD.as_str())
        .bind(row.queue.clone())
        .bind(row.priority)
        .bind(row.queued)
        .bind(row.id.0)
        .bind(i64::from(COUNT_CAP) + 1);
    Ok(capped(get(&link.one(statement).await?, "count")?))
}

async fn predecessors(link: &mut Link<'_>, row: &AttemptRow, finally: bool) -> Result<Vec<(String, TaskStatus)>> {
    let (Some(workflow), TaskStatus::AwaitDeps) = (row.workflow_run, row.status) else { return Ok(Vec::new()) };
    let asked = |text| query(text).bind(workflow.0).bind(row.run.0).bind(i64::from(MOST_PREDECESSORS));
    let mut rows = if finally { link.all(asked(OTHERS.as_str())).await? } else { Vec::new() };
    if rows.is_empty() {
        rows = link.all(asked(BEFORE.as_str())).await?;
    }
    rows.iter().map(|row| Ok((get(row, "name")?, task_status(row)?))).collect()
}

async fn workflow(link: &mut Link<'_>, row: &AttemptRow) -> Result<Option<WorkflowState>> {
    let Some(run) = row.workflow_run else { return Ok(None) };
    let Some(found) = link.optional(query(WORKFLOW.as_str()).bind(run.0)).await? else { return Ok(None) };
    let cause = get::<Option<&str>>(&found, "reason")?.and_then(Cause::read);
    Ok(Some(WorkflowState { status: status(&found, "status")?, cause }))
}
