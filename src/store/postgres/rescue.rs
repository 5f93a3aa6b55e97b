//! Rescue: an executor is declared lost, and what it held is settled, in one transaction.

use super::connect::call;
use super::link::{Link, query};
use super::next::{self, Next};
use super::rows::{get, status, task_status};
use super::signals::Signs;
use super::workflow::advance::{Followed, Locked, NodeEnd, held_by};
use super::{PostgresStore, logs, subtree};
use crate::model::{AttemptId, ExecutorStatus, RunId, TaskError, TaskStatus, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{HIST_BUCKETS, PYTHON_SILENCE, Rescue, Rescued, Result};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

statements! {
    /// An executor of ours by its beat number; one of Python's when it has been silent for five minutes.
    DECLARE = "update hyrex_executor e set status = {executor:LOST}, stopped = coalesce($3::timestamptz, now())
        where e.id = $1 and e.status = {executor:RUNNING} and e.beat_number is not distinct from $2::bigint
            and (e.lease_ms is not null or e.last_heartbeat is not distinct from $4::timestamptz
                and (coalesce(e.last_heartbeat, e.started) is null or coalesce(e.last_heartbeat, e.started)
                    <= coalesce($3::timestamptz, now()) - $5::bigint * interval '1 second'))
        returning e.id";
    /// The row first, as a stop takes it and as claims share it: none slips in behind.
    STATUS = "select e.status::text as status from hyrex_executor e where e.id = $1 for update";
    /// Totals of the minute: what was lost is counted where it is found.
    COUNT = "insert into hyrex_counter as c (minute, executor_id, queue, task_name, succeeded, failed, retried,
            canceled, stopped, lost, wait_us, run_us, wait_hist, run_hist)
        select date_trunc('minute', coalesce($2::timestamptz, now())), $1, u.queue, u.task, 0, 0, 0, 0, 0, u.lost,
            0, 0, array_fill(0, array[$6::int]), array_fill(0, array[$6::int])
        from unnest($3::text[], $4::text[], $5::bigint[]) u(queue, task, lost)
        on conflict (minute, executor_id, queue, task_name) do update set lost = c.lost + excluded.lost";
    SETTLE = "with held as (
            select r.id from hyrex_task_run r where r.executor_id = $1 and r.status in {held} order by r.id for update)
        update hyrex_task_run t set
            status = case when t.status = {RUNNING} then {LOST} else {CANCELED} end::task_run_status,
            finished = coalesce($2::timestamptz, now()),
            superseded = case when t.status = {RUNNING} and t.attempt_number < t.max_retries then true
                else t.superseded end
        from held h where t.id = h.id and (t.status in {held}) is true
        returning t.id, t.durable_id, t.status::text as status, t.attempt_number < t.max_retries as again,
            t.cancel_subtree, t.workflow_run_id, t.node_kind is not distinct from 'finally' as finally,
            t.queue::text as queue, t.task_name::text as task_name";
}

/// What was settled.
#[derive(Default)]
struct Settled {
    lost: Vec<AttemptId>,
    counts: BTreeMap<(String, String), i64>,
    next: Vec<Next>,
    canceled: u32,
    roots: Vec<RunId>,
    ended: Vec<RunId>,
    nodes: Vec<NodeEnd>,
    signs: Signs,
}

impl PostgresStore {
    /// Declares an executor lost and settles what it held.
    pub(super) async fn rescue(&self, rescue: &Rescue) -> Result<Rescued> {
        let (rescued, followed, ended) = call!(self.db.rest, link => self.rescue_on(link, rescue))?;
        self.options.failpoints.answer("rescue.answered")?;
        self.tell_followed(followed);
        self.tell_ended(ended);
        Ok(rescued)
    }

