//! Promotion: runs whose time has come.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{Start, TaskStatus};

on_both!(
    a_run_is_queued_when_its_time_has_come,
    a_promotion_can_be_repeated,
    a_promotion_takes_at_most_a_thousand_the_longest_due_first,
    a_tick_tells_when_the_next_run_is_due,
    promoters_at_the_same_moment_count_each_run_once,
);

async fn a_run_is_queued_when_its_time_has_come(s: &TestStore) {
    let runs = [3.0, 1.0, 2.0].map(|due| run("t").starting(Start::At(at(due))));
    s.enqueue(runs.to_vec(), Some(at(0.0))).await.unwrap();
    assert_eq!(s.promote_due(Some(at(0.999_999))).await.unwrap(), 0);
    assert_eq!(s.promote_due(Some(at(2.0))).await.unwrap(), 2);
    let row = s.run(runs[1].id).await.unwrap().unwrap().latest.row;
    assert_eq!((row.status, row.queued, row.scheduled_start), (TaskStatus::Queued, Some(at(2.0)), Some(at(1.0))));
    assert_eq!(s.raw.status(runs[0].id.first_attempt()).await, TaskStatus::AwaitStartTime);
}

async fn a_promotion_can_be_repeated(s: &TestStore) {
    s.enqueue(vec![run("t").starting(Start::At(at(1.0)))], Some(at(0.0))).await.unwrap();
    assert_eq!(s.promote_due(Some(at(5.0))).await.unwrap(), 1);
    let before = s.raw.everything().await;
    assert_eq!(s.promote_due(Some(at(6.0))).await.unwrap(), 0);
    assert_eq!(s.raw.everything().await, before);
}

async fn a_promotion_takes_at_most_a_thousand_the_longest_due_first(s: &TestStore) {
    let runs: Vec<_> = (0..1500).map(|n| run("t").starting(Start::At(at(1.0 + f64::from(1499 - n))))).collect();
    s.enqueue(runs.clone(), Some(at(0.0))).await.unwrap();
    assert_eq!(s.promote_due(Some(at(5000.0))).await.unwrap(), 1000);
    assert_eq!(s.raw.status(runs[1499].id.first_attempt()).await, TaskStatus::Queued);
    assert_eq!(s.raw.status(runs[0].id.first_attempt()).await, TaskStatus::AwaitStartTime);
    assert_eq!(s.promote_due(Some(at(5000.0))).await.unwrap(), 500);
    assert_eq!(s.promote_due(Some(at(5000.0))).await.unwrap(), 0);
}

async fn a_tick_tells_when_the_next_run_is_due(s: &TestStore) {
    let worker = Worker::at(&*s.store, at(0.0)).await;
    assert_eq!(worker.look().await.next_due, None);
    let runs = [9.0, 4.0].map(|due| run("t").starting(Start::At(at(due))));
    s.enqueue(runs.to_vec(), Some(at(0.0))).await.unwrap();
    assert_eq!(worker.look().await.next_due, Some(at(4.0)));
    s.promote_due(Some(at(4.0))).await.unwrap();
    assert_eq!(worker.look().await.next_due, Some(at(9.0)));
}

async fn promoters_at_the_same_moment_count_each_run_once(s: &TestStore) {
    let runs = (0..400).map(|_| run("t").starting(Start::At(at(1.0)))).collect();
    s.enqueue(runs, Some(at(0.0))).await.unwrap();
    let other = s.another().await;
    let promotions =
        (0..6).map(|n| if n % 2 == 0 { &s.store } else { &other }).map(|store| store.promote_due(Some(at(2.0))));
    let counts = futures_util::future::join_all(promotions).await;
    let mut total: u32 = counts.into_iter().map(Result::unwrap).sum();
    total += s.promote_due(Some(at(2.0))).await.unwrap();
    assert_eq!(total, 400);
    other.close().await;
}
