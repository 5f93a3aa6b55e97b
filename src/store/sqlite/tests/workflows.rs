//! Workflows sent inside an application's own transaction.

use super::*;
use crate::model::dag::{Draft, Node};
use crate::model::{NewWorkflow, TaskSettings, WorkflowSent, bounds};

fn flow() -> NewWorkflow {
    let node = |name: &str| Draft::from(Node::new(name, "t"));
    let dag = node("a").then(node("b")).build().unwrap();
    let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    NewWorkflow { idempotency_key: Some("k".into()), ..NewWorkflow::of("w", "{}", &dag, &Default::default(), task) }
}

fn own(directory: &tempfile::TempDir) -> Connection {
    Connection::open(directory.path().join("hyrex.db")).unwrap()
}

#[tokio::test]
async fn a_workflow_stands_when_the_applications_transaction_does() {
    let directory = tempfile::tempdir().unwrap();
    let store = file(&directory).await;
    let (mut own, run) = (own(&directory), flow());
    let transaction = own.transaction().unwrap();
    // A transaction that has read before it writes.
    transaction.query_row("SELECT count(*) FROM hyrex_kv", [], |_| Ok(())).unwrap();
    assert_eq!(workflow_send_in(&transaction, &run, bounds::MAX_JSON).unwrap(), WorkflowSent::New(run.id));
    assert_eq!(workflow_send_in(&transaction, &run, bounds::MAX_JSON).unwrap(), WorkflowSent::New(run.id));
    let twin = flow();
    assert_eq!(workflow_send_in(&transaction, &twin, bounds::MAX_JSON).unwrap(), WorkflowSent::Duplicate(run.id));
    assert_eq!(store.workflow_run(run.id).await.unwrap(), None);
    transaction.commit().unwrap();
    assert_eq!(store.workflow_run(run.id).await.unwrap().unwrap().nodes.len(), 2);
    let executor = executor(&store).await;
    assert_eq!(turn(&store, executor, vec![], 9).await.claimed[0].node_name.as_deref(), Some("a"));
}

#[tokio::test]
async fn nothing_stands_of_a_workflow_when_the_transaction_is_rolled_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = file(&directory).await;
    let (mut own, run) = (own(&directory), flow());
    let transaction = own.transaction().unwrap();
    workflow_send_in(&transaction, &run, bounds::MAX_JSON).unwrap();
    transaction.rollback().unwrap();
    assert_eq!(
        store.workflow_send(flow(), None).await.map(|sent| matches!(sent, WorkflowSent::New(_))).ok(),
        Some(true)
    );
    assert_eq!(store.workflow_run(run.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_workflow_that_breaks_a_bound_is_refused_before_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let _store = file(&directory).await;
    let (mut own, mut run) = (own(&directory), flow());
    run.nodes[1].priority = 0;
    let transaction = own.transaction().unwrap();
    let refused = workflow_send_in(&transaction, &run, bounds::MAX_JSON);
    assert!(matches!(refused, Err(StoreError::Bounds(_))), "{refused:?}");
    assert_eq!(transaction.query_row("SELECT count(*) FROM hyrex_workflow_run", [], |row| row.get(0)), Ok(0));
}

#[tokio::test]
async fn a_commit_of_the_applications_own_serves_a_parked_claim() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(file(&directory).await);
    let executor = executor(&store).await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.claim_parked(parked(executor)).await.unwrap() }
    });
    let mut own = own(&directory);
    let transaction = own.transaction().unwrap();
    workflow_send_in(&transaction, &flow(), bounds::MAX_JSON).unwrap();
    transaction.commit().unwrap();
    let claimed = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(claimed[0].node_name.as_deref(), Some("a"));
}
