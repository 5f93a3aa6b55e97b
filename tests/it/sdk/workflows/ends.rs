//! How runs end, and what follows: waiting, failures, time, cancelling, repairing.

use super::*;
use crate::support::stores::on_both;
use hyrex::model::dag::{Cause, RepairError};
use hyrex::model::{TaskStatus, WorkflowRunId, WorkflowStatus};
use hyrex::store::{WorkflowCanceled, WorkflowRepaired};
use hyrex::{ClientErrorKind, Repair, WorkflowError};
use std::collections::BTreeMap;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(60);

on_both!(
    a_wait_ends_with_the_run,
    a_run_that_failed_names_the_nodes_that_broke_it,
    a_wait_that_is_over_leaves_the_run_alone,
    a_run_that_is_not_there_is_told,
    a_run_whose_time_is_up_fails_and_its_last_nodes_run,
    a_cancelled_run_ends_once_its_last_nodes_have_run,
    a_second_cancel_takes_the_last_nodes_too,
    a_repair_runs_what_failed_again_and_keeps_the_rest,
    a_repair_may_give_other_arguments,
    a_repair_that_cannot_be_says_why,
);

async fn statuses<A>(run: &WorkflowRun<A>) -> Vec<(String, TaskStatus)> {
    run.detail().await.unwrap().nodes.into_iter().map(|node| (node.name, node.row.status)).collect()
}

fn named(statuses: [(&str, TaskStatus); 5]) -> Vec<(String, TaskStatus)> {
    statuses.into_iter().map(|(name, status)| (name.to_owned(), status)).collect()
}

async fn a_wait_ends_with_the_run(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    let waiting = tokio::spawn({
        let run = run.clone();
        async move { run.wait(LONG).await }
    });
    test.drain().await.unwrap();
    waiting.await.unwrap().unwrap();
    // What has ended is known at once, and by the id alone.
    let again = Client::new(store.store.clone()).workflow_run::<EtlArgs>(run.id());
    again.wait(Duration::ZERO).await.unwrap();
    assert_eq!(again.status().await.unwrap(), WorkflowStatus::Success);
    assert_eq!(again.node_result(load).await.unwrap(), 12);
    assert_eq!(again.node_status("tidy").await.unwrap(), TaskStatus::Success);
}

async fn a_run_that_failed_names_the_nodes_that_broke_it(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(broken()).await.unwrap();
    test.drain().await.unwrap();
    let error = run.wait(LONG).await.unwrap_err();
    let ClientErrorKind::Workflow(WorkflowError::Ended { status, cause, nodes, others, .. }) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!((*status, *cause, *others), (WorkflowStatus::Failed, None, 1));
    assert_eq!((nodes.len(), nodes[0].name.as_str(), nodes[0].status), (1, "transform", TaskStatus::Failed));
    let said = format!(
        "workflow run {} failed: node 'transform' is FAILED: error: row 7 is broken; 1 more did not succeed",
        run.id()
    );
    assert_eq!(error.to_string(), said);
    use TaskStatus::*;
    let expected =
        [("extract", Success), ("transform", Failed), ("validate", Success), ("load", Skipped), ("tidy", Success)];
    assert_eq!(statuses(&run).await, named(expected));
    assert_eq!(run.node_result(tidy).await.unwrap(), "SKIPPED");
}

async fn a_wait_that_is_over_leaves_the_run_alone(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    let error = run.wait(SHORT).await.unwrap_err();
    assert_eq!(error.to_string(), format!("workflow run {} did not end within 60ms: it goes on", run.id()));
    assert!(matches!(error.kind(), ClientErrorKind::Workflow(WorkflowError::TimedOut { .. })), "{error}");
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::Running);
}

async fn a_run_that_is_not_there_is_told(store: &TestStore) {
    let (client, id) = (Client::new(store.store.clone()), WorkflowRunId::new());
    let run = client.workflow_run::<EtlArgs>(id);
    let said = format!("there is no workflow run {id}");
    assert_eq!(run.wait(LONG).await.unwrap_err().to_string(), said);
    assert_eq!(run.status().await.unwrap_err().to_string(), said);
    assert_eq!(run.args().await.unwrap_err().to_string(), said);
    assert_eq!(run.cancel().await.unwrap().run, WorkflowCanceled::NotFound);
    assert_eq!(run.repair(Repair::Failed).await.unwrap(), WorkflowRepaired::NotFound);
}

