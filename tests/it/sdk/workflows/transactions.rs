//! Sending a workflow inside the application's own transaction: it stands when that is committed, and never else.

use super::*;
use std::time::Duration;

async fn runs(store: &TestStore) -> (i64, i64) {
    let of = async |table: &str| store.raw.count(&format!("SELECT count(*) FROM {table}")).await;
    (of("hyrex_workflow_run").await, of("hyrex_task_run").await)
}

async fn runs_like_any_other(test: &TestApp, run: WorkflowRun<EtlArgs>) {
    test.drain().await.unwrap();
    run.wait(Duration::ZERO).await.unwrap();
    assert_eq!(run.node_result(load).await.unwrap(), 12);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn of_sqlite() {
    crate::support::stores::check(crate::support::Kind::Sqlite, async |store| {
        let test = warehouse(store).await;
        let path = store.url.strip_prefix("sqlite:").expect("a SQLite URL");
        let mut connection = rusqlite::Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(20)).unwrap();
        let mut transaction = connection.transaction().unwrap();
        etl.on(test.client()).send_in(&mut transaction, fine()).unwrap();
        transaction.rollback().unwrap();
        assert_eq!(runs(store).await, (0, 0));
        let mut transaction = connection.transaction().unwrap();
        let run = etl.on(test.client()).send_in(&mut transaction, fine()).unwrap();
        transaction.commit().unwrap();
        assert_eq!(runs(store).await, (1, 5));
        runs_like_any_other(&test, run).await;
    })
    .await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn of_postgres() {
    use sqlx::Connection;
    crate::support::stores::check(crate::support::Kind::Postgres, async |store| {
        let test = warehouse(store).await;
        let mut connection = sqlx::PgConnection::connect(&store.url).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        etl.on(test.client()).send_in(&mut transaction, fine()).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(runs(store).await, (0, 0));
        let mut transaction = connection.begin().await.unwrap();
        let run = etl.on(test.client()).send_in(&mut transaction, fine()).await.unwrap();
        let keyed = etl.with_config(WorkflowConfig::new().idempotency_key("k")).on(test.client());
        let first = keyed.send_in(&mut *transaction, fine()).await.unwrap();
        assert!(keyed.send_in(&mut *transaction, fine()).await.unwrap().is_duplicate());
        transaction.commit().await.unwrap();
        assert_eq!(runs(store).await, (2, 10));
        runs_like_any_other(&test, run).await;
        first.wait(Duration::ZERO).await.unwrap();
    })
    .await;
}
