//! Sending a run: what stands then.

use super::{FlowWords, Play, SENT, chain, diamond, flow, group, node, sender};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::dag::Draft;
use hyrex::model::{NewWorkflow, TaskStatus, WorkflowSent, WorkflowStatus};
use hyrex::store::WorkflowState;

on_both!(
    a_run_stands_with_its_nodes_and_edges,
    a_node_has_what_it_was_sent_with,
    a_node_that_waits_for_nothing_is_queued,
    a_deadline_counts_from_when_the_run_was_sent,
    a_run_sent_by_a_task_has_its_sender_and_its_root,
    nodes_of_a_run_that_nobody_sent_are_their_own_roots,
    a_repeated_send_changes_nothing,
    a_repeated_send_of_a_run_that_went_on_changes_nothing,
    a_run_without_a_deadline_has_none,
    finally_nodes_alone_need_not_wait,
);

async fn send(s: &TestStore, flow: &NewWorkflow) -> WorkflowSent {
    s.workflow_send(flow.clone(), Some(at(0.0))).await.unwrap()
}

async fn a_run_stands_with_its_nodes_and_edges(s: &TestStore) {
    let new = flow(diamond().finally(node("z")));
    assert_eq!(send(s, &new).await, WorkflowSent::New(new.id));
    let play = Play::sent(s, new.id).await;
    play.stands("RUNNING a QUEUED b AWAIT_DEPS c AWAIT_DEPS d AWAIT_DEPS z AWAIT_DEPS").await;
    let detail = play.detail().await;
    assert_eq!(detail.edges, [(0, 1), (0, 2), (1, 3), (2, 3)]);
    assert_eq!(detail.args, "{\"day\": 1}");
    assert_eq!(detail.nodes.iter().map(|node| node.finally).collect::<Vec<_>>(), [false, false, false, false, true]);
    let row = &detail.row;
    assert_eq!((row.workflow_name.as_str(), row.queue.as_str(), row.reason.as_deref()), ("etl", "default", None));
    assert_eq!((row.queued, row.started, row.finished), (Some(at(0.0)), Some(at(0.0)), None));
    assert_eq!((row.parent, row.root, row.idempotency_key.as_deref()), (None, None, None));
    let state = s.workflow_states(vec![new.id]).await.unwrap().remove(0);
    assert_eq!(state, Some(WorkflowState { status: SENT.status, cause: SENT.cause }));
}

async fn a_node_has_what_it_was_sent_with(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).with("b", |node| {
        node.args = "{\"n\": 1}".into();
        node.queue = "heavy".into();
        (node.max_retries, node.priority, node.timeout_seconds) = (3, 9, Some(7));
    });
    send(s, &new).await;
    let detail = s.attempt(new.run_of("b").first_attempt()).await.unwrap().unwrap();
    let row = &detail.row;
    assert_eq!((row.run, row.workflow_run, row.node_name.as_deref()), (new.run_of("b"), Some(new.id), Some("b")));
    assert_eq!((detail.args.as_str(), row.queue.as_str(), row.task_name.as_str()), ("{\"n\": 1}", "heavy", "t"));
    assert_eq!((row.max_retries, row.priority, row.timeout_seconds), (3, 9, Some(7)));
    assert_eq!((row.attempt_number, row.parent, row.idempotency_key.as_deref()), (0, None, None));
    assert_eq!((row.status, row.queued), (TaskStatus::AwaitDeps, None));
}

async fn a_node_that_waits_for_nothing_is_queued(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")))).await;
    let detail = play.detail().await;
    let queued: Vec<_> = detail.nodes.iter().map(|node| node.row.queued).collect();
    assert_eq!(queued, [Some(at(0.0)), Some(at(0.0)), None]);
    assert_eq!(play.begin().await, ["a", "b"], "in the order in which they were written");
    let held = play.held("b");
    assert_eq!((held.workflow_run, held.node_name.as_deref()), (Some(play.id), Some("b")));
}

async fn a_deadline_counts_from_when_the_run_was_sent(s: &TestStore) {
    let new = flow(node("a")).timeout(90);
    send(s, &new).await;
    let (row, args) = s.workflow_row(new.id).await.unwrap().unwrap();
    assert_eq!((row.timeout_seconds, row.deadline, args.as_str()), (Some(90), Some(at(90.0)), "{\"day\": 1}"));
}

async fn a_run_without_a_deadline_has_none(s: &TestStore) {
    let new = flow(node("a"));
    send(s, &new).await;
    let row = s.workflow_row(new.id).await.unwrap().unwrap().0;
    assert_eq!((row.timeout_seconds, row.deadline), (None, None));
}

async fn a_run_sent_by_a_task_has_its_sender_and_its_root(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let play = Play::of(s, flow(chain(&["a", "b"])).sent_by(&sender)).await;
    let detail = play.detail().await;
    assert_eq!((detail.row.parent, detail.row.root), (Some(sender.fence.attempt), Some(sender.root)));
    for node in &detail.nodes {
        assert_eq!((node.row.parent, node.row.root), (None, sender.root));
    }
}

async fn nodes_of_a_run_that_nobody_sent_are_their_own_roots(s: &TestStore) {
    let play = Play::of(s, flow(diamond())).await;
    for node in play.detail().await.nodes {
        assert_eq!((node.row.root, node.row.id), (node.row.run, node.row.run.first_attempt()));
    }
}

async fn a_repeated_send_changes_nothing(s: &TestStore) {
    let new = flow(diamond()).key("k").timeout(9);
    send(s, &new).await;
    let before = s.raw.everything().await;
    assert_eq!(send(s, &new).await, WorkflowSent::New(new.id));
    assert_eq!(s.raw.everything().await, before);
}

async fn a_repeated_send_of_a_run_that_went_on_changes_nothing(s: &TestStore) {
    let new = flow(chain(&["a", "b"]));
    let play = Play::of(s, new.clone()).await;
    play.succeed(&["a"]).await;
    assert_eq!(send(s, &new).await, WorkflowSent::New(new.id));
    play.stands("RUNNING a SUCCESS b QUEUED").await;
    play.succeed(&["b"]).await;
    assert_eq!(send(s, &new).await, WorkflowSent::New(new.id));
    assert_eq!(play.status().await, WorkflowStatus::Success);
}

/// There is nothing that they come after.
async fn finally_nodes_alone_need_not_wait(s: &TestStore) {
    let play = Play::of(s, flow(Draft::new().finally(chain(&["y", "z"])))).await;
    play.stands("RUNNING y QUEUED z AWAIT_DEPS").await;
    play.succeed(&["y"]).await;
    play.succeed(&["z"]).await;
    play.stands("SUCCESS y SUCCESS z SUCCESS").await;
}
