//! Names for completion, and the next time that is waited for.

use super::cached::Cached;
use super::inspect::MOST;
use super::inspect_queues;
use crate::model::Timestamp;
use crate::model::time::from_micros;
use crate::store::sql::statements;
use crate::store::{NAMED_BACK, Names, Result};
use rusqlite::Connection;
use std::collections::BTreeSet;

statements! {
    TASKS = "SELECT task_name, queue FROM hyrex_task_def ORDER BY task_name LIMIT ?1";
    NEWEST = "SELECT task_name, queue FROM hyrex_task_run ORDER BY id DESC LIMIT ?1";
    WORKFLOWS = "SELECT workflow_name FROM hyrex_workflow ORDER BY workflow_name LIMIT ?1";
    NEWEST_WORKFLOWS = "SELECT workflow_name FROM hyrex_workflow_run ORDER BY id DESC LIMIT ?1";
    NEXT_DUE = "SELECT min(scheduled_start) FROM hyrex_task_run INDEXED BY hyrex_task_run_due
        WHERE status = {AWAIT_START_TIME}";
}

/// Names of tasks, queues and workflows.
pub(super) fn names(conn: &Connection) -> Result<Names> {
    let mut pairs: Vec<(String, Option<String>)> = conn.all(&TASKS, [MOST], |row| Ok((row.get(0)?, row.get(1)?)))?;
    pairs.extend(conn.all(&NEWEST, [NAMED_BACK], |row| Ok((row.get(0)?, row.get(1)?)))?);
    let (tasks, queues): (BTreeSet<String>, Vec<Option<String>>) = pairs.into_iter().unzip();
    let mut queues: BTreeSet<String> = queues.into_iter().flatten().collect();
    queues.extend(inspect_queues::names(conn)?);
    Ok(Names { tasks: first(tasks), queues: first(queues), workflows: workflows(conn)? })
}

/// The workflows that are defined, or that the newest runs are of, by name.
pub(super) fn workflows(conn: &Connection) -> Result<Vec<String>> {
    let mut names: BTreeSet<String> = conn.all(&WORKFLOWS, [MOST], |row| row.get(0))?.into_iter().collect();
    names.extend(conn.all(&NEWEST_WORKFLOWS, [NAMED_BACK], |row| row.get::<_, String>(0))?);
    Ok(first(names))
}

fn first(names: BTreeSet<String>) -> Vec<String> {
    names.into_iter().take(MOST as usize).collect()
}

/// The earliest time that a run waits for.
pub(super) fn next_due(conn: &Connection) -> Result<Option<Timestamp>> {
    Ok(conn.one(&NEXT_DUE, [], |row| row.get::<_, Option<i64>>(0))?.flatten().map(from_micros))
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn the_next_time_is_the_first_of_its_index() {
        assert!(plan(&NEXT_DUE).contains("hyrex_task_run_due"), "{}", plan(&NEXT_DUE));
        for sql in [&TASKS, &NEWEST, &WORKFLOWS, &NEWEST_WORKFLOWS] {
            assert!(!plan(sql).contains("TEMP B-TREE"), "{}", plan(sql));
        }
    }
}
