//! A run whose time is up: ended as by a cancel, for another cause.

use super::{FlowWords, Play, cancel, chain, diamond, flow, group, node, sweep_at};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::dag::Cause;
use hyrex::model::{Outcome, WorkflowStatus};
use hyrex::store::{SWEPT_AT_ONCE, WorkflowCanceled, WorkflowState, WorkflowSwept, WorkflowsSeen};

on_both!(
    a_run_ends_when_its_time_is_up,
    a_run_whose_time_is_not_up_is_left_alone,
    a_run_that_waits_ends_at_once,
    finally_nodes_run_when_the_time_is_up,
    a_run_that_succeeds_after_its_time_has_failed,
    a_cancel_after_the_time_was_up_leaves_the_cause,
    a_sweep_can_be_repeated,
    many_runs_are_ended_in_several_sweeps,
    a_tick_tells_when_the_next_time_is_up,
);

async fn a_run_ends_when_its_time_is_up(s: &TestStore) {
    let play = Play::of(s, flow(diamond()).timeout(10)).await;
    play.succeed(&["a"]).await;
    play.begin().await;
    assert_eq!(sweep_at(s, 10.0).await, WorkflowSwept { timed_out: 1, recounted: 0, more: false });
    play.stands("UP_FOR_CANCEL a SUCCESS b UP_FOR_CANCEL c UP_FOR_CANCEL d CANCELED").await;
    let state = s.workflow_states(vec![play.id]).await.unwrap().remove(0);
    assert_eq!(state, Some(WorkflowState { status: WorkflowStatus::UpForCancel, cause: Some(Cause::TimedOut) }));
    assert_eq!(play.worker.look().await.cancels.len(), 2);
    play.turn(vec![("b", Outcome::Canceled), ("c", Outcome::Canceled)]).await;
    play.stands("FAILED a SUCCESS b CANCELED c CANCELED d CANCELED").await;
    assert_eq!(play.detail().await.row.reason.as_deref(), Some("timeout"));
}

async fn a_run_whose_time_is_not_up_is_left_alone(s: &TestStore) {
    let play = Play::of(s, flow(node("a")).timeout(10)).await;
    let endless = Play::of(s, flow(node("a"))).await;
    assert_eq!(sweep_at(s, 9.999).await, WorkflowSwept::default());
    assert_eq!(sweep_at(s, 1e6).await.timed_out, 1);
    play.stands("FAILED a CANCELED").await;
    endless.stands("RUNNING a QUEUED").await;
}

async fn a_run_that_waits_ends_at_once(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).timeout(10)).await;
    sweep_at(s, 12.0).await;
    play.stands("FAILED a CANCELED b CANCELED").await;
    assert_eq!(play.detail().await.row.finished, Some(at(12.0)));
}

async fn finally_nodes_run_when_the_time_is_up(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).finally(node("z"))).timeout(10)).await;
    play.begin().await;
    sweep_at(s, 12.0).await;
    play.settle("a", Outcome::Canceled).await;
    play.settle("b", Outcome::Canceled).await;
    play.stands("UP_FOR_CANCEL a CANCELED b CANCELED z QUEUED").await;
    assert_eq!(sweep_at(s, 99.0).await, WorkflowSwept::default(), "they have no time of their own");
    play.succeed(&["z"]).await;
    play.stands("FAILED a CANCELED b CANCELED z SUCCESS").await;
}

async fn a_run_that_succeeds_after_its_time_has_failed(s: &TestStore) {
    let play = Play::of(s, flow(node("a")).timeout(10)).await;
    play.begin().await;
    sweep_at(s, 10.0).await;
    play.settle("a", Outcome::Success(None)).await;
    play.stands("FAILED a SUCCESS").await;
}

async fn a_cancel_after_the_time_was_up_leaves_the_cause(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(node("z"))).timeout(3)).await;
    play.begin().await;
    sweep_at(s, 4.0).await;
    let answer = cancel(s, play.id, false).await;
    assert_eq!((answer.run, answer.nodes_canceled), (WorkflowCanceled::AlreadyAsked, 1));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL z CANCELED").await;
    play.settle("a", Outcome::Canceled).await;
    play.stands("FAILED a CANCELED z CANCELED").await;
}

async fn a_sweep_can_be_repeated(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).timeout(3)).await;
    play.begin().await;
    sweep_at(s, 4.0).await;
    let before = s.raw.everything().await;
    assert_eq!(sweep_at(s, 4.0).await, WorkflowSwept::default());
    assert_eq!(s.raw.everything().await, before);
}

async fn many_runs_are_ended_in_several_sweeps(s: &TestStore) {
    let many = SWEPT_AT_ONCE + 5;
    for _ in 0..many {
        s.workflow_send(flow(node("a")).timeout(3), Some(at(0.0))).await.unwrap();
    }
    let first = sweep_at(s, 4.0).await;
    assert_eq!((first.timed_out as usize, first.more), (SWEPT_AT_ONCE, true));
    let second = sweep_at(s, 4.0).await;
    assert_eq!((second.timed_out, second.more), (5, false));
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_workflow_run WHERE status = 'FAILED'").await, many as i64);
}

async fn a_tick_tells_when_the_next_time_is_up(s: &TestStore) {
    let worker = Worker::at(&*s.store, at(1.0)).await;
    assert_eq!(worker.look().await.workflows, WorkflowsSeen { live: false, next_deadline: None });
    let endless = Play::of(s, flow(node("a"))).await;
    assert_eq!(worker.look().await.workflows, WorkflowsSeen { live: true, next_deadline: None });
    let late = Play::of(s, flow(node("a").finally(node("z"))).timeout(30)).await;
    let soon = Play::of(s, flow(node("a").finally(node("z"))).timeout(20)).await;
    assert_eq!(worker.beat().await.workflows.next_deadline, Some(at(20.0)));
    soon.cancel().await;
    assert_eq!(worker.look().await.workflows.next_deadline, Some(at(30.0)), "what is being ended has no more time");
    sweep_at(s, 40.0).await;
    assert_eq!(worker.look().await.workflows, WorkflowsSeen { live: true, next_deadline: None });
    for play in [endless, late, soon] {
        play.cancel().await;
        play.cancel().await;
    }
    assert_eq!(worker.look().await.workflows, WorkflowsSeen { live: false, next_deadline: None });
}
