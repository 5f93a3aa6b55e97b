//! Running times that have come: each is written down once, and what it sends is sent, in one transaction.

use super::lead::holds;
use crate::model::schedule::Target;
use crate::model::{NewRun, Timestamp};
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::enqueue::{self, MAX_ROWS};
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, time};
use crate::store::postgres::signals::Signs;
use crate::store::postgres::workflow;
use crate::store::sql::statements;
use crate::store::{Fire, Fired, Firing, Result};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

statements! {
    /// What Python's scheduler wrote down and has not run is taken over; it waits for us, or we for it, and whoever
    /// comes second finds it done.
    NOTE = "with job as materialized (
            select j.jobid, j.command from hyrex_cron_job j
            where j.jobid = any($1::bigint[]) and j.enabled is distinct from false
                and coalesce(j.expression, j.schedule) is not null order by j.jobid for no key update)
        insert into hyrex_cron_job_run_details as d
            (jobid, command, status, schedule_time, start_time, end_time, run_id, error)
        select u.job, job.command, case when u.error is null then {SUCCESS} else {FAILED} end::cron_job_status_enum,
            u.time, n.now, n.now, u.run, u.error
        from unnest($1::bigint[], $2::timestamptz[], $3::uuid[], $4::text[]) u(job, time, run, error)
            join job on job.jobid = u.job, (select coalesce($5::timestamptz, now()) as now) n
        order by u.job, u.time
        on conflict (jobid, schedule_time) do update set status = excluded.status, start_time = excluded.start_time,
            end_time = excluded.end_time, run_id = excluded.run_id, error = excluded.error
        where d.status = {QUEUED}
        returning d.jobid, d.schedule_time, d.command";
    FAILED = "update hyrex_cron_job_run_details d set status = {FAILED}, error = $3
        where d.jobid = $1 and d.schedule_time = $2";
    CONFIRM = "update hyrex_cron_job j
        set scheduled_jobs_confirmed_until = greatest(j.scheduled_jobs_confirmed_until, u.until)
        from unnest($1::bigint[], $2::timestamptz[]) u(job, until) where j.jobid = u.job";
    COMMAND = "select set_config('hyrex.command', $1, true), set_config('hyrex.error', '', true),
        set_config('statement_timeout', $2, true)";
    ERROR = "select current_setting('hyrex.error') as error";
}

/// As Python's scheduler runs it: within a function, where no statement can end the transaction. Its block is a
/// savepoint; what goes wrong in it, its time being up included, is undone and told.
const EXECUTE: &str = "do $$ begin execute current_setting('hyrex.command');
    exception when query_canceled or others then perform set_config('hyrex.error', sqlerrm, true); end $$";

impl PostgresStore {
    pub(in crate::store::postgres) async fn fire(&self, fire: &Fire) -> Result<Option<Vec<Fired>>> {
        let fired = call!(self.db.rest, link => self.fire_on(link, fire))?;
        self.options.failpoints.answer("schedules_fire.answered")?;
        let Some((answers, signs)) = fired else { return Ok(None) };
        if !signs.is_empty() {
            self.flusher.tell(signs);
        }
        Ok(Some(answers))
    }

    async fn fire_on(&self, link: &mut Link<'_>, fire: &Fire) -> Result<Option<(Vec<Fired>, Signs)>> {
        link.begin().await?;
        if !holds(link, &fire.leader).await? {
            link.rollback().await?;
            return Ok(None);
        }
        let errors: Vec<Option<String>> = fire.firings.iter().map(|firing| self.error(firing)).collect();
        let noted = note(link, fire, &errors).await?;
        self.options.failpoints.pass("schedules_fire.noted")?;
        let mut answers = Vec::with_capacity(fire.firings.len());
        // The whole call has its time, of which a job's SQL gets half.
        let patience = self.options.call_timeout / 2;
        let mut new = Vec::new();
        for (firing, error) in fire.firings.iter().zip(errors) {
            answers.push(match (noted.get(&(firing.job, firing.time)), error) {
                (None, _) => Fired::Already,
                (Some(_), Some(error)) => Fired::Failed(error),
                (Some(command), None) => send(link, firing, command, fire.now, &mut new, patience).await?,
            });
        }
        let signs = enqueue_all(link, &new, fire).await?;
        self.options.failpoints.pass("schedules_fire.sent")?;
        confirm(link, fire).await?;
        link.commit().await?;
        Ok(Some((answers, signs)))
    }

