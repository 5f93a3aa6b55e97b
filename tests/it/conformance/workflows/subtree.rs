//! Subtrees that pass over workflows' runs: from a task to the nodes of what it sent, and from nodes to what they sent.

use super::{FlowWords, Play, cancel, chain, flow, group, node, sender};
use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{ClaimedRun, Outcome, RunId, TaskStatus, WorkflowStatus};
use hyrex::store::{Cancel, CancelAnswer, CancelOutcome, WorkflowCanceled};

on_both!(
    a_tasks_subtree_takes_in_the_workflow_that_it_sent,
    a_tasks_cancel_without_its_subtree_leaves_the_workflow_alone,
    a_workflow_takes_in_what_its_nodes_sent,
    a_workflows_cancel_without_its_subtree_leaves_what_nodes_sent_alone,
    what_a_node_still_sends_ends_with_it,
    a_workflow_that_is_sent_too_late_ends_with_its_sender,
    a_workflow_in_a_workflow_is_taken_in,
    a_subtree_leaves_finally_nodes_to_run,
    the_end_of_the_sender_is_no_second_cancel,
    what_finally_nodes_sent_is_left_alone_the_first_time,
    a_workflow_that_ended_still_takes_in_what_its_nodes_sent,
    one_nodes_subtree_leaves_other_nodes_alone,
);

async fn sends(s: &TestStore, parent: &ClaimedRun) -> RunId {
    let child = run("child").on("children").sent_by(parent);
    s.enqueue(vec![child.clone()], None).await.unwrap();
    child.id
}

async fn status(s: &TestStore, run: RunId) -> TaskStatus {
    s.run(run).await.unwrap().unwrap().latest.row.status
}

async fn cancel_task(s: &TestStore, run: RunId, subtree: bool) -> CancelAnswer {
    s.run_cancel(Cancel { subtree, ..make::cancel(run) }).await.unwrap()
}

async fn a_tasks_subtree_takes_in_the_workflow_that_it_sent(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let play = Play::of(s, flow(chain(&["a", "b"]).beside(node("x"))).sent_by(&sender)).await;
    play.begin().await;
    play.settle("x", Outcome::NeverBegun).await;
    let child = sends(s, &play.held("a")).await;
    let answer = cancel_task(s, sender.run, true).await;
    let expected = CancelAnswer { run: CancelOutcome::Asked, descendants_canceled: 3, descendants_asked: 1 };
    assert_eq!(answer, expected, "b, x and the child; and a");
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL b CANCELED x CANCELED").await;
    assert_eq!(status(s, child).await, TaskStatus::Canceled);
    assert_eq!(play.detail().await.row.reason.as_deref(), Some("canceled"));
    play.settle("a", Outcome::Canceled).await;
    play.stands("CANCELED a CANCELED b CANCELED x CANCELED").await;
}

async fn a_tasks_cancel_without_its_subtree_leaves_the_workflow_alone(s: &TestStore) {
    let (worker, sender) = sender(s).await;
    let play = Play::of(s, flow(chain(&["a", "b"])).sent_by(&sender)).await;
    cancel_task(s, sender.run, false).await;
    worker.settle(&sender, Outcome::Canceled).await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS").await;
}

async fn a_workflow_takes_in_what_its_nodes_sent(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]))).await;
    play.begin().await;
    let of_ended = sends(s, &play.held("a")).await;
    play.settle("a", Outcome::Success(None)).await;
    let running = sends(s, &play.held("b")).await;
    let claimed = Worker::new(&*s.store).await.claim_tasks("children", &["child"], 10).await;
    assert_eq!(claimed.len(), 2);
    let waiting = sends(s, &play.held("b")).await;
    let answer = cancel(s, play.id, true).await;
    assert_eq!((answer.run, answer.nodes_canceled, answer.nodes_asked), (WorkflowCanceled::Asked, 0, 1));
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (1, 2));
    assert_eq!(status(s, waiting).await, TaskStatus::Canceled);
    for child in [of_ended, running] {
        assert_eq!(status(s, child).await, TaskStatus::UpForCancel);
    }
}

async fn a_workflows_cancel_without_its_subtree_leaves_what_nodes_sent_alone(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.begin().await;
    let child = sends(s, &play.held("a")).await;
    let answer = play.cancel().await;
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (0, 0));
    play.settle("a", Outcome::Canceled).await;
    assert_eq!(status(s, child).await, TaskStatus::Queued);
}

