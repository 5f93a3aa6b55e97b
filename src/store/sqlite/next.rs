//! The next attempt of a run: a new row made from the one before. The write lock, and behind it the unique index on
//! run and attempt number, make that there is one.

use super::cached::Cached;
use super::complete::Held;
use super::operation::Tx;
use super::rows;
use crate::model::{AttemptId, TaskStatus};
use crate::store::Result;
use crate::store::sql::statements;
use std::time::Duration;

statements! {
    INSERT = "INSERT INTO hyrex_task_run (id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            task_name, args, queue, max_retries, priority, timeout_seconds, node_name, node_kind,
            attempt_number, status, scheduled_start, queued)
        SELECT ?2, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            task_name, args, queue, coalesce(?3, max_retries), priority, timeout_seconds, node_name, node_kind,
            attempt_number + 1, ?4, ?5, ?6
        FROM hyrex_task_run WHERE rowid = ?1 RETURNING queue, task_name";
}

/// Makes the attempt after `row`, to start after `delay`; `max_retries` where that is to change.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    row: &Held,
    id: AttemptId,
    delay: Duration,
    max_retries: Option<i64>,
    now: i64,
) -> Result<()> {
    let start = rows::later(now, delay);
    let status = if start > now { TaskStatus::AwaitStartTime } else { TaskStatus::Queued };
    let queued = (status == TaskStatus::Queued).then_some(now);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let made = tx.conn.one(&INSERT, (row.rowid, id, max_retries, status, start, queued), read)?;
    match (made, queued) {
        (Some((queue, task_name)), Some(_)) => tx.signs.lane(&queue, &task_name),
        _ => tx.signs.due = true,
    }
    Ok(())
}
