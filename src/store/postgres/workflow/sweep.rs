//! The sweep: runs whose time is up, and runs of which somebody else ended a node.

use super::advance::Followed;
use super::{cancel, recount};
use crate::model::dag::Cause;
use crate::model::{Timestamp, WorkflowRunId};
use crate::store::postgres::connect::call;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::get;
use crate::store::postgres::{PostgresStore, events};
use crate::store::sql::statements;
use crate::store::{Result, SWEPT_AT_ONCE, WorkflowSweep, WorkflowSwept};

statements! {
    DUE = "select w.id from hyrex_workflow_run w where w.status in {workflows_live} and w.status = {workflow:RUNNING}
            and w.deadline <= coalesce($1::timestamptz, now()) order by w.deadline limit $2";
    STILL_DUE = "select 1 from hyrex_workflow_run w where w.id = $1 and w.status = {workflow:RUNNING}
            and w.deadline <= coalesce($2::timestamptz, now()) for update";
    /// A failure whose next attempt somebody is about to make is not over.
    DRIFTED = "select w.id from hyrex_workflow_run w cross join lateral (
            select count(*) filter (where n.live) as live, count(*) filter (where not n.live and n.status <> {SUCCESS}) as unsuccessful
            from (select distinct on (t.durable_id) t.status, t.status not in {finished}
                    or t.status in ({FAILED}, {LOST}) and t.attempt_number < t.max_retries as live
                from hyrex_task_run t where t.workflow_run_id = w.id
                order by t.durable_id, t.attempt_number desc, t.id desc) n) n
        where w.status in {workflows_live} and (w.nodes_left is null or w.nodes_left <> n.live or w.unsuccessful <> n.unsuccessful)
        order by w.id limit $1";
    LOCK = "select 1 from hyrex_workflow_run w where w.id = $1 and w.status in {workflows_live} for update";
}

impl PostgresStore {
    /// Looks after the runs of workflows.
    pub(in crate::store::postgres) async fn sweep_workflows(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept> {
        let most = SWEPT_AT_ONCE as i64;
        let mut swept = WorkflowSwept::default();
        let due = call!(self.db.rest, link => ids(link, query(DUE.as_str()).bind(sweep.now).bind(most)))?;
        swept.more = due.len() >= SWEPT_AT_ONCE;
        for run in due {
            swept.timed_out += u32::from(self.time_out(run, sweep.now).await?);
        }
        if sweep.recount {
            let drifted = call!(self.db.rest, link => ids(link, query(DRIFTED.as_str()).bind(most)))?;
            swept.more |= drifted.len() >= SWEPT_AT_ONCE;
            for run in drifted {
                swept.recounted += u32::from(self.count_anew(run, sweep.now).await?);
            }
        }
        Ok(swept)
    }

    async fn time_out(&self, run: WorkflowRunId, now: Option<Timestamp>) -> Result<bool> {
        let ended = call!(self.db.rest, link => async {
            link.begin().await?;
            if link.optional(query(STILL_DUE.as_str()).bind(run.0).bind(now)).await?.is_none() {
                link.rollback().await?;
                return Ok(None);
            }
            let done = cancel::end(link, run, Cause::TimedOut, false, now).await?;
            events::insert(link, "workflow_timeout", serde_json::json!({"run": run}).to_string(), now).await?;
            self.options.failpoints.pass("workflow_sweep.timed_out")?;
            link.commit().await?;
            Ok(Some(done.followed))
        })?;
        Ok(ended.map(|followed| self.tell_followed(followed)).is_some())
    }

    async fn count_anew(&self, run: WorkflowRunId, now: Option<Timestamp>) -> Result<bool> {
        let followed: Option<Followed> = call!(self.db.rest, link => async {
            link.begin().await?;
            if link.optional(query(LOCK.as_str()).bind(run.0)).await?.is_none() {
                link.rollback().await?;
                return Ok(None);
            }
            let followed = recount::recount(link, run, now).await?;
            self.options.failpoints.pass("workflow_sweep.recounted")?;
            link.commit().await?;
            Ok(Some(followed))
        })?;
        Ok(followed.map(|followed| self.tell_followed(followed)).is_some())
    }
}

async fn ids(link: &mut Link<'_>, statement: crate::store::postgres::link::Query<'_>) -> Result<Vec<WorkflowRunId>> {
    let rows = link.all(statement).await?;
    rows.iter().map(|row| Ok(WorkflowRunId(get(row, "id")?))).collect()
}
