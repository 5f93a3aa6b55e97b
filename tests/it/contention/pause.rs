//! A pause, hammered: when it has answered, no claim of that queue takes effect any more.

use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, batch, make, wait_for};
use hyrex::store::{SetPause, Store};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

on_both!(no_claim_takes_effect_after_a_pause_has_answered);

const ROUNDS: usize = 25;
const CLAIMED: &str = "SELECT count(*) FROM hyrex_task_run WHERE status <> 'QUEUED'";

async fn no_claim_takes_effect_after_a_pause_has_answered(s: &TestStore) {
    s.enqueue(batch("a", "t", 6000), None).await.unwrap();
    let others = [s.another().await, s.another().await];
    let (over, tries) = (AtomicBool::new(false), AtomicU64::new(0));
    let stores: Vec<&dyn Store> = vec![&*s.store, &*others[0], &*others[1], &*others[0], &*others[1]];
    let claimers = stores.into_iter().map(|store| hammer(store, &over, &tries));
    let operator = async {
        for round in 0..ROUNDS {
            watch(s, round, &tries).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(operator, futures_util::future::join_all(claimers));
    for other in others {
        other.close().await;
    }
}

/// Claims one after another, whether the queue is paused or not; settles nothing.
async fn hammer(store: &dyn Store, over: &AtomicBool, tries: &AtomicU64) {
    let worker = Worker::new(store).await;
    while !over.load(Ordering::Relaxed) {
        worker.claim("a", 1).await;
        tries.fetch_add(1, Ordering::Relaxed);
    }
}

/// Lets claims flow, pauses, and looks whether anything moves after the answer, while claimers try and try.
async fn watch(s: &TestStore, round: usize, tries: &AtomicU64) {
    let pause = |paused| SetPause { queue: "a".into(), paused, actor: make::operator(), now: None };
    let before = s.raw.count(CLAIMED).await;
    s.queue_pause(pause(false)).await.unwrap();
    wait_for("claims to flow", Duration::from_secs(20), async || (s.raw.count(CLAIMED).await > before).then_some(()))
        .await;
    s.queue_pause(pause(true)).await.unwrap();
    let at_the_answer = s.raw.count(CLAIMED).await;
    let tried = tries.load(Ordering::Relaxed);
    wait_for("claimers to try", Duration::from_secs(20), async || {
        (tries.load(Ordering::Relaxed) >= tried + 15).then_some(())
    })
    .await;
    assert_eq!(s.raw.count(CLAIMED).await, at_the_answer, "round {round}: a claim slipped in behind the pause");
}
