//! One connection while it is used: statements, transactions, and what became of it.
//!
//! Behind PgBouncer every statement stands inside a transaction and is not kept prepared: here, once, and nowhere else.

use super::connect::Connector;
use super::{errors, foreign};
use crate::store::{Result, StoreError};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Execute, Executor, Postgres};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// A statement with its parameters.
pub(super) type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// Our own connection, or one that an application lends us within its own transaction.
enum Pg<'c> {
    Own(Box<PgConnection>),
    Lent(&'c mut PgConnection),
}

impl Deref for Pg<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Pg::Own(pg) => pg,
            Pg::Lent(pg) => pg,
        }
    }
}

impl DerefMut for Pg<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Pg::Own(pg) => pg,
            Pg::Lent(pg) => pg,
        }
    }
}

/// A connection in use.
pub(super) struct Link<'c> {
    pg: Pg<'c>,
    begin: String,
    pgbouncer: bool,
    timeout: Duration,
    in_transaction: bool,
    /// The tables are the Python SDK's alone: what is read gets what these lack.
    foreign: bool,
    /// It lay idle before this use, and has not answered yet: it may have died meanwhile.
    unproven: bool,
    broken: bool,
    conflicted: bool,
    /// The SQLSTATE of the last error.
    code: String,
}

impl<'c> Link<'c> {
    pub(super) fn own(pg: PgConnection, connector: &Connector) -> Self {
        Self::new(Pg::Own(Box::new(pg)), connector.begin(), connector.pgbouncer, connector.timeout, false)
    }

    /// An application's connection, inside its transaction. Statements are kept prepared only by our own connections.
    pub(super) fn lent(pg: &'c mut PgConnection) -> Self {
        Self::new(Pg::Lent(pg), String::new(), true, Duration::from_secs(30), true)
    }

    fn new(pg: Pg<'c>, begin: String, pgbouncer: bool, timeout: Duration, in_transaction: bool) -> Self {
        let (unproven, broken, conflicted) = (false, false, false);
        let code = String::new();
        Self { pg, begin, pgbouncer, timeout, in_transaction, foreign: false, unproven, broken, conflicted, code }
    }

