//! Sending inside the application's own transaction: it stands when that is committed, and never else.

use super::play::{app, client, perform};
use crate::support::TestStore;
use hyrex::prelude::*;
use hyrex::{Plain, registry};
use std::time::Duration;

fn bill() -> Task<Plain<(), u32>> {
    Task::new("bill", TaskConfig::new().max_retries(4), |()| async { Ok(1) })
}

async fn runs(store: &TestStore) -> i64 {
    store.raw.count("SELECT count(*) FROM hyrex_task_run").await
}

/// What was sent runs, and its handle finds it through the client that was named.
async fn runs_like_any_other(store: &TestStore, run: DurableTaskRun<u32>) {
    assert_eq!(runs(store).await, 1);
    assert_eq!(run.state().await.unwrap().max_retries, 4);
    perform(store, &app(registry![bill()])).await;
    assert_eq!(run.wait(Duration::from_secs(20)).await.unwrap(), 1);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use crate::support::Kind;
    use crate::support::stores::check;

    fn connection(store: &TestStore) -> rusqlite::Connection {
        let path = store.url.strip_prefix("sqlite:").expect("a SQLite URL");
        let connection = rusqlite::Connection::open(path).expect("the file opens");
        connection.busy_timeout(Duration::from_secs(20)).expect("a busy timeout");
        connection
    }

    fn begin(connection: &mut rusqlite::Connection) -> rusqlite::Transaction<'_> {
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("a transaction")
    }

    #[tokio::test]
    async fn what_is_committed_runs_and_what_is_rolled_back_never_was() {
        check(Kind::Sqlite, async |store| {
            let (mut connection, client) = (connection(store), client(store));
            let mut transaction = begin(&mut connection);
            bill().on(&client).send_in(&mut transaction, ()).unwrap();
            transaction.rollback().unwrap();
            assert_eq!(runs(store).await, 0);
            let mut transaction = begin(&mut connection);
            let run = bill().on(&client).send_in(&mut transaction, ()).unwrap();
            transaction.commit().unwrap();
            runs_like_any_other(store, run).await;
        })
        .await;
    }

    #[tokio::test]
    async fn a_key_that_stands_is_met_inside_the_transaction_too() {
        check(Kind::Sqlite, async |store| {
            let (mut connection, client) = (connection(store), client(store));
            let task = bill().on(&client).with_config(TaskConfig::new().idempotency_key("bill-7"));
            let first = task.send(()).await.unwrap();
            let mut transaction = begin(&mut connection);
            let second = task.send_in(&mut transaction, ()).unwrap();
            assert_eq!((second.id(), second.is_duplicate()), (first.id(), true));
            let error = task.with_config(TaskConfig::new().priority(99)).send_in(&mut transaction, ()).unwrap_err();
            assert!(error.to_string().contains("priority"), "{error}");
        })
        .await;
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use crate::support::Kind;
    use crate::support::stores::check;
    use sqlx::Connection;

    async fn connection(store: &TestStore) -> sqlx::PgConnection {
        sqlx::PgConnection::connect(&store.url).await.expect("a connection of the application's own")
    }

    #[tokio::test]
    async fn what_is_committed_runs_and_what_is_rolled_back_never_was() {
        check(Kind::Postgres, async |store| {
            let (mut connection, client) = (connection(store).await, client(store));
            let mut transaction = connection.begin().await.unwrap();
            bill().on(&client).send_in(&mut transaction, ()).await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(runs(store).await, 0);
            let mut transaction = connection.begin().await.unwrap();
            let run = bill().on(&client).send_in(&mut transaction, ()).await.unwrap();
            assert_eq!(runs(store).await, 0, "it stands before the commit");
            transaction.commit().await.unwrap();
            runs_like_any_other(store, run).await;
        })
        .await;
    }

    #[tokio::test]
    async fn a_key_that_stands_is_met_inside_the_transaction_too() {
        check(Kind::Postgres, async |store| {
            let (mut connection, client) = (connection(store).await, client(store));
            let task = bill().on(&client).with_config(TaskConfig::new().idempotency_key("bill-7"));
            let first = task.send(()).await.unwrap();
            let second = task.send_in(&mut connection, ()).await.unwrap();
            assert_eq!((second.id(), second.is_duplicate()), (first.id(), true));
            let task = task.with_config(TaskConfig::new().priority(99));
            let error = task.send_in(&mut connection, ()).await.unwrap_err();
            assert!(error.to_string().contains("priority"), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_task_sends_its_child_in_its_own_transaction() {
        check(Kind::Postgres, async |store| {
            let url = store.url.clone();
            let parent = Task::new("parent", TaskConfig::new(), move |()| {
                let url = url.clone();
                async move {
                    let mut connection = sqlx::PgConnection::connect(&url).await?;
                    let mut transaction = connection.begin().await?;
                    let run = bill().send_in(&mut transaction, ()).await?;
                    transaction.commit().await?;
                    Ok(run.id())
                }
            });
            let run = client(store).send(&parent, ()).await.unwrap();
            perform(store, &app(registry![parent])).await;
            let sent = run.result().await.unwrap().unwrap();
            let row = store.run(sent).await.unwrap().unwrap().latest.row;
            assert_eq!((row.parent, row.root), (Some(run.id().first_attempt()), run.id()));
        })
        .await;
    }
}
