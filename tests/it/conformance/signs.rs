//! Signs that a look at the store is worth it: to a worker that waits, also one of another process.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::Start;
use hyrex::store::{SharedStore, Wakeup, Wakeups};
use std::time::Duration;

on_both!(
    work_that_arrives_gives_a_sign,
    work_that_another_process_sends_gives_a_sign,
    a_run_that_waits_for_its_time_gives_a_sign,
    a_cancellation_gives_a_sign,
    a_run_that_ends_gives_a_sign,
    a_parked_claim_takes_what_arrives_or_waits_on,
);

/// Within what a worker would else learn by its once-a-second look: longer than that, and the sign is useless.
const SOON: Duration = Duration::from_secs(5);

async fn sign(of: &mut Box<dyn Wakeups>, what: &str, fits: impl Fn(&Wakeup) -> bool) {
    let wait = async {
        loop {
            let sign = of.next().await;
            if fits(&sign) || sign == Wakeup::Something {
                return;
            }
        }
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("no sign of {what}"));
}

fn is_work(sign: &Wakeup) -> bool {
    matches!(sign, Wakeup::Work(lanes) if lanes.iter().any(|lane| lane.queue == "a" && lane.task_name == "t"))
}

async fn work_that_arrives_gives_a_sign(s: &TestStore) {
    let mut signs = s.wakeups().await.unwrap();
    s.enqueue(vec![run("t").on("a")], None).await.unwrap();
    sign(&mut signs, "work", is_work).await;
}

async fn work_that_another_process_sends_gives_a_sign(s: &TestStore) {
    let other: SharedStore = s.another().await;
    let mut signs = s.wakeups().await.unwrap();
    other.enqueue(vec![run("t").on("a")], None).await.unwrap();
    sign(&mut signs, "another's work", is_work).await;
    other.close().await;
}

async fn a_run_that_waits_for_its_time_gives_a_sign(s: &TestStore) {
    let mut signs = s.wakeups().await.unwrap();
    s.enqueue(vec![run("t").starting(Start::At(at(9.0)))], Some(at(0.0))).await.unwrap();
    sign(&mut signs, "a due time", |sign| *sign == Wakeup::Due).await;
}

async fn a_cancellation_gives_a_sign(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let held = Worker::new(&*s.store).await.claim_one().await;
    let other: SharedStore = s.another().await;
    let mut signs = s.wakeups().await.unwrap();
    other.run_cancel(make::cancel(held.run)).await.unwrap();
    sign(&mut signs, "a cancellation", |sign| *sign == Wakeup::Cancel).await;
    other.close().await;
}

async fn a_run_that_ends_gives_a_sign(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim_one().await;
    let mut signs = s.wakeups().await.unwrap();
    worker.succeed(&held).await;
    sign(&mut signs, "an end", |sign| matches!(sign, Wakeup::Ended(runs) if runs.contains(&held.run))).await;
}

async fn a_parked_claim_takes_what_arrives_or_waits_on(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let parked = hyrex::store::ParkedClaim {
        executor: worker.id,
        queues: hyrex::model::QueueSet::new(["a*"]).unwrap(),
        tasks: vec!["t".into()],
        take: 2,
        now: None,
    };
    let sent = run("t").on("ab");
    let send = async {
        s.enqueue(vec![run("t").on("b"), run("u").on("a")], None).await.unwrap();
        s.enqueue(vec![sent.clone()], None).await.unwrap();
    };
    let claim = tokio::time::timeout(Duration::from_secs(2), s.claim_parked(parked));
    let (claimed, ()) = tokio::join!(claim, send);
    if s.abilities().parks_claims {
        let claimed = claimed.expect("it takes what arrives").unwrap();
        assert_eq!(claimed.iter().map(|run| run.run).collect::<Vec<_>>(), [sent.id]);
        assert_eq!(claimed[0].fence.executor, worker.id);
        assert_eq!(worker.claim("ab", 5).await, []);
    } else {
        assert!(claimed.is_err(), "it waits for ever");
        assert_eq!(worker.claim("ab", 5).await.len(), 1);
    }
}
