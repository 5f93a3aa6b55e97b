//! What follows from an end without success: what comes after never runs, other branches go on.

use super::{FlowWords, Play, chain, diamond, flow, group, node};
use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::{Outcome, TaskStatus};
use std::time::Duration;

on_both!(
    a_failure_skips_all_after_it_and_other_branches_go_on,
    a_node_is_skipped_though_another_before_it_succeeds,
    a_node_is_skipped_though_another_before_it_succeeds_later,
    what_is_skipped_has_finished_and_never_begun,
    a_failure_that_is_retried_ends_nothing,
    a_retry_that_waits_for_its_time_ends_nothing,
    the_last_failure_ends_the_node,
    a_failure_for_good_ends_the_node,
    a_lost_node_with_retries_runs_again,
    a_lost_node_without_retries_ends,
    a_stopped_node_ends,
    a_node_that_is_given_back_has_not_ended,
    an_executor_that_stops_ends_its_nodes,
    failures_of_one_turn_skip_what_they_share_once,
    a_success_and_a_failure_of_one_turn_skip_what_they_share,
    a_long_chain_is_skipped_to_its_end,
);

async fn a_failure_skips_all_after_it_and_other_branches_go_on(s: &TestStore) {
    let draft = chain(&["a", "b", "c", "d"]).beside(chain(&["a", "x", "y"]));
    let play = Play::of(s, flow(draft)).await;
    play.succeed(&["a"]).await;
    play.fail("b").await;
    play.stands("RUNNING a SUCCESS b FAILED c SKIPPED d SKIPPED x RUNNING y AWAIT_DEPS").await;
    play.succeed(&["x"]).await;
    play.succeed(&["y"]).await;
    play.stands("FAILED a SUCCESS b FAILED c SKIPPED d SKIPPED x SUCCESS y SUCCESS").await;
}

async fn a_node_is_skipped_though_another_before_it_succeeds(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    play.succeed(&["a"]).await;
    play.succeed(&["b"]).await;
    play.fail("c").await;
    play.stands("FAILED a SUCCESS b SUCCESS c FAILED d SKIPPED").await;
}

async fn a_node_is_skipped_though_another_before_it_succeeds_later(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    play.succeed(&["a"]).await;
    play.fail("c").await;
    play.stands("RUNNING a SUCCESS b RUNNING c FAILED d SKIPPED").await;
    play.succeed(&["b"]).await;
    play.stands("FAILED a SUCCESS b SUCCESS c FAILED d SKIPPED").await;
}

async fn what_is_skipped_has_finished_and_never_begun(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.fail("a").await;
    let row = &play.detail().await.nodes[1].row;
    assert_eq!((row.status, row.finished, row.started), (TaskStatus::Skipped, Some(at(1.0)), None));
    let state = s.workflow_node(play.id, "b").await.unwrap().unwrap();
    assert!(state.is_over());
}

async fn a_failure_that_is_retried_ends_nothing(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.fail("a").await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
    play.begin().await;
    let again = play.held("a");
    assert_eq!((again.attempt_number, again.node_name.as_deref()), (1, Some("a")));
    assert_eq!(again.workflow_run, Some(play.id));
    play.succeed(&["a"]).await;
    play.stands("RUNNING a SUCCESS b QUEUED").await;
}

async fn a_retry_that_waits_for_its_time_ends_nothing(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.begin().await;
    play.settle("a", Outcome::Failed(make::error("no"), Duration::from_secs(5))).await;
    play.stands("RUNNING a AWAIT_START_TIME b AWAIT_DEPS").await;
    assert_eq!(s.promote_due(Some(at(10.0))).await.unwrap(), 1);
    play.fail("a").await;
    play.stands("FAILED a FAILED b SKIPPED").await;
}

async fn the_last_failure_ends_the_node(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(2)).await;
    play.fail("a").await;
    play.fail("a").await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
    play.fail("a").await;
    play.stands("FAILED a FAILED b SKIPPED").await;
}

