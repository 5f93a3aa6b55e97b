//! Files that go wrong, and locks of other processes.

use super::*;

#[tokio::test]
async fn a_lock_that_another_process_holds_ends_in_a_timeout_and_not_in_a_refusal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hyrex.db");
    let options = Options { call_timeout: Duration::from_millis(300), ..Options::default() };
    let store = SqliteStore::open(Some(&path), options).await.unwrap();
    store.prepare().await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap_err();
    assert!(matches!(error, StoreError::TimedOut(_)), "{error}");
    other.execute_batch("COMMIT").unwrap();
    store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap();
}

#[tokio::test]
async fn a_path_that_can_hold_no_database_is_refused_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    std::fs::write(&text, "this is no database, however long the text may be ".repeat(100)).unwrap();
    let cases = [
        (directory.path().join("none/hyrex.db"), "does not exist"),
        (directory.path().to_owned(), "is a directory"),
        (text.join("hyrex.db"), "is not a directory"),
        (text, "is not a SQLite database"),
    ];
    for (path, why) in cases {
        let error = SqliteStore::open(Some(&path), Options::default()).await.err().unwrap().to_string();
        assert!(error.contains(why) && error.lines().count() == 1, "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_deleted_or_replaced_is_not_written_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let store = file(&directory).await;
    let path = directory.path().join("hyrex.db");
    std::fs::rename(&path, directory.path().join("away")).unwrap();
    for _ in 0..2 {
        let error = store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap_err();
        assert!(error.to_string().contains("was deleted or replaced"), "{error}");
        assert!(store.queues(None).await.is_err());
        std::fs::write(&path, "").unwrap();
    }
    std::fs::rename(directory.path().join("away"), &path).unwrap();
    store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap();
}

#[tokio::test]
async fn a_read_only_store_reads_and_refuses_every_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hyrex.db");
    let options = Options { read_only: true, ..Options::default() };
    let missing = SqliteStore::open(Some(&path), options.clone()).await.err().unwrap();
    assert!(missing.to_string().contains("does not exist"), "{missing}");
    let writes = file(&directory).await;
    let reads = SqliteStore::open(Some(&path), options).await.unwrap();
    reads.prepare().await.unwrap();
    let mut signs = reads.wakeups().await.unwrap();
    writes.kv_set("k", "v", None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), signs.next()).await.unwrap();
    assert_eq!(reads.kv_get("k").await.unwrap().as_deref(), Some("v"));
    assert!(matches!(reads.kv_set("k", "w", None).await, Err(StoreError::ReadOnly(_))));
    assert!(matches!(reads.init_db().await, Err(StoreError::ReadOnly(_))));
}

#[tokio::test]
async fn tables_that_are_not_there_are_said_not_to_be() {
    let store = SqliteStore::open(None, Options::default()).await.unwrap();
    assert!(matches!(store.check_schema().await, Err(StoreError::NotInitialized)));
    assert!(matches!(store.enqueue(vec![NewRun::new("t", "{}")], None).await, Err(StoreError::NotInitialized)));
    assert_eq!(store.init_db().await.unwrap().len(), 1);
    assert_eq!(store.init_db().await.unwrap(), Vec::<String>::new());
    store.check_schema().await.unwrap();
}
