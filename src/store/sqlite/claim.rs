//! Claiming: the lanes of a queue merged in its order, without a look at what stands in other lanes.
//!
//! Under the write lock nobody else claims, so that counting what a limit leaves, and taking it, is exact.

use super::cached::Cached;
use super::operation::Tx;
use super::queues::LIMIT;
use super::take;
use crate::model::bounds::MAX_CLAIM;
use crate::model::{AttemptId, ClaimedRun, ExecutorId, ExecutorStatus};
use crate::store::sql::statements;
use crate::store::{Claim, Result, Share};
use rusqlite::Connection;
use std::cmp::Reverse;
use std::collections::VecDeque;

statements! {
    OWN_STATUS = "SELECT status FROM hyrex_executor WHERE id = ?1";
    SETTINGS = &format!("SELECT paused_at IS NOT NULL, {LIMIT} FROM hyrex_queue WHERE name = ?1");
    HELD = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_queue
        WHERE status IN {held} AND queue = ?1 LIMIT ?2)";
    LANE = "SELECT rowid, priority, queued, id FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name = ?2
        ORDER BY priority DESC, queued, id LIMIT ?3 OFFSET ?4";
}

/// Claims by shares, at most [`MAX_CLAIM`] bytes of arguments in all, and at least one run where there is one.
pub(super) fn claim(tx: &mut Tx<'_>, executor: ExecutorId, claim: &Claim, now: i64) -> Result<Vec<ClaimedRun>> {
    let mut claimed = Vec::new();
    if claim.shares.iter().all(|share| share.take == 0) || !is_running(tx.conn, executor)? {
        return Ok(claimed);
    }
    let mut room = MAX_CLAIM;
    for share in &claim.shares {
        let take = allowed(tx.conn, share)?;
        let chosen = choose(tx.conn, share, take)?;
        let whatever_its_size = claimed.is_empty();
        if !take::take(tx.conn, executor, &chosen, &mut room, whatever_its_size, now, &mut claimed)? {
            break;
        }
    }
    Ok(claimed)
}

/// Whether the executor may claim.
fn is_running(conn: &Connection, executor: ExecutorId) -> Result<bool> {
    let status: Option<ExecutorStatus> = conn.one(&OWN_STATUS, [executor], |row| row.get(0))?;
    Ok(status == Some(ExecutorStatus::Running))
}

/// How much of a share the queue's pause and limit allow: nothing where the caller did not know of the limit.
fn allowed(conn: &Connection, share: &Share) -> Result<u32> {
    let Share { queue, take, limited, .. } = share;
    let settings = conn.one(&SETTINGS, [queue], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match settings {
        Some((true, _)) => Ok(0),
        Some((false, Some(_))) if !limited => Ok(0),
        Some((false, Some(limit))) => {
            let held: u32 = conn.one(&HELD, (queue, limit), |row| row.get(0))?.unwrap_or(limit);
            Ok((*take).min(limit.saturating_sub(held)))
        }
        None | Some((false, None)) => Ok(*take),
    }
}

/// A run in its lane; the greatest is claimed first.
struct Candidate {
    rowid: i64,
    order: Order,
}

/// Its priority, when it was queued, its id.
type Order = (i64, Reverse<Option<i64>>, Reverse<AttemptId>);

/// A lane, read by chunks: nothing changes it before all candidates of the queue are chosen.
struct LaneReader<'s> {
    task: &'s str,
    ahead: VecDeque<Candidate>,
    read: u32,
    ended: bool,
}

/// The first `take` runs of the share's lanes, in the order of the queue.
fn choose(conn: &Connection, share: &Share, take: u32) -> Result<Vec<i64>> {
    let reader = |task| LaneReader { task, ahead: VecDeque::new(), read: 0, ended: false };
    let mut lanes: Vec<_> = share.tasks.iter().map(|task| reader(task.as_str())).collect();
    lanes.sort_unstable_by_key(|lane| lane.task);
    lanes.dedup_by_key(|lane| lane.task);
    let chunk = take.div_ceil(lanes.len().max(1) as u32);
    let mut chosen = Vec::new();
    while chosen.len() < take as usize {
        for lane in &mut lanes {
            lane.fill(conn, &share.queue, chunk)?;
        }
        lanes.retain(|lane| !lane.ahead.is_empty());
        let best = lanes.iter_mut().max_by(|a, b| a.head().cmp(&b.head()));
        match best.and_then(|lane| lane.ahead.pop_front()) {
            Some(candidate) => chosen.push(candidate.rowid),
            None => break,
        }
    }
    Ok(chosen)
}

impl LaneReader<'_> {
    fn head(&self) -> Option<&Order> {
        self.ahead.front().map(|candidate| &candidate.order)
    }

    /// Reads the next chunk when the last one is used up.
    fn fill(&mut self, conn: &Connection, queue: &str, chunk: u32) -> Result<()> {
        if self.ended || !self.ahead.is_empty() {
            return Ok(());
        }
        let found = conn.all(&LANE, (queue, self.task, chunk, self.read), |row| {
            let order = (row.get(1)?, Reverse(row.get(2)?), Reverse(row.get(3)?));
            Ok(Candidate { rowid: row.get(0)?, order })
        })?;
        self.ended = found.len() < chunk as usize;
        self.read += chunk;
        self.ahead.extend(found);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn a_lane_is_read_in_the_order_of_the_claim_index() {
        let plan = plan(&LANE);
        assert!(plan.contains("COVERING INDEX hyrex_task_run_claim (queue=? AND task_name=?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn held_runs_are_counted_by_their_index() {
        let plan = plan(&HELD);
        assert!(plan.contains("INDEX hyrex_task_run_held_by_queue (queue=?)"), "{plan}");
    }
}
