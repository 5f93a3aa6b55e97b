//! Rescue: an executor is declared lost, and what it held is settled, in one transaction.

use super::connect::call;
use super::link::{Link, query};
use super::next::{self, Next};
use super::rows::{get, task_status};
use super::signals::Signs;
use super::{PostgresStore, logs, subtree};
use crate::model::{AttemptId, RunId, TaskError, TaskStatus};
use crate::store::sql::statements;
use crate::store::{Rescue, Rescued, Result};
use std::time::Duration;
use uuid::Uuid;

statements! {
    /// An executor of ours by its beat number; one of Python's when it has been silent for five minutes.
    DECLARE = "update hyrex_executor e set status = 'LOST', stopped = coalesce($3::timestamptz, now())
        where e.id = $1 and e.status = 'RUNNING' and e.beat_number is not distinct from $2::bigint
            and (e.lease_ms is not null or coalesce(e.last_heartbeat, e.started) is null
                or coalesce(e.last_heartbeat, e.started) <= coalesce($3::timestamptz, now()) - interval '5 minutes')
        returning e.id";
    /// Locked, so that it does not stand up while what it held is settled.
    STATUS = "select e.status::text as status from hyrex_executor e where e.id = $1 for share";
    SETTLE = "with held as (
            select r.id from hyrex_task_run r where r.executor_id = $1 and r.status in {held} order by r.id for update)
        update hyrex_task_run t set
            status = case when t.status = {RUNNING} then {LOST} else {CANCELED} end::task_run_status,
            finished = coalesce($2::timestamptz, now()),
            superseded = case when t.status = {RUNNING} and t.attempt_number < t.max_retries then true
                else t.superseded end
        from held h where t.id = h.id and (t.status in {held}) is true
        returning t.id, t.durable_id, t.status::text as status, t.attempt_number < t.max_retries as again,
            t.cancel_subtree, t.queue::text as queue, t.task_name::text as task_name";
}

/// What was settled.
#[derive(Default)]
struct Settled {
    lost: Vec<AttemptId>,
    next: Vec<Next>,
    canceled: u32,
    roots: Vec<RunId>,
    ended: Vec<RunId>,
    signs: Signs,
}

impl PostgresStore {
    /// Declares an executor lost and settles what it held.
    pub(super) async fn rescue(&self, rescue: &Rescue) -> Result<Rescued> {
        let (rescued, signs, ended) = call!(self.db.rest, link => self.rescue_on(link, rescue))?;
        self.options.failpoints.answer("rescue.answered")?;
        self.flusher.tell(signs);
        self.tell_ended(ended);
        Ok(rescued)
    }

    async fn rescue_on(&self, link: &mut Link<'_>, rescue: &Rescue) -> Result<(Rescued, Signs, Vec<RunId>)> {
        link.begin().await?;
        if !declare(link, rescue).await? {
            link.rollback().await?;
            return Ok(Default::default());
        }
        self.options.failpoints.pass("rescue.declared")?;
        let mut settled = settle(link, rescue).await?;
        self.options.failpoints.pass("rescue.lost")?;
        let error = lost(rescue);
        let errors: Vec<_> = settled.lost.iter().map(|id| (*id, &error)).collect();
        logs::insert_errors(link, &errors, rescue.now).await?;
        next::insert(link, &settled.next.iter().collect::<Vec<_>>(), rescue.now).await?;
        self.options.failpoints.pass("rescue.requeued")?;
        if !settled.roots.is_empty() {
            settled.signs.cancel = subtree::cancel(link, &settled.roots, rescue.now).await?.asked > 0;
        }
        link.commit().await?;
        let rescued = Rescued {
            declared: true,
            lost: settled.lost.len() as u32,
            requeued: settled.next.len() as u32,
            canceled: settled.canceled,
        };
        Ok((rescued, settled.signs, settled.ended))
    }
}

/// Whether the executor is lost: declared so now, or not at work before (also when its row is gone).
async fn declare(link: &mut Link<'_>, rescue: &Rescue) -> Result<bool> {
    let statement = query(DECLARE.as_str()).bind(rescue.lost.0).bind(rescue.beat_number).bind(rescue.now);
    if link.optional(statement).await?.is_some() {
        return Ok(true);
    }
    match link.optional(query(STATUS.as_str()).bind(rescue.lost.0)).await? {
        None => Ok(true),
        Some(row) => Ok(get::<String>(&row, "status")? != "RUNNING"),
    }
}

async fn settle(link: &mut Link<'_>, rescue: &Rescue) -> Result<Settled> {
    let mut settled = Settled::default();
    for row in link.all(query(SETTLE.as_str()).bind(rescue.lost.0).bind(rescue.now)).await? {
        let id = AttemptId(get::<Uuid>(&row, "id")?);
        let run = RunId(get(&row, "durable_id")?);
        let (lost, again) = (task_status(&row)? == TaskStatus::Lost, get::<bool>(&row, "again")?);
        if lost {
            settled.lost.push(id);
        } else {
            settled.canceled += 1;
        }
        if lost && again {
            settled.next.push(Next { id: AttemptId::new(), after: id, delay: Duration::ZERO });
            settled.signs.work.insert((get(&row, "queue")?, get(&row, "task_name")?));
        } else {
            settled.ended.push(run);
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
