//! `prune`: what ended long ago goes, and how much it was is said.

use super::hyrex;
use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::RunId;
use serde_json::json;

on_both!(runs_that_ended_long_ago_are_deleted, a_prune_is_written_down);

/// `count` runs that ended on one day in the past, and one that waits.
async fn ended(store: &TestStore, count: u32) {
    let day = (chrono::Utc::now() - chrono::Duration::days(60)).timestamp().unsigned_abs();
    let id = |n| uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, day + n, 0));
    let runs = (0..=u64::from(count)).map(|n| run("t").id(RunId(id(n)))).collect();
    store.enqueue(runs, None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    for claimed in worker.claim("default", count).await {
        worker.succeed(&claimed).await;
    }
    let time = store.raw.time(chrono::Utc::now() - chrono::Duration::days(40));
    store.raw.execute(&format!("UPDATE hyrex_task_run SET finished = {time} WHERE finished IS NOT NULL")).await;
}

async fn left(store: &TestStore) -> i64 {
    store.raw.count("SELECT count(*) FROM hyrex_task_run").await
}

async fn runs_that_ended_long_ago_are_deleted(store: &TestStore) {
    ended(store, 7).await;
    let said = |args: &[&str]| hyrex(&store.url, [&["prune"], args].concat()).ok();
    assert_eq!(said(&["--older-than", "30d", "--dry-run"]), "7 runs would be deleted\n");
    assert_eq!(said(&["--older-than", "50d"]), "0 runs deleted\n");
    assert_eq!(said(&["--older-than", "30d", "--status", "failed"]), "0 runs deleted\n");
    assert_eq!(left(store).await, 8);
    assert_eq!(said(&["--older-than", "30d", "--status", "success,troubled"]), "7 runs deleted\n");
    assert_eq!(left(store).await, 1);
}

async fn a_prune_is_written_down(store: &TestStore) {
    ended(store, 2).await;
    let view = hyrex(&store.url, ["prune", "--older-than", "30d", "--json"]).json();
    assert_eq!(view, json!({"runs": 2, "dry_run": false, "complete": true}));
    let events = store.system_events(None, 5).await.unwrap();
    assert!(events[0].name == "prune" && events[0].body.contains("2592000"), "{events:?}");
}