    async fn rescue_on(&self, link: &mut Link<'_>, rescue: &Rescue) -> Result<(Rescued, Followed, Vec<RunId>)> {
        link.begin().await?;
        if !declare(link, rescue).await? {
            link.rollback().await?;
            return Ok(Default::default());
        }
        self.options.failpoints.pass("rescue.declared")?;
        let mut workflows = Locked::default();
        let held = held_by(link, rescue.lost).await?;
        workflows.lock(link, held).await?;
        let settled = settle(link, rescue).await?;
        self.options.failpoints.pass("rescue.lost")?;
        let error = lost(rescue);
        let errors: Vec<_> = settled.lost.iter().map(|id| (*id, &error)).collect();
        logs::insert_errors(link, &errors, rescue.now).await?;
        next::insert(link, &settled.next.iter().collect::<Vec<_>>(), rescue.now).await?;
        count(link, &settled.counts, rescue).await?;
        self.options.failpoints.pass("rescue.requeued")?;
        let mut followed = workflows.follow(link, &settled.nodes, rescue.now).await?;
        followed.signs.merge(settled.signs);
        if !settled.roots.is_empty() {
            subtree::cancel(link, &settled.roots, rescue.now, &mut followed).await?;
        }
        link.commit().await?;
        let rescued = Rescued {
            declared: true,
            lost: settled.lost.len() as u32,
            requeued: settled.next.len() as u32,
            canceled: settled.canceled,
        };
        Ok((rescued, followed, settled.ended))
    }
}

/// Whether the executor is lost: declared so now, or not at work before (also when its row is gone).
async fn declare(link: &mut Link<'_>, rescue: &Rescue) -> Result<bool> {
    let found = link.optional(query(STATUS.as_str()).bind(rescue.lost.0)).await?;
    if found.map(|row| status(&row, "status")).transpose()? != Some(ExecutorStatus::Running) {
        return Ok(true);
    }
    let statement = query(DECLARE.as_str())
        .bind(rescue.lost.0)
        .bind(rescue.beat_number)
        .bind(rescue.now)
        .bind(rescue.last_heartbeat)
        .bind(PYTHON_SILENCE.as_secs() as i64);
    Ok(link.optional(statement).await?.is_some())
}

async fn count(link: &mut Link<'_>, counts: &BTreeMap<(String, String), i64>, rescue: &Rescue) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let statement = query(COUNT.as_str())
        .bind(rescue.observer.0)
        .bind(rescue.now)
        .bind(counts.keys().map(|(queue, _)| queue.clone()).collect::<Vec<_>>())
        .bind(counts.keys().map(|(_, task)| task.clone()).collect::<Vec<_>>())
        .bind(counts.values().copied().collect::<Vec<_>>())
        .bind(HIST_BUCKETS as i32);
    link.run(statement).await?;
    Ok(())
}

async fn settle(link: &mut Link<'_>, rescue: &Rescue) -> Result<Settled> {
    let mut settled = Settled::default();
    for row in link.all(query(SETTLE.as_str()).bind(rescue.lost.0).bind(rescue.now)).await? {
        let id = AttemptId(get::<Uuid>(&row, "id")?);
        let run = RunId(get(&row, "durable_id")?);
        let (lost, again) = (task_status(&row)? == TaskStatus::Lost, get::<bool>(&row, "again")?);
        let lane: (String, String) = (get(&row, "queue")?, get(&row, "task_name")?);
        if lost {
            settled.lost.push(id);
            *settled.counts.entry(lane.clone()).or_default() += 1;
        } else {
            settled.canceled += 1;
        }
        if lost && again {
            settled.next.push(Next { id: AttemptId::new(), after: id, delay: Duration::ZERO });
            settled.signs.work.insert(lane);
        } else {
            settled.ended.push(run);
            if let Some(workflow) = get::<Option<Uuid>>(&row, "workflow_run_id")?.map(WorkflowRunId) {
                settled.nodes.push(NodeEnd { workflow, run, finally: get(&row, "finally")?, succeeded: false });
            }
        }
        if get::<Option<bool>>(&row, "cancel_subtree")? == Some(true) {
            settled.roots.push(run);
        }
    }
    Ok(settled)
}

fn lost(rescue: &Rescue) -> TaskError {
    let message = format!("its executor {} gave no sign of life any more", rescue.lost);
    TaskError { kind: "lost".into(), message, chain: Vec::new(), place: None }
}
