//! Workflows that a program knows by name: of its registry, else as a worker defined them in the database.

use super::*;
use crate::support::stores::on_both;
use hyrex::model::dag::Dag as Graph;
use hyrex::{ClientErrorKind, WorkflowError};
use serde_json::json;

on_both!(
    a_workflow_of_the_registry_is_sent_by_name,
    arguments_are_held_against_the_workflow_of_the_registry,
    a_workflow_that_a_worker_defined_is_sent_by_name_alone,
    a_name_that_nobody_knows_is_told,
    a_worker_writes_the_definitions_and_a_later_one_replaces_them,
);

async fn a_workflow_of_the_registry_is_sent_by_name(store: &TestStore) {
    let test = warehouse(store).await;
    let config = WorkflowConfig::new().timeout_seconds(60);
    let run = test.client().send_workflow_by_name("etl", &fine(), config).await.unwrap();
    let row = run.detail().await.unwrap().row;
    assert_eq!((row.queue.as_str(), row.timeout_seconds), ("etl", Some(60)));
    test.drain().await.unwrap();
    assert_eq!(run.node_result(load).await.unwrap(), 12);
}

async fn arguments_are_held_against_the_workflow_of_the_registry(store: &TestStore) {
    let test = warehouse(store).await;
    let send = async |args: serde_json::Value| {
        test.client().send_workflow_by_name("etl", &args, WorkflowConfig::new()).await.unwrap_err().to_string()
    };
    let said = "the arguments of workflow 'etl' do not fit: missing field `source` at line 1 column 2";
    assert_eq!(send(json!({})).await, said);
    let said = send(json!({"source": "s3", "sauce": 1})).await;
    assert!(said.starts_with("the arguments of workflow 'etl'") && said.contains("sauce"), "{said}");
    let said = "the arguments of workflow 'etl' are a list: give a struct or a map, a key a parameter";
    assert_eq!(send(json!([1])).await, said);
}

async fn a_workflow_that_a_worker_defined_is_sent_by_name_alone(store: &TestStore) {
    let test = warehouse(store).await;
    let stranger = Client::new(store.store.clone());
    let run = stranger.send_workflow_by_name("etl", &fine(), WorkflowConfig::new()).await.unwrap();
    let detail = run.detail().await.unwrap();
    let transform_row = &detail.nodes[1].row;
    assert_eq!(
        (transform_row.queue.as_str(), transform_row.max_retries, transform_row.priority),
        ("cpu-intensive", 2, 9)
    );
    assert_eq!(transform_row.timeout_seconds, Some(30));
    assert!(detail.nodes[4].finally);
    test.drain().await.unwrap();
    assert_eq!(run.node_result(load).await.unwrap(), 12);
    run.wait(std::time::Duration::ZERO).await.unwrap();
}

async fn a_name_that_nobody_knows_is_told(store: &TestStore) {
    let client = Client::new(store.store.clone());
    let error = client.send_workflow_by_name("elt\n", &fine(), WorkflowConfig::new()).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Workflow(WorkflowError::Unknown { .. })), "{error}");
    let said = r"there is no workflow 'elt\n': the application does not register it, and no worker has defined it";
    assert_eq!(error.to_string(), said);
}

async fn a_worker_writes_the_definitions_and_a_later_one_replaces_them(store: &TestStore) {
    warehouse(store).await;
    let defs = store.workflow_defs().await.unwrap();
    assert_eq!((defs.len(), defs[0].workflow_name.as_str()), (1, "etl"));
    let graph = Graph::from_structure(defs[0].dag_structure.as_deref().unwrap()).unwrap();
    assert_eq!(graph, *etl.definition().unwrap().dag);
    let smaller: Workflow<hyrex::PlainWorkflow<()>> = Workflow::new("etl", WorkflowConfig::new(), |_| extract);
    test_app(store, registry![smaller]).await;
    let defs = store.workflow_defs().await.unwrap();
    let graph = Graph::from_structure(defs[0].dag_structure.as_deref().unwrap()).unwrap();
    assert_eq!((defs.len(), graph.nodes().len()), (1, 1));
}
