//! What a node waits for.

use super::super::cached::Cached;
use super::super::inspect_run;
use super::count::dependencies;
use crate::model::{RunId, TaskStatus, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{MOST_PREDECESSORS, Result};
use rusqlite::Connection;
use std::collections::BTreeSet;

statements! {
    EDGES = "SELECT e.from_id FROM hyrex_task_run t JOIN hyrex_workflow_edge e INDEXED BY hyrex_workflow_edge_run
            ON e.workflow_run_id = t.workflow_run_id AND e.to_id = t.id WHERE t.id = ?1";
    /// A row of Python's tells of its predecessors itself.
    OWN = "SELECT workflow_dependencies FROM hyrex_task_run WHERE id = ?1";
    NAME = "SELECT coalesce(node_name, task_name) FROM hyrex_task_run WHERE id = ?1";
    OTHERS = "SELECT coalesce(t.node_name, t.task_name), t.status
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
        WHERE t.workflow_run_id = ?1 AND t.workflow_run_id IS NOT NULL AND t.durable_id <> ?2
            AND t.node_kind IS NOT 'finally' AND t.status NOT IN {finished} ORDER BY 1, t.id LIMIT ?3";
}

/// The nodes that a node waits for and that have not succeeded, by name.
pub fn waits_for(conn: &Connection, node: RunId) -> Result<Vec<(String, TaskStatus)>> {
    let mut before: BTreeSet<RunId> = conn.all(&EDGES, [node], |row| row.get(0))?.into_iter().collect();
    before.extend(conn.one(&OWN, [node], |row| dependencies(row, 0))?.into_iter().flatten());
    let mut found = Vec::new();
    for run in before {
        let Some(state) = inspect_run::state(conn, run)?.filter(|state| state.status != TaskStatus::Success) else {
            continue;
        };
        if let Some(name) = conn.one(&NAME, [state.attempt], |row| row.get::<_, String>(0))? {
            found.push((name, state.status));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.truncate(MOST_PREDECESSORS as usize);
    Ok(found)
}

/// What a `finally` node waits for before all: the nodes that are none of its kind.
pub fn unfinished(conn: &Connection, run: WorkflowRunId, node: RunId) -> Result<Vec<(String, TaskStatus)>> {
    conn.all(&OTHERS, (run, node, MOST_PREDECESSORS), |row| Ok((row.get(0)?, row.get(1)?)))
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn predecessors_are_found_by_indexes() {
        assert!(plan(&EDGES).contains("hyrex_workflow_edge_run (workflow_run_id=?)"), "{}", plan(&EDGES));
        assert!(plan(&OTHERS).contains("hyrex_task_run_workflow (workflow_run_id=?"), "{}", plan(&OTHERS));
    }
}