    /// Taken up again after it lay idle.
    pub(super) fn again(mut self) -> Self {
        (self.unproven, self.broken, self.conflicted) = (true, false, false);
        self
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    pub(super) fn conflicted(&self) -> bool {
        self.conflicted
    }

    /// Whether the whole call may be made again at once: it lost a conflict, or this connection was dead before it began.
    pub(super) fn should_repeat(&self) -> bool {
        self.conflicted || self.broken && self.unproven
    }

    /// Whether the last error was a lock that stayed taken.
    pub(super) fn lock_was_held(&self) -> bool {
        matches!(self.code.as_str(), "55P03" | "40P01")
    }

    /// Whether the last error was a unique index that cannot be, or a row that stands already.
    pub(super) fn met_duplicates(&self) -> bool {
        self.code == "23505"
    }

    /// Opens a transaction.
    pub(super) async fn begin(&mut self) -> Result<()> {
        let begin = self.begin.clone();
        self.begin_with(begin).await
    }

    /// Opens a short reading transaction: nothing in it can write, or run longer than `limit`.
    pub(super) async fn begin_read(&mut self, limit: Duration) -> Result<()> {
        let ms = limit.as_millis().clamp(1, i32::MAX as u128);
        let jit = if self.pgbouncer { "SET LOCAL jit = off; " } else { "" };
        self.begin_with(format!("BEGIN READ ONLY; {jit}SET LOCAL statement_timeout = {ms}")).await
    }

    async fn begin_with(&mut self, statement: String) -> Result<()> {
        self.raw(statement).await?;
        (self.in_transaction, self.foreign) = (true, false);
        Ok(())
    }

    /// Within this transaction, reads tables of the Python SDK's making as if they were ours.
    pub(super) fn read_foreign(&mut self) {
        self.foreign = true;
    }

    /// Whether the tables are the Python SDK's alone.
    pub(super) fn is_foreign(&self) -> bool {
        self.foreign
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.raw("COMMIT".into()).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Undoes what is open; without a transaction, waits until the connection is ready again.
    pub(super) async fn rollback(&mut self) -> Result<()> {
        let statement = if self.in_transaction { "ROLLBACK" } else { "" };
        self.raw(statement.into()).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Statements without parameters, as they stand.
    pub(super) async fn raw(&mut self, text: String) -> Result<()> {
        let done = self.pg.execute(AssertSqlSafe(text)).await;
        self.told(done).map(|_| ())
    }

    /// A setting as the server has it for this connection; by a simple query, which any pooler takes.
    pub(super) async fn setting(&mut self, name: &'static str) -> Result<Option<String>> {
        let text = AssertSqlSafe(format!("select current_setting('{name}', true)"));
        let row = sqlx::raw_sql(text).fetch_one(&mut *self.pg).await;
        super::rows::get(&self.told(row)?, "current_setting")
    }

    /// All rows.
    pub(super) async fn all(&mut self, query: Query<'_>) -> Result<Vec<PgRow>> {
        let alone = self.enter().await?;
        let rows = match self.foreign {
            false => query.persistent(!self.pgbouncer).fetch_all(&mut *self.pg).await,
            true => adapted(query)?.persistent(!self.pgbouncer).fetch_all(&mut *self.pg).await,
        };
        let rows = self.told(rows)?;
        self.leave(alone).await?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub(super) async fn optional(&mut self, query: Query<'_>) -> Result<Option<PgRow>> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// The one row of a statement that always gives one.
    pub(super) async fn one(&mut self, query: Query<'_>) -> Result<PgRow> {
        let row = self.optional(query).await?;
        row.ok_or_else(|| StoreError::Database("a statement gave no row where it always gives one".into()))
    }

    /// How many rows a statement touched.
    pub(super) async fn run(&mut self, query: Query<'_>) -> Result<u64> {
        let alone = self.enter().await?;
        let done = query.persistent(!self.pgbouncer).execute(&mut *self.pg).await;
        let done = self.told(done)?;
        self.leave(alone).await?;
        Ok(done.rows_affected())
    }

    /// Streams `data` into a table; how many rows.
    pub(super) async fn copy(&mut self, statement: &str, data: &[u8]) -> Result<u64> {
        let copied = copy(&mut self.pg, statement, data).await;
        self.told(copied)
    }

    pub(super) async fn close(self) {
        if let Pg::Own(pg) = self.pg {
            let _ = tokio::time::timeout(Duration::from_secs(1), pg.close()).await;
        }
    }

    /// Behind PgBouncer a statement outside a transaction gets one of its own.
    async fn enter(&mut self) -> Result<bool> {
        let alone = self.pgbouncer && !self.in_transaction;
        if alone {
            self.begin().await?;
        }
        Ok(alone)
    }

    async fn leave(&mut self, alone: bool) -> Result<()> {
        if alone { self.commit().await } else { Ok(()) }
    }

    /// Notes what an answer says about the connection.
    fn told<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T> {
        match answer {
            Ok(answer) => {
                self.unproven = false;
                Ok(answer)
            }
            Err(error) => {
                self.broken = errors::is_broken(&error);
                self.unproven &= self.broken;
                self.conflicted = errors::is_conflict(&error);
                let code = error.as_database_error().and_then(|error| error.code());
                self.code = code.map(|code| code.into_owned()).unwrap_or_default();
                Err(errors::from_sqlx(error, self.timeout))
            }
        }
    }
}

/// A reading statement of ours as the SDK's tables need it.
fn adapted<'q>(mut query: Query<'q>) -> Result<Query<'q>> {
    let unfit = |error: sqlx::error::BoxDynError| StoreError::Database(error.to_string());
    let arguments = query.take_arguments().map_err(unfit)?.unwrap_or_default();
    let text = foreign::statement(query.sql().as_str());
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

async fn copy(pg: &mut PgConnection, statement: &str, data: &[u8]) -> Result<u64, sqlx::Error> {
    let mut copy = pg.copy_in_raw(statement).await?;
    copy.send(data).await?;
    copy.finish().await
}

/// A statement to bind parameters to. The text is one of our statics.
pub(super) fn query(text: &'static str) -> Query<'static> {
    sqlx::query(text)
}
