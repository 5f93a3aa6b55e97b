//! What follows from the ends of nodes: those after them may run, or never will; their run is counted, and ends with its
//! last node.
//!
//! Invariant: the end of a node costs no more than its own edges. Ends of one run that stand in one transaction are
//! taken together, so that a node after several of them is touched once.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::node::EndedNode;
use super::{count, row};
use crate::model::{AttemptId, RunId, WorkflowRunId};
use crate::store::Result;
use crate::store::graph::Counts;
use crate::store::sql::statements;
use rusqlite::Row;
use std::collections::BTreeMap;

statements! {
    AFTER = "SELECT to_id FROM hyrex_workflow_edge WHERE from_id = ?1 ORDER BY to_id";
    /// A node waits in one attempt only: the first, or one that a repair made.
    FIRST_NEARER = "UPDATE hyrex_task_run SET deps_left = deps_left - ?2
        WHERE id = ?1 AND status = {AWAIT_DEPS} RETURNING id, deps_left";
    LATER_NEARER = "UPDATE hyrex_task_run INDEXED BY hyrex_task_run_attempt SET deps_left = deps_left - ?2
        WHERE durable_id = ?1 AND durable_id <> id AND status = {AWAIT_DEPS} RETURNING id, deps_left";
    RELEASE = "UPDATE hyrex_task_run SET status = {QUEUED}, queued = ?2
        WHERE id = ?1 AND status = {AWAIT_DEPS} RETURNING queue, task_name";
    SKIP = "UPDATE hyrex_task_run SET status = {SKIPPED}, finished = ?2
        WHERE id = ?1 AND status = {AWAIT_DEPS} RETURNING durable_id, node_kind IS 'finally'";
    LATER_SKIP = "UPDATE hyrex_task_run INDEXED BY hyrex_task_run_attempt SET status = {SKIPPED}, finished = ?2
        WHERE durable_id = ?1 AND durable_id <> id AND status = {AWAIT_DEPS}
        RETURNING durable_id, node_kind IS 'finally'";
    FREE_FINALLY = "SELECT id FROM hyrex_task_run INDEXED BY hyrex_task_run_workflow
        WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL AND status = {AWAIT_DEPS}
            AND node_kind = 'finally' AND deps_left <= 0 ORDER BY durable_id";
}

/// Lets the runs of the nodes that ended in this transaction go on.
pub fn advance(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    let mut ended: BTreeMap<WorkflowRunId, Vec<EndedNode>> = BTreeMap::new();
    for node in std::mem::take(&mut tx.nodes) {
        ended.entry(node.workflow).or_default().push(node);
    }
    ended.into_iter().try_for_each(|(run, nodes)| advance_run(tx, run, &nodes, now))
}

/// What follows from the ends of these nodes of one run.
pub fn advance_run(tx: &mut Tx<'_>, run: WorkflowRunId, ended: &[EndedNode], now: i64) -> Result<()> {
    let Some(run) = row::find(tx.conn, run)? else { return Ok(()) };
    let Some(before) = run.counts else { return count::anew(tx, &run, now).map(drop) };
    let mut counts = before;
    for node in ended {
        over(&mut counts, node.finally, node.succeeded);
    }
    release_after(tx, ended.iter().filter(|node| node.succeeded), now)?;
    skip_after(tx, ended.iter().filter(|node| !node.succeeded), &mut counts, now)?;
    if before.ordinary > 0 && counts.ordinary <= 0 && counts.left > 0 {
        begin_finally(tx, run.id, now)?;
    }
    run.set_counts(tx, counts, now)
}

fn over(counts: &mut Counts, finally: bool, succeeded: bool) {
    counts.left -= 1;
    counts.ordinary -= i32::from(!finally);
    counts.unsuccessful += i32::from(!succeeded);
}

