//! What operators do with jobs: switch them, and send what they send.

use crate::model::schedule::Target;
use crate::store::postgres::connect::call;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::signals::Signs;
use crate::store::postgres::{PostgresStore, enqueue, events, workflow};
use crate::store::sql::statements;
use crate::store::{Result, RunSchedule, SetSchedule};

statements! {
    /// A job that is switched on begins now. A row of ours is active where Python's scheduler can run it, one of
    /// Python's where it is on.
    SET = "update hyrex_cron_job j set enabled = $2, enabled_by = $3,
            active = $2 and (j.expression is null or j.schedule is not null),
            activated_at = case when $2 and (j.enabled is false or j.expression is null and not j.active)
                then coalesce($4::timestamptz, now()) else j.activated_at end
        where j.jobname = $1 and coalesce(j.expression, j.schedule) is not null";
    STANDS = "select 1 from hyrex_task_run r where r.id = $1 union all
        select 1 from hyrex_workflow_run w where w.id = $1";
    /// Beside its times: the next microsecond that none of them has.
    NOTE = "insert into hyrex_cron_job_run_details (jobid, command, status, schedule_time, start_time, end_time, run_id)
        select j.jobid, j.command, {SUCCESS}, greatest(n.now, (select max(d.schedule_time) + interval '1 microsecond'
                from hyrex_cron_job_run_details d where d.jobid = j.jobid and d.schedule_time >= n.now)), n.now, n.now, $2
        from hyrex_cron_job j, (select coalesce($3::timestamptz, now()) as now) n
        where j.jobname = $1 and coalesce(j.expression, j.schedule) is not null";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn set_schedule(&self, set: &SetSchedule) -> Result<bool> {
        let found = call!(self.db.rest, link => set_on(link, set))?;
        self.options.failpoints.answer("schedule_set.answered")?;
        self.flusher.tell(Signs::other());
        Ok(found)
    }

    pub(in crate::store::postgres) async fn run_schedule(&self, run: &RunSchedule) -> Result<bool> {
        match &run.work {
            Target::Task(task) => task.check(self.options.max_json)?,
            Target::Workflow(workflow) => workflow.check(self.options.max_json)?,
        }
        let found = call!(self.db.rest, link => run_on(link, run))?;
        self.options.failpoints.answer("schedule_run.answered")?;
        self.flusher.tell(match &run.work {
            Target::Task(task) => enqueue::signs([&**task]),
            Target::Workflow(run) => workflow::signs(run),
        });
        Ok(found)
    }
}

async fn set_on(link: &mut Link<'_>, set: &SetSchedule) -> Result<bool> {
    link.begin().await?;
    let by = set.actor.user.clone();
    let statement = query(SET.as_str()).bind(set.name.clone()).bind(set.enabled).bind(by).bind(set.now);
    let found = link.run(statement).await? > 0;
    if found {
        let event = if set.enabled { "schedule_enable" } else { "schedule_disable" };
        events::write(link, event, &set.actor, serde_json::json!({"schedule": set.name}), set.now).await?;
    }
    link.commit().await?;
    Ok(found)
}

async fn run_on(link: &mut Link<'_>, run: &RunSchedule) -> Result<bool> {
    link.begin().await?;
    let id = run.work.run_id();
    let found = link.optional(query(STANDS.as_str()).bind(id)).await?.is_some();
    if found || link.run(query(NOTE.as_str()).bind(run.name.clone()).bind(id).bind(run.now)).await? == 0 {
        link.rollback().await?;
        return Ok(found);
    }
    match &run.work {
        Target::Task(task) => drop(enqueue::insert_part(link, &[task], run.now).await?),
        Target::Workflow(run_of_it) => drop(workflow::send(link, run_of_it, run.now).await?),
    }
    let body = serde_json::json!({"schedule": run.name, "run": id});
    events::write(link, "schedule_run", &run.actor, body, run.now).await?;
    link.commit().await?;
    Ok(true)
}
