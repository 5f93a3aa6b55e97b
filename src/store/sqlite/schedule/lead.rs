//! Who leads: row 1 of `hyrex_scheduler_lock`.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::rows;
use crate::model::ExecutorId;
use crate::store::sql::statements;
use crate::store::{Lead, LeaderFence, Result, SchedulerSeen};
use rusqlite::Connection;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Columns of [`JOBS`].
const JOBS_COLUMNS: usize = 9;

statements! {
    LEAD = "INSERT INTO hyrex_scheduler_lock
            (lockid, worker_name, acquired_at, heartbeat_at, release_at, is_active, fence)
        VALUES (1, ?1, ?2, ?2, ?3, 1, 1)
        ON CONFLICT (lockid) DO UPDATE SET worker_name = excluded.worker_name, acquired_at = excluded.acquired_at,
            heartbeat_at = excluded.heartbeat_at, release_at = excluded.release_at, is_active = 1,
            fence = coalesce(fence, 0) + 1
        WHERE NOT is_active OR release_at <= excluded.acquired_at OR worker_name = excluded.worker_name
        RETURNING fence";
    RENEW = "UPDATE hyrex_scheduler_lock SET heartbeat_at = ?3,
            release_at = ?3 + (SELECT lease_ms * 1000 FROM hyrex_executor WHERE id = ?2)
        WHERE lockid = 1 AND worker_name = ?1 AND is_active";
    RELEASE = "UPDATE hyrex_scheduler_lock SET is_active = 0, heartbeat_at = ?3, release_at = ?3
        WHERE lockid = 1 AND worker_name = ?1 AND fence = ?2 AND is_active";
    HELD = "SELECT 1 FROM hyrex_scheduler_lock WHERE lockid = 1 AND worker_name = ?1 AND fence = ?2 AND is_active";
    LEADER = "SELECT worker_name, coalesce(fence, 0), release_at FROM hyrex_scheduler_lock WHERE lockid = 1 AND is_active";
    JOBS = "SELECT jobid, jobname, expression, schedule, time_zone, missed, should_backfill, activated_at, target_args
        FROM hyrex_cron_job j WHERE {jobs_to_run} ORDER BY jobid";
    ANY = "SELECT 1 FROM hyrex_cron_job j WHERE {jobs_to_run} LIMIT 1";
}

/// Takes the place where it is free.
pub fn lead(tx: &mut Tx<'_>, lead: &Lead) -> Result<Option<LeaderFence>> {
    let now = rows::micros(lead.now);
    let values = (&lead.holder, now, rows::later(now, lead.lease));
    let taken = tx.conn.one(&LEAD, values, |row| row.get(0))?;
    Ok(taken.map(|fence| LeaderFence { holder: lead.holder.clone(), fence }))
}

/// Keeps it for another lease of the executor, where it is its.
pub fn renew(conn: &Connection, executor: ExecutorId, now: i64) -> Result<()> {
    conn.run(&RENEW, (executor.to_string(), executor, now)).map(drop)
}

/// What a tick tells of schedules.
pub fn seen(conn: &Connection, executor: ExecutorId) -> Result<SchedulerSeen> {
    let leader = conn
        .one(&LEADER, [], |row| Ok((LeaderFence { holder: row.get(0)?, fence: row.get(1)? }, rows::time(row, 2)?)))?;
    let leads = leader.as_ref().is_some_and(|(leader, _)| leader.holder == executor.to_string());
    let jobs = match leads {
        true => version(conn)?,
        false => conn.one(&ANY, [], |_| Ok(0))?,
    };
    let (leader, free_at) = leader.unzip();
    Ok(SchedulerSeen { jobs, leader, free_at: free_at.flatten() })
}

/// A number that changes when jobs do; none: there is no job to run.
fn version(conn: &Connection) -> Result<Option<i64>> {
    let rows = conn.all(&JOBS, [], |row| {
        (0..JOBS_COLUMNS).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect::<Result<Vec<_>, _>>()
    })?;
    let mut hasher = DefaultHasher::new();
    for value in rows.iter().flatten() {
        format!("{value:?}").hash(&mut hasher);
    }
    Ok((!rows.is_empty()).then(|| hasher.finish() as i64))
}

/// Lets it go.
pub fn release(tx: &mut Tx<'_>, leader: &LeaderFence, now: i64) -> Result<()> {
    tx.conn.run(&RELEASE, (&leader.holder, leader.fence, now)).map(drop)
}

/// Whether it is held.
pub fn holds(conn: &Connection, leader: &LeaderFence) -> Result<bool> {
    Ok(conn.one(&HELD, (&leader.holder, leader.fence), |_| Ok(()))?.is_some())
}
