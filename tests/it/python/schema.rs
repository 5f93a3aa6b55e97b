//! Who initialises first does not matter, nor how often.

use super::Shared;
use crate::support::{Worker, make::RunWords, run};
use hyrex::model::Outcome;

/// The SDK's client functions and the store's verbs both work on what stands.
async fn both_work(shared: &Shared) {
    shared.store.check_schema().await.unwrap();
    let sent = run("t").on("ours").retries(1);
    let id = sent.id;
    shared.store.enqueue(vec![sent], None).await.unwrap();
    let worker = Worker::new(&*shared.store).await;
    let claimed = worker.claim("ours", 10).await;
    assert_eq!(claimed.iter().map(|c| c.run).collect::<Vec<_>>(), [id]);
    worker.settle(&claimed[0], Outcome::Success(Some("1".into()))).await;
    let state = shared.store.run_states(vec![id]).await.unwrap().remove(0).unwrap();
    assert_eq!(state.result.as_deref(), Some("1"));
    let sql = "SELECT create_task_run(uuid7(), uuid7(), uuid7(), NULL, 'QUEUED', 'p', '{}', 'theirs', 0::smallint, \
        5::smallint)::text";
    assert!(shared.raw.texts(sql).await[0].is_some());
}

async fn indexes(shared: &Shared) -> Vec<String> {
    let sql = "SELECT indexdef FROM pg_indexes WHERE tablename = 'hyrex_task_run' ORDER BY 1";
    shared.raw.texts(sql).await.into_iter().flatten().collect()
}

async fn invalid_indexes(shared: &Shared) -> i64 {
    shared.raw.count("SELECT count(*) FROM pg_index WHERE NOT indisvalid").await
}

#[tokio::test]
async fn their_init_db_over_ours_changes_no_index_and_both_work() {
    let shared = Shared::ours().await;
    let before = indexes(&shared).await;
    shared.python.init_db().await;
    assert_eq!(indexes(&shared).await, before);
    both_work(&shared).await;
    shared.store.init_db().await.unwrap();
    shared.python.init_db().await;
    assert_eq!(indexes(&shared).await, before);
    both_work(&shared).await;
    shared.finish().await;
}

#[tokio::test]
async fn our_init_db_over_theirs_adds_our_indexes_and_both_work() {
    let shared = Shared::empty().await;
    shared.python.init_db().await;
    let theirs = indexes(&shared).await;
    let done = shared.store.init_db().await.unwrap();
    assert!(!done.is_empty(), "it says what it did");
    both_work(&shared).await;
    let all = indexes(&shared).await;
    assert!(theirs.iter().all(|index| all.contains(index)), "nothing of theirs was taken away");
    for name in ["hyrex_task_run_claim", "hyrex_task_run_due", "hyrex_task_run_held_by_executor"] {
        assert!(all.iter().any(|index| index.contains(name)), "{name} is missing among {all:#?}");
    }
    assert_eq!(invalid_indexes(&shared).await, 0);
    shared.python.init_db().await;
    shared.store.init_db().await.unwrap();
    assert_eq!(indexes(&shared).await, all);
    both_work(&shared).await;
    shared.finish().await;
}

#[tokio::test]
async fn what_python_sent_before_our_init_db_is_claimed_after_it() {
    let shared = Shared::empty().await;
    shared.python.init_db().await;
    let sql = "SELECT create_task_run(uuid7(), u, u, NULL, 'QUEUED', 't', '{\"a\": 1}', 'rust', 1::smallint, \
        5::smallint, p_scheduled_start => now())::text FROM (SELECT uuid7() AS u) AS ids";
    assert!(shared.raw.texts(sql).await[0].is_some());
    let refused = shared.store.check_schema().await.unwrap_err().to_string();
    assert!(refused.contains("hyrex init-db"), "{refused}");
    shared.store.init_db().await.unwrap();
    let claimed = Worker::new(&*shared.store).await.claim("rust", 10).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&claimed[0].args).unwrap(), serde_json::json!({"a": 1}));
    shared.finish().await;
}