async fn what_a_node_still_sends_ends_with_it(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    cancel(s, play.id, true).await;
    let late = sends(s, &play.held("a")).await;
    play.settle("a", Outcome::Success(None)).await;
    assert_eq!(status(s, late).await, TaskStatus::Canceled);
    play.stands("CANCELED a SUCCESS b CANCELED").await;
}

async fn a_workflow_that_is_sent_too_late_ends_with_its_sender(s: &TestStore) {
    let (worker, sender) = sender(s).await;
    cancel_task(s, sender.run, true).await;
    let play = Play::of(s, flow(chain(&["a", "b"])).sent_by(&sender)).await;
    worker.settle(&sender, Outcome::Canceled).await;
    play.stands("CANCELED a CANCELED b CANCELED").await;
}

async fn a_workflow_in_a_workflow_is_taken_in(s: &TestStore) {
    let outer = Play::of(s, flow(node("a"))).await;
    outer.begin().await;
    let inner = Play::of(s, flow(chain(&["b", "c"])).sent_by(&outer.held("a"))).await;
    assert_eq!(inner.begin().await, ["b"]);
    let leaf = sends(s, &inner.held("b")).await;
    let answer = cancel(s, outer.id, true).await;
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (2, 1), "c and the leaf; and b");
    inner.stands("UP_FOR_CANCEL b UP_FOR_CANCEL c CANCELED").await;
    assert_eq!(status(s, leaf).await, TaskStatus::Canceled);
    inner.settle("b", Outcome::Canceled).await;
    assert_eq!(inner.status().await, WorkflowStatus::Canceled);
    outer.stands("UP_FOR_CANCEL a UP_FOR_CANCEL").await;
}

async fn a_subtree_leaves_finally_nodes_to_run(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let play = Play::of(s, flow(chain(&["a", "b"]).finally(node("z"))).sent_by(&sender)).await;
    let answer = cancel_task(s, sender.run, true).await;
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (2, 0));
    play.stands("UP_FOR_CANCEL a CANCELED b CANCELED z QUEUED").await;
    play.succeed(&["z"]).await;
    play.stands("CANCELED a CANCELED b CANCELED z SUCCESS").await;
}

/// It passes over what it sent once more; only an operator cancels what is being ended already.
async fn the_end_of_the_sender_is_no_second_cancel(s: &TestStore) {
    let (worker, sender) = sender(s).await;
    let play = Play::of(s, flow(node("a").finally(node("z"))).sent_by(&sender)).await;
    play.begin().await;
    cancel_task(s, sender.run, true).await;
    worker.settle(&sender, Outcome::Canceled).await;
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL z AWAIT_DEPS").await;
    let answer = cancel_task(s, sender.run, true).await;
    assert_eq!((answer.descendants_canceled, answer.descendants_asked), (0, 0));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL z AWAIT_DEPS").await;
}

/// They are left to run, so they may send what they need.
async fn what_finally_nodes_sent_is_left_alone_the_first_time(s: &TestStore) {
    let play = Play::of(s, flow(node("a").finally(node("z")))).await;
    play.succeed(&["a"]).await;
    play.begin().await;
    let child = sends(s, &play.held("z")).await;
    let answer = cancel(s, play.id, true).await;
    assert_eq!((answer.nodes_asked, answer.descendants_canceled), (0, 0));
    assert_eq!(status(s, child).await, TaskStatus::Queued);
    let again = cancel(s, play.id, true).await;
    assert_eq!((again.nodes_asked, again.descendants_canceled), (1, 1));
    assert_eq!(status(s, child).await, TaskStatus::Canceled);
}

async fn a_workflow_that_ended_still_takes_in_what_its_nodes_sent(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.begin().await;
    let child = sends(s, &play.held("a")).await;
    play.settle("a", Outcome::Success(None)).await;
    let answer = cancel(s, play.id, true).await;
    assert_eq!(answer.run, WorkflowCanceled::AlreadyEnded(WorkflowStatus::Success));
    assert_eq!((answer.descendants_canceled, status(s, child).await), (1, TaskStatus::Canceled));
}

async fn one_nodes_subtree_leaves_other_nodes_alone(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]).beside(node("x")))).await;
    play.begin().await;
    let children = [sends(s, &play.held("a")).await, sends(s, &play.held("x")).await];
    let answer = cancel_task(s, play.held("a").run, true).await;
    assert_eq!((answer.run, answer.descendants_canceled), (CancelOutcome::Asked, 1));
    let statuses = [status(s, children[0]).await, status(s, children[1]).await];
    assert_eq!(statuses, [TaskStatus::Canceled, TaskStatus::Queued]);
    play.stands("RUNNING a UP_FOR_CANCEL b AWAIT_DEPS x RUNNING").await;
}
