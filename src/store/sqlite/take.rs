//! Taking what a claim has chosen: one statement looks, one takes, however many runs there are.

use super::cached::Cached;
use super::rows;
use crate::model::{ClaimedRun, ExecutorId};
use crate::store::Result;
use crate::store::sql::statements;
use rusqlite::Connection;
use std::collections::HashMap;

statements! {
    /// Large arguments are read once it is known that they fit.
    LOOK = &format!("SELECT {}, CASE WHEN octet_length(args) <= ?2 THEN args ELSE '' END, octet_length(args), rowid
        FROM hyrex_task_run WHERE rowid IN (SELECT value FROM json_each(?1))", rows::CLAIMED);
    ARGS = "SELECT args FROM hyrex_task_run WHERE rowid = ?1";
    TAKE = "UPDATE hyrex_task_run SET status = {RUNNING}, executor_id = ?2,
        claim_number = coalesce(claim_number, 0) + 1, started = ?3
        WHERE rowid IN (SELECT value FROM json_each(?1))";
}

/// Arguments of up to so many bytes are read at the first look.
const SMALL: usize = 64 << 10;

/// A run that is looked at.
struct Looked {
    run: ClaimedRun,
    size: usize,
}

/// Takes the rows in their order, while their arguments fit into `room` bytes (the first one always does, where
/// `whatever_its_size`); whether all of them did.
pub(super) fn take(
    conn: &Connection,
    executor: ExecutorId,
    rowids: &[i64],
    room: &mut usize,
    whatever_its_size: bool,
    now: i64,
    claimed: &mut Vec<ClaimedRun>,
) -> Result<bool> {
    if rowids.is_empty() {
        return Ok(true);
    }
    let mut taken = Vec::with_capacity(rowids.len());
    let mut fits = true;
    for (rowid, Looked { mut run, size }) in look(conn, executor, rowids, now)? {
        fits = size <= *room || whatever_its_size && taken.is_empty();
        if !fits {
            break;
        }
        if size > SMALL {
            run.args = conn.one(&ARGS, [rowid], |row| row.get(0))?.unwrap_or_default();
        }
        *room = room.saturating_sub(size);
        taken.push(rowid);
        claimed.push(run);
    }
    conn.run(&TAKE, (list(&taken), executor, now))?;
    Ok(fits)
}

/// The rows as they will be once they are taken, in the order of `rowids`.
fn look(conn: &Connection, executor: ExecutorId, rowids: &[i64], now: i64) -> Result<Vec<(i64, Looked)>> {
    let mut found: HashMap<i64, Looked> = HashMap::with_capacity(rowids.len());
    conn.all(&LOOK, (list(rowids), SMALL as i64), |row| {
        let size = row.get::<_, i64>(16)?.unsigned_abs() as usize;
        found.insert(row.get(17)?, Looked { run: rows::claimed(row, executor, now)?, size });
        Ok(())
    })?;
    Ok(rowids.iter().filter_map(|rowid| Some((*rowid, found.remove(rowid)?))).collect())
}

/// Numbers as a JSON list: SQLite takes no arrays.
pub(super) fn list(rowids: &[i64]) -> String {
    let mut list = String::with_capacity(8 * rowids.len() + 2);
    for rowid in rowids {
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(&rowid.to_string());
    }
    list.push_str(if list.is_empty() { "[]" } else { "]" });
    list
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn rows_are_looked_at_and_taken_by_their_number() {
        for sql in [&LOOK, &TAKE] {
            let plan = plan(sql);
            assert!(plan.contains("SEARCH hyrex_task_run USING INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
        }
    }

    #[test]
    fn numbers_make_a_json_list() {
        assert_eq!([list(&[]), list(&[7]), list(&[7, -8, 9])], ["[]", "[7]", "[7,-8,9]"]);
    }
}
