//! Cancelling a run: what waits is cancelled, what runs is asked; `finally` nodes run then, unless it is cancelled again.

use super::{FlowWords, Play, cancel, chain, diamond, flow, group, node, sweep_at};
use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::dag::Cause;
use hyrex::model::{Outcome, TaskStatus, WorkflowRunId, WorkflowStatus};
use hyrex::store::{WorkflowCancelAnswer, WorkflowCanceled, WorkflowState};
use std::time::Duration;

on_both!(
    a_run_of_which_nothing_runs_is_cancelled_at_once,
    a_run_is_asked_and_ends_with_its_last_node,
    a_node_that_succeeds_all_the_same_keeps_its_result,
    a_node_that_fails_is_not_retried,
    a_node_that_is_given_back_or_lost_is_cancelled,
    finally_nodes_run_after_a_cancel,
    finally_nodes_run_at_once_where_nothing_else_runs,
    a_cancel_among_the_finally_nodes_leaves_them_to_run,
    a_second_cancel_takes_the_finally_nodes_that_wait,
    a_second_cancel_asks_the_finally_nodes_that_run,
    a_second_cancel_asks_nobody_twice,
    a_run_that_ended_is_answered_as_ended,
    a_run_that_never_was_is_not_found,
    the_first_cause_stands,
    what_ended_before_stays_as_it_is,
    an_executor_of_python_is_asked_for_its_last_attempt,
);

fn answer(run: WorkflowCanceled, nodes_canceled: u32, nodes_asked: u32) -> WorkflowCancelAnswer {
    WorkflowCancelAnswer { run, nodes_canceled, nodes_asked, descendants_canceled: 0, descendants_asked: 0 }
}

async fn a_run_of_which_nothing_runs_is_cancelled_at_once(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).beside(node("x"))).retries(1)).await;
    play.begin().await;
    play.settle("a", Outcome::Failed(make::error("no"), Duration::from_secs(60))).await;
    play.settle("x", Outcome::NeverBegun).await;
    play.stands("RUNNING a AWAIT_START_TIME b AWAIT_DEPS x QUEUED").await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Canceled, 3, 0));
    play.stands("CANCELED a CANCELED b CANCELED x CANCELED").await;
    let row = play.detail().await.row;
    assert_eq!((row.reason.as_deref(), row.finished), (Some("canceled"), Some(at(5.0))));
    assert_eq!(play.begin().await, Vec::<String>::new());
}

async fn a_run_is_asked_and_ends_with_its_last_node(s: &TestStore) {
    let play = Play::of(s, flow(diamond().beside(node("x")))).await;
    play.succeed(&["a"]).await;
    play.begin().await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Asked, 1, 3));
    play.stands("UP_FOR_CANCEL a SUCCESS b UP_FOR_CANCEL c UP_FOR_CANCEL d CANCELED x UP_FOR_CANCEL").await;
    assert_eq!(play.worker.look().await.cancels.len(), 3);
    play.settle("b", Outcome::Canceled).await;
    play.settle("x", Outcome::Canceled).await;
    assert_eq!(play.status().await, WorkflowStatus::UpForCancel);
    play.settle("c", Outcome::Canceled).await;
    play.stands("CANCELED a SUCCESS b CANCELED c CANCELED d CANCELED x CANCELED").await;
}

async fn a_node_that_succeeds_all_the_same_keeps_its_result(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    play.cancel().await;
    play.settle("a", Outcome::Success(Some("7".into()))).await;
    play.stands("CANCELED a SUCCESS b CANCELED").await;
    assert_eq!(s.workflow_node(play.id, "a").await.unwrap().unwrap().result.as_deref(), Some("7"));
}

async fn a_node_that_fails_is_not_retried(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(5)).await;
    play.begin().await;
    play.cancel().await;
    play.fail("a").await;
    play.stands("CANCELED a FAILED b CANCELED").await;
}

async fn a_node_that_is_given_back_or_lost_is_cancelled(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b", "c"])).retries(5)).await;
    play.begin().await;
    play.cancel().await;
    play.settle("a", Outcome::NeverBegun).await;
    play.settle("b", Outcome::Interrupted).await;
    play.stands("UP_FOR_CANCEL a CANCELED b CANCELED c UP_FOR_CANCEL").await;
    Worker::at(&*s.store, at(6.0)).await.rescue(play.worker.id).await;
    play.stands("CANCELED a CANCELED b CANCELED c CANCELED").await;
}

