//! Ending a run before its nodes have: someone cancels it, or its time is up. What of it waits is cancelled, what runs is
//! asked; its `finally` nodes run then, unless it is cancelled once more.

use super::super::cached::Cached;
use super::super::follow::follow;
use super::super::operation::Tx;
use super::super::queues::log_event;
use super::super::{cancel as runs, rows};
use super::advance::advance_run;
use super::{count, row};
use crate::model::dag::Cause;
use crate::model::{RunId, WorkflowRunId, WorkflowStatus};
use crate::store::sql::statements;
use crate::store::{CancelOutcome, Result, WorkflowCancel, WorkflowCancelAnswer, WorkflowCanceled};

statements! {
    OPEN = "SELECT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_workflow
        WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL AND status NOT IN {finished}
            AND (?2 OR node_kind IS NOT 'finally') ORDER BY durable_id";
    NODES = "SELECT DISTINCT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_workflow
        WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL AND (?2 OR node_kind IS NOT 'finally')";
}

/// How a cancel finds a run.
#[derive(Clone, Copy)]
struct Found {
    status: WorkflowStatus,
    /// Whether its `finally` nodes are taken in: they are left to run the first time.
    finally_too: bool,
}

impl Found {
    fn is_live(self) -> bool {
        matches!(self.status, WorkflowStatus::Running | WorkflowStatus::UpForCancel)
    }
}

/// Cancels a run, and all that its nodes sent where that is asked for.
pub fn cancel(tx: &mut Tx<'_>, cancel: &WorkflowCancel) -> Result<WorkflowCancelAnswer> {
    let now = rows::micros(cancel.now);
    let (mut nodes, mut descendants) = ((0, 0), (0, 0));
    let found = begin(tx, cancel.run, Cause::Canceled, now)?;
    if let Some(found) = found {
        nodes = end_nodes(tx, cancel.run, found, cancel.subtree, now)?;
        if cancel.subtree {
            let below = nodes_of(tx, cancel.run, found.finally_too)?;
            descendants = runs::descendants(tx, below, now)?;
        }
    }
    settle(tx, cancel.run, now)?;
    let answer = WorkflowCancelAnswer {
        run: outcome(tx, cancel.run, found)?,
        nodes_canceled: nodes.0,
        nodes_asked: nodes.1,
        descendants_canceled: descendants.0,
        descendants_asked: descendants.1,
    };
    let what = serde_json::json!({ "run": cancel.run, "subtree": cancel.subtree, "outcome": answer });
    log_event(tx.conn, "workflow_cancel", &cancel.actor, what, now)?;
    Ok(answer)
}

/// Ends a run whose time is up.
pub fn time_up(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<()> {
    if let Some(found) = begin(tx, run, Cause::TimedOut, now)? {
        end_nodes(tx, run, found, false, now)?;
    }
    settle(tx, run, now)
}

/// Cancels a run that an attempt sent whose subtree is cancelled, where it is not being ended already: its nodes whose
/// own children are to be looked at, and how many were cancelled and asked.
pub fn in_subtree(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<(Vec<RunId>, u32, u32)> {
    let Some(found) = begin(tx, run, Cause::Canceled, now)? else { return Ok((Vec::new(), 0, 0)) };
    // Once more is an operator's to say.
    let found = Found { finally_too: !found.is_live(), ..found };
    let (canceled, asked) = end_nodes(tx, run, found, true, now)?;
    Ok((nodes_of(tx, run, found.finally_too)?, canceled, asked))
}

/// Marks a run as being ended, where it is RUNNING; how it was found.
fn begin(tx: &mut Tx<'_>, id: WorkflowRunId, cause: Cause, now: i64) -> Result<Option<Found>> {
    let Some(mut run) = row::find(tx.conn, id)? else { return Ok(None) };
    if run.counts.is_none() && run.is_live() {
        count::anew(tx, &run, now)?;
        run = row::find(tx.conn, id)?.unwrap_or(run);
    }
    let status = run.state.status;
    run.begin_to_end(tx, cause)?;
    Ok(Some(Found { status, finally_too: status != WorkflowStatus::Running }))
}

/// Cancels the nodes that wait, and asks those that run; how many.
fn end_nodes(tx: &mut Tx<'_>, run: WorkflowRunId, found: Found, subtree: bool, now: i64) -> Result<(u32, u32)> {
    let (mut canceled, mut asked) = (0, 0);
    let open: Vec<RunId> = match found.is_live() {
        true => tx.conn.all(&OPEN, (run, found.finally_too), |row| row.get(0))?,
        false => Vec::new(),
    };
    for node in open {
        let Some(latest) = runs::latest(tx.conn, node)? else { continue };
        match runs::one(tx, node, &latest, subtree, now)? {
            CancelOutcome::Canceled => canceled += 1,
            CancelOutcome::Asked | CancelOutcome::AskedPython => asked += 1,
            _ => {}
        }
    }
    tx.pass("workflow_cancel.nodes")?;
    Ok((canceled, asked))
}

/// Ends the nodes that are no `finally` nodes of a run that is being ended.
pub fn end_ordinary(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<()> {
    let found = Found { status: WorkflowStatus::UpForCancel, finally_too: false };
    end_nodes(tx, run, found, false, now).map(drop)
}

/// The nodes of a run.
fn nodes_of(tx: &Tx<'_>, run: WorkflowRunId, finally_too: bool) -> Result<Vec<RunId>> {
    tx.conn.all(&NODES, (run, finally_too), |row| row.get(0))
}

/// Lets the run go on: none of its nodes is skipped for another, since all were cancelled at once.
fn settle(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<()> {
    follow(tx, now)?;
    // Also where no node was left to end.
    advance_run(tx, run, &[], now)
}

fn outcome(tx: &Tx<'_>, run: WorkflowRunId, found: Option<Found>) -> Result<WorkflowCanceled> {
    let stands = row::find(tx.conn, run)?.map(|run| run.state.status);
    Ok(match (found.map(|found| found.status), stands) {
        (None, _) => WorkflowCanceled::NotFound,
        (Some(WorkflowStatus::Running), Some(stands)) if stands.is_finished() => WorkflowCanceled::Canceled,
        (Some(WorkflowStatus::Running), _) => WorkflowCanceled::Asked,
        (Some(WorkflowStatus::UpForCancel), _) => WorkflowCanceled::AlreadyAsked,
        (Some(status), _) => WorkflowCanceled::AlreadyEnded(status),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn nodes_are_found_by_their_run() {
        for sql in [&OPEN, &NODES] {
            assert!(plan(sql).contains("hyrex_task_run_workflow (workflow_run_id=?)"), "{}", plan(sql));
        }
    }
}
