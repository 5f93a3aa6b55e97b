//! Giving back: claims never begun, and attempts that a clean stop interrupts.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{Completed, ExecutorStatus, Outcome, TaskStatus};

on_both!(
    a_claim_never_begun_goes_back_whatever_its_retries,
    a_run_that_is_given_back_looks_as_if_it_were_never_claimed,
    a_repeated_give_back_answers_that_it_was_applied,
    a_give_back_of_what_somebody_else_holds_by_now_is_refused,
    an_interrupted_attempt_with_retries_goes_back_and_is_not_counted,
    an_interrupted_attempt_without_retries_is_stopped,
    an_operators_attempt_of_a_run_without_retries_is_begun_once,
    an_interrupted_attempt_that_was_being_cancelled_is_cancelled,
    a_never_begun_attempt_that_was_being_cancelled_is_cancelled,
    an_executor_that_stops_gives_back_what_it_holds,
    an_executor_that_stops_tells_what_had_begun,
    a_stop_can_be_repeated,
    a_stop_leaves_other_executors_alone,
);

const QUEUED: Completed = Completed::Applied { status: TaskStatus::Queued, next: None };

async fn a_claim_never_begun_goes_back_whatever_its_retries(s: &TestStore) {
    for retries in [0, 2] {
        s.enqueue(vec![run("t").retries(retries)], None).await.unwrap();
        let worker = Worker::new(&*s.store).await;
        let claimed = worker.claim_one().await;
        assert_eq!(worker.settle(&claimed, Outcome::NeverBegun).await, QUEUED);
        let again = worker.claim_one().await;
        assert_eq!((again.fence.attempt, again.attempt_number, again.fence.claim), (claimed.fence.attempt, 0, 2));
        worker.succeed(&again).await;
    }
}

async fn a_run_that_is_given_back_looks_as_if_it_were_never_claimed(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], Some(at(1.0))).await.unwrap();
    let before = s.run(new.id).await.unwrap();
    let worker = Worker::at(&*s.store, at(2.0)).await;
    worker.settle(&worker.claim_one().await, Outcome::NeverBegun).await;
    assert_eq!(s.run(new.id).await.unwrap(), before);
}

async fn a_repeated_give_back_answers_that_it_was_applied(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    for outcome in [Outcome::NeverBegun, Outcome::Interrupted] {
        let claimed = worker.claim_one().await;
        assert_eq!(worker.settle(&claimed, outcome.clone()).await, QUEUED);
        let before = s.raw.everything().await;
        assert_eq!(worker.settle(&claimed, outcome).await, Completed::AlreadyApplied);
        assert_eq!(s.raw.everything().await, before);
    }
}

async fn a_give_back_of_what_somebody_else_holds_by_now_is_refused(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let first = one.claim_one().await;
    one.settle(&first, Outcome::NeverBegun).await;
    let second = two.claim_one().await;
    for outcome in [Outcome::NeverBegun, Outcome::Interrupted] {
        let refused = Completed::Refused { stands: TaskStatus::Running };
        assert_eq!(one.settle(&first, outcome).await, refused);
    }
    two.succeed(&second).await;
}

async fn an_interrupted_attempt_with_retries_goes_back_and_is_not_counted(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    for _ in 0..3 {
        assert_eq!(worker.settle(&worker.claim_one().await, Outcome::Interrupted).await, QUEUED);
    }
    let claimed = worker.claim_one().await;
    assert_eq!((claimed.attempt_number, claimed.fence.claim), (0, 4));
    assert!(worker.fail(&claimed).await.is_some(), "its retry is still there");
}

async fn an_interrupted_attempt_without_retries_is_stopped(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::at(&*s.store, at(3.0)).await;
    let claimed = worker.claim_one().await;
    let stopped = Completed::Applied { status: TaskStatus::Stopped, next: None };
    assert_eq!(worker.settle(&claimed, Outcome::Interrupted).await, stopped);
    assert_eq!(worker.settle(&claimed, Outcome::Interrupted).await, Completed::AlreadyApplied);
    assert_eq!(worker.claim("default", 5).await, []);
    assert_eq!(s.run(new.id).await.unwrap().unwrap().latest.row.finished, Some(at(3.0)));
}

