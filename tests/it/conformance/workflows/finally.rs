//! `finally` nodes: they run when all others have ended, however they ended.

use super::{FlowWords, Play, chain, flow, group, node};
use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::Outcome;

on_both!(
    they_run_when_the_last_other_has_succeeded,
    they_run_when_others_have_failed,
    they_run_when_the_last_others_are_skipped,
    they_run_in_their_own_order,
    several_run_beside_each_other,
    one_that_fails_fails_the_run,
    one_that_fails_skips_those_after_it,
    one_that_is_retried_stays_what_it_is,
    one_that_is_lost_is_followed_by_its_next_attempt,
    the_last_others_of_one_turn_begin_them_once,
);

async fn they_run_when_the_last_other_has_succeeded(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).finally(node("z")))).await;
    play.succeed(&["a"]).await;
    play.stands("RUNNING a SUCCESS b RUNNING z AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS z QUEUED").await;
    assert_eq!(play.detail().await.nodes[2].row.queued, Some(at(1.0)));
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS z SUCCESS").await;
}

async fn they_run_when_others_have_failed(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).finally(node("z")))).await;
    play.fail("a").await;
    play.stands("RUNNING a FAILED b RUNNING z AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.succeed(&["z"]).await;
    play.stands("FAILED a FAILED b SUCCESS z SUCCESS").await;
}

async fn they_run_when_the_last_others_are_skipped(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]).finally(node("z")))).await;
    play.fail("a").await;
    play.stands("RUNNING a FAILED b SKIPPED c SKIPPED z QUEUED").await;
}

async fn they_run_in_their_own_order(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    play.succeed(&["a"]).await;
    play.stands("RUNNING a SUCCESS y QUEUED z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.stands("RUNNING a SUCCESS y SUCCESS z QUEUED").await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS y SUCCESS z SUCCESS").await;
}

async fn several_run_beside_each_other(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(group(&["x", "y"]).then(node("z"))))).await;
    play.succeed(&["a"]).await;
    assert_eq!(play.begin().await, ["x", "y"]);
    play.turn(vec![("x", Outcome::Success(None)), ("y", Outcome::Success(None))]).await;
    play.stands("RUNNING a SUCCESS x SUCCESS y SUCCESS z QUEUED").await;
}

async fn one_that_fails_fails_the_run(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(node("z")))).await;
    play.succeed(&["a"]).await;
    play.fail("z").await;
    play.stands("FAILED a SUCCESS z FAILED").await;
}

async fn one_that_fails_skips_those_after_it(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["x", "y", "z"]).beside(node("w"))))).await;
    play.succeed(&["a"]).await;
    play.fail("x").await;
    play.stands("RUNNING a SUCCESS x FAILED y SKIPPED z SKIPPED w RUNNING").await;
    play.succeed(&["w"]).await;
    play.stands("FAILED a SUCCESS x FAILED y SKIPPED z SKIPPED w SUCCESS").await;
}

/// Its next attempt is a `finally` node as well.
async fn one_that_is_retried_stays_what_it_is(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"]))).retries(1)).await;
    play.succeed(&["a"]).await;
    play.fail("y").await;
    play.stands("RUNNING a SUCCESS y QUEUED z AWAIT_DEPS").await;
    assert!(play.detail().await.nodes[1].finally);
    play.succeed(&["y"]).await;
    play.stands("RUNNING a SUCCESS y SUCCESS z QUEUED").await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS y SUCCESS z SUCCESS").await;
}

async fn one_that_is_lost_is_followed_by_its_next_attempt(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(node("z"))).retries(1)).await;
    play.succeed(&["a"]).await;
    play.begin().await;
    Worker::at(&*s.store, at(2.0)).await.rescue(play.worker.id).await;
    play.stands("RUNNING a SUCCESS z QUEUED").await;
    Play::sent(s, play.id).await.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS z SUCCESS").await;
}

async fn the_last_others_of_one_turn_begin_them_once(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b", "c"]).finally(node("z")))).await;
    play.begin().await;
    let failure = Outcome::FailedForGood(make::error("no"));
    play.turn(vec![("a", Outcome::Success(None)), ("b", failure), ("c", Outcome::Success(None))]).await;
    assert_eq!(play.begin().await, ["z"]);
    play.succeed(&["z"]).await;
    play.stands("FAILED a SUCCESS b FAILED c SUCCESS z SUCCESS").await;
}