    /// What keeps a firing from being sent at all.
    fn error(&self, firing: &Firing) -> Option<String> {
        let checked = match firing.work.as_ref()? {
            Target::Task(run) => run.check(self.options.max_json),
            Target::Workflow(run) => run.check(self.options.max_json),
        };
        checked.err().map(|error| error.to_string())
    }
}

/// The times that were written down now, with the commands of their rows.
async fn note(
    link: &mut Link<'_>,
    fire: &Fire,
    errors: &[Option<String>],
) -> Result<HashMap<(i64, Timestamp), String>> {
    let run = |firing: &Firing| firing.work.as_ref().map(Target::run_id);
    let statement = query(NOTE.as_str())
        .bind(fire.firings.iter().map(|firing| firing.job).collect::<Vec<_>>())
        .bind(fire.firings.iter().map(|firing| firing.time).collect::<Vec<_>>())
        .bind(fire.firings.iter().map(run).collect::<Vec<Option<Uuid>>>())
        .bind(errors.to_vec())
        .bind(fire.now);
    let rows = link.all(statement).await?;
    rows.iter().map(|row| Ok(((get(row, "jobid")?, time(row, "schedule_time")?), get(row, "command")?))).collect()
}

/// Sends a workflow's run or runs SQL; a task's run is gathered in `tasks`, to be sent with the others.
async fn send<'f>(
    link: &mut Link<'_>,
    firing: &'f Firing,
    command: &str,
    now: Option<Timestamp>,
    new: &mut Vec<&'f Target>,
    patience: Duration,
) -> Result<Fired> {
    match &firing.work {
        Some(target) => {
            if let Target::Workflow(run) = target {
                workflow::send(link, run, now).await?;
            }
            new.push(target);
            Ok(Fired::New)
        }
        None => execute(link, firing, command, patience).await,
    }
}

/// Runs a row's SQL in a savepoint, within `patience`; its failure is noted and harms nothing else.
async fn execute(link: &mut Link<'_>, firing: &Firing, command: &str, patience: Duration) -> Result<Fired> {
    let ms = patience.as_millis().clamp(1, i32::MAX as u128).to_string();
    link.run(query(COMMAND.as_str()).bind(command.to_owned()).bind(ms)).await?;
    link.raw(EXECUTE.into()).await?;
    let error: String = get(&link.one(query(ERROR.as_str())).await?, "error")?;
    if error.is_empty() {
        return Ok(Fired::New);
    }
    link.run(query(FAILED.as_str()).bind(firing.job).bind(firing.time).bind(error.clone())).await?;
    Ok(Fired::Failed(error))
}

/// Sends the tasks' runs; what others are to hear of all that was sent.
async fn enqueue_all(link: &mut Link<'_>, new: &[&Target], fire: &Fire) -> Result<Signs> {
    let mut tasks: Vec<&NewRun> = Vec::new();
    let mut signs = Signs::default();
    for target in new {
        match target {
            Target::Task(run) => tasks.push(run),
            Target::Workflow(run) => signs.merge(workflow::signs(run)),
        }
    }
    for part in tasks.chunks(MAX_ROWS) {
        enqueue::insert_part(link, part, fire.now).await?;
    }
    signs.merge(enqueue::signs(tasks));
    Ok(signs)
}

async fn confirm(link: &mut Link<'_>, fire: &Fire) -> Result<()> {
    let (jobs, until): (Vec<i64>, Vec<Timestamp>) = fire.confirmed.iter().copied().unzip();
    link.run(query(CONFIRM.as_str()).bind(jobs).bind(until)).await?;
    Ok(())
}
