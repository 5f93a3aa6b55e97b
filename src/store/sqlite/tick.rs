//! An executor's life: it registers, ticks and beats, and stops.

use super::cached::Cached;
use super::operation::Tx;
use super::{complete, lanes, promote, queues, rows, schedule, workflow};
use crate::model::time::{from_micros, to_micros};
use crate::model::{ExecutorId, ExecutorStatus, Fence, TaskStatus};
use crate::store::sql::statements;
use crate::store::{Beat, Count, HIST_BUCKETS, Peer, Registration, Result, Tick, TickAnswer};
use rusqlite::{Connection, Row, params};
use std::collections::HashSet;
use std::time::Duration;

statements! {
    REGISTER = "INSERT INTO hyrex_executor (id, name, worker_name, queue_pattern, queues, started, last_heartbeat,
            status, lease_ms, beat_interval_ms, beat_number, slots, stuck, host, pid, boot_id, version, app, task_names)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, {executor:RUNNING}, ?7, ?8, 0, ?9, 0, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (id) DO NOTHING";
    BEAT = "UPDATE hyrex_executor SET last_heartbeat = ?2, beat_number = coalesce(beat_number, 0) + 1, stuck = ?3
        WHERE id = ?1 AND status = {executor:RUNNING}";
    COUNT = "INSERT INTO hyrex_counter (minute, executor_id, queue, task_name, succeeded, failed, retried, canceled,
            stopped, wait_us, run_us, wait_hist, run_hist)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (minute, executor_id, queue, task_name) DO UPDATE SET succeeded = excluded.succeeded,
            failed = excluded.failed, retried = excluded.retried, canceled = excluded.canceled,
            stopped = excluded.stopped, wait_us = excluded.wait_us, run_us = excluded.run_us,
            wait_hist = excluded.wait_hist, run_hist = excluded.run_hist";
    STATUS = "SELECT status FROM hyrex_executor WHERE id = ?1";
    STOP = "UPDATE hyrex_executor SET status = {executor:SHUTDOWN}, stopped = ?2 WHERE id = ?1 AND status = {executor:RUNNING}";
    AT_WORK = "SELECT id, status, beat_number, lease_ms, coalesce(last_heartbeat, started), last_heartbeat, host, boot_id, pid
        FROM hyrex_executor INDEXED BY hyrex_executor_running WHERE status = {executor:RUNNING} AND id <> ?1";
    PEER = "SELECT id, status, beat_number, lease_ms, coalesce(last_heartbeat, started), last_heartbeat, host, boot_id, pid
        FROM hyrex_executor WHERE id = ?1";
    NEXT_HOLDER = "SELECT executor_id FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_executor
        WHERE status IN {held} AND executor_id > ?1 ORDER BY executor_id LIMIT 1";
}

/// Writes an executor's row, once.
pub(super) fn register(tx: &mut Tx<'_>, new: &Registration, now: i64) -> Result<()> {
    let json = |texts: Vec<String>| serde_json::Value::from(texts).to_string();
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let (pattern, queues) = (new.queues.to_string(), json(new.queues.literals()));
    let tasks = json(new.task_names.clone());
    let (lease, interval) = (millis(new.lease), millis(new.beat_interval));
    let values = params![
        new.id,
        new.name,
        new.worker_name,
        pattern,
        queues,
        now,
        lease,
        interval,
        new.slots,
        new.host,
        new.pid,
        new.boot_id,
        new.version,
        new.app,
        tasks
    ];
    tx.conn.run(&REGISTER, values).map(drop)
}

/// Beats where it is time, then tells.
pub(super) fn beat(tx: &mut Tx<'_>, tick: &Tick, beat: &Beat) -> Result<TickAnswer> {
    let now = rows::micros(tick.now);
    if tx.conn.run(&BEAT, (tick.executor, now, beat.stuck))? > 0 {
        for count in &beat.counts {
            keep(tx.conn, tick.executor, count)?;
        }
        schedule::renew(tx.conn, tick.executor, now)?;
    }
    tx.pass("tick.beaten")?;
    tell(tx.conn, tick, now)
}

