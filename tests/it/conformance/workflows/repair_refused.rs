//! What cannot be repaired, and why.

use super::repair::repair_of;
use super::{Play, chain, diamond, flow, node};
use crate::support::stores::on_both;
use crate::support::{TestStore, make};
use hyrex::model::dag::Repair;
use hyrex::model::{Outcome, WorkflowRunId, WorkflowStatus};
use hyrex::store::{StoreError, WorkflowRepair, WorkflowRepaired};

on_both!(
    a_run_that_goes_on_is_not_broken,
    a_run_that_succeeded_is_not_broken,
    a_run_that_never_was_is_not_found,
    a_node_that_never_was_is_named,
    a_node_that_succeeded_is_named,
    a_node_that_would_wait_for_ever_is_named,
    a_run_of_which_all_succeeded_has_nothing_to_try_again,
    arguments_of_a_node_that_does_not_run_again_are_refused,
    arguments_that_break_a_bound_are_refused,
    what_is_refused_changes_nothing,
);

async fn repair(play: &Play<'_>, what: Repair) -> WorkflowRepaired {
    play.s.workflow_repair(repair_of(play, what)).await.unwrap()
}

/// Why it was refused, in words.
async fn words(play: &Play<'_>, what: Repair) -> String {
    match repair(play, what).await {
        WorkflowRepaired::Refused(error) => error.to_string(),
        other => panic!("it is refused, and not {other:?}"),
    }
}

async fn a_run_that_goes_on_is_not_broken(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    let refused = WorkflowRepaired::NotBroken(WorkflowStatus::Running);
    assert_eq!(repair(&play, Repair::Failed).await, refused);
    play.cancel().await;
    let refused = WorkflowRepaired::NotBroken(WorkflowStatus::UpForCancel);
    assert_eq!(repair(&play, Repair::From("a".into())).await, refused);
}

async fn a_run_that_succeeded_is_not_broken(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.succeed(&["a"]).await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::NotBroken(WorkflowStatus::Success));
}

async fn a_run_that_never_was_is_not_found(s: &TestStore) {
    let play = Play::sent(s, WorkflowRunId::new()).await;
    assert_eq!(repair(&play, Repair::Failed).await, WorkflowRepaired::NotFound);
}

async fn a_node_that_never_was_is_named(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.fail("a").await;
    let words = words(&play, Repair::Node("q".into())).await;
    assert!(words.contains("has no node") && words.contains('q'), "{words}");
}

async fn a_node_that_succeeded_is_named(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.succeed(&["a"]).await;
    play.fail("b").await;
    let words = words(&play, Repair::Node("a".into())).await;
    assert!(words.contains("succeeded") && words.contains("from it on"), "{words}");
}

async fn a_node_that_would_wait_for_ever_is_named(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    play.fail("a").await;
    let words = words(&play, Repair::Node("b".into())).await;
    assert!(words.contains("waits for") && words.contains("did not succeed"), "{words}");
}

/// Its time was up, and then its last node succeeded.
async fn a_run_of_which_all_succeeded_has_nothing_to_try_again(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.begin().await;
    play.cancel().await;
    play.settle("a", Outcome::Success(None)).await;
    play.stands("CANCELED a SUCCESS").await;
    let words = words(&play, Repair::Failed).await;
    assert!(words.contains("nothing to try again"), "{words}");
    assert_eq!(repair(&play, Repair::From("a".into())).await, WorkflowRepaired::Running { nodes: 1 });
    play.succeed(&["a"]).await;
    play.stands("SUCCESS a SUCCESS").await;
}

async fn arguments_of_a_node_that_does_not_run_again_are_refused(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.succeed(&["a"]).await;
    play.fail("b").await;
    for name in ["a", "q"] {
        let args = vec![("b".into(), "{}".into()), (name.to_owned(), "{}".into())];
        let repair = WorkflowRepair { args, ..repair_of(&play, Repair::Failed) };
        assert_eq!(s.workflow_repair(repair).await.unwrap(), WorkflowRepaired::NotAgain(name.into()));
    }
    play.stands("FAILED a SUCCESS b FAILED").await;
}

async fn arguments_that_break_a_bound_are_refused(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.fail("a").await;
    for args in ["[]", "{", "{\"n\": \"\0\"}", "nothing"] {
        let args = vec![("a".into(), args.into())];
        let refused = s.workflow_repair(WorkflowRepair { args, ..repair_of(&play, Repair::Failed) }).await;
        assert!(matches!(refused, Err(StoreError::Bounds(_))), "{refused:?}");
    }
    play.stands("FAILED a FAILED").await;
}

async fn what_is_refused_changes_nothing(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    play.fail("a").await;
    let before = play.detail().await;
    repair(&play, Repair::Node("b".into())).await;
    repair(&play, Repair::Node("q".into())).await;
    assert_eq!(play.detail().await, before);
    let told = s.system_events(None, 10).await.unwrap();
    let refused = told.iter().filter(|event| event.name == "workflow_repair" && event.body.contains("node"));
    assert_eq!(refused.count(), 2);
    assert!(told[0].body.contains(&make::operator().user));
}
