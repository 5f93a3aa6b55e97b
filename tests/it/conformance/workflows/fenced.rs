//! A node ends once, whoever says so how often: what a run's row says goes down once for it.

use super::{FlowWords, Play, chain, diamond, flow, group, node};
use crate::support::make;
use crate::support::stores::on_both;
use crate::support::worker::completion;
use crate::support::{TestStore, Worker, at};
use hyrex::model::{Completed, ExecutorId, Fence, Outcome, TaskStatus};

on_both!(
    a_repeated_success_counts_once,
    a_repeated_failure_counts_once,
    a_success_that_stands_twice_in_a_turn_counts_once,
    different_ends_of_one_node_in_a_turn_count_once,
    a_refused_completion_changes_nothing,
    a_lost_workers_completion_changes_nothing,
    the_workflow_that_a_completion_names_is_not_believed,
    both_sides_of_a_join_end_at_the_same_moment,
);

async fn a_repeated_success_counts_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")))).await;
    play.succeed(&["a"]).await;
    for _ in 0..2 {
        assert_eq!(play.settle("a", Outcome::Success(Some("2".into()))).await, Completed::AlreadyApplied);
    }
    play.stands("RUNNING a SUCCESS b RUNNING c AWAIT_DEPS").await;
    assert_eq!(s.workflow_node(play.id, "a").await.unwrap().unwrap().result.as_deref(), Some("\"a's\""));
}

async fn a_repeated_failure_counts_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).finally(node("z")))).await;
    play.fail("a").await;
    let again = Outcome::FailedForGood(make::error("no"));
    assert_eq!(play.settle("a", again).await, Completed::AlreadyApplied);
    play.stands("RUNNING a FAILED b RUNNING z AWAIT_DEPS").await;
}

async fn a_success_that_stands_twice_in_a_turn_counts_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")))).await;
    play.begin().await;
    let success = || ("a", Outcome::Success(None));
    let answers = play.turn(vec![success(), success(), success()]).await;
    assert_eq!(answers[1..], [Completed::AlreadyApplied, Completed::AlreadyApplied]);
    play.stands("RUNNING a SUCCESS b RUNNING c AWAIT_DEPS").await;
}

async fn different_ends_of_one_node_in_a_turn_count_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")))).await;
    play.begin().await;
    let failure = Outcome::FailedForGood(make::error("no"));
    let answers = play.turn(vec![("a", Outcome::Success(None)), ("a", failure)]).await;
    assert_eq!(answers[1], Completed::Refused { stands: TaskStatus::Success });
    play.stands("RUNNING a SUCCESS b RUNNING c AWAIT_DEPS").await;
}

async fn a_refused_completion_changes_nothing(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    let before = s.raw.everything().await;
    let fence = play.held("a").fence;
    let fences = [Fence { executor: ExecutorId::new(), ..fence }, Fence { claim: fence.claim + 1, ..fence }];
    for fence in fences {
        for outcome in [Outcome::Success(None), Outcome::FailedForGood(make::error("no"))] {
            let refused = play.worker.settle_fence(fence, outcome).await;
            assert_eq!(refused, Completed::Refused { stands: TaskStatus::Running });
        }
    }
    let canceled = play.settle("a", Outcome::Canceled).await;
    assert_eq!(canceled, Completed::Refused { stands: TaskStatus::Running }, "nobody asked for it");
    assert_eq!(s.raw.everything().await, before);
}

async fn a_lost_workers_completion_changes_nothing(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    Worker::at(&*s.store, at(2.0)).await.rescue(play.worker.id).await;
    play.stands("FAILED a LOST b SKIPPED").await;
    let late = play.settle("a", Outcome::Success(None)).await;
    assert_eq!(late, Completed::Refused { stands: TaskStatus::Lost });
    play.stands("FAILED a LOST b SKIPPED").await;
}

/// The rows say whose node an attempt is.
async fn the_workflow_that_a_completion_names_is_not_believed(s: &TestStore) {
    let (play, other) = (Play::of(s, flow(chain(&["a", "b"]))).await, flow(chain(&["a", "b"])));
    play.begin().await;
    let other = Play::of(s, other).await;
    let mut wrong = completion(play.held("a").fence, Outcome::Success(None));
    wrong.workflow_run = Some(other.id);
    play.worker.turn(vec![wrong], vec![]).await;
    play.stands("RUNNING a SUCCESS b QUEUED").await;
    other.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
}

/// Through two stores: neither misses the other.
async fn both_sides_of_a_join_end_at_the_same_moment(s: &TestStore) {
    let other = s.another().await;
    for _ in 0..20 {
        let play = Play::of(s, flow(diamond()).retries(0)).await;
        play.succeed(&["a"]).await;
        play.begin().await;
        let turn = |store: &hyrex::store::SharedStore, name: &str| {
            let completions = vec![play.completion(name, Outcome::Success(None))];
            let (store, executor) = (store.clone(), play.worker.id);
            async move {
                let claim = hyrex::store::Claim::default();
                let turn = hyrex::store::Turn { executor, completions, claim, now: Some(at(1.0)) };
                store.turn(turn).await.unwrap().completed.remove(0)
            }
        };
        let (b, c) = tokio::join!(turn(&s.store, "b"), turn(&other, "c"));
        assert!(matches!((b, c), (Completed::Applied { .. }, Completed::Applied { .. })));
        play.stands("RUNNING a SUCCESS b SUCCESS c SUCCESS d QUEUED").await;
        play.succeed(&["d"]).await;
        play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
    }
    other.close().await;
}
