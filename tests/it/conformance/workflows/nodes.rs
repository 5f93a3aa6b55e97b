//! What an operator does to one node: the others go on.

use super::{FlowWords, Play, chain, diamond, flow, group, node};
use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::{Outcome, TaskStatus};
use hyrex::store::{Cancel, CancelOutcome, RetryOutcome};
use std::time::Duration;

on_both!(
    a_node_that_waits_is_cancelled_and_what_comes_after_it_skipped,
    a_queued_node_is_cancelled_and_what_comes_after_it_skipped,
    a_node_that_waits_for_its_retry_is_cancelled,
    a_running_node_is_asked_and_ends_the_branch_when_it_ends,
    a_node_that_was_asked_and_succeeds_releases_what_waits,
    the_last_other_that_is_cancelled_begins_the_finally_nodes,
    a_finally_node_that_is_cancelled_ends_the_run,
    a_node_that_ended_is_answered_as_ended,
    a_node_is_not_retried_by_itself,
    a_node_that_an_executor_of_python_holds_is_its_last_attempt,
);

async fn cancel(play: &Play<'_>, name: &str) -> CancelOutcome {
    let detail = play.detail().await;
    let run = detail.nodes.iter().find(|node| node.name == name).expect("the node").row.run;
    play.s.run_cancel(Cancel { now: Some(at(4.0)), ..make::cancel(run) }).await.unwrap().run
}

async fn a_node_that_waits_is_cancelled_and_what_comes_after_it_skipped(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    assert_eq!(cancel(&play, "b").await, CancelOutcome::Canceled);
    play.stands("RUNNING a QUEUED b CANCELED c AWAIT_DEPS d SKIPPED").await;
    play.succeed(&["a"]).await;
    assert_eq!(play.begin().await, ["c"]);
    play.succeed(&["c"]).await;
    play.stands("FAILED a SUCCESS b CANCELED c SUCCESS d SKIPPED").await;
}

async fn a_queued_node_is_cancelled_and_what_comes_after_it_skipped(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]))).await;
    assert_eq!(cancel(&play, "a").await, CancelOutcome::Canceled);
    play.stands("FAILED a CANCELED b SKIPPED c SKIPPED").await;
    assert_eq!(play.detail().await.row.finished, Some(at(4.0)));
}

async fn a_node_that_waits_for_its_retry_is_cancelled(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.begin().await;
    play.settle("a", Outcome::Failed(make::error("no"), Duration::from_secs(50))).await;
    assert_eq!(cancel(&play, "a").await, CancelOutcome::Canceled);
    play.stands("FAILED a CANCELED b SKIPPED").await;
}

async fn a_running_node_is_asked_and_ends_the_branch_when_it_ends(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).beside(node("x")))).await;
    play.begin().await;
    assert_eq!(cancel(&play, "a").await, CancelOutcome::Asked);
    play.stands("RUNNING a UP_FOR_CANCEL b AWAIT_DEPS x RUNNING").await;
    play.settle("a", Outcome::Canceled).await;
    play.stands("RUNNING a CANCELED b SKIPPED x RUNNING").await;
    play.settle("x", Outcome::Success(None)).await;
    play.stands("FAILED a CANCELED b SKIPPED x SUCCESS").await;
}

async fn a_node_that_was_asked_and_succeeds_releases_what_waits(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    cancel(&play, "a").await;
    play.settle("a", Outcome::Success(None)).await;
    play.stands("RUNNING a SUCCESS b QUEUED").await;
}

async fn the_last_other_that_is_cancelled_begins_the_finally_nodes(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).finally(node("z")))).await;
    cancel(&play, "b").await;
    play.stands("RUNNING a QUEUED b CANCELED z AWAIT_DEPS").await;
    cancel(&play, "a").await;
    play.stands("RUNNING a CANCELED b CANCELED z QUEUED").await;
}

async fn a_finally_node_that_is_cancelled_ends_the_run(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    cancel(&play, "y").await;
    play.stands("RUNNING a QUEUED y CANCELED z SKIPPED").await;
    play.succeed(&["a"]).await;
    play.stands("FAILED a SUCCESS y CANCELED z SKIPPED").await;
}

async fn a_node_that_ended_is_answered_as_ended(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.fail("a").await;
    assert_eq!(cancel(&play, "a").await, CancelOutcome::AlreadyEnded(TaskStatus::Failed));
    assert_eq!(cancel(&play, "b").await, CancelOutcome::AlreadyEnded(TaskStatus::Skipped));
    play.stands("FAILED a FAILED b SKIPPED").await;
}

async fn a_node_is_not_retried_by_itself(s: &TestStore) {
    let new = flow(chain(&["a", "b"]));
    let play = Play::of(s, new.clone()).await;
    play.fail("a").await;
    for name in ["a", "b"] {
        let answer = s.run_retry(make::retry(new.run_of(name))).await.unwrap();
        assert_eq!(answer, RetryOutcome::WorkflowNode);
    }
    play.stands("FAILED a FAILED b SKIPPED").await;
}

async fn a_node_that_an_executor_of_python_holds_is_its_last_attempt(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).retries(3);
    let play = Play::of(s, new.clone()).await;
    let python = make::python_holds(s, new.run_of("a").first_attempt()).await;
    assert_eq!(cancel(&play, "a").await, CancelOutcome::AskedPython);
    play.stands("RUNNING a RUNNING b AWAIT_DEPS").await;
    let observer = Worker::at(&*s.store, at(400.0)).await;
    observer.rescue(python).await;
    play.stands("FAILED a LOST b SKIPPED").await;
}
