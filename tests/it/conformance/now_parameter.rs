//! Time: by the database's clock, or the one that is handed in; never by the process'.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{Outcome, Start, Timestamp};
use std::time::Duration;

on_both!(
    what_is_stored_is_the_databases_time_by_default,
    what_is_stored_is_the_time_that_is_handed_in,
    microseconds_are_kept_and_what_is_finer_is_cut,
    a_delay_counts_from_the_databases_time_by_default,
    a_clock_that_was_set_back_keeps_nobody_from_working,
);

async fn what_is_stored_is_the_databases_time_by_default(s: &TestStore) {
    let new = run("t");
    let before = s.now().await.unwrap();
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim_one().await).await;
    let after = s.now().await.unwrap();
    let row = s.run(new.id).await.unwrap().unwrap().latest.row;
    let times = [Some(before), row.queued, row.started, row.finished, Some(after)].map(Option::unwrap);
    assert!(times.is_sorted(), "{times:?}");
}

async fn what_is_stored_is_the_time_that_is_handed_in(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], Some(at(1.0))).await.unwrap();
    let mut worker = Worker::at(&*s.store, at(2.0)).await;
    let claimed = worker.claim_one().await;
    worker.now = Some(at(3.0));
    worker.settle(&claimed, Outcome::Failed(make::error("no"), Duration::from_secs(4))).await;
    let detail = s.run(new.id).await.unwrap().unwrap();
    let first = &detail.attempts[0];
    assert_eq!((first.queued, first.started, first.finished), (Some(at(1.0)), Some(at(2.0)), Some(at(3.0))));
    assert_eq!(detail.attempts[1].scheduled_start, Some(at(7.0)));
}

async fn microseconds_are_kept_and_what_is_finer_is_cut(s: &TestStore) {
    let fine: Timestamp = at(1.000_001) + chrono::Duration::nanoseconds(999);
    let new = run("t").starting(Start::At(at(50.0) + chrono::Duration::nanoseconds(1999)));
    s.enqueue(vec![new.clone(), run("u")], Some(fine)).await.unwrap();
    let row = s.run(new.id).await.unwrap().unwrap().latest.row;
    assert_eq!(row.scheduled_start, Some(at(50.000_001)));
    let worker = Worker::at(&*s.store, fine).await;
    let claimed = worker.claim_tasks("default", &["u"], 1).await.remove(0);
    assert_eq!((claimed.queued, claimed.started), (Some(at(1.000_001)), at(1.000_001)));
}

async fn a_delay_counts_from_the_databases_time_by_default(s: &TestStore) {
    let delay = Duration::from_secs(3600);
    let new = run("t").starting(Start::After(delay));
    let before = s.now().await.unwrap();
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let after = s.now().await.unwrap();
    let start = s.run(new.id).await.unwrap().unwrap().latest.row.scheduled_start.unwrap();
    assert!(before + delay <= start && start <= after + delay, "{before} ≤ {start} - 1 h ≤ {after}");
}

async fn a_clock_that_was_set_back_keeps_nobody_from_working(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], Some(at(5000.0))).await.unwrap();
    let mut worker = Worker::at(&*s.store, at(0.0)).await;
    let first = worker.claim_one().await;
    worker.now = Some(at(-100.0));
    assert!(worker.fail(&first).await.is_some());
    assert_eq!(worker.claim_one().await.attempt_number, 1);
    let oldest = s.queues(Some(at(-5000.0))).await.unwrap();
    assert!(oldest.iter().all(|row| row.oldest.is_none_or(|age| age < Duration::from_secs(1))), "{oldest:?}");
}