/// Totals of a minute: written twice is as good as once.
fn keep(conn: &Connection, executor: ExecutorId, count: &Count) -> Result<()> {
    let values = params![
        to_micros(count.minute),
        executor,
        count.queue,
        count.task_name,
        count.succeeded,
        count.failed,
        count.retried,
        count.canceled,
        count.stopped,
        count.wait_us,
        count.run_us,
        histogram(&count.wait_hist),
        histogram(&count.run_hist)
    ];
    conn.run(&COUNT, values).map(drop)
}

/// A histogram as it is stored: a JSON list.
pub(super) fn histogram(buckets: &[i32; HIST_BUCKETS]) -> String {
    serde_json::json!(buckets).to_string()
}

/// What a worker must know; nothing is written.
pub(super) fn tell(conn: &Connection, tick: &Tick, now: i64) -> Result<TickAnswer> {
    let (lanes, lanes_cut) = lanes::of_tasks(conn, &lanes::sorted(tick.tasks.iter()), tick.lanes_after.as_ref())?;
    let held = complete::fences(conn, tick.executor)?;
    let cancels = held.iter().filter(|(_, status)| *status == TaskStatus::UpForCancel);
    Ok(TickAnswer {
        now: from_micros(now),
        own: conn.one(&STATUS, [tick.executor], |row| row.get(0))?,
        cancels: cancels.map(|(fence, _)| *fence).collect(),
        next_due: promote::next_due(conn)?.map(from_micros),
        lanes,
        lanes_cut,
        queues: queues::with_settings(conn)?,
        workflows: workflow::seen(conn)?,
        scheduler: schedule::seen(conn, tick.executor)?,
        held: tick.beat.as_ref().map(|_| held.iter().map(|(fence, _)| *fence).collect()),
        peers: tick.beat.as_ref().map(|_| peers(conn, tick.executor, now)).transpose()?,
    })
}

/// The others that are RUNNING, or that hold attempts though they are not.
fn peers(conn: &Connection, own: ExecutorId, now: i64) -> Result<Vec<Peer>> {
    let mut peers = conn.all(&AT_WORK, [own], |row| peer(row, now))?;
    let at_work: HashSet<_> = peers.iter().map(|peer| peer.id).collect();
    for holder in holders(conn)? {
        if holder != own && !at_work.contains(&holder) {
            let found = conn.one(&PEER, [holder], |row| peer(row, now))?;
            peers.push(found.unwrap_or_else(|| vanished(holder)));
        }
    }
    Ok(peers)
}

/// Whoever holds attempts: a seek each.
fn holders(conn: &Connection) -> Result<Vec<ExecutorId>> {
    let (mut holders, mut last) = (Vec::new(), ExecutorId(uuid::Uuid::nil()));
    while let Some(holder) = conn.one(&NEXT_HOLDER, [last], |row| row.get(0))? {
        holders.push(holder);
        last = holder;
    }
    Ok(holders)
}

fn peer(row: &Row<'_>, now: i64) -> rusqlite::Result<Peer> {
    let lease: Option<i64> = row.get(3)?;
    let seen: Option<i64> = row.get(4)?;
    Ok(Peer {
        id: row.get(0)?,
        status: row.get(1)?,
        beat_number: row.get(2)?,
        lease: lease.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        silent_for: seen.map(|seen| rows::since(seen, now)),
        last_heartbeat: rows::time(row, 5)?,
        host: row.get(6)?,
        boot_id: row.get(7)?,
        pid: row.get(8)?,
    })
}

/// An executor without a row.
fn vanished(id: ExecutorId) -> Peer {
    Peer {
        id,
        status: ExecutorStatus::Unknown,
        beat_number: None,
        lease: None,
        last_heartbeat: None,
        silent_for: None,
        host: None,
        boot_id: None,
        pid: None,
    }
}

/// Marks an executor SHUTDOWN; what it still holds is settled.
pub(super) fn stop(tx: &mut Tx<'_>, executor: ExecutorId, begun: &[Fence], now: i64) -> Result<()> {
    complete::release_all(tx, executor, begun, now)?;
    tx.pass("stop.given_back")?;
    tx.conn.run(&STOP, (executor, now)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn peers_are_found_without_a_look_at_those_that_ended() {
        assert!(plan(&AT_WORK).contains("hyrex_executor_running"), "{}", plan(&AT_WORK));
        let next = plan(&NEXT_HOLDER);
        assert!(next.contains("hyrex_task_run_held_by_executor (executor_id>?)"), "{next}");
        assert!(!next.contains("TEMP B-TREE"), "{next}");
    }
}
