//! Several processes on one SQLite file: a claimer, two senders and a reader. Nobody is told that it is locked, and it
//! stays whole.

use crate::support::processes::{Helper, Stage};
use crate::support::{TestStore, batch};
use hyrex::store::{RunFilter, RunsQuery};

const SENDS: u64 = 300;

/// Sends small batches as fast as it can; ends when all are sent.
pub async fn send(stage: Stage) {
    let store = super::claimer::store(&stage).await;
    for n in 0..SENDS {
        let runs = batch("a", "t", 1 + (n % 5) as usize);
        store.enqueue(runs, None).await.expect("a send succeeds");
        store.kv_set("sender", &n.to_string(), None).await.expect("a key is set");
    }
    store.close().await;
    stage.say("sent");
}

/// Reads all that a monitor reads until its input is closed; says how often.
pub async fn read(stage: Stage) {
    let store = super::claimer::store(&stage).await;
    stage.say("ready");
    let mut looks = 0u64;
    while !stage.is_over() {
        let page = store.runs(RunsQuery { filter: RunFilter::default(), before: None, limit: 50 }).await.expect("runs");
        for row in page.items.iter().take(3) {
            store.run(row.run).await.expect("a run");
            store.tree(row.root, 50).await.expect("a tree");
        }
        store.queues(None).await.expect("the queues");
        store.executors(10, None).await.expect("the executors");
        store.status_counts().await.expect("the counts");
        looks += 1;
    }
    store.close().await;
    stage.say(looks);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_claimer_two_senders_and_a_reader_share_one_file() {
    crate::support::stores::check(crate::support::Kind::Sqlite, async |s: &TestStore| share(s).await).await;
}

#[cfg(feature = "sqlite")]
async fn share(s: &TestStore) {
    let orders = serde_json::json!({ "url": s.url, "queue": "a", "take": 20 });
    let mut claimer = Helper::start("claimer", &orders);
    let mut reader = Helper::start("reader", &orders);
    assert_eq!(claimer.hear().as_deref(), Some("ready"));
    assert_eq!(reader.hear().as_deref(), Some("ready"));
    let senders = [Helper::start("sender", &orders), Helper::start("sender", &orders)];
    let said = tokio::task::spawn_blocking(move || {
        for sender in senders {
            assert_eq!(sender.finish(), ["sent"]);
        }
        claimer.finish();
        reader.finish()
    });
    let looks: u64 = said.await.expect("all end well")[0].parse().expect("a number");
    assert!(looks >= 5, "the reader looked {looks} times");
    let count = async |status: &str| {
        s.raw.count(&format!("SELECT count(*) FROM hyrex_task_run WHERE status = '{status}'")).await
    };
    assert_eq!(count("SUCCESS").await, 2 * (0..SENDS as i64).map(|n| 1 + n % 5).sum::<i64>());
    assert_eq!((count("QUEUED").await, count("RUNNING").await), (0, 0));
    assert_eq!(s.raw.texts("PRAGMA integrity_check").await, [Some("ok".to_owned())]);
}
