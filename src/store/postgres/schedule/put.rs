//! Registering schedules: rows of `hyrex_cron_job` that our leader runs, and Python's scheduler where it can.

use crate::model::schedule::Target;
use crate::model::{Timestamp, bounds};
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::get;
use crate::store::sql::statements;
use crate::store::{NewSchedule, Result};

/// What Python's scheduler is to run: a run as our senders write it, its columns in the row's parameters.
const COMMAND: &str =
    "format('insert into hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries,
        priority, timeout_seconds, attempt_number, status, scheduled_start, queued)
    select u.id, u.id, u.id, %L, %L::json, %L, %s, %s, %s, 0, %L, now(), now() from (select uuid7() as id) u',
    $8::text, $10::text, $11::text, $12::smallint, $13::smallint, coalesce($14::int::text, 'null'), {QUEUED})";
/// What nobody is to run.
const NO_COMMAND: &str = "'select 1'";

statements! {
    /// A row that stands as it is is not written again: each start of a worker puts them all.
    PUT = &format!("insert into hyrex_cron_job as j (jobname, job_source, schedule, command, active, activated_at,
            scheduled_jobs_confirmed_until, should_backfill, expression, time_zone, missed, target_kind, target_name,
            target_args, app)
        select $1, $2::text::job_source_type, $3, case when $3::text is null then {NO_COMMAND} else {COMMAND} end,
            $3::text is not null, n.now, n.now, $6::text = 'all', $4, $5, $6, $7, $8, $9::text::json, $16
        from (select coalesce($15::timestamptz, now()) as now) n
        on conflict (jobname) do update set job_source = excluded.job_source, schedule = excluded.schedule,
            command = excluded.command, active = excluded.active and j.enabled is distinct from false,
            should_backfill = excluded.should_backfill, expression = excluded.expression,
            time_zone = excluded.time_zone, missed = excluded.missed, target_kind = excluded.target_kind,
            target_name = excluded.target_name, target_args = excluded.target_args, app = excluded.app,
            activated_at = case when (j.expression, j.time_zone) is distinct from (excluded.expression, excluded.time_zone)
                then excluded.activated_at else j.activated_at end
        where (j.schedule, j.command, j.active, j.expression, j.time_zone, j.missed, j.target_args::text, j.app)
            is distinct from (excluded.schedule, excluded.command, excluded.active and j.enabled is distinct from false,
                excluded.expression, excluded.time_zone, excluded.missed, excluded.target_args::text, excluded.app)");
    /// Rows are locked in the order of their names, so that two workers that start never wait for one another.
    WITHDRAW = "with gone as materialized (
            select j.jobid, j.jobname from hyrex_cron_job j
            where j.app = $1 and j.expression is not null and not j.jobname = any($2::text[])
            order by j.jobname for no key update)
        update hyrex_cron_job j set active = false, schedule = null, expression = null
        from gone where j.jobid = gone.jobid returning gone.jobname";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn put_schedules(
        &self,
        app: &str,
        schedules: &[NewSchedule],
        now: Option<Timestamp>,
    ) -> Result<Vec<String>> {
        for new in schedules {
            match &new.target {
                Target::Task(run) => run.check(self.options.max_json)?,
                Target::Workflow(run) => run.check(self.options.max_json)?,
            }
        }
        let withdrawn = call!(self.db.rest, link => self.put_on(link, app, schedules, now))?;
        self.options.failpoints.answer("schedules_put.answered")?;
        Ok(withdrawn)
    }

    async fn put_on(
        &self,
        link: &mut Link<'_>,
        app: &str,
        schedules: &[NewSchedule],
        now: Option<Timestamp>,
    ) -> Result<Vec<String>> {
        let names: Vec<String> = schedules.iter().map(|new| new.target.job_name()).collect();
        link.begin().await?;
        let rows = link.all(query(WITHDRAW.as_str()).bind(app.to_owned()).bind(names)).await?;
        self.options.failpoints.pass("schedules_put.withdrawn")?;
        for new in sorted(schedules) {
            put(link, app, new, now).await?;
        }
        link.commit().await?;
        let mut withdrawn: Vec<String> = rows.iter().map(|row| get(row, "jobname")).collect::<Result<_>>()?;
        withdrawn.sort();
        Ok(withdrawn)
    }
}

/// In the order of their names, so that two workers that start never wait for one another.
fn sorted(schedules: &[NewSchedule]) -> Vec<&NewSchedule> {
    let mut sorted: Vec<&NewSchedule> = schedules.iter().collect();
    sorted.sort_by_key(|new| new.target.job_name());
    sorted
}

async fn put(link: &mut Link<'_>, app: &str, new: &NewSchedule, now: Option<Timestamp>) -> Result<()> {
    let columns = new.target.to_columns();
    // Python's scheduler can make a task's run, and nothing else.
    let (source, task) = match &new.target {
        Target::Task(run) => ("TASK", Some(run)),
        Target::Workflow(_) => ("APPLICATION", None),
    };
    let portable = task.and(new.schedule.portable());
    let retries = task.map(|run| run.max_retries.min(bounds::MAX_RETRIES) as i16);
    let statement = query(PUT.as_str())
        .bind(new.target.job_name())
        .bind(source)
        .bind(portable)
        .bind(new.schedule.expression().to_owned())
        .bind(new.schedule.zone().name())
        .bind(new.missed.as_str())
        .bind(columns.kind)
        .bind(columns.name)
        .bind(columns.args)
        .bind(task.map(|run| run.args.clone()))
        .bind(task.map(|run| run.queue.clone()))
        .bind(retries)
        .bind(task.map(|run| run.priority))
        .bind(task.and_then(|run| run.timeout_seconds.map(|seconds| seconds as i32)))
        .bind(now)
        .bind(app.to_owned());
    link.run(statement).await?;
    Ok(())
}
