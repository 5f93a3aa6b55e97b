//! Definitions of tasks, for the tools that read them.

use super::cached::Cached;
use super::operation::Tx;
use super::rows;
use crate::store::sql::statements;
use crate::store::{Result, TaskDef};
use rusqlite::params;

statements! {
    /// A definition that stands as it is is not written again: each start of a worker puts them all.
    PUT = "INSERT INTO hyrex_task_def (task_name, arg_schema, queue, priority, max_retries, timeout_seconds,
            last_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (task_name) DO UPDATE SET arg_schema = coalesce(excluded.arg_schema, arg_schema), queue = excluded.queue,
            priority = excluded.priority, max_retries = excluded.max_retries,
            timeout_seconds = excluded.timeout_seconds, last_updated = excluded.last_updated
        WHERE (arg_schema, queue, priority, max_retries, timeout_seconds) IS NOT
            (coalesce(excluded.arg_schema, arg_schema), excluded.queue, excluded.priority, excluded.max_retries,
             excluded.timeout_seconds)";
}

/// Writes or replaces definitions.
pub(super) fn put(tx: &mut Tx<'_>, defs: &[TaskDef]) -> Result<()> {
    let now = rows::micros(None);
    for def in defs {
        let values =
            params![def.task_name, def.arg_schema, def.queue, def.priority, def.max_retries, def.timeout_seconds, now];
        tx.conn.run(&PUT, values)?;
    }
    Ok(())
}
