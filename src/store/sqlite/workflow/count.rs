//! Counting a run anew, from the rows of its nodes: where nobody of ours has counted it, or a worker of Python's ended a
//! node without telling the run.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::advance::{release, skip};
use super::cancel::end_ordinary;
use super::row::Run;
use crate::model::{AttemptId, RunId, WorkflowRunId, WorkflowStatus};
use crate::store::Result;
use crate::store::graph::{Graph, GraphNode};
use crate::store::sql::statements;
use rusqlite::{Connection, Row};
use uuid::Uuid;

statements! {
    NODES = "SELECT t.durable_id, t.id, t.node_name, t.task_name, t.node_kind IS 'finally', t.status,
            t.attempt_number < t.max_retries, t.workflow_dependencies
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
        WHERE t.workflow_run_id = ?1 AND t.workflow_run_id IS NOT NULL AND {no_next} ORDER BY t.durable_id";
    EDGES = "SELECT from_id, to_id FROM hyrex_workflow_edge WHERE workflow_run_id = ?1";
    EDGE = "INSERT INTO hyrex_workflow_edge (workflow_run_id, from_id, to_id) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    WAITS = "UPDATE hyrex_task_run SET deps_left = ?2 WHERE id = ?1 AND deps_left IS NOT ?2";
}

/// A run as its rows tell it.
pub struct Told {
    /// Nothing where the rows make no graph: they are not of our making then.
    pub graph: Option<Graph>,
    /// Edges that stand in nodes of Python's making.
    of_python: Vec<(RunId, RunId)>,
}

impl Told {
    /// Writes down what stands in Python's nodes only: there the end of a node looks for what comes after it.
    pub fn keep_edges(&self, conn: &Connection, run: WorkflowRunId) -> Result<()> {
        self.of_python.iter().try_for_each(|(from, to)| conn.run(&EDGE, (run, from, to)).map(drop))
    }
}

/// Reads a run.
pub fn told(conn: &Connection, run: WorkflowRunId) -> Result<Told> {
    let mut of_python = Vec::new();
    let nodes = conn.all(&NODES, [run], |row| {
        let node = read(row)?;
        of_python.extend(dependencies(row, 7)?.map(|before| (before, node.run)));
        Ok(node)
    })?;
    let mut edges = edges(conn, run)?;
    edges.extend(&of_python);
    Ok(Told { graph: Graph::new(nodes, &edges).ok(), of_python })
}

fn read(row: &Row<'_>) -> rusqlite::Result<GraphNode> {
    Ok(GraphNode {
        run: row.get(0)?,
        latest: row.get(1)?,
        name: row.get(2)?,
        task_name: row.get(3)?,
        finally: row.get(4)?,
        status: row.get(5)?,
        retries_left: row.get(6)?,
    })
}

/// The edges of a run of ours, by the nodes at their ends.
pub fn edges(conn: &Connection, run: WorkflowRunId) -> Result<Vec<(RunId, RunId)>> {
    conn.all(&EDGES, [run], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What a node of Python's making waits for, as its row says: a list of ids in JSON.
pub fn dependencies(row: &Row<'_>, column: usize) -> rusqlite::Result<impl Iterator<Item = RunId> + use<>> {
    let text: Option<String> = row.get(column)?;
    let ids: Vec<Uuid> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(ids.into_iter().map(RunId))
}

/// Counts a run anew, and does what follows; `false`: its rows make no graph.
pub fn anew(tx: &mut Tx<'_>, run: &Run, now: i64) -> Result<bool> {
    if run.state.status == WorkflowStatus::UpForCancel {
        // What waits in it, such as an attempt that Python made since, waits for nothing.
        end_ordinary(tx, run.id, now)?;
    }
    // The rows tell of these too.
    tx.nodes.retain(|node| node.workflow != run.id);
    let told = told(tx.conn, run.id)?;
    let Some(graph) = &told.graph else { return Ok(false) };
    told.keep_edges(tx.conn, run.id)?;
    let recount = graph.recount();
    recount.released.into_iter().try_for_each(|attempt| release(tx, attempt, now))?;
    recount.skipped.into_iter().try_for_each(|attempt| skip_one(tx, attempt, now))?;
    for waits in recount.waiting {
        tx.conn.run(&WAITS, waits)?;
    }
    tx.pass("workflow_run.recounted")?;
    run.set_counts(tx, recount.counts, now)?;
    Ok(true)
}

fn skip_one(tx: &mut Tx<'_>, attempt: AttemptId, now: i64) -> Result<()> {
    let skipped = skip(tx, attempt, now)?;
    tx.signs.ended.extend(skipped.map(|(run, _)| run));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn a_graph_is_read_by_the_indexes_of_its_run() {
        let nodes = plan(&NODES);
        assert!(nodes.contains("hyrex_task_run_workflow (workflow_run_id=?)"), "{nodes}");
        assert!(nodes.contains("hyrex_task_run_attempt (durable_id=? AND attempt_number=?)"), "{nodes}");
        assert!(plan(&EDGES).contains("hyrex_workflow_edge_run (workflow_run_id=?)"), "{}", plan(&EDGES));
    }
}