async fn finally_nodes_run_after_a_cancel(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).finally(chain(&["y", "z"])))).await;
    play.begin().await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Asked, 1, 1));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL b CANCELED y AWAIT_DEPS z AWAIT_DEPS").await;
    play.settle("a", Outcome::Canceled).await;
    play.stands("UP_FOR_CANCEL a CANCELED b CANCELED y QUEUED z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("CANCELED a CANCELED b CANCELED y SUCCESS z SUCCESS").await;
}

async fn finally_nodes_run_at_once_where_nothing_else_runs(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).finally(node("z")))).await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Asked, 2, 0));
    play.stands("UP_FOR_CANCEL a CANCELED b CANCELED z QUEUED").await;
    play.fail("z").await;
    play.stands("CANCELED a CANCELED b CANCELED z FAILED").await;
}

async fn a_cancel_among_the_finally_nodes_leaves_them_to_run(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    play.succeed(&["a"]).await;
    play.begin().await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Asked, 0, 0));
    play.stands("UP_FOR_CANCEL a SUCCESS y RUNNING z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("CANCELED a SUCCESS y SUCCESS z SUCCESS").await;
}

async fn a_second_cancel_takes_the_finally_nodes_that_wait(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    play.begin().await;
    play.cancel().await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::AlreadyAsked, 2, 0));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL y CANCELED z CANCELED").await;
    play.settle("a", Outcome::Canceled).await;
    play.stands("CANCELED a CANCELED y CANCELED z CANCELED").await;
}

async fn a_second_cancel_asks_the_finally_nodes_that_run(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    play.cancel().await;
    assert_eq!(play.begin().await, ["y"]);
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::AlreadyAsked, 1, 1));
    play.stands("UP_FOR_CANCEL a CANCELED y UP_FOR_CANCEL z CANCELED").await;
    play.settle("y", Outcome::Canceled).await;
    play.stands("CANCELED a CANCELED y CANCELED z CANCELED").await;
}

async fn a_second_cancel_asks_nobody_twice(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    play.cancel().await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::AlreadyAsked, 0, 0));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL b CANCELED").await;
}

async fn a_run_that_ended_is_answered_as_ended(s: &TestStore) {
    let succeeded = Play::of(s, flow(node("a"))).await;
    succeeded.succeed(&["a"]).await;
    let failed = Play::of(s, flow(node("a"))).await;
    failed.fail("a").await;
    let canceled = Play::of(s, flow(node("a"))).await;
    canceled.cancel().await;
    let ends = [WorkflowStatus::Success, WorkflowStatus::Failed, WorkflowStatus::Canceled];
    for (play, status) in [succeeded, failed, canceled].iter().zip(ends) {
        let before = play.detail().await;
        assert_eq!(play.cancel().await, answer(WorkflowCanceled::AlreadyEnded(status), 0, 0));
        assert_eq!(play.detail().await, before);
    }
}

async fn a_run_that_never_was_is_not_found(s: &TestStore) {
    assert_eq!(cancel(s, WorkflowRunId::new(), true).await, answer(WorkflowCanceled::NotFound, 0, 0));
}

async fn the_first_cause_stands(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(node("z"))).timeout(20)).await;
    play.begin().await;
    play.cancel().await;
    assert_eq!(sweep_at(s, 30.0).await.timed_out, 0, "it is being ended already");
    let state = s.workflow_states(vec![play.id]).await.unwrap().remove(0);
    assert_eq!(state, Some(WorkflowState { status: WorkflowStatus::UpForCancel, cause: Some(Cause::Canceled) }));
    play.settle("a", Outcome::Canceled).await;
    play.succeed(&["z"]).await;
    play.stands("CANCELED a CANCELED z SUCCESS").await;
}

async fn what_ended_before_stays_as_it_is(s: &TestStore) {
    let draft = chain(&["a", "b"]).beside(chain(&["x", "y", "z"]));
    let play = Play::of(s, flow(draft)).await;
    play.fail("a").await;
    play.succeed(&["x"]).await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Canceled, 2, 0));
    play.stands("CANCELED a FAILED b SKIPPED x SUCCESS y CANCELED z CANCELED").await;
}

async fn an_executor_of_python_is_asked_for_its_last_attempt(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).retries(3);
    let play = Play::of(s, new.clone()).await;
    let attempt = new.run_of("a").first_attempt();
    make::python_holds(s, attempt).await;
    assert_eq!(play.cancel().await, answer(WorkflowCanceled::Asked, 1, 1));
    let row = s.attempt(attempt).await.unwrap().unwrap().row;
    assert_eq!((row.status, row.max_retries), (TaskStatus::Running, 0), "the SDK can only end what is RUNNING");
    play.stands("UP_FOR_CANCEL a RUNNING b CANCELED").await;
}
