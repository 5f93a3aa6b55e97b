//! Repair: nodes of a run that ended get another attempt, and the run a new deadline.

use super::advance::{Followed, Locked};
use super::recount;
use crate::model::dag::{RunEvent, RunState};
use crate::model::{AttemptId, NewRun, WorkflowStatus};
use crate::store::graph::{Again, Counts};
use crate::store::postgres::connect::call;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status};
use crate::store::postgres::{PostgresStore, events};
use crate::store::sql::statements;
use crate::store::{Result, WorkflowRepair, WorkflowRepaired};
use uuid::Uuid;

statements! {
    STANDS = "select w.status::text as status, w.repair_id, w.nodes_left from hyrex_workflow_run w where w.id = $1";
    MARK = "update hyrex_task_run t set superseded = true where t.id = any($1::uuid[])";
    /// The retries that the node was sent with, counted from the new attempt on.
    INSERT = "insert into hyrex_task_run (id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            node_name, node_kind, task_name, args, queue, max_retries, priority, timeout_seconds, attempt_number, status,
            deps_left, scheduled_start, queued)
        select u.id, o.durable_id, o.root_id, o.parent_id, o.workflow_run_id, o.workflow_dependencies,
            coalesce(o.node_name, u.name), o.node_kind, o.task_name, coalesce(u.args::json, o.args), o.queue,
            least(o.attempt_number + 1 + coalesce(f.max_retries, 0), 32767)::smallint, o.priority, o.timeout_seconds,
            o.attempt_number + 1, case when u.free then {QUEUED} else {AWAIT_DEPS} end::task_run_status, u.waits, n.now,
            case when u.free then n.now end
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bool[], $6::int[]) u(id, old, name, args, free, waits)
        join hyrex_task_run o on o.id = u.old left join hyrex_task_run f on f.id = o.durable_id,
            (select coalesce($7::timestamptz, now()) as now) n
        returning case when status = {QUEUED} then queue::text end as queue, task_name::text as task_name";
    AGAIN = "update hyrex_workflow_run w set status = {workflow:RUNNING}, reason = null, finished = null,
            started = coalesce($2::timestamptz, now()),
            deadline = coalesce($2::timestamptz, now()) + w.timeout_seconds * interval '1 second', nodes_left = $3,
            ordinary_left = $4, unsuccessful = $5, repair_id = $6
        where w.id = $1";
}

impl PostgresStore {
    /// Repairs a run.
    pub(in crate::store::postgres) async fn repair_workflow(
        &self,
        repair: &WorkflowRepair,
    ) -> Result<WorkflowRepaired> {
        for (_, args) in &repair.args {
            NewRun::new("node", args.clone()).check(self.options.max_json)?;
        }
        let (answer, followed) = call!(self.db.rest, link => self.repair_on(link, repair))?;
        self.options.failpoints.answer("workflow_repair.answered")?;
        self.tell_followed(followed);
        Ok(answer)
    }

    async fn repair_on(&self, link: &mut Link<'_>, repair: &WorkflowRepair) -> Result<(WorkflowRepaired, Followed)> {
        link.begin().await?;
        let mut locked = Locked::default();
        locked.lock(link, [repair.run]).await?;
        let mut followed = Followed::default();
        let answer = match self.prepare_repair(link, repair).await? {
            // The first time said so, and wrote it down.
            Err(answer @ WorkflowRepaired::Running { .. }) => {
                link.rollback().await?;
                return Ok((answer, followed));
            }
            Err(answer) => answer,
            Ok((again, counts)) => {
                self.run_again(link, repair, &again, counts, &mut followed).await?;
                WorkflowRepaired::Running { nodes: again.len() as u32 }
            }
        };
        let body =
            serde_json::json!({"run": repair.run, "what": repair.what.to_string(), "outcome": answer.to_string()});
        events::write(link, "workflow_repair", &repair.actor, body, repair.now).await?;
        link.commit().await?;
        Ok((answer, followed))
    }

    /// What runs again, or why nothing does.
    async fn prepare_repair(
        &self,
        link: &mut Link<'_>,
        repair: &WorkflowRepair,
    ) -> Result<Result<(Vec<Again>, Counts), WorkflowRepaired>> {
        let Some(row) = link.optional(query(STANDS.as_str()).bind(repair.run.0)).await? else {
            return Ok(Err(WorkflowRepaired::NotFound));
        };
        if get::<Option<Uuid>>(&row, "repair_id")? == Some(repair.id) {
            let nodes = get::<Option<i32>>(&row, "nodes_left")?.unwrap_or_default().max(0) as u32;
            return Ok(Err(WorkflowRepaired::Running { nodes }));
        }
        let stands: WorkflowStatus = status(&row, "status")?;
        if (RunState { status: stands, cause: None }).after(RunEvent::Repair).is_err() {
            return Ok(Err(WorkflowRepaired::NotBroken(stands)));
        }
        Ok(recount::graph(link, repair.run).await?.plan(&repair.what, &repair.args))
    }

    async fn run_again(
        &self,
        link: &mut Link<'_>,
        repair: &WorkflowRepair,
        again: &[Again],
        counts: Counts,
        followed: &mut Followed,
    ) -> Result<()> {
        let old: Vec<Uuid> = again.iter().map(|again| again.after.0).collect();
        link.run(query(MARK.as_str()).bind(old.clone())).await?;
        let args = |again: &Again| {
            repair.args.iter().rev().find(|(name, _)| *name == again.name).map(|(_, args)| args.as_str())
        };
        let statement = query(INSERT.as_str())
            .bind(again.iter().map(|_| AttemptId::new().0).collect::<Vec<_>>())
            .bind(old)
            .bind(again.iter().map(|again| again.name.as_str()).collect::<Vec<_>>())
            .bind(again.iter().map(args).collect::<Vec<_>>())
            .bind(again.iter().map(|again| again.free).collect::<Vec<_>>())
            .bind(again.iter().map(|again| again.waits_for).collect::<Vec<_>>())
            .bind(repair.now);
        for row in link.all(statement).await? {
            if let Some(queue) = get::<Option<String>>(&row, "queue")? {
                followed.signs.work.insert((queue, get(&row, "task_name")?));
            }
        }
        self.options.failpoints.pass("workflow_repair.inserted")?;
        let statement = query(AGAIN.as_str())
            .bind(repair.run.0)
            .bind(repair.now)
            .bind(counts.left)
            .bind(counts.ordinary)
            .bind(counts.unsuccessful)
            .bind(repair.id);
        link.run(statement).await?;
        Ok(())
    }
}
