//! The runs of one root.

use super::cached::Cached;
use super::rows::{self, attempt};
use super::{inspect::MOST, inspect_run, workflow};
use crate::model::RunId;
use crate::store::sql::statements;
use crate::store::{Result, Tree, TreeRow};
use rusqlite::Connection;

statements! {
    /// First attempts stand in the table in the order in which they were sent.
    RUNS = "SELECT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_root
        WHERE root_id = ?1 AND root_id <> id AND durable_id = id ORDER BY rowid LIMIT ?2";
    FIRST = &format!("SELECT {} FROM hyrex_task_run t WHERE t.id = ?1 AND t.durable_id = t.id", rows::ATTEMPT);
    LATEST = &format!("SELECT {} FROM hyrex_task_run t INDEXED BY hyrex_task_run_attempt
        WHERE t.durable_id = ?1 AND t.durable_id <> t.id ORDER BY t.attempt_number DESC LIMIT 1", rows::ATTEMPT);
}

/// The root, and what was sent under it.
pub(super) fn tree(conn: &Connection, root: RunId, limit: u32) -> Result<Tree> {
    let limit = limit.clamp(1, 10 * MOST);
    let mut found = vec![root];
    found.extend(conn.all(&RUNS, (root, limit), |row| row.get::<_, RunId>(0))?);
    let mut runs = Vec::with_capacity(found.len());
    for run in found {
        runs.extend(row(conn, run)?);
    }
    let more = runs.len() > limit as usize;
    runs.truncate(limit as usize);
    Ok(Tree { root, runs, more })
}

fn row(conn: &Connection, run: RunId) -> Result<Option<TreeRow>> {
    let row = match conn.one(&LATEST, [run], attempt)? {
        None => conn.one(&FIRST, [run], attempt)?,
        found => found,
    };
    let Some(row) = row else { return Ok(None) };
    // A node was sent by whoever sent its workflow.
    let sender = match (row.parent, row.workflow_run) {
        (None, Some(workflow)) => workflow::sender_of(conn, workflow)?,
        (parent, _) => parent,
    };
    let parent_run = inspect_run::parent_run(conn, sender)?;
    Ok(Some(TreeRow { row, parent_run }))
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn a_tree_is_read_by_its_index_without_a_sort() {
        let plan = plan(&RUNS);
        assert!(plan.contains("hyrex_task_run_root (root_id=?)") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
