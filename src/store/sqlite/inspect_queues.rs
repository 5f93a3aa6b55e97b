//! Queues as they stand, and counts by status: capped, and never over what has ended.

use super::cached::Cached;
use super::{queues, rows};
use crate::model::TaskStatus;
use crate::store::sql::statements;
use crate::store::{COUNT_CAP, Capped, LOOK_BACK, MAX_LANES, QueueRow, Result};
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap};

statements! {
    KNOWN = "SELECT name FROM hyrex_queue ORDER BY name LIMIT 1000";
    NEXT_QUEUED = "SELECT queue FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue > ?1 ORDER BY queue LIMIT 1";
    NEXT_HELD = "SELECT queue FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_queue
        WHERE status IN {held} AND queue > ?1 ORDER BY queue LIMIT 1";
    SCHEDULED = "SELECT queue, count(*) FROM (SELECT queue FROM hyrex_task_run INDEXED BY hyrex_task_run_due
        WHERE status = {AWAIT_START_TIME} LIMIT ?1) GROUP BY queue";
    QUEUED = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 LIMIT ?2)";
    HELD = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_queue
        WHERE status IN {held} AND queue = ?1 LIMIT ?2)";
    LOWER = "SELECT task_name, priority, queued FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name = ?2 AND priority < ?3
        ORDER BY priority DESC, queued LIMIT 1";
    NEXT_TASK = "SELECT task_name, priority, queued FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name > ?2 ORDER BY task_name, priority DESC, queued LIMIT 1";
    ALL_QUEUED = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} LIMIT ?1)";
    ALL_SCHEDULED = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_due
        WHERE status = {AWAIT_START_TIME} LIMIT ?1)";
    ALL_HELD = "SELECT status, count(*) FROM (SELECT status FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_queue
        WHERE status IN {held} LIMIT ?1) GROUP BY status";
    /// Attempts that another one follows are marked; what their runs stand in is said by that one.
    BACK = "SELECT status, count(*) FROM (SELECT status, superseded FROM hyrex_task_run ORDER BY id DESC LIMIT ?1)
        WHERE superseded IS NOT TRUE GROUP BY status";
    BEYOND = "SELECT id FROM hyrex_task_run ORDER BY id DESC LIMIT 1 OFFSET ?1";
}

/// All queues that are known or hold runs that have not ended.
pub(super) fn queues(conn: &Connection, now: i64) -> Result<Vec<QueueRow>> {
    let scheduled = scheduled(conn)?;
    let mut names = names(conn)?;
    names.extend(scheduled.by_queue.keys().cloned());
    names.into_iter().take(MAX_LANES).map(|name| queue(conn, &name, &scheduled, now)).collect()
}

/// Queues that are known, or hold runs that may be claimed or are held.
pub(super) fn names(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut names: BTreeSet<String> = conn.all(&KNOWN, [], |row| row.get(0))?.into_iter().collect();
    names.extend(seek(conn, &NEXT_QUEUED)?);
    names.extend(seek(conn, &NEXT_HELD)?);
    Ok(names)
}

fn queue(conn: &Connection, name: &str, scheduled: &Scheduled, now: i64) -> Result<QueueRow> {
    let oldest = oldest(conn, name)?.map(|queued| rows::since(queued, now));
    Ok(QueueRow {
        settings: queues::settings(conn, name)?,
        queued: capped(count(conn, &QUEUED, name)?),
        held: held(conn, name)?,
        scheduled: scheduled.of(name),
        oldest,
    })
}

/// Names by a loose index scan.
fn seek(conn: &Connection, next: &str) -> Result<Vec<String>> {
    let (mut names, mut last) = (Vec::new(), String::new());
    while names.len() < MAX_LANES {
        let Some(name) = conn.one(next, [&last], |row| row.get::<_, String>(0))? else { break };
        names.push(name.clone());
        last = name;
    }
    Ok(names)
}

/// Runs that are held in a queue.
pub(super) fn held(conn: &Connection, queue: &str) -> Result<Capped> {
    Ok(capped(count(conn, &HELD, queue)?))
}

