//! A process that claims and settles without a runtime: as bare as a claimer can be, so that many meet.

use crate::support::Worker;
use crate::support::make;
use crate::support::processes::Stage;
use crate::support::worker::{completion, share};
use hyrex::model::{ClaimedRun, Completion, Outcome};
use hyrex::store::{Options, Share, SharedStore, Store, open};
use std::time::Duration;

/// Opens the store of a role's orders.
pub async fn store(stage: &Stage) -> SharedStore {
    open(stage.text("url"), Options { durable: false, ..Options::default() }).await.expect("the store opens")
}

/// Claims task `t` of `queue` until nothing came for a while and its input was closed; says each attempt that it
/// claimed, and at last the most that it ever saw held in the queue.
pub async fn claim(stage: Stage) {
    let store = store(&stage).await;
    let worker = Worker::new(&*store).await;
    let limited = stage.orders["limited"].as_bool().unwrap_or(false);
    let share = Share { limited, ..share(stage.text("queue"), &["t"], stage.number("take") as u32) };
    stage.say("ready");
    let (mut ended, mut idle, mut most): (Vec<Completion>, u32, u32) = (vec![], 0, 0);
    while idle < 30 || !stage.is_over() {
        let answer = worker.turn(std::mem::take(&mut ended), vec![share.clone()]).await;
        if limited && !answer.claimed.is_empty() {
            most = most.max(held(&*store, &share.queue).await);
        }
        idle = if answer.claimed.is_empty() { idle + 1 } else { 0 };
        if idle > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for run in &answer.claimed {
            stage.say(run.fence.attempt);
        }
        ended = work(&answer.claimed).await;
    }
    store.executor_stop(worker.id, vec![], None).await.expect("it stops");
    stage.say(format!("most {most}"));
    store.close().await;
}

/// All at once, 1 to 5 ms each; every seventh fails first, every eleventh is given back once.
async fn work(claimed: &[ClaimedRun]) -> Vec<Completion> {
    let each = claimed.iter().map(|run| async {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=5))).await;
        let number = run.run.0.as_u128() % 77;
        let outcome = match (number, run.attempt_number, run.fence.claim) {
            (n, 0, _) if n % 7 == 0 && run.max_retries > 0 => Outcome::Failed(make::error("again"), Duration::ZERO),
            (n, _, 1) if n % 11 == 0 => Outcome::NeverBegun,
            _ => Outcome::Success(Some("1".into())),
        };
        completion(run.fence, outcome)
    });
    futures_util::future::join_all(each).await
}

async fn held(store: &dyn Store, queue: &str) -> u32 {
    let rows = store.queues(None).await.expect("the queues");
    rows.iter().find(|row| row.settings.name == queue).map_or(0, |row| row.held.count)
}
