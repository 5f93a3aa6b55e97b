//! Repair: nodes of a run that ended badly have another attempt, and the run a new deadline.

use super::{FlowWords, Play, chain, diamond, flow, group, node, sweep_at};
use crate::support::stores::on_both;
use crate::support::{TestStore, at, make};
use hyrex::model::dag::Repair;
use hyrex::model::{Outcome, RunId, TaskStatus};
use hyrex::store::{WorkflowRepair, WorkflowRepaired};

on_both!(
    what_failed_and_was_skipped_runs_again,
    a_repaired_run_succeeds_when_all_have,
    results_that_stand_are_kept,
    one_node_runs_again_with_what_it_skipped,
    everything_from_a_node_on_runs_again,
    finally_nodes_run_again_after_all_others,
    finally_nodes_alone_run_again_at_once,
    a_repaired_run_has_a_new_deadline,
    a_node_gets_new_arguments,
    a_new_attempt_has_its_retries_anew,
    a_new_attempt_takes_over_all_of_its_node,
    a_repaired_run_that_fails_again_is_repaired_again,
    a_run_that_was_cancelled_is_repaired,
    a_run_that_ran_out_of_time_is_repaired,
    a_repeated_repair_changes_nothing,
    a_repaired_run_is_cancelled_by_its_new_attempts,
    joins_wait_for_those_that_run_again_only,
);

/// A repair of an operator's, at `at(20.0)`.
pub fn repair_of(play: &Play<'_>, what: Repair) -> WorkflowRepair {
    let id = uuid::Uuid::now_v7();
    WorkflowRepair { id, run: play.id, what, args: vec![], actor: make::operator(), now: Some(at(20.0)) }
}

async fn repair(play: &Play<'_>, what: Repair) -> WorkflowRepaired {
    play.s.workflow_repair(repair_of(play, what)).await.unwrap()
}

/// A diamond of which `b` failed.
async fn broken(s: &TestStore) -> Play<'_> {
    let play = Play::of(s, flow(diamond())).await;
    play.succeed(&["a"]).await;
    play.succeed(&["c"]).await;
    play.fail("b").await;
    play.stands("FAILED a SUCCESS b FAILED c SUCCESS d SKIPPED").await;
    play
}

async fn what_failed_and_was_skipped_runs_again(s: &TestStore) {
    let play = broken(s).await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::Running { nodes: 2 });
    play.stands("RUNNING a SUCCESS b QUEUED c SUCCESS d AWAIT_DEPS").await;
    let row = play.detail().await.row;
    assert_eq!((row.queued, row.started, row.finished), (Some(at(0.0)), Some(at(20.0)), None));
    assert_eq!(play.begin().await, ["b"]);
    assert_eq!(play.held("b").attempt_number, 1);
}

async fn a_repaired_run_succeeds_when_all_have(s: &TestStore) {
    let play = broken(s).await;
    repair(&play, Repair::Failed).await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c SUCCESS d QUEUED").await;
    play.succeed(&["d"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
}

async fn results_that_stand_are_kept(s: &TestStore) {
    let play = broken(s).await;
    repair(&play, Repair::Failed).await;
    let state = s.workflow_node(play.id, "a").await.unwrap().unwrap();
    assert_eq!((state.attempt_number, state.result.as_deref()), (0, Some("\"a's\"")));
    play.succeed(&["b"]).await;
    let state = s.workflow_node(play.id, "b").await.unwrap().unwrap();
    assert_eq!((state.attempt_number, state.result.as_deref()), (1, Some("\"b's\"")));
}

async fn one_node_runs_again_with_what_it_skipped(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]).beside(chain(&["x", "y"])))).await;
    play.fail("a").await;
    play.fail("x").await;
    assert_eq!(repair(&play, Repair::Node("a".into())).await, WorkflowRepaired::Running { nodes: 3 });
    play.stands("RUNNING a QUEUED b AWAIT_DEPS c AWAIT_DEPS x FAILED y SKIPPED").await;
    for name in ["a", "b", "c"] {
        play.succeed(&[name]).await;
    }
    play.stands("FAILED a SUCCESS b SUCCESS c SUCCESS x FAILED y SKIPPED").await;
}