/// The first task after `task` that has queued runs in a queue.
pub(super) fn next_task(conn: &Connection, queue: &str, task: &str) -> Result<Option<String>> {
    conn.one(&NEXT_TASK, (queue, task), |row| row.get(0))
}

fn count(conn: &Connection, sql: &str, queue: &str) -> Result<u32> {
    Ok(conn.one(sql, (queue, COUNT_CAP + 1), |row| row.get(0))?.unwrap_or_default())
}

pub(super) fn capped(count: u32) -> Capped {
    Capped { count: count.min(COUNT_CAP), more: count > COUNT_CAP }
}

/// Runs that wait for their time, among the first [`LOOK_BACK`] of all queues.
struct Scheduled {
    by_queue: HashMap<String, u32>,
    cut: bool,
}

impl Scheduled {
    fn of(&self, queue: &str) -> Capped {
        let all = capped(self.by_queue.get(queue).copied().unwrap_or_default());
        Capped { more: all.more || self.cut, ..all }
    }
}

fn scheduled(conn: &Connection) -> Result<Scheduled> {
    let found = conn.all(&SCHEDULED, [LOOK_BACK], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let by_queue: HashMap<String, u32> = found.into_iter().collect();
    let cut = by_queue.values().sum::<u32>() >= LOOK_BACK;
    Ok(Scheduled { by_queue, cut })
}

/// Since when the oldest run of a queue is queued: the head of each task and priority, a seek each.
fn oldest(conn: &Connection, queue: &str) -> Result<Option<i64>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (mut task, mut priority, mut oldest) = (String::new(), i64::MIN, None);
    for _ in 0..10 * MAX_LANES {
        let head: Option<(String, i64, Option<i64>)> = match conn.one(&LOWER, (queue, &task, priority), read)? {
            None => conn.one(&NEXT_TASK, (queue, &task), read)?,
            found => found,
        };
        let Some((found_task, found_priority, queued)) = head else { break };
        oldest = [oldest, queued].into_iter().flatten().min();
        (task, priority) = (found_task, found_priority);
    }
    Ok(oldest)
}

fn all(conn: &Connection, sql: &str) -> Result<u32> {
    Ok(conn.one(sql, [COUNT_CAP + 1], |row| row.get(0))?.unwrap_or_default())
}

/// How many runs stand in each status.
pub(super) fn status_counts(conn: &Connection) -> Result<Vec<(TaskStatus, Capped)>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut counts: HashMap<TaskStatus, u32> = conn.all(&BACK, [LOOK_BACK], read)?.into_iter().collect();
    let beyond = conn.one(&BEYOND, [LOOK_BACK], |_| Ok(()))?.is_some();
    let held: HashMap<TaskStatus, u32> = conn.all(&ALL_HELD, [LOOK_BACK], read)?.into_iter().collect();
    counts.insert(TaskStatus::Queued, all(conn, &ALL_QUEUED)?);
    counts.insert(TaskStatus::AwaitStartTime, all(conn, &ALL_SCHEDULED)?);
    for status in TaskStatus::HELD {
        counts.insert(status, held.get(&status).copied().unwrap_or_default());
    }
    let complete = |status: TaskStatus| !beyond || !(status.is_finished() || status == TaskStatus::AwaitDeps);
    let of = |status: TaskStatus| {
        let all = capped(counts.get(&status).copied().unwrap_or_default());
        (status, Capped { more: all.more || !complete(status), ..all })
    };
    Ok(TaskStatus::ALL.into_iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn counts_and_seeks_use_their_indexes_without_a_sort() {
        let seeks = [&NEXT_QUEUED, &NEXT_HELD, &QUEUED, &HELD, &LOWER, &NEXT_TASK, &ALL_QUEUED, &ALL_SCHEDULED];
        for sql in seeks {
            let plan = plan(sql);
            assert!(plan.contains("INDEX hyrex_task_run_") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        assert!(plan(&LOWER).contains("queue=? AND task_name=? AND priority<?"), "{}", plan(&LOWER));
    }

    #[test]
    fn the_seconds_since_a_time_to_come_are_none() {
        assert!(rows::since(2, 1).is_zero());
    }
}
