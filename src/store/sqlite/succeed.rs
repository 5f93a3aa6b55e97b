//! The common end of an attempt, success, of many attempts at once: one statement ends them, few keep their results.

use super::cached::Cached;
use super::complete::Held;
use super::operation::Tx;
use super::take::list;
use crate::model::AttemptId;
use crate::store::Result;
use crate::store::sql::statements;
use rusqlite::Connection;
use std::collections::HashSet;
use std::sync::LazyLock;

statements! {
    END = "UPDATE hyrex_task_run SET status = {SUCCESS}, finished = ?2
        WHERE rowid IN (SELECT value FROM json_each(?1))";
}

/// Rows of one statement.
const SIZES: [usize; 3] = [50, 10, 1];

static RESULTS: LazyLock<[String; 3]> = LazyLock::new(|| SIZES.map(insert));

fn insert(rows: usize) -> String {
    let row = |n: usize| format!("(?{}, ?{}, ?{})", 3 * n + 1, 3 * n + 2, 3 * n + 3);
    format!(
        "INSERT INTO hyrex_task_result (task_id, result, created_at) VALUES {} ON CONFLICT (task_id) DO UPDATE \
         SET result = excluded.result, created_at = excluded.created_at",
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    )
}

/// Attempts that succeeded, and are not yet written.
#[derive(Default)]
pub(super) struct Successes<'t> {
    rowids: Vec<i64>,
    results: Vec<(AttemptId, &'t str)>,
    attempts: HashSet<AttemptId>,
}

impl<'t> Successes<'t> {
    /// Keeps one for later; `false`: it stands here already.
    pub fn add(&mut self, tx: &mut Tx<'_>, row: &Held, result: Option<&'t str>) -> bool {
        if !self.attempts.insert(row.id) {
            return false;
        }
        self.rowids.push(row.rowid);
        self.results.extend(result.map(|result| (row.id, result)));
        tx.over(row.run, row.node, true);
        tx.signs.room = true;
        true
    }

    /// Whether the attempt is among them.
    pub fn has(&self, attempt: AttemptId) -> bool {
        self.attempts.contains(&attempt)
    }

    /// Writes all.
    pub fn write(self, tx: &mut Tx<'_>, now: i64) -> Result<()> {
        if self.rowids.is_empty() {
            return Ok(());
        }
        tx.conn.run(&END, (list(&self.rowids), now))?;
        tx.pass("complete.updated")?;
        keep_results(tx.conn, &self.results, now)?;
        tx.pass("complete.result")
    }
}

/// Keeps the results of attempts.
pub(super) fn keep_results(conn: &Connection, results: &[(AttemptId, &str)], now: i64) -> Result<()> {
    let mut rest = results;
    for (size, sql) in SIZES.into_iter().zip(RESULTS.iter()) {
        while let Some((chunk, after)) = rest.split_at_checked(size) {
            let mut statement = conn.prepare_cached(sql)?;
            for (number, (attempt, result)) in chunk.iter().enumerate() {
                statement.raw_bind_parameter(3 * number + 1, attempt)?;
                statement.raw_bind_parameter(3 * number + 2, result)?;
                statement.raw_bind_parameter(3 * number + 3, now)?;
            }
            statement.raw_execute()?;
            rest = after;
        }
    }
    Ok(())
}
