//! Definitions: workflows', and tasks' for those who send by name.

use super::super::cached::Cached;
use super::super::inspect::MOST;
use super::super::operation::Tx;
use super::super::rows;
use crate::model::{DEFAULT_PRIORITY, DEFAULT_QUEUE};
use crate::store::sql::statements;
use crate::store::{Result, TaskDef, WorkflowDef};
use rusqlite::{Connection, Row};

statements! {
    /// A definition that stands as it is is not written again: each start of a worker puts them all.
    PUT = "INSERT INTO hyrex_workflow (workflow_name, dag_structure, last_updated) VALUES (?1, ?2, ?3)
        ON CONFLICT (workflow_name) DO UPDATE SET
            dag_structure = coalesce(excluded.dag_structure, dag_structure), last_updated = excluded.last_updated
        WHERE dag_structure IS NOT coalesce(excluded.dag_structure, dag_structure)";
    WORKFLOWS = "SELECT workflow_name, dag_structure FROM hyrex_workflow ORDER BY workflow_name LIMIT ?1";
    TASK = "SELECT task_name, queue, priority, max_retries, timeout_seconds, arg_schema FROM hyrex_task_def
        WHERE task_name = ?1";
}

/// Writes or replaces the graphs of workflows.
pub fn put(tx: &mut Tx<'_>, defs: &[WorkflowDef]) -> Result<()> {
    let now = rows::micros(None);
    for def in defs {
        tx.conn.run(&PUT, (&def.workflow_name, &def.dag_structure, now))?;
    }
    tx.pass("workflow_defs.put")
}

/// All workflows, by name.
pub fn workflows(conn: &Connection) -> Result<Vec<WorkflowDef>> {
    conn.all(&WORKFLOWS, [MOST], |row| Ok(WorkflowDef { workflow_name: row.get(0)?, dag_structure: row.get(1)? }))
}

/// The tasks of these names that are known.
pub fn tasks(conn: &Connection, names: &[String]) -> Result<Vec<TaskDef>> {
    let found = names.iter().map(|name| conn.one(&TASK, [name], task));
    found.filter_map(Result::transpose).collect()
}

/// Columns that a row of Python's leaves empty have the defaults.
fn task(row: &Row<'_>) -> rusqlite::Result<TaskDef> {
    Ok(TaskDef {
        task_name: row.get(0)?,
        queue: row.get::<_, Option<String>>(1)?.unwrap_or_else(|| DEFAULT_QUEUE.to_owned()),
        priority: row.get::<_, Option<i16>>(2)?.unwrap_or(DEFAULT_PRIORITY),
        max_retries: row.get::<_, Option<u16>>(3)?.unwrap_or_default(),
        timeout_seconds: row.get(4)?,
        arg_schema: row.get(5)?,
    })
}
