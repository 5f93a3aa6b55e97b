//! Registering schedules: rows of `hyrex_cron_job`.

use super::super::cached::Cached;
use super::super::operation::Tx;
use crate::model::BoundsError;
use crate::model::schedule::Target;
use crate::store::sql::statements;
use crate::store::{NewSchedule, Result};
use rusqlite::params;
use std::collections::HashSet;

statements! {
    /// A row that stands as it is is not written again: each start of a worker puts them all.
    PUT = "INSERT INTO hyrex_cron_job AS j (jobname, job_source, schedule, command, active, activated_at,
            scheduled_jobs_confirmed_until, should_backfill, expression, time_zone, missed, target_kind, target_name,
            target_args, app)
        VALUES (?1, ?2, ?3, 'select 1', ?3 IS NOT NULL, ?10, ?10, ?6 = 'all', ?4, ?5, ?6, ?7, ?8, ?9, ?11)
        ON CONFLICT (jobname) DO UPDATE SET job_source = excluded.job_source, schedule = excluded.schedule,
            command = excluded.command, active = excluded.active AND j.enabled IS NOT 0,
            should_backfill = excluded.should_backfill, expression = excluded.expression,
            time_zone = excluded.time_zone, missed = excluded.missed, target_kind = excluded.target_kind,
            target_name = excluded.target_name, target_args = excluded.target_args, app = excluded.app,
            activated_at = CASE WHEN (j.expression, j.time_zone) IS NOT (excluded.expression, excluded.time_zone)
                THEN excluded.activated_at ELSE j.activated_at END
        WHERE (j.schedule, j.active, j.expression, j.time_zone, j.missed, j.target_args, j.app)
            IS NOT (excluded.schedule, excluded.active AND j.enabled IS NOT 0,
                excluded.expression, excluded.time_zone, excluded.missed, excluded.target_args, excluded.app)";
    STANDING = "SELECT jobname FROM hyrex_cron_job WHERE app = ?1 AND expression IS NOT NULL ORDER BY jobname";
    WITHDRAW = "UPDATE hyrex_cron_job SET active = 0, schedule = NULL, expression = NULL WHERE jobname = ?1";
}

/// Holds what schedules send against the bounds.
pub fn check(schedules: &[NewSchedule], max_json: usize) -> Result<()> {
    Ok(schedules.iter().try_for_each(|new| check_target(&new.target, max_json))?)
}

/// Holds a run against the bounds.
pub fn check_target(target: &Target, max_json: usize) -> Result<(), BoundsError> {
    match target {
        Target::Task(run) => run.check(max_json),
        Target::Workflow(run) => run.check(max_json),
    }
}

/// Writes schedules that were checked, and withdraws the others of the application; their names.
pub fn put(tx: &mut Tx<'_>, app: &str, schedules: &[NewSchedule], now: i64) -> Result<Vec<String>> {
    let names: HashSet<String> = schedules.iter().map(|new| new.target.job_name()).collect();
    let mut withdrawn: Vec<String> = tx.conn.all(&STANDING, [app], |row| row.get(0))?;
    withdrawn.retain(|name| !names.contains(name));
    for name in &withdrawn {
        tx.conn.run(&WITHDRAW, [name])?;
    }
    tx.pass("schedules_put.withdrawn")?;
    for new in schedules {
        put_one(tx, app, new, now)?;
    }
    Ok(withdrawn)
}

fn put_one(tx: &mut Tx<'_>, app: &str, new: &NewSchedule, now: i64) -> Result<()> {
    let columns = new.target.to_columns();
    let (source, portable) = match &new.target {
        Target::Task(_) => ("TASK", new.schedule.portable()),
        Target::Workflow(_) => ("APPLICATION", None),
    };
    let values = params![
        new.target.job_name(),
        source,
        portable,
        new.schedule.expression(),
        new.schedule.zone().name(),
        new.missed.as_str(),
        columns.kind,
        columns.name,
        columns.args,
        now,
        app,
    ];
    tx.conn.run(&PUT, values).map(drop)
}
