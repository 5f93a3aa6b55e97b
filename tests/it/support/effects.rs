//! What a task does to its own table, and its success, in one transaction of its own.

use super::TestStore;
use hyrex::TaskContext;

/// How the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Commit,
    RollBack,
}

/// Makes the table of effects.
pub async fn table(store: &TestStore) {
    store.raw.execute("CREATE TABLE effect (n int)").await;
}

/// How many effects were committed.
pub async fn count(store: &TestStore) -> i64 {
    store.raw.count("SELECT count(*) FROM effect").await
}

/// Has an effect and completes the attempt with it.
///
/// # Errors
/// When the attempt cannot be completed: then the transaction is rolled back.
pub async fn complete(url: &str, context: &TaskContext, end: End) -> hyrex::Result<()> {
    match url.strip_prefix("sqlite:") {
        #[cfg(feature = "sqlite")]
        Some(path) => in_sqlite(path, context, end),
        #[cfg(feature = "postgres")]
        None => in_postgres(url, context, end).await,
        #[allow(unreachable_patterns)]
        _ => unreachable!("a URL of a store that is not built in"),
    }
}

#[cfg(feature = "sqlite")]
fn in_sqlite(path: &str, context: &TaskContext, end: End) -> hyrex::Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(20))?;
    let mut transaction = connection.transaction()?;
    context.complete_in(&mut transaction, &"in the transaction")?;
    transaction.execute("INSERT INTO effect VALUES (1)", [])?;
    match end {
        End::Commit => transaction.commit()?,
        End::RollBack => transaction.rollback()?,
    }
    Ok(())
}

#[cfg(feature = "postgres")]
async fn in_postgres(url: &str, context: &TaskContext, end: End) -> hyrex::Result<()> {
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::PgConnection::connect(url).await?;
    let mut transaction = connection.begin().await?;
    transaction.execute("INSERT INTO effect VALUES (1)").await?;
    context.complete_in(&mut transaction, &"in the transaction").await?;
    match end {
        End::Commit => transaction.commit().await?,
        End::RollBack => transaction.rollback().await?,
    }
    Ok(())
}