async fn a_run_whose_time_is_up_fails_and_its_last_nodes_run(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    test.advance(Duration::from_secs(3601));
    let ran = test.drain().await.unwrap();
    assert_eq!(told(&ran), [("tidy", Some("\"CANCELED\""))]);
    let error = run.wait(LONG).await.unwrap_err();
    let ClientErrorKind::Workflow(WorkflowError::Ended { status, cause, .. }) = error.kind() else { panic!("{error}") };
    assert_eq!((*status, *cause), (WorkflowStatus::Failed, Some(Cause::TimedOut)));
    assert!(error.to_string().contains("took longer than its timeout: node 'extract' is CANCELED"), "{error}");
}

async fn a_cancelled_run_ends_once_its_last_nodes_have_run(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    let answer = run.cancel().await.unwrap();
    assert_eq!((answer.run, answer.nodes_canceled), (WorkflowCanceled::Asked, 4));
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::UpForCancel);
    let ran = test.drain().await.unwrap();
    assert_eq!(told(&ran), [("tidy", Some("\"CANCELED\""))]);
    let error = run.wait(LONG).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("workflow run {} was cancelled: node", run.id())), "{error}");
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::Canceled);
}

async fn a_second_cancel_takes_the_last_nodes_too(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    run.cancel().await.unwrap();
    let answer = run.cancel_tree().await.unwrap();
    assert_eq!((answer.run, answer.nodes_canceled), (WorkflowCanceled::AlreadyAsked, 1));
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::Canceled);
    assert!(test.drain().await.unwrap().is_empty());
}

/// extract and load, where load fails the first time.
fn flaky(loads: &'static AtomicU32, extracts: &'static AtomicU32) -> Workflow<hyrex::PlainWorkflow<()>> {
    let loads_rows = Task::new("load", TaskConfig::new(), move |args: BTreeMap<String, u32>| async move {
        match loads.fetch_add(1, SeqCst) {
            0 => Err(Error::new("not yet")),
            _ => Ok(args.get("rows").copied().unwrap_or(1)),
        }
    });
    Workflow::new("flaky", WorkflowConfig::new(), |_| counts("extract", extracts) >> loads_rows)
}

async fn a_repair_runs_what_failed_again_and_keeps_the_rest(store: &TestStore) {
    let (loads, extracts) = (counter(), counter());
    let workflow = flaky(loads, extracts);
    let test = test_app(store, registry![workflow]).await;
    let run = workflow.on(test.client()).send(()).await.unwrap();
    test.drain().await.unwrap();
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::Failed);
    assert_eq!(run.repair(Repair::Failed).await.unwrap(), WorkflowRepaired::Running { nodes: 1 });
    let ran = test.drain().await.unwrap();
    assert_eq!((told(&ran), ran[0].attempt_number), (vec![("load", Some("1"))], 1));
    run.wait(LONG).await.unwrap();
    assert_eq!((loads.load(SeqCst), extracts.load(SeqCst)), (2, 1));
}

async fn a_repair_may_give_other_arguments(store: &TestStore) {
    let workflow = flaky(counter(), counter());
    let test = test_app(store, registry![workflow]).await;
    let run = workflow.on(test.client()).send(()).await.unwrap();
    test.drain().await.unwrap();
    let args = |node: &str| vec![(node.to_owned(), r#"{"rows":9}"#.to_owned())];
    let refused = run.repair_with(Repair::Failed, args("extract")).await.unwrap();
    assert_eq!(refused, WorkflowRepaired::NotAgain("extract".into()));
    run.repair_with(Repair::Node("load".into()), args("load")).await.unwrap();
    assert_eq!(told(&test.drain().await.unwrap()), [("load", Some("9"))]);
}

async fn a_repair_that_cannot_be_says_why(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    let running = run.repair(Repair::Failed).await.unwrap();
    assert_eq!(running, WorkflowRepaired::NotBroken(WorkflowStatus::Running));
    test.drain().await.unwrap();
    let done = run.repair(Repair::Failed).await.unwrap();
    assert_eq!(done, WorkflowRepaired::NotBroken(WorkflowStatus::Success));
    let run = etl.on(test.client()).send(broken()).await.unwrap();
    test.drain().await.unwrap();
    let refused = run.repair(Repair::Node("nowhere".into())).await.unwrap();
    assert_eq!(refused, WorkflowRepaired::Refused(RepairError::NoSuchNode { node: "nowhere".into() }));
}
