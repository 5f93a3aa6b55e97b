//! A worker's own row: registering, and stopping cleanly.

use super::connect::call;
use super::link::{Link, query};
use super::rows::{get, task_status};
use super::signals::Signs;
use super::workflow::advance::{Followed, Locked, NodeEnd, held_by};
use super::{PostgresStore, subtree};
use crate::model::{ExecutorId, Fence, RunId, TaskStatus, Timestamp, WorkflowRunId, bounds};
use crate::store::sql::statements;
use crate::store::{Registration, Result};
use uuid::Uuid;

statements! {
    REGISTER = "insert into hyrex_executor (id, name, worker_name, queue_pattern, queues, started, last_heartbeat,
            status, lease_ms, beat_interval_ms, beat_number, slots, stuck, host, pid, boot_id, version, app, task_names)
        select $1, $2, $3, $4, $5::text[], n.now, n.now, {executor:RUNNING}, $6, $7, 0, $8, 0, $9, $10, $11, $12, $13, $14::text[]
        from (select coalesce($15::timestamptz, now()) as now) n
        on conflict (id) do nothing";
    /// The row first, as a rescue takes it and as claims share it: none slips in behind.
    LOCK = "select from hyrex_executor e where e.id = $1 for update";
    /// What had begun (`$3`, under claim `$4`) was interrupted: back where its run has retries, else STOPPED: an
    /// operator's retry of a run without any is begun at most once as well. What had not
    /// goes back. What was to be cancelled, is.
    GIVE_BACK = "with held as (
            select r.id, case when r.status = {UP_FOR_CANCEL} then {CANCELED}
                when coalesce((select f.max_retries from hyrex_task_run f where f.id = r.durable_id), r.max_retries) <= 0
                    and exists (select from unnest($3::uuid[], $4::int[]) b(id, claim)
                    where b.id = r.id and b.claim = r.claim_number) then {STOPPED}
                else {QUEUED} end::task_run_status as next
            from hyrex_task_run r where r.executor_id = $1 and r.status in {held} order by r.id for update)
        update hyrex_task_run t set status = h.next,
            executor_id = case when h.next = {QUEUED} then null else t.executor_id end,
            started = case when h.next = {QUEUED} then null else t.started end,
            finished = case when h.next = {QUEUED} then null else coalesce($2::timestamptz, now()) end
        from held h where t.id = h.id and (t.status in {held}) is true
        returning t.durable_id, t.status::text as status, t.cancel_subtree, t.workflow_run_id,
            t.node_kind is not distinct from 'finally' as finally, t.queue::text as queue, t.task_name::text as task_name";
    STOP = "update hyrex_executor set status = {executor:SHUTDOWN}, stopped = coalesce($2::timestamptz, now()), stuck = 0
        where id = $1 and status in ({executor:RUNNING}, {executor:UNKNOWN})";
}

impl PostgresStore {
    /// Writes an executor's row; a repeated registration changes nothing.
    pub(super) async fn register(&self, new: &Registration, now: Option<Timestamp>) -> Result<()> {
        bounds::name("executor's name", &new.name)?;
        bounds::name("worker's name", &new.worker_name)?;
        call!(self.db.rest, link => async {
            let statement = query(REGISTER.as_str())
                .bind(new.id.0)
                .bind(new.name.as_str())
                .bind(new.worker_name.as_str())
                .bind(new.queues.to_string())
                .bind(new.queues.patterns())
                .bind(milliseconds(new.lease))
                .bind(milliseconds(new.beat_interval))
                .bind(new.slots.min(i32::MAX as u32) as i32)
                .bind(bounds::without_nul(&new.host))
                .bind(new.pid.min(i32::MAX as u32) as i32)
                .bind(bounds::without_nul(&new.boot_id))
                .bind(new.version.as_str())
                .bind(bounds::without_nul(&new.app))
                .bind(new.task_names.as_slice())
                .bind(now);
            link.run(statement).await
        })?;
        self.options.failpoints.answer("register.answered")
    }

    /// Gives back what the executor holds, and marks it SHUTDOWN.
    pub(super) async fn stop(&self, executor: ExecutorId, begun: &[Fence], now: Option<Timestamp>) -> Result<()> {
        let followed = call!(self.db.rest, link => self.stop_on(link, executor, begun, now))?;
        self.options.failpoints.answer("stop.answered")?;
        self.tell_followed(followed);
        Ok(())
    }

    async fn stop_on(
        &self,
        link: &mut Link<'_>,
        executor: ExecutorId,
        begun: &[Fence],
        now: Option<Timestamp>,
    ) -> Result<Followed> {
        link.begin().await?;
        link.run(query(LOCK.as_str()).bind(executor.0)).await?;
        let mut workflows = Locked::default();
        let held = held_by(link, executor).await?;
        workflows.lock(link, held).await?;
        let (ids, claims): (Vec<Uuid>, Vec<i32>) = begun.iter().map(|fence| (fence.attempt.0, fence.claim)).unzip();
        let give_back = query(GIVE_BACK.as_str()).bind(executor.0).bind(now).bind(ids).bind(claims);
        let (mut signs, mut roots, mut ends) = (Signs::default(), Vec::new(), Vec::new());
        for row in link.all(give_back).await? {
            if task_status(&row)? == TaskStatus::Queued {
                signs.work.insert((get(&row, "queue")?, get(&row, "task_name")?));
                continue;
            }
            let run = RunId(get(&row, "durable_id")?);
            if get::<Option<bool>>(&row, "cancel_subtree")? == Some(true) {
                roots.push(run);
            }
            if let Some(workflow) = get::<Option<Uuid>>(&row, "workflow_run_id")?.map(WorkflowRunId) {
                ends.push(NodeEnd { workflow, run, finally: get(&row, "finally")?, succeeded: false });
            }
        }
        let mut followed = workflows.follow(link, &ends, now).await?;
        followed.signs.merge(signs);
        if !roots.is_empty() {
            subtree::cancel(link, &roots, now, &mut followed).await?;
        }
        self.options.failpoints.pass("stop.given_back")?;
        link.run(query(STOP.as_str()).bind(executor.0).bind(now)).await?;
        link.commit().await?;
        Ok(followed)
    }
}

fn milliseconds(duration: std::time::Duration) -> i32 {
    duration.as_millis().min(i32::MAX as u128) as i32
}