async fn ends_cancelled(s: &TestStore, outcome: Outcome) {
    let new = run("t").retries(2);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    s.run_cancel(make::cancel(new.id)).await.unwrap();
    let canceled = Completed::Applied { status: TaskStatus::Canceled, next: None };
    assert_eq!(worker.settle(&claimed, outcome.clone()).await, canceled);
    assert_eq!(worker.settle(&claimed, outcome).await, Completed::AlreadyApplied);
    assert_eq!(worker.claim("default", 5).await, []);
}

/// Its row has `max_retries` 1: what counts is that its run has none.
async fn an_operators_attempt_of_a_run_without_retries_is_begun_once(s: &TestStore) {
    for by_stop in [false, true] {
        let new = run("t");
        s.enqueue(vec![new.clone()], None).await.unwrap();
        let worker = Worker::new(&*s.store).await;
        assert_eq!(worker.fail(&worker.claim_one().await).await, None);
        s.run_retry(make::retry(new.id)).await.unwrap();
        let again = worker.claim_one().await;
        assert_eq!(again.attempt_number, 1);
        if by_stop {
            s.executor_stop(worker.id, vec![again.fence], None).await.unwrap();
        } else {
            worker.settle(&again, Outcome::Interrupted).await;
        }
        assert_eq!(s.raw.status(again.fence.attempt).await, TaskStatus::Stopped, "by a stop: {by_stop}");
    }
}

async fn an_interrupted_attempt_that_was_being_cancelled_is_cancelled(s: &TestStore) {
    ends_cancelled(s, Outcome::Interrupted).await;
}

async fn a_never_begun_attempt_that_was_being_cancelled_is_cancelled(s: &TestStore) {
    ends_cancelled(s, Outcome::NeverBegun).await;
}

async fn an_executor_that_stops_gives_back_what_it_holds(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let (stopping, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let held = stopping.claim("a", 3).await;
    s.run_cancel(make::cancel(held[0].run)).await.unwrap();
    s.executor_stop(stopping.id, vec![], Some(at(8.0))).await.unwrap();
    assert_eq!(s.raw.status(held[0].fence.attempt).await, TaskStatus::Canceled);
    assert_eq!(other.claim("a", 5).await.len(), 2);
    let row = s.executors(10, None).await.unwrap().into_iter().find(|row| row.id == stopping.id).unwrap();
    assert_eq!((row.status, row.stopped, row.held), (ExecutorStatus::Shutdown, Some(at(8.0)), 0));
}

async fn an_executor_that_stops_tells_what_had_begun(s: &TestStore) {
    s.enqueue(vec![run("t"), run("t").retries(1), run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("default", 3).await;
    s.executor_stop(worker.id, vec![held[0].fence, held[1].fence], None).await.unwrap();
    let expected = [TaskStatus::Stopped, TaskStatus::Queued, TaskStatus::Queued];
    for (run, expected) in held.iter().zip(expected) {
        assert_eq!(s.raw.status(run.fence.attempt).await, expected);
    }
}

async fn a_stop_can_be_repeated(s: &TestStore) {
    s.enqueue(batch("a", "t", 2), None).await.unwrap();
    let (stopping, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let begun: Vec<_> = stopping.claim("a", 2).await.iter().map(|run| run.fence).collect();
    s.executor_stop(stopping.id, begun[..1].to_vec(), Some(at(1.0))).await.unwrap();
    other.claim("a", 2).await;
    let before = s.raw.everything().await;
    s.executor_stop(stopping.id, begun, Some(at(1.0))).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}

async fn a_stop_leaves_other_executors_alone(s: &TestStore) {
    s.enqueue(batch("a", "t", 2), None).await.unwrap();
    let (stopping, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let held = other.claim("a", 2).await;
    s.executor_stop(stopping.id, vec![held[0].fence], None).await.unwrap();
    for run in &held {
        assert_eq!(s.raw.status(run.fence.attempt).await, TaskStatus::Running);
    }
    assert_eq!(other.look().await.own, Some(ExecutorStatus::Running));
}
