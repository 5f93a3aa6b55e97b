//! A workflow's run with its nodes and edges, and one node of it.

use super::super::cached::Cached;
use super::super::{inspect_run, rows};
use super::count::{dependencies, edges};
use super::list;
use crate::model::{AttemptId, RunId, WorkflowRunId};
use crate::store::graph::names;
use crate::store::sql::statements;
use crate::store::{AttemptRow, Result, RunState, WorkflowNodeRow, WorkflowRunDetail};
use rusqlite::Connection;
use std::collections::HashMap;

statements! {
    NODES = &format!("SELECT {}, t.node_kind IS 'finally', t.workflow_dependencies
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
        WHERE t.workflow_run_id = ?1 AND t.workflow_run_id IS NOT NULL AND {{no_next}} ORDER BY t.durable_id",
        rows::ATTEMPT);
    NAMED = "SELECT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_workflow
        WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL AND node_name = ?2 LIMIT 1";
    /// Of Python's making: there a node has its task's name.
    OF_TASK = "SELECT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_workflow
        WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL AND node_name IS NULL AND task_name = ?2
            AND (?3 IS NULL OR durable_id = ?3) ORDER BY durable_id LIMIT 1";
    SENDER = "SELECT parent_id FROM hyrex_workflow_run WHERE id = ?1";
}

/// A run with its nodes.
pub fn detail(conn: &Connection, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
    let Some((row, args)) = list::one(conn, run)? else { return Ok(None) };
    let mut ends = edges(conn, run)?;
    let found: Vec<(AttemptRow, bool)> = conn.all(&NODES, [run], |row| {
        let node = rows::attempt(row)?;
        ends.extend(dependencies(row, 21)?.map(|before| (before, node.run)));
        Ok((node, row.get(20)?))
    })?;
    let names = names(found.iter().map(|(row, _)| (row.node_name.as_deref(), row.task_name.as_str(), row.run)));
    let node = |((row, finally), name)| WorkflowNodeRow { name, finally, row };
    let nodes: Vec<WorkflowNodeRow> = found.into_iter().zip(names).map(node).collect();
    let edges = numbered(&nodes, &ends);
    Ok(Some(WorkflowRunDetail { row, args, nodes, edges }))
}

/// Edges by the numbers of nodes, ascending, each once; one to a node that is gone is left out.
fn numbered(nodes: &[WorkflowNodeRow], ends: &[(RunId, RunId)]) -> Vec<(usize, usize)> {
    let numbers: HashMap<RunId, usize> =
        nodes.iter().enumerate().map(|(number, node)| (node.row.run, number)).collect();
    let mut edges: Vec<_> =
        ends.iter().filter_map(|(from, to)| Some((*numbers.get(from)?, *numbers.get(to)?))).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Where a node stands.
pub fn node(conn: &Connection, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
    let found: Option<RunId> = match conn.one(&NAMED, (run, name), |row| row.get(0))? {
        None => of_python(conn, run, name)?,
        found => found,
    };
    found.map_or(Ok(None), |node| inspect_run::state(conn, node))
}

/// The node of that name in a run of Python's making: its task's, and where several have the same, its id after a `#`.
fn of_python(conn: &Connection, run: WorkflowRunId, name: &str) -> Result<Option<RunId>> {
    if let Some(found) = conn.one(&OF_TASK, (run, name, None::<RunId>), |row| row.get(0))? {
        return Ok(Some(found));
    }
    let Some((task, id)) = name.rsplit_once('#') else { return Ok(None) };
    let Ok(id) = id.parse::<RunId>() else { return Ok(None) };
    conn.one(&OF_TASK, (run, task, Some(id)), |row| row.get(0))
}

/// The attempt that sent a workflow's run.
pub fn sender_of(conn: &Connection, run: WorkflowRunId) -> Result<Option<AttemptId>> {
    Ok(conn.one(&SENDER, [run], |row| row.get(0))?.flatten())
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn a_node_is_found_by_its_name_however_many_there_are() {
        for sql in [&NAMED, &OF_TASK] {
            let plan = plan(sql);
            assert!(plan.contains("hyrex_task_run_workflow (workflow_run_id=? AND node_name=?)"), "{plan}");
        }
    }

    #[test]
    fn the_nodes_of_a_run_are_found_by_their_index() {
        let plan = plan(&NODES);
        assert!(plan.contains("hyrex_task_run_workflow (workflow_run_id=?)") && !plan.contains("SCAN"), "{plan}");
    }
}
