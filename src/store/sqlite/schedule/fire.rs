//! Running times that have come: each is written down once, and what it sends is sent, in one transaction.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::{enqueue, rows, workflow};
use super::lead::holds;
use super::put::check_target;
use crate::model::schedule::Target;
use crate::model::time::to_micros;
use crate::store::sql::statements;
use crate::store::{Fire, Fired, Firing, Result};

statements! {
    /// What Python's scheduler wrote down and has not run is taken over (a database that was copied from PostgreSQL).
    NOTE = "INSERT INTO hyrex_cron_job_run_details AS d
            (jobid, command, status, schedule_time, start_time, end_time, run_id, error)
        SELECT j.jobid, j.command, CASE WHEN ?4 IS NULL THEN {SUCCESS} ELSE {FAILED} END, ?2, ?5, ?5, ?3, ?4
        FROM hyrex_cron_job j WHERE j.jobid = ?1 AND j.enabled IS NOT 0 AND coalesce(j.expression, j.schedule) IS NOT NULL
        ON CONFLICT (jobid, schedule_time) DO UPDATE SET status = excluded.status, start_time = excluded.start_time,
            end_time = excluded.end_time, run_id = excluded.run_id, error = excluded.error
        WHERE d.status = {QUEUED}";
    CONFIRM = "UPDATE hyrex_cron_job SET scheduled_jobs_confirmed_until = max(coalesce(scheduled_jobs_confirmed_until, 0), ?2)
        WHERE jobid = ?1";
}

/// Runs what has come, under the leader's fence.
pub fn fire(tx: &mut Tx<'_>, fire: &Fire) -> Result<Option<Vec<Fired>>> {
    if !holds(tx.conn, &fire.leader)? {
        return Ok(None);
    }
    let now = rows::micros(fire.now);
    let mut answers = Vec::with_capacity(fire.firings.len());
    for firing in &fire.firings {
        answers.push(fire_one(tx, firing, now)?);
    }
    tx.pass("schedules_fire.sent")?;
    for (job, until) in &fire.confirmed {
        tx.conn.run(&CONFIRM, (job, to_micros(*until)))?;
    }
    Ok(Some(answers))
}

fn fire_one(tx: &mut Tx<'_>, firing: &Firing, now: i64) -> Result<Fired> {
    let error = error(tx, firing);
    let run = firing.work.as_ref().map(Target::run_id);
    let values = (firing.job, to_micros(firing.time), run, &error, now);
    if tx.conn.run(&NOTE, values)? == 0 {
        return Ok(Fired::Already);
    }
    tx.pass("schedules_fire.noted")?;
    match (&firing.work, error) {
        (_, Some(error)) => return Ok(Fired::Failed(error)),
        (Some(target), None) => send(tx, target, now)?,
        (None, None) => {}
    }
    Ok(Fired::New)
}

/// Sends a run that was checked.
pub fn send(tx: &mut Tx<'_>, target: &Target, now: i64) -> Result<()> {
    match target {
        Target::Task(run) => enqueue::enqueue(tx, std::slice::from_ref(run), now).map(drop),
        Target::Workflow(run) => workflow::send(tx, run, now).map(drop),
    }
}

/// What keeps a firing from being sent at all.
fn error(tx: &Tx<'_>, firing: &Firing) -> Option<String> {
    match &firing.work {
        Some(target) => check_target(target, tx.options.max_json).err().map(|error| error.to_string()),
        None => Some("SQL is run by schedules on PostgreSQL only".into()),
    }
}