async fn everything_from_a_node_on_runs_again(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b", "c"]).beside(node("x")))).await;
    play.succeed(&["a", "x"]).await;
    play.succeed(&["b"]).await;
    play.fail("c").await;
    assert_eq!(repair(&play, Repair::From("b".into())).await, WorkflowRepaired::Running { nodes: 2 });
    play.stands("RUNNING a SUCCESS b QUEUED c AWAIT_DEPS x SUCCESS").await;
    play.succeed(&["b"]).await;
    play.succeed(&["c"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS x SUCCESS").await;
    let attempts = s.workflow_node(play.id, "b").await.unwrap().unwrap().attempt_number;
    assert_eq!(attempts, 1, "also what had succeeded");
}

async fn finally_nodes_run_again_after_all_others(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).finally(chain(&["y", "z"])))).await;
    play.fail("a").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("FAILED a FAILED b SKIPPED y SUCCESS z SUCCESS").await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::Running { nodes: 4 });
    play.stands("RUNNING a QUEUED b AWAIT_DEPS y AWAIT_DEPS z AWAIT_DEPS").await;
    play.succeed(&["a"]).await;
    play.succeed(&["b"]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS y QUEUED z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS y SUCCESS z SUCCESS").await;
}

async fn finally_nodes_alone_run_again_at_once(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(chain(&["y", "z"])))).await;
    play.succeed(&["a"]).await;
    play.fail("y").await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::Running { nodes: 2 });
    play.stands("RUNNING a SUCCESS y QUEUED z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS y SUCCESS z SUCCESS").await;
}

async fn a_repaired_run_has_a_new_deadline(s: &TestStore) {
    let play = Play::of(s, flow(node("a")).timeout(30)).await;
    play.fail("a").await;
    repair(&play, Repair::Failed).await;
    assert_eq!(play.detail().await.row.deadline, Some(at(50.0)));
    assert_eq!(sweep_at(s, 49.0).await.timed_out, 0);
    assert_eq!(sweep_at(s, 50.0).await.timed_out, 1);
    play.stands("FAILED a CANCELED").await;
}

async fn a_node_gets_new_arguments(s: &TestStore) {
    let play = broken(s).await;
    let args = vec![("d".into(), "{\"n\": 2}".into())];
    let repaired = s.workflow_repair(WorkflowRepair { args, ..repair_of(&play, Repair::Failed) }).await.unwrap();
    assert_eq!(repaired, WorkflowRepaired::Running { nodes: 2 });
    play.begin().await;
    assert_eq!(play.held("b").args, "{}");
    play.succeed(&["b"]).await;
    play.begin().await;
    assert_eq!(play.held("d").args, "{\"n\": 2}");
}

async fn a_new_attempt_has_its_retries_anew(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.fail("a").await;
    play.fail("a").await;
    play.stands("FAILED a FAILED b SKIPPED").await;
    repair(&play, Repair::Failed).await;
    play.fail("a").await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
    play.fail("a").await;
    play.stands("FAILED a FAILED b SKIPPED").await;
    let row = s.workflow_node(play.id, "a").await.unwrap().unwrap();
    assert_eq!((row.attempt_number, row.max_retries), (3, 3));
}

