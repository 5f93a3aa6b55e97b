//! Pauses: a paused queue takes in, and gives nothing out.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{Completed, Outcome, Start, TaskStatus};
use hyrex::store::{Limit, QueueSettings, SetLimit, SetPause};

on_both!(
    a_paused_queue_is_not_claimed,
    a_paused_queue_takes_in_and_is_claimed_when_it_is_resumed,
    a_pause_says_since_when_and_by_whom,
    a_pause_leaves_other_queues_alone,
    a_queue_that_nobody_knows_can_be_paused,
    a_paused_queue_with_a_limit_is_not_claimed,
    what_runs_in_a_paused_queue_ends_as_ever,
    what_is_given_back_to_a_paused_queue_stays_there,
    what_becomes_due_in_a_paused_queue_stays_there,
    a_limit_and_a_pause_do_not_undo_each_other,
);

async fn pause(s: &TestStore, queue: &str, paused: bool) -> QueueSettings {
    let pause = SetPause { queue: queue.into(), paused, actor: make::operator(), now: Some(at(7.0)) };
    s.queue_pause(pause).await.unwrap()
}

async fn a_paused_queue_is_not_claimed(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    pause(s, "a", true).await;
    assert_eq!(worker.claim("a", 3).await, []);
    assert_eq!(worker.claim_limited("a", 3).await, []);
}

async fn a_paused_queue_takes_in_and_is_claimed_when_it_is_resumed(s: &TestStore) {
    pause(s, "a", true).await;
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("a", 3).await, []);
    let resumed = pause(s, "a", false).await;
    assert_eq!((resumed.paused_at, resumed.paused_by), (None, None));
    assert_eq!(worker.claim("a", 3).await.len(), 3);
}

async fn a_pause_says_since_when_and_by_whom(s: &TestStore) {
    let settings = pause(s, "a", true).await;
    assert_eq!((settings.name.as_str(), settings.paused_at), ("a", Some(at(7.0))));
    assert!(settings.paused_by.as_deref().is_some_and(|by| by.contains("ada")), "{settings:?}");
    assert_eq!(s.queues(None).await.unwrap()[0].settings, settings);
    assert_eq!(Worker::new(&*s.store).await.look().await.queues, [settings]);
}

async fn a_pause_leaves_other_queues_alone(s: &TestStore) {
    s.enqueue(vec![run("t").on("A"), run("t").on("ab"), run("t").on("a")], None).await.unwrap();
    pause(s, "a", true).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("A", 3).await.len(), 1);
    assert_eq!(worker.claim("ab", 3).await.len(), 1);
    assert_eq!(worker.claim("a", 3).await, []);
}

async fn a_queue_that_nobody_knows_can_be_paused(s: &TestStore) {
    pause(s, "soon", true).await;
    let rows = s.queues(None).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.settings.name.as_str()).collect::<Vec<_>>(), ["soon"]);
}

async fn a_paused_queue_with_a_limit_is_not_claimed(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    s.queue_limit(SetLimit { queue: "a".into(), limit: Limit::At(2), actor: make::operator(), now: None })
        .await
        .unwrap();
    pause(s, "a", true).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim_limited("a", 2).await, []);
    pause(s, "a", false).await;
    assert_eq!(worker.claim_limited("a", 3).await.len(), 2);
}

async fn what_runs_in_a_paused_queue_ends_as_ever(s: &TestStore) {
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim("a", 1).await.remove(0);
    pause(s, "a", true).await;
    let applied = Completed::Applied { status: TaskStatus::Success, next: None };
    assert_eq!(worker.succeed(&claimed).await, applied);
}

async fn what_is_given_back_to_a_paused_queue_stays_there(s: &TestStore) {
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim("a", 1).await.remove(0);
    pause(s, "a", true).await;
    worker.settle(&claimed, Outcome::NeverBegun).await;
    assert_eq!(worker.claim("a", 1).await, []);
    pause(s, "a", false).await;
    assert_eq!(worker.claim("a", 1).await.len(), 1);
}

async fn what_becomes_due_in_a_paused_queue_stays_there(s: &TestStore) {
    let new = run("t").on("a").starting(Start::At(at(5.0)));
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    pause(s, "a", true).await;
    s.promote_due(Some(at(6.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(6.0)).await;
    assert_eq!(worker.claim("a", 1).await, []);
    pause(s, "a", false).await;
    s.promote_due(Some(at(6.0))).await.unwrap();
    assert_eq!(worker.claim("a", 1).await.len(), 1);
}

async fn a_limit_and_a_pause_do_not_undo_each_other(s: &TestStore) {
    pause(s, "a", true).await;
    let set = SetLimit { queue: "a".into(), limit: Limit::At(4), actor: make::operator(), now: None };
    let limited = s.queue_limit(set).await.unwrap();
    assert_eq!((limited.concurrency_limit, limited.paused_at), (Some(4), Some(at(7.0))));
    s.queue_declare("a".into(), Some(1)).await.unwrap();
    let resumed = pause(s, "a", false).await;
    assert_eq!((resumed.concurrency_limit, resumed.limit_by_operator), (Some(4), true));
}