async fn a_failure_for_good_ends_the_node(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(2)).await;
    play.begin().await;
    play.settle("a", Outcome::FailedForGood(make::error("no"))).await;
    play.stands("FAILED a FAILED b SKIPPED").await;
}

async fn a_lost_node_with_retries_runs_again(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.begin().await;
    let rescued = Worker::at(&*s.store, at(2.0)).await.rescue(play.worker.id).await;
    assert_eq!((rescued.lost, rescued.requeued), (1, 1));
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
    let other = Play::sent(s, play.id).await;
    other.succeed(&["a"]).await;
    other.stands("RUNNING a SUCCESS b QUEUED").await;
}

async fn a_lost_node_without_retries_ends(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")).finally(node("z")))).await;
    play.begin().await;
    let rescued = Worker::at(&*s.store, at(2.0)).await.rescue(play.worker.id).await;
    assert_eq!((rescued.lost, rescued.requeued), (2, 0));
    play.stands("RUNNING a LOST b LOST c SKIPPED z QUEUED").await;
    Play::sent(s, play.id).await.succeed(&["z"]).await;
    play.stands("FAILED a LOST b LOST c SKIPPED z SUCCESS").await;
}

async fn a_stopped_node_ends(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    play.settle("a", Outcome::Interrupted).await;
    play.stands("FAILED a STOPPED b SKIPPED").await;
}

async fn a_node_that_is_given_back_has_not_ended(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c"))).with("b", |node| node.max_retries = 1)).await;
    play.begin().await;
    play.settle("a", Outcome::NeverBegun).await;
    play.settle("b", Outcome::Interrupted).await;
    play.stands("RUNNING a QUEUED b QUEUED c AWAIT_DEPS").await;
    play.succeed(&["a", "b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c QUEUED").await;
}

async fn an_executor_that_stops_ends_its_nodes(s: &TestStore) {
    let draft = chain(&["a", "x"]).beside(chain(&["b", "y"]));
    let play = Play::of(s, flow(draft)).await;
    play.begin().await;
    s.executor_stop(play.worker.id, vec![play.held("a").fence], Some(at(3.0))).await.unwrap();
    play.stands("RUNNING a STOPPED x SKIPPED b QUEUED y AWAIT_DEPS").await;
    let other = Play::sent(s, play.id).await;
    other.succeed(&["b"]).await;
    other.succeed(&["y"]).await;
    play.stands("FAILED a STOPPED x SKIPPED b SUCCESS y SUCCESS").await;
}

async fn failures_of_one_turn_skip_what_they_share_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b", "c"]).then(group(&["d", "e"])).then(node("f")))).await;
    play.begin().await;
    let failure = || Outcome::FailedForGood(make::error("no"));
    play.turn(vec![("a", failure()), ("b", failure()), ("c", failure())]).await;
    play.stands("FAILED a FAILED b FAILED c FAILED d SKIPPED e SKIPPED f SKIPPED").await;
}

async fn a_success_and_a_failure_of_one_turn_skip_what_they_share(s: &TestStore) {
    let draft = group(&["a", "b"]).then(node("c")).beside(chain(&["a", "x"]));
    let play = Play::of(s, flow(draft)).await;
    play.begin().await;
    play.turn(vec![("a", Outcome::Success(None)), ("b", Outcome::FailedForGood(make::error("no")))]).await;
    play.stands("RUNNING a SUCCESS b FAILED c SKIPPED x QUEUED").await;
    play.succeed(&["x"]).await;
    play.stands("FAILED a SUCCESS b FAILED c SKIPPED x SUCCESS").await;
}

async fn a_long_chain_is_skipped_to_its_end(s: &TestStore) {
    let names: Vec<String> = (0..300).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let play = Play::of(s, flow(chain(&names))).await;
    play.fail("n0").await;
    assert_eq!((play.counts().await, play.status().await.as_str()), ([0, 0, 300], "FAILED"));
}
