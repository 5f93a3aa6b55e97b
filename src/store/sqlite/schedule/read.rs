//! Reading jobs and what they did.

use super::super::cached::Cached;
use super::super::inspect::{MOST, page};
use super::super::rows::time;
use crate::model::Timestamp;
use crate::model::time::{from_micros, to_micros};
use crate::store::sql::statements;
use crate::store::{Page, Result, ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, ScheduleSource};
use rusqlite::{Connection, Row};

/// After so many microseconds nobody will run what was written down.
const LEFT: i64 = 60_000_000;

statements! {
    /// A task's job of Python's is sent as its definition says: its command is never looked into.
    ALL = "SELECT j.jobid, j.jobname, coalesce(j.expression, j.schedule), coalesce(j.time_zone, 'UTC'),
            coalesce(j.missed, CASE WHEN j.should_backfill IS 0 THEN 'none' ELSE 'all' END),
            CASE WHEN j.expression IS NOT NULL THEN 'ours' ELSE j.job_source END,
            j.enabled IS NOT 0 AND (j.expression IS NOT NULL OR j.active), j.enabled_by,
            max(coalesce(j.activated_at, 0), coalesce(j.scheduled_jobs_confirmed_until, 0)),
            (SELECT max(d.schedule_time) FROM hyrex_cron_job_run_details d WHERE d.jobid = j.jobid),
            CASE WHEN j.expression IS NULL AND j.job_source = 'TASK' THEN 'task' ELSE j.target_kind END,
            CASE WHEN j.expression IS NULL AND j.job_source = 'TASK' THEN coalesce(t.task_name, p.name) ELSE j.target_name END,
            CASE WHEN j.expression IS NULL AND j.job_source = 'TASK' THEN json_object('args', '{}', 'queue',
                    coalesce(t.queue, 'default'), 'max_retries', max(0, min(1000, coalesce(t.max_retries, 0))),
                    'priority', max(1, min(10, coalesce(t.priority, 5))), 'timeout_seconds', t.timeout_seconds)
                ELSE j.target_args END, j.app
        FROM hyrex_cron_job j
            JOIN (SELECT jobid, CASE WHEN substr(jobname, 1, 14) = 'ScheduledTask-' THEN substr(jobname, 15) ELSE jobname END AS name
                FROM hyrex_cron_job) p ON p.jobid = j.jobid
            LEFT JOIN hyrex_task_def t ON j.expression IS NULL AND t.task_name = p.name
        WHERE coalesce(j.expression, j.schedule) IS NOT NULL ORDER BY j.jobname LIMIT ?1";
    LEFT_OVER = "SELECT schedule_time FROM hyrex_cron_job_run_details INDEXED BY hyrex_cron_job_run_details_queued
        WHERE status = {QUEUED} AND jobid = ?1 AND schedule_time < ?2 ORDER BY schedule_time LIMIT 1000";
    HISTORY = "SELECT schedule_time, status, run_id, end_time, error FROM hyrex_cron_job_run_details
        WHERE jobid = ?1 AND schedule_time < ?2 ORDER BY schedule_time DESC LIMIT ?3";
}

/// All jobs, by name.
pub fn schedules(conn: &Connection, now: i64) -> Result<Vec<ScheduleRow>> {
    let mut found = conn.all(&ALL, [MOST], schedule)?;
    for row in &mut found {
        row.left_over = conn.all(&LEFT_OVER, (row.id, now - LEFT), |row| row.get(0).map(from_micros))?;
    }
    Ok(found)
}

fn schedule(row: &Row<'_>) -> rusqlite::Result<ScheduleRow> {
    let source: String = row.get(5)?;
    Ok(ScheduleRow {
        id: row.get(0)?,
        name: row.get(1)?,
        expression: row.get(2)?,
        time_zone: row.get(3)?,
        missed: row.get(4)?,
        source: match source.as_str() {
            "ours" => ScheduleSource::Application,
            "TASK" => ScheduleSource::PythonTask,
            "SYSTEM" => ScheduleSource::System,
            _ => ScheduleSource::Sql,
        },
        app: row.get(13)?,
        enabled: row.get(6)?,
        enabled_by: row.get(7)?,
        confirmed_until: time(row, 8)?.unwrap_or_default(),
        last: time(row, 9)?,
        left_over: Vec::new(),
        target_kind: row.get(10)?,
        target_name: row.get(11)?,
        target_args: row.get(12)?,
    })
}

/// A page of what a job did.
pub fn history(conn: &Connection, wanted: &ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>> {
    let limit = wanted.limit.clamp(1, MOST);
    let before = wanted.before.map_or(i64::MAX, to_micros);
    let found = conn.all(&HISTORY, (wanted.job, before, limit + 1), |row| {
        Ok(ScheduleRunRow {
            time: time(row, 0)?.unwrap_or_default(),
            status: row.get(1)?,
            run: row.get(2)?,
            done: time(row, 3)?,
            error: row.get(4)?,
        })
    })?;
    Ok(page(found, limit, |row| row.time))
}
