//! Cancelling one run.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{Completed, Outcome, RunId, Start, TaskStatus};
use hyrex::store::{Cancel, CancelOutcome};
use std::time::Duration;

on_both!(
    a_queued_run_is_cancelled_at_once,
    a_run_that_waits_for_its_time_is_cancelled_at_once,
    a_run_that_waits_for_its_predecessors_is_cancelled_at_once,
    a_running_run_is_asked_and_its_worker_is_told,
    a_cancelled_run_is_not_claimed,
    a_run_that_was_asked_is_asked_no_second_time,
    a_run_that_ended_stays_as_it_ended,
    a_run_that_never_was_is_not_found,
    a_worker_ends_what_it_was_asked_to_end,
    nobody_ends_as_cancelled_what_nobody_asked_to_cancel,
    a_result_that_arrives_after_the_request_stands,
    a_failure_after_the_request_is_final,
    a_run_that_is_being_retried_is_cancelled_in_its_next_attempt,
    a_run_on_a_python_executor_is_asked_to_make_no_further_attempt,
    a_cancelled_run_can_be_repeated_by_an_operator,
);

async fn cancel(s: &TestStore, run: RunId) -> CancelOutcome {
    let answer = s.run_cancel(Cancel { now: Some(at(9.0)), ..make::cancel(run) }).await.unwrap();
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (0, 0));
    answer.run
}

async fn status(s: &TestStore, run: RunId) -> TaskStatus {
    s.run(run).await.unwrap().unwrap().latest.row.status
}

async fn a_queued_run_is_cancelled_at_once(s: &TestStore) {
    let new = run("t").retries(3);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Canceled);
    let row = s.run(new.id).await.unwrap().unwrap().latest.row;
    assert_eq!((row.status, row.finished, row.started), (TaskStatus::Canceled, Some(at(9.0)), None));
    assert_eq!(s.run(new.id).await.unwrap().unwrap().attempts.len(), 1, "and is not retried");
}

async fn a_run_that_waits_for_its_time_is_cancelled_at_once(s: &TestStore) {
    let new = run("t").starting(Start::At(at(20.0)));
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Canceled);
    assert_eq!(s.promote_due(Some(at(30.0))).await.unwrap(), 0);
    assert_eq!(status(s, new.id).await, TaskStatus::Canceled);
}

async fn a_run_that_waits_for_its_predecessors_is_cancelled_at_once(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    s.raw.put_status(new.id.first_attempt(), TaskStatus::AwaitDeps).await;
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Canceled);
    assert_eq!(status(s, new.id).await, TaskStatus::Canceled);
}

async fn a_running_run_is_asked_and_its_worker_is_told(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let (worker, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let claimed = worker.claim_one().await;
    assert_eq!(worker.look().await.cancels, []);
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Asked);
    assert_eq!(status(s, new.id).await, TaskStatus::UpForCancel);
    assert_eq!(worker.look().await.cancels, [claimed.fence]);
    assert_eq!(worker.beat().await.cancels, [claimed.fence], "until it has ended");
    assert_eq!(other.look().await.cancels, []);
}

async fn a_cancelled_run_is_not_claimed(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    cancel(s, new.id).await;
    assert_eq!(Worker::new(&*s.store).await.claim("default", 5).await, []);
}

async fn a_run_that_was_asked_is_asked_no_second_time(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    Worker::new(&*s.store).await.claim_one().await;
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Asked);
    assert_eq!(cancel(s, new.id).await, CancelOutcome::AlreadyAsked);
    assert_eq!(status(s, new.id).await, TaskStatus::UpForCancel);
}

