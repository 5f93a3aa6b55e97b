//! What follows from a success: the nodes after it come nearer, and run when they wait for no other any more.

use super::{FlowWords, Play, chain, diamond, flow, group, node};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::{Outcome, TaskStatus};

on_both!(
    a_chain_runs_one_node_after_the_other,
    a_diamond_joins_when_both_sides_have_ended,
    a_fan_in_waits_for_the_last,
    a_fan_out_releases_all_at_once,
    complete_layers_release_each_other,
    a_node_that_is_released_is_queued_then,
    results_are_kept_with_what_they_release,
    a_run_ends_with_its_last_node,
    several_nodes_of_one_run_end_in_one_turn,
    a_turn_claims_what_it_releases,
    nodes_of_several_runs_end_in_one_turn,
    other_runs_are_left_alone,
    a_released_node_goes_into_its_own_queue,
);

async fn a_chain_runs_one_node_after_the_other(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]))).await;
    assert_eq!(play.begin().await, ["a"]);
    play.succeed(&["a"]).await;
    play.stands("RUNNING a SUCCESS b QUEUED c AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c QUEUED").await;
    play.succeed(&["c"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS").await;
}

async fn a_diamond_joins_when_both_sides_have_ended(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    play.succeed(&["a"]).await;
    assert_eq!(play.begin().await, ["b", "c"]);
    play.succeed(&["c"]).await;
    play.stands("RUNNING a SUCCESS b RUNNING c SUCCESS d AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c SUCCESS d QUEUED").await;
    play.succeed(&["d"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
}

async fn a_fan_in_waits_for_the_last(s: &TestStore) {
    let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let play = Play::of(s, flow(group(&names).then(node("last")))).await;
    play.succeed(&names[1..]).await;
    assert_eq!(play.counts().await, [2, 2, 0]);
    assert_eq!(play.begin().await, Vec::<String>::new());
    play.settle("n0", Outcome::Success(None)).await;
    assert_eq!(play.begin().await, ["last"]);
}

async fn a_fan_out_releases_all_at_once(s: &TestStore) {
    let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let play = Play::of(s, flow(node("first").then(group(&names)))).await;
    assert_eq!(play.begin().await, ["first"]);
    play.settle("first", Outcome::Success(None)).await;
    assert_eq!(play.begin().await, names, "in the order in which they were written");
}

async fn complete_layers_release_each_other(s: &TestStore) {
    let layer = |layer: char| (0..5).map(|number| format!("{layer}{number}")).collect::<Vec<String>>();
    let layers = ['a', 'b', 'c'].map(layer);
    let draft = layers.iter().fold(hyrex::model::dag::Draft::new(), |all, layer| {
        all.then(group(&layer.iter().map(String::as_str).collect::<Vec<_>>()))
    });
    let play = Play::of(s, flow(draft)).await;
    for layer in &layers {
        assert_eq!(play.begin().await, *layer);
        let (last, others) = layer.split_last().unwrap();
        let ends = others.iter().map(|name| (name.as_str(), Outcome::Success(None))).collect();
        play.turn(ends).await;
        assert_eq!(play.begin().await, Vec::<String>::new(), "{last} has not ended");
        play.settle(last, Outcome::Success(None)).await;
    }
    assert_eq!(play.counts().await, [0, 0, 0]);
    assert_eq!(play.detail().await.row.status.as_str(), "SUCCESS");
}

async fn a_node_that_is_released_is_queued_then(s: &TestStore) {
    let mut play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    play.worker.now = Some(at(7.5));
    play.settle("a", Outcome::Success(None)).await;
    let row = &play.detail().await.nodes[1].row;
    assert_eq!((row.status, row.queued, row.started), (TaskStatus::Queued, Some(at(7.5)), None));
}

async fn results_are_kept_with_what_they_release(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.succeed(&["a"]).await;
    assert_eq!(play.begin().await, ["b"]);
    let a = s.workflow_node(play.id, "a").await.unwrap().unwrap();
    assert_eq!((a.status, a.result.as_deref()), (TaskStatus::Success, Some("\"a's\"")));
}

async fn a_run_ends_with_its_last_node(s: &TestStore) {
    let mut play = Play::of(s, flow(group(&["a", "b"]))).await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a RUNNING b SUCCESS").await;
    play.worker.now = Some(at(8.25));
    play.settle("a", Outcome::Success(None)).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS").await;
    assert_eq!(play.detail().await.row.finished, Some(at(8.25)));
}

async fn several_nodes_of_one_run_end_in_one_turn(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b", "c"]).then(group(&["d", "e"])))).await;
    play.begin().await;
    let success = || Outcome::Success(Some("1".into()));
    play.turn(vec![("a", success()), ("b", success()), ("c", success())]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c SUCCESS d QUEUED e QUEUED").await;
    play.begin().await;
    play.turn(vec![("e", success()), ("d", success())]).await;
    assert_eq!(play.counts().await, [0, 0, 0]);
}

/// One turn settles a node, and claims what it releases.
async fn a_turn_claims_what_it_releases(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]))).await;
    play.begin().await;
    let completion = play.completion("a", Outcome::Success(None));
    let share = crate::support::worker::share("default", &["t"], 10);
    let answer = play.worker.turn(vec![completion], vec![share]).await;
    let claimed: Vec<_> = answer.claimed.iter().map(|run| run.node_name.as_deref()).collect();
    assert_eq!(claimed, [Some("b")]);
    play.stands("RUNNING a SUCCESS b RUNNING c AWAIT_DEPS").await;
}

async fn nodes_of_several_runs_end_in_one_turn(s: &TestStore) {
    let mut plays = Vec::new();
    for _ in 0..3 {
        plays.push(Play::of(s, flow(chain(&["a", "b"]))).await);
    }
    let claimed = plays[0].worker.claim("default", 10).await;
    assert_eq!(claimed.len(), 3);
    let ends = claimed.iter().enumerate().map(|(number, run)| {
        let outcome = match number {
            1 => Outcome::FailedForGood(crate::support::make::error("no")),
            _ => Outcome::Success(None),
        };
        crate::support::worker::completion(run.fence, outcome)
    });
    plays[0].worker.turn(ends.collect(), vec![]).await;
    plays[0].stands("RUNNING a SUCCESS b QUEUED").await;
    plays[1].stands("FAILED a FAILED b SKIPPED").await;
    plays[2].stands("RUNNING a SUCCESS b QUEUED").await;
}

async fn other_runs_are_left_alone(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    let other = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.settle("a", Outcome::Success(None)).await;
    other.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
}

async fn a_released_node_goes_into_its_own_queue(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).with("b", |node| (node.queue, node.task_name) = ("heavy".into(), "u".into()));
    let play = Play::of(s, new).await;
    play.succeed(&["a"]).await;
    assert_eq!(play.begin().await, Vec::<String>::new());
    let claimed = play.worker.claim_tasks("heavy", &["u"], 5).await;
    assert_eq!(claimed.iter().map(|run| run.node_name.as_deref()).collect::<Vec<_>>(), [Some("b")]);
}
