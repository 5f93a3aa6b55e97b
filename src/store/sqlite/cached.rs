//! Prepared statements, each prepared once a connection.

use crate::store::Result;
use rusqlite::{Connection, Params, Row, Statement};

/// The three ways in which a statement is run.
pub(super) trait Cached {
    /// Runs it; how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> Result<usize>;

    /// Its first row.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>>;

    /// All its rows.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>>;
}

impl Cached for Connection {
    fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        let mut statement = self.prepare_cached(sql)?;
        let changed = statement.execute(params)?;
        count(&mut statement);
        Ok(changed)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let found = statement.query(params)?.next()?.map(read).transpose()?;
        count(&mut statement);
        Ok(found)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let mut all = Vec::new();
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        drop(rows);
        count(&mut statement);
        Ok(all)
    }
}

/// Counts what the database did for a statement, in tests: that work is linear is shown by counting, not by a clock.
#[inline]
fn count(statement: &mut Statement<'_>) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + i64::from(statement.reset_status(rusqlite::StatementStatus::VmStep)));
    let _ = statement;
}

#[cfg(test)]
thread_local!(static STEPS: std::cell::Cell<i64> = const { std::cell::Cell::new(0) });

/// How many steps the database's machine took for what `work` did on this thread.
#[cfg(test)]
pub(super) fn steps(work: impl FnOnce()) -> i64 {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