async fn a_run_that_ended_stays_as_it_ended(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let outcomes = [
        (Outcome::Success(None), TaskStatus::Success),
        (Outcome::FailedForGood(make::error("no")), TaskStatus::Failed),
        (Outcome::Interrupted, TaskStatus::Stopped),
    ];
    for (outcome, expected) in outcomes {
        let new = run("t");
        s.enqueue(vec![new.clone()], None).await.unwrap();
        worker.settle(&worker.claim_one().await, outcome).await;
        assert_eq!(cancel(s, new.id).await, CancelOutcome::AlreadyEnded(expected));
        assert_eq!(status(s, new.id).await, expected);
    }
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    cancel(s, new.id).await;
    assert_eq!(cancel(s, new.id).await, CancelOutcome::AlreadyEnded(TaskStatus::Canceled));
}

async fn a_run_that_never_was_is_not_found(s: &TestStore) {
    assert_eq!(cancel(s, RunId::new()).await, CancelOutcome::NotFound);
}

async fn a_worker_ends_what_it_was_asked_to_end(s: &TestStore) {
    let new = run("t").retries(4);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::at(&*s.store, at(10.0)).await;
    let claimed = worker.claim_one().await;
    cancel(s, new.id).await;
    let applied = Completed::Applied { status: TaskStatus::Canceled, next: None };
    assert_eq!(worker.settle(&claimed, Outcome::Canceled).await, applied);
    assert_eq!(worker.settle(&claimed, Outcome::Canceled).await, Completed::AlreadyApplied);
    let detail = s.run(new.id).await.unwrap().unwrap();
    assert_eq!((detail.attempts.len(), detail.latest.row.finished), (1, Some(at(10.0))));
    assert_eq!(worker.look().await.cancels, []);
}

async fn nobody_ends_as_cancelled_what_nobody_asked_to_cancel(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let refused = Completed::Refused { stands: TaskStatus::Running };
    assert_eq!(worker.settle(&claimed, Outcome::Canceled).await, refused);
    assert_eq!(status(s, claimed.run).await, TaskStatus::Running);
}

async fn a_result_that_arrives_after_the_request_stands(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    cancel(s, new.id).await;
    worker.settle(&claimed, Outcome::Success(Some("42".into()))).await;
    let latest = s.run(new.id).await.unwrap().unwrap().latest;
    assert_eq!((latest.row.status, latest.result.as_deref()), (TaskStatus::Success, Some("42")));
}

async fn a_failure_after_the_request_is_final(s: &TestStore) {
    let new = run("t").retries(4);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    cancel(s, new.id).await;
    assert_eq!(worker.fail(&claimed).await, None);
    let state = s.run_states(vec![new.id]).await.unwrap().remove(0).unwrap();
    assert!(state.is_over(), "everyone can tell that it is over: {state:?}");
}

async fn a_run_that_is_being_retried_is_cancelled_in_its_next_attempt(s: &TestStore) {
    let new = run("t").retries(2);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let first = worker.claim_one().await;
    worker.settle(&first, Outcome::Failed(make::error("no"), Duration::from_secs(60))).await;
    assert_eq!(cancel(s, new.id).await, CancelOutcome::Canceled);
    let statuses: Vec<_> = s.run(new.id).await.unwrap().unwrap().attempts.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [TaskStatus::Failed, TaskStatus::Canceled]);
}

async fn a_run_on_a_python_executor_is_asked_to_make_no_further_attempt(s: &TestStore) {
    let new = run("t").retries(2);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    make::python_holds(s, new.id.first_attempt()).await;
    assert_eq!(cancel(s, new.id).await, CancelOutcome::AskedPython);
    let row = s.run(new.id).await.unwrap().unwrap().latest.row;
    assert_eq!((row.status, row.max_retries), (TaskStatus::Running, 0));
}

async fn a_cancelled_run_can_be_repeated_by_an_operator(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    cancel(s, new.id).await;
    s.run_retry(make::retry(new.id)).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let again = worker.claim_one().await;
    assert_eq!((again.run, again.attempt_number), (new.id, 1));
    assert_eq!(worker.look().await.cancels, [], "the old request does not reach the new attempt");
}
