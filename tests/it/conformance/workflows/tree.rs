//! Trees pass from a task over the workflow's run that it sent to the nodes.

use super::{FlowWords, Play, chain, flow, node, sender};
use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, run};
use hyrex::model::RunId;
use std::collections::BTreeMap;

on_both!(
    nodes_stand_under_the_task_that_sent_their_workflow,
    what_a_node_sends_stands_under_it,
    workflows_in_workflows_stand_under_their_nodes,
    a_node_of_a_run_that_nobody_sent_is_its_own_tree,
);

/// Each run of a tree, and the run that sent it.
async fn tree(s: &TestStore, root: RunId) -> BTreeMap<RunId, Option<RunId>> {
    let tree = s.tree(root, 100).await.unwrap();
    assert!(!tree.more && tree.root == root);
    tree.runs.into_iter().map(|row| (row.row.run, row.parent_run)).collect()
}

async fn nodes_stand_under_the_task_that_sent_their_workflow(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let new = flow(chain(&["a", "b"])).sent_by(&sender);
    s.workflow_send(new.clone(), None).await.unwrap();
    let expected = [(sender.run, None), (new.run_of("a"), Some(sender.run)), (new.run_of("b"), Some(sender.run))];
    assert_eq!(tree(s, sender.run).await, BTreeMap::from(expected));
}

async fn what_a_node_sends_stands_under_it(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let new = flow(node("a")).sent_by(&sender);
    let play = Play::of(s, new.clone()).await;
    play.begin().await;
    let child = run("child").sent_by(&play.held("a"));
    s.enqueue(vec![child.clone()], None).await.unwrap();
    let a = new.run_of("a");
    let expected = [(sender.run, None), (a, Some(sender.run)), (child.id, Some(a))];
    assert_eq!(tree(s, sender.run).await, BTreeMap::from(expected));
}

async fn workflows_in_workflows_stand_under_their_nodes(s: &TestStore) {
    let (_, sender) = sender(s).await;
    let outer = flow(node("a")).sent_by(&sender);
    let play = Play::of(s, outer.clone()).await;
    play.begin().await;
    let inner = flow(node("b")).sent_by(&play.held("a"));
    s.workflow_send(inner.clone(), None).await.unwrap();
    let (a, b) = (outer.run_of("a"), inner.run_of("b"));
    let expected = [(sender.run, None), (a, Some(sender.run)), (b, Some(a))];
    assert_eq!(tree(s, sender.run).await, BTreeMap::from(expected));
}

async fn a_node_of_a_run_that_nobody_sent_is_its_own_tree(s: &TestStore) {
    let new = flow(chain(&["a", "b"]));
    s.workflow_send(new.clone(), None).await.unwrap();
    assert_eq!(tree(s, new.run_of("a")).await, BTreeMap::from([(new.run_of("a"), None)]));
}
