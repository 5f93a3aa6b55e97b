//! What operators do with jobs: switch them, and send what they send.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::queues::log_event;
use super::super::rows;
use super::fire::send;
use crate::store::sql::statements;
use crate::store::{Result, RunSchedule, SetSchedule};

statements! {
    /// A job that is switched on begins now.
    SET = "UPDATE hyrex_cron_job SET enabled = ?2, enabled_by = ?3,
            active = ?2 AND (expression IS NULL OR schedule IS NOT NULL),
            activated_at = CASE WHEN ?2 AND (enabled = 0 OR expression IS NULL AND NOT active) THEN ?4 ELSE activated_at END
        WHERE jobname = ?1 AND coalesce(expression, schedule) IS NOT NULL";
    STANDS = "SELECT 1 FROM hyrex_task_run WHERE id = ?1 UNION ALL SELECT 1 FROM hyrex_workflow_run WHERE id = ?1";
    /// Beside its times: the next microsecond that none of them has.
    NOTE = "INSERT INTO hyrex_cron_job_run_details (jobid, command, status, schedule_time, start_time, end_time, run_id)
        SELECT j.jobid, j.command, {SUCCESS}, max(?3, coalesce((SELECT max(d.schedule_time) + 1
                FROM hyrex_cron_job_run_details d WHERE d.jobid = j.jobid AND d.schedule_time >= ?3), 0)), ?3, ?3, ?2
        FROM hyrex_cron_job j WHERE j.jobname = ?1 AND coalesce(j.expression, j.schedule) IS NOT NULL";
}

/// Switches a job; whether there is one.
pub fn set(tx: &mut Tx<'_>, set: &SetSchedule) -> Result<bool> {
    let now = rows::micros(set.now);
    let found = tx.conn.run(&SET, (&set.name, set.enabled, &set.actor.user, now))? > 0;
    if found {
        let event = if set.enabled { "schedule_enable" } else { "schedule_disable" };
        log_event(tx.conn, event, &set.actor, serde_json::json!({"schedule": set.name}), now)?;
        tx.signs.something = true;
    }
    Ok(found)
}

/// Sends what a job sends; whether there is one.
pub fn run(tx: &mut Tx<'_>, run: &RunSchedule) -> Result<bool> {
    let (id, now) = (run.work.run_id(), rows::micros(run.now));
    if tx.conn.one(&STANDS, [id], |_| Ok(()))?.is_some() {
        return Ok(true);
    }
    if tx.conn.run(&NOTE, (&run.name, id, now))? == 0 {
        return Ok(false);
    }
    send(tx, &run.work, now)?;
    let body = serde_json::json!({"schedule": run.name, "run": id});
    log_event(tx.conn, "schedule_run", &run.actor, body, now)?;
    Ok(true)
}
