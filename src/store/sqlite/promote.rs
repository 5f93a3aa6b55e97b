//! Promotion: runs whose time has come enter their queues.

use super::cached::Cached;
use super::operation::Tx;
use crate::store::Result;
use crate::store::sql::statements;
use rusqlite::Connection;

statements! {
    PROMOTE = "UPDATE hyrex_task_run SET status = {QUEUED}, queued = ?1 WHERE rowid IN (
            SELECT rowid FROM (
                SELECT rowid FROM (SELECT rowid FROM hyrex_task_run INDEXED BY hyrex_task_run_due
                    WHERE status = {AWAIT_START_TIME} AND scheduled_start IS NULL LIMIT 1000)
                UNION ALL
                SELECT rowid FROM (SELECT rowid FROM hyrex_task_run INDEXED BY hyrex_task_run_due
                    WHERE status = {AWAIT_START_TIME} AND scheduled_start <= ?1 ORDER BY scheduled_start LIMIT 1000))
            LIMIT 1000)
        RETURNING queue, task_name";
    /// One that waits without a time is due.
    NEXT_DUE = "SELECT coalesce(scheduled_start, 0) FROM hyrex_task_run INDEXED BY hyrex_task_run_due
        WHERE status = {AWAIT_START_TIME} ORDER BY scheduled_start LIMIT 1";
}

/// Queues what is due, the earliest first; how many.
pub(super) fn promote(tx: &mut Tx<'_>, now: i64) -> Result<u32> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let promoted = tx.conn.all(&PROMOTE, [now], read)?;
    tx.pass("promote.updated")?;
    for (queue, task_name) in &promoted {
        tx.signs.lane(queue, task_name);
    }
    Ok(promoted.len() as u32)
}

/// The earliest start of any run that waits for its time.
pub(super) fn next_due(conn: &Connection) -> Result<Option<i64>> {
    conn.one(&NEXT_DUE, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn what_is_due_is_found_by_its_index_without_a_sort() {
        for sql in [&PROMOTE, &NEXT_DUE] {
            let plan = plan(sql);
            assert!(plan.contains("hyrex_task_run_due") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        assert!(plan(&PROMOTE).contains("scheduled_start<?"), "{}", plan(&PROMOTE));
    }
}