/// The nodes that wait for these come nearer; those that wait for no other any more may run.
fn release_after<'n>(tx: &mut Tx<'_>, succeeded: impl Iterator<Item = &'n EndedNode>, now: i64) -> Result<()> {
    let mut nearer: BTreeMap<RunId, i32> = BTreeMap::new();
    for node in succeeded {
        for next in after(tx, node.run)? {
            *nearer.entry(next).or_default() += 1;
        }
    }
    for (node, by) in nearer {
        let read = |row: &Row<'_>| Ok((row.get::<_, AttemptId>(0)?, row.get::<_, Option<i32>>(1)?));
        let waits = match tx.conn.one(&FIRST_NEARER, (node, by), read)? {
            None => tx.conn.one(&LATER_NEARER, (node, by), read)?,
            waits => waits,
        };
        if let Some((attempt, Some(..=0))) = waits {
            release(tx, attempt, now)?;
        }
    }
    tx.pass("workflow_run.released")
}

/// The nodes after these never run, nor those after them; each edge is looked at once.
fn skip_after<'n>(
    tx: &mut Tx<'_>,
    ended: impl Iterator<Item = &'n EndedNode>,
    counts: &mut Counts,
    now: i64,
) -> Result<()> {
    let mut open: Vec<RunId> = ended.map(|node| node.run).collect();
    while let Some(node) = open.pop() {
        for next in after(tx, node)? {
            let skipped = match skip(tx, next.first_attempt(), now)? {
                None => tx.conn.one(&LATER_SKIP, (next, now), read_skipped)?,
                skipped => skipped,
            };
            if let Some((run, finally)) = skipped {
                tx.signs.ended.push(run);
                over(counts, finally, false);
                open.push(run);
            }
        }
    }
    tx.pass("workflow_run.skipped")
}

/// All others have ended: those that wait for that only may run.
fn begin_finally(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<()> {
    let free: Vec<AttemptId> = tx.conn.all(&FREE_FINALLY, [run], |row| row.get(0))?;
    free.into_iter().try_for_each(|attempt| release(tx, attempt, now))?;
    tx.pass("workflow_run.finally")
}

fn after(tx: &Tx<'_>, node: RunId) -> Result<Vec<RunId>> {
    tx.conn.all(&AFTER, [node], |row| row.get(0))
}

/// Queues an attempt that waited for others.
pub fn release(tx: &mut Tx<'_>, attempt: AttemptId, now: i64) -> Result<()> {
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    if let Some((queue, task_name)) = tx.conn.one(&RELEASE, (attempt, now), read)? {
        tx.signs.lane(&queue, &task_name);
    }
    Ok(())
}

/// Skips an attempt that waited for others: its run, and whether it is a `finally` node.
pub fn skip(tx: &mut Tx<'_>, attempt: AttemptId, now: i64) -> Result<Option<(RunId, bool)>> {
    tx.conn.one(&SKIP, (attempt, now), read_skipped)
}

fn read_skipped(row: &Row<'_>) -> rusqlite::Result<(RunId, bool)> {
    Ok((row.get(0)?, row.get(1)?))
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn what_comes_after_a_node_is_found_by_its_edges() {
        let plan = plan(&AFTER);
        assert!(plan.contains("sqlite_autoindex_hyrex_workflow_edge_1 (from_id=?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn a_node_that_waits_is_found_by_its_run() {
        for sql in [&FIRST_NEARER, &RELEASE, &SKIP] {
            assert!(plan(sql).contains("sqlite_autoindex_hyrex_task_run_1 (id=?)"), "{}", plan(sql));
        }
        for sql in [&LATER_NEARER, &LATER_SKIP] {
            assert!(plan(sql).contains("hyrex_task_run_attempt (durable_id=?)"), "{}", plan(sql));
        }
        assert!(plan(&FREE_FINALLY).contains("hyrex_task_run_workflow (workflow_run_id=?)"), "{}", plan(&FREE_FINALLY));
    }
}
