//! Repair: another attempt for nodes of a run that ended badly, and a new deadline for the run.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::queues::log_event;
use super::super::rows;
use super::row::{self, Run};
use super::{count, send};
use crate::model::{AttemptId, NewRun, TaskStatus, WorkflowStatus};
use crate::store::graph::{Again, Counts};
use crate::store::sql::statements;
use crate::store::{Result, StoreError, WorkflowRepair, WorkflowRepaired};
use rusqlite::{Row, params};

statements! {
    SUPERSEDED = "UPDATE hyrex_task_run SET superseded = 1 WHERE id = ?1";
    AGAIN = "INSERT INTO hyrex_task_run (id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            task_name, args, queue, max_retries, priority, timeout_seconds, node_name, node_kind,
            attempt_number, status, scheduled_start, queued, deps_left)
        SELECT ?2, t.durable_id, t.root_id, t.parent_id, t.workflow_run_id, t.workflow_dependencies,
            t.task_name, coalesce(?3, t.args), t.queue,
            min(t.attempt_number + 1 + coalesce(f.max_retries, t.max_retries), 32767), t.priority, t.timeout_seconds,
            coalesce(t.node_name, ?8), t.node_kind, t.attempt_number + 1, ?4, ?7, ?5, ?6
        FROM hyrex_task_run t LEFT JOIN hyrex_task_run f ON f.id = t.durable_id
        WHERE t.id = ?1 RETURNING queue, task_name";
    BEGIN = "UPDATE hyrex_workflow_run SET status = {workflow:RUNNING}, reason = NULL, finished = NULL, started = ?2,
            deadline = ?3, nodes_left = ?4, ordinary_left = ?5, unsuccessful = ?6, repair_id = ?7
        WHERE id = ?1";
}

/// Holds new arguments against the bounds.
pub fn check(repair: &WorkflowRepair, max_json: usize) -> Result<()> {
    Ok(repair.args.iter().try_for_each(|(_, args)| NewRun::new("node", args.as_str()).check(max_json))?)
}

/// Gives nodes of a run another attempt.
pub fn repair(tx: &mut Tx<'_>, repair: &WorkflowRepair) -> Result<WorkflowRepaired> {
    let now = rows::micros(repair.now);
    let found = row::find(tx.conn, repair.run)?;
    if let Some(Run { counts: Some(counts), repair: Some(last), .. }) = &found
        && *last == repair.id
    {
        return Ok(WorkflowRepaired::Running { nodes: counts.left.unsigned_abs() });
    }
    let repaired = match found {
        None => WorkflowRepaired::NotFound,
        Some(run) => decide(tx, &run, repair, now)?,
    };
    let what = repair.what.to_string();
    let what = serde_json::json!({ "run": repair.run, "what": what, "outcome": repaired.to_string() });
    log_event(tx.conn, "workflow_repair", &repair.actor, what, now)?;
    Ok(repaired)
}

fn decide(tx: &mut Tx<'_>, run: &Run, repair: &WorkflowRepair, now: i64) -> Result<WorkflowRepaired> {
    if !matches!(run.state.status, WorkflowStatus::Failed | WorkflowStatus::Canceled) {
        return Ok(WorkflowRepaired::NotBroken(run.state.status));
    }
    let told = count::told(tx.conn, run.id)?;
    let Some(graph) = &told.graph else {
        return Err(StoreError::Database(format!("the rows of workflow run {} make no graph", run.id)));
    };
    let (again, counts) = match graph.plan(&repair.what, &repair.args) {
        Ok(plan) => plan,
        Err(refused) => return Ok(refused),
    };
    told.keep_edges(tx.conn, run.id)?;
    for node in &again {
        run_again(tx, node, repair, now)?;
    }
    tx.pass("workflow_repair.attempts")?;
    begin(tx, run, counts, repair, now)?;
    Ok(WorkflowRepaired::Running { nodes: again.len() as u32 })
}

/// The next attempt of a node, with new arguments where there are some.
fn run_again(tx: &mut Tx<'_>, node: &Again, repair: &WorkflowRepair, now: i64) -> Result<()> {
    let args = repair.args.iter().rev().find(|(name, _)| *name == node.name).map(|(_, args)| args);
    let status = if node.free { TaskStatus::Queued } else { TaskStatus::AwaitDeps };
    let queued = node.free.then_some(now);
    tx.conn.run(&SUPERSEDED, [node.after])?;
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let values = params![node.after, AttemptId::new(), args, status, queued, node.waits_for, now, node.name];
    if let (Some((queue, task_name)), true) = (tx.conn.one(&AGAIN, values, read)?, node.free) {
        tx.signs.lane(&queue, &task_name);
    }
    Ok(())
}

fn begin(tx: &mut Tx<'_>, run: &Run, counts: Counts, repair: &WorkflowRepair, now: i64) -> Result<()> {
    let deadline = run.timeout_seconds.map(|seconds| send::deadline(now, seconds.unsigned_abs()));
    let Counts { left, ordinary, unsuccessful } = counts;
    tx.conn.run(&BEGIN, params![run.id, now, deadline, left, ordinary, unsuccessful, repair.id])?;
    tx.pass("workflow_repair.begun")
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn a_next_attempt_is_made_of_two_rows() {
        let plan = plan(&AGAIN);
        assert!(!plan.contains("SCAN") && plan.matches("(id=?)").count() == 2, "{plan}");
    }
}