async fn a_new_attempt_takes_over_all_of_its_node(s: &TestStore) {
    let new = flow(node("a").finally(node("z"))).with("a", |node| {
        (node.priority, node.timeout_seconds, node.max_retries) = (9, Some(7), 2);
        node.args = "{\"n\": 1}".into();
    });
    let play = Play::of(s, new.clone()).await;
    play.begin().await;
    play.settle("a", Outcome::FailedForGood(make::error("no"))).await;
    play.succeed(&["z"]).await;
    repair(&play, Repair::Failed).await;
    play.begin().await;
    let again = play.held("a");
    assert_eq!((again.run, again.root, again.parent), (new.run_of("a"), new.run_of("a"), None));
    assert_eq!((again.priority, again.timeout_seconds, again.args.as_str()), (9, Some(7), "{\"n\": 1}"));
    assert_eq!((again.workflow_run, again.node_name.as_deref()), (Some(play.id), Some("a")));
    assert_eq!((again.scheduled_start, again.queued, again.fence.claim), (Some(at(20.0)), Some(at(20.0)), 1));
    let detail = s.run(RunId(new.run_of("a").0)).await.unwrap().unwrap();
    let statuses: Vec<_> = detail.attempts.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [TaskStatus::Failed, TaskStatus::Running]);
    assert!(play.detail().await.nodes[1].finally);
}

async fn a_repaired_run_that_fails_again_is_repaired_again(s: &TestStore) {
    let play = broken(s).await;
    for number in 1..4 {
        assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::Running { nodes: 2 });
        play.fail("b").await;
        assert_eq!(play.held("b").attempt_number, number);
        play.stands("FAILED a SUCCESS b FAILED c SUCCESS d SKIPPED").await;
    }
    repair(&play, Repair::Failed).await;
    play.succeed(&["b"]).await;
    play.succeed(&["d"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
}

async fn a_run_that_was_cancelled_is_repaired(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).finally(node("z")))).await;
    play.succeed(&["a"]).await;
    play.cancel().await;
    play.cancel().await;
    play.stands("CANCELED a SUCCESS b CANCELED z CANCELED").await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::Running { nodes: 2 });
    assert_eq!(play.detail().await.row.reason, None);
    play.succeed(&["b"]).await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS z SUCCESS").await;
}

async fn a_run_that_ran_out_of_time_is_repaired(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).timeout(10)).await;
    sweep_at(s, 11.0).await;
    repair(&play, Repair::Failed).await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
    play.succeed(&["a"]).await;
    play.succeed(&["b"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS").await;
}

async fn a_repeated_repair_changes_nothing(s: &TestStore) {
    let play = broken(s).await;
    let same = repair_of(&play, Repair::Failed);
    let first = s.workflow_repair(same.clone()).await.unwrap();
    let before = s.raw.everything().await;
    assert_eq!(s.workflow_repair(same.clone()).await.unwrap(), first);
    assert_eq!(s.raw.everything().await, before);
    play.succeed(&["b"]).await;
    play.succeed(&["d"]).await;
    assert!(matches!(s.workflow_repair(same).await.unwrap(), WorkflowRepaired::Running { .. }));
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
}

async fn a_repaired_run_is_cancelled_by_its_new_attempts(s: &TestStore) {
    let play = broken(s).await;
    repair(&play, Repair::Failed).await;
    play.begin().await;
    let answer = play.cancel().await;
    assert_eq!((answer.nodes_canceled, answer.nodes_asked), (1, 1));
    play.settle("b", Outcome::Canceled).await;
    play.stands("CANCELED a SUCCESS b CANCELED c SUCCESS d CANCELED").await;
}

async fn joins_wait_for_those_that_run_again_only(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b", "c"]).then(group(&["d", "e"])))).await;
    play.succeed(&["b"]).await;
    play.fail("a").await;
    play.fail("c").await;
    repair(&play, Repair::Failed).await;
    play.stands("RUNNING a QUEUED b SUCCESS c QUEUED d AWAIT_DEPS e AWAIT_DEPS").await;
    play.begin().await;
    play.turn(vec![("a", Outcome::Success(None)), ("c", Outcome::Success(None))]).await;
    play.stands("RUNNING a SUCCESS b SUCCESS c SUCCESS d QUEUED e QUEUED").await;
}
