//! Cancelling a run with all that it sent, and what it still sends.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{ClaimedRun, Completed, NewRun, Outcome, RunId, Start, TaskStatus};
use hyrex::store::{Cancel, CancelAnswer, CancelOutcome};
use std::time::Duration;

on_both!(
    a_subtree_is_cancelled_down_to_its_leaves,
    a_cancel_without_the_subtree_leaves_children_alone,
    a_subtree_leaves_its_parent_and_its_siblings_alone,
    what_a_cancelled_attempt_still_sends_ends_with_it,
    what_a_successful_attempt_sent_after_the_request_ends_with_it,
    children_of_earlier_attempts_are_descendants,
    a_waiting_root_is_cancelled_with_children_of_its_past_attempts,
    a_subtree_that_has_ended_is_answered_as_ended,
    a_descendant_that_was_asked_before_is_not_counted_again,
);

async fn cancel_subtree(s: &TestStore, run: RunId) -> CancelAnswer {
    s.run_cancel(Cancel { subtree: true, ..make::cancel(run) }).await.unwrap()
}

async fn send(s: &TestStore, new: NewRun) -> RunId {
    s.enqueue(vec![new.clone()], None).await.unwrap();
    new.id
}

async fn sends(s: &TestStore, parent: &ClaimedRun) -> RunId {
    send(s, run("t").sent_by(parent)).await
}

async fn status(s: &TestStore, run: RunId) -> TaskStatus {
    s.run(run).await.unwrap().unwrap().latest.row.status
}

async fn a_subtree_is_cancelled_down_to_its_leaves(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let root_claim = worker.claim_one().await;
    let child = sends(s, &root_claim).await;
    let child_claim = worker.claim_one().await;
    let leaf = sends(s, &child_claim).await;
    let later = send(s, run("t").starting(Start::After(Duration::from_secs(60))).sent_by(&child_claim)).await;
    let answer = cancel_subtree(s, root).await;
    assert_eq!(answer, CancelAnswer { run: CancelOutcome::Asked, descendants_canceled: 2, descendants_asked: 1 });
    assert_eq!(status(s, child).await, TaskStatus::UpForCancel);
    assert_eq!((status(s, leaf).await, status(s, later).await), (TaskStatus::Canceled, TaskStatus::Canceled));
    let mut asked = worker.look().await.cancels;
    asked.sort_by_key(|fence| fence.attempt);
    let mut expected = vec![root_claim.fence, child_claim.fence];
    expected.sort_by_key(|fence| fence.attempt);
    assert_eq!(asked, expected);
}

async fn a_cancel_without_the_subtree_leaves_children_alone(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    let child = sends(s, &claimed).await;
    s.run_cancel(make::cancel(root)).await.unwrap();
    worker.settle(&claimed, Outcome::Canceled).await;
    assert_eq!(status(s, child).await, TaskStatus::Queued);
}

async fn a_subtree_leaves_its_parent_and_its_siblings_alone(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let root_claim = worker.claim_one().await;
    let middle = sends(s, &root_claim).await;
    let middle_claim = worker.claim_one().await;
    let (leaf, sibling) = (sends(s, &middle_claim).await, sends(s, &root_claim).await);
    let stranger = send(s, run("t")).await;
    let answer = cancel_subtree(s, middle).await;
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (1, 0));
    assert_eq!(status(s, leaf).await, TaskStatus::Canceled);
    for (run, expected) in [(root, TaskStatus::Running), (sibling, TaskStatus::Queued), (stranger, TaskStatus::Queued)]
    {
        assert_eq!(status(s, run).await, expected);
    }
}

async fn what_a_cancelled_attempt_still_sends_ends_with_it(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    cancel_subtree(s, root).await;
    let late = sends(s, &claimed).await;
    worker.settle(&claimed, Outcome::Canceled).await;
    assert_eq!(status(s, late).await, TaskStatus::Canceled);
    assert_eq!(worker.claim("default", 5).await, []);
}

/// Also when it never saw the request, and when what it sent has begun.
async fn what_a_successful_attempt_sent_after_the_request_ends_with_it(s: &TestStore) {
    let (worker, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    cancel_subtree(s, root).await;
    let begun = sends(s, &claimed).await;
    let begun_claim = other.claim("default", 1).await;
    let waiting = sends(s, &claimed).await;
    worker.succeed(&claimed).await;
    assert_eq!(status(s, waiting).await, TaskStatus::Canceled);
    if let [held] = &begun_claim[..] {
        assert_eq!(status(s, begun).await, TaskStatus::UpForCancel);
        assert_eq!(other.look().await.cancels, [held.fence]);
    } else {
        assert_eq!(status(s, begun).await, TaskStatus::Canceled, "it was cancelled as it arrived");
    }
    assert_eq!(status(s, root).await, TaskStatus::Success);
}

async fn children_of_earlier_attempts_are_descendants(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t").retries(1)).await;
    let first = worker.claim_one().await;
    let child = send(s, run("u").sent_by(&first)).await;
    worker.fail(&first).await.expect("a next attempt");
    let second = worker.claim_one().await;
    assert_eq!(second.attempt_number, 1);
    let answer = cancel_subtree(s, root).await;
    assert_eq!(answer, CancelAnswer { run: CancelOutcome::Asked, descendants_canceled: 1, descendants_asked: 0 });
    assert_eq!(status(s, child).await, TaskStatus::Canceled);
}

async fn a_waiting_root_is_cancelled_with_children_of_its_past_attempts(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t").retries(1)).await;
    let first = worker.claim_one().await;
    let child = send(s, run("u").sent_by(&first)).await;
    worker.fail(&first).await.expect("a next attempt");
    let answer = cancel_subtree(s, root).await;
    assert_eq!(answer, CancelAnswer { run: CancelOutcome::Canceled, descendants_canceled: 1, descendants_asked: 0 });
    assert_eq!(status(s, child).await, TaskStatus::Canceled);
}

async fn a_subtree_that_has_ended_is_answered_as_ended(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    sends(s, &claimed).await;
    assert!(matches!(worker.succeed(&claimed).await, Completed::Applied { .. }));
    worker.succeed(&worker.claim_one().await).await;
    let answer = cancel_subtree(s, root).await;
    let run = CancelOutcome::AlreadyEnded(TaskStatus::Success);
    assert_eq!(answer, CancelAnswer { run, descendants_canceled: 0, descendants_asked: 0 });
}

async fn a_descendant_that_was_asked_before_is_not_counted_again(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    let child = sends(s, &claimed).await;
    worker.claim_one().await;
    s.run_cancel(make::cancel(child)).await.unwrap();
    let answer = cancel_subtree(s, root).await;
    assert_eq!(answer, CancelAnswer { run: CancelOutcome::Asked, descendants_canceled: 0, descendants_asked: 0 });
    let again = cancel_subtree(s, root).await;
    assert_eq!((again.run, again.descendants_asked), (CancelOutcome::AlreadyAsked, 0));
}
