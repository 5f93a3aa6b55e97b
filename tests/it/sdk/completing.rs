//! `complete_in`, seen by the stores: under the fence, together with the effects, for good.

use super::play::{app, claim, client, context};
use crate::support::effects::{self, End};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, make};
use hyrex::model::dag::{Draft, Node};
use hyrex::model::{
    ClaimedRun, NewWorkflow, Outcome, RunId, TaskSettings, TaskStatus, WorkflowRunId, WorkflowSettings, WorkflowStatus,
};
use hyrex::prelude::*;
use hyrex::{Plain, registry};

on_both!(
    a_claim_that_was_settled_is_refused_and_nothing_of_it_stands,
    a_claim_of_another_executor_is_refused,
    a_success_outlives_its_worker,
    a_cancel_that_came_late_takes_the_subtree_and_leaves_the_result,
    a_node_of_a_workflow_takes_its_run_along,
    a_node_whose_transaction_is_rolled_back_runs_on,
    another_database_is_told_from_the_right_one
);

fn task() -> Task<Plain<(), u32>> {
    Task::new("pay", TaskConfig::new().max_retries(2), |()| async { Ok(1) })
}

/// A run of it, claimed.
async fn claimed(store: &TestStore) -> (Worker<'_>, ClaimedRun) {
    effects::table(store).await;
    client(store).send(&task(), ()).await.unwrap();
    claim(store, &app(registry![task()])).await
}

async fn complete(store: &TestStore, claimed: &ClaimedRun) -> Result<()> {
    let context = context(store, &app(registry![task()]), claimed);
    effects::complete(&store.url, &context, End::Commit).await
}

async fn statuses(store: &TestStore, run: RunId) -> Vec<TaskStatus> {
    store.run(run).await.unwrap().unwrap().attempts.iter().map(|attempt| attempt.status).collect()
}

async fn a_claim_that_was_settled_is_refused_and_nothing_of_it_stands(store: &TestStore) {
    let (worker, claimed) = claimed(store).await;
    worker.fail(&claimed).await.expect("a next attempt");
    let error = complete(store, &claimed).await.unwrap_err().to_string();
    assert!(
        error.contains("no longer this worker's, it is FAILED") && error.contains("roll the transaction"),
        "{error}"
    );
    assert_eq!(effects::count(store).await, 0);
    assert_eq!(statuses(store, claimed.run).await, [TaskStatus::Failed, TaskStatus::Queued]);
}

async fn a_claim_of_another_executor_is_refused(store: &TestStore) {
    let (worker, mut first) = claimed(store).await;
    worker.settle(&first, Outcome::NeverBegun).await;
    let (_, second) = claim(store, &app(registry![task()])).await;
    assert!(complete(store, &first).await.unwrap_err().to_string().contains("it is RUNNING"));
    first.fence.executor = second.fence.executor;
    assert!(complete(store, &first).await.is_err(), "an older claim of the same executor");
    assert_eq!(effects::count(store).await, 0);
    complete(store, &second).await.unwrap();
    assert_eq!(effects::count(store).await, 1);
}

async fn a_success_outlives_its_worker(store: &TestStore) {
    let (worker, claimed) = claimed(store).await;
    complete(store, &claimed).await.unwrap();
    let observer = Worker::new(&*store.store).await;
    observer.rescue(worker.id).await;
    assert_eq!(statuses(store, claimed.run).await, [TaskStatus::Success]);
    let latest = store.run(claimed.run).await.unwrap().unwrap().latest;
    assert_eq!(latest.result.as_deref(), Some("\"in the transaction\""));
    assert!(latest.row.finished.is_some_and(|finished| finished >= claimed.started));
    assert_eq!(effects::count(store).await, 1);
}

async fn a_cancel_that_came_late_takes_the_subtree_and_leaves_the_result(store: &TestStore) {
    let (_worker, claimed) = claimed(store).await;
    let context = context(store, &app(registry![task()]), &claimed);
    let child = context.scope(async { task().on(&client(store)).send(()).await.unwrap() }).await;
    let cancel = hyrex::store::Cancel { subtree: true, ..make::cancel(claimed.run) };
    store.run_cancel(cancel).await.unwrap();
    let late = context.scope(async { task().on(&client(store)).send(()).await.unwrap() }).await;
    complete(store, &claimed).await.unwrap();
    assert_eq!(statuses(store, claimed.run).await, [TaskStatus::Success]);
    for run in [child.id(), late.id()] {
        assert_eq!(statuses(store, run).await, [TaskStatus::Canceled]);
    }
}

/// A workflow of two nodes of the task, of which the first is claimed.
async fn first_node(store: &TestStore) -> (Worker<'_>, ClaimedRun, WorkflowRunId) {
    effects::table(store).await;
    let node = |name: &str| Draft::from(Node::new(name, "pay"));
    let dag = node("first").then(node("second")).build().unwrap();
    let settings = |_: &str| TaskSettings { queue: None, max_retries: 2, priority: None, timeout_seconds: None };
    let run = NewWorkflow::of("paying", "{}", &dag, &WorkflowSettings::default(), settings);
    store.workflow_send(run.clone(), None).await.unwrap();
    let (worker, claimed) = claim(store, &app(registry![task()])).await;
    assert_eq!(claimed.workflow_run, Some(run.id));
    (worker, claimed, run.id)
}

async fn node(store: &TestStore, workflow: WorkflowRunId, name: &str) -> TaskStatus {
    store.workflow_node(workflow, name).await.unwrap().unwrap().status
}

async fn a_node_of_a_workflow_takes_its_run_along(store: &TestStore) {
    let (worker, claimed, workflow) = first_node(store).await;
    complete(store, &claimed).await.unwrap();
    assert_eq!(effects::count(store).await, 1);
    assert_eq!(node(store, workflow, "second").await, TaskStatus::Queued);
    complete(store, &claimed).await.unwrap();
    let next = worker.claim_tasks("default", &["pay"], 5).await;
    assert_eq!(next.len(), 1, "it is released once");
    complete(store, &next[0]).await.unwrap();
    let state = store.workflow_states(vec![workflow]).await.unwrap().remove(0).unwrap();
    assert_eq!(state.status, WorkflowStatus::Success);
}

async fn a_node_whose_transaction_is_rolled_back_runs_on(store: &TestStore) {
    let (_worker, claimed, workflow) = first_node(store).await;
    let context = context(store, &app(registry![task()]), &claimed);
    let _ = effects::complete(&store.url, &context, End::RollBack).await;
    assert_eq!(effects::count(store).await, 0);
    assert_eq!(node(store, workflow, "first").await, TaskStatus::Running);
    assert_eq!(node(store, workflow, "second").await, TaskStatus::AwaitDeps);
}

async fn another_database_is_told_from_the_right_one(store: &TestStore) {
    let (_worker, claimed) = claimed(store).await;
    let other = TestStore::new(store.kind).await;
    effects::table(&other).await;
    let context = context(store, &app(registry![task()]), &claimed);
    let error = effects::complete(&other.url, &context, End::Commit).await.unwrap_err().to_string();
    assert!(error.contains("not in this database"), "{error}");
    assert_eq!(effects::count(&other).await, 0);
    other.finish().await;
}
