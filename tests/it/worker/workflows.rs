//! Workflows under a real worker: nodes as they come, time that is up, nodes that somebody else ended.

use super::{PATIENCE, start, until_true};
use crate::support::TestStore;
use crate::support::effects::{self, End};
use crate::support::stores::on_both;
use hyrex::model::TaskStatus;
#[cfg(feature = "postgres")]
use hyrex::model::WorkflowStatus;
use hyrex::prelude::*;
use hyrex::{OnlyInsideTasks, PlainWorkflow, registry};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
#[cfg(feature = "postgres")]
use std::time::Duration;

on_both!(
    a_worker_runs_a_workflow_to_its_end,
    a_node_that_fails_is_tried_again_before_the_run_fails,
    a_run_whose_time_is_up_is_ended_while_its_nodes_run,
    a_node_may_be_completed_in_a_transaction_of_its_own,
);

fn named(name: &str) -> Task<Plain<(), String>> {
    Task::new(name, TaskConfig::new(), |()| async { Ok(workflow_context().node_name()?) })
}

type Plainly = Workflow<PlainWorkflow<()>>;

async fn a_worker_runs_a_workflow_to_its_end(store: &TestStore) {
    let (a, b, c, d) = (named("a"), named("b"), named("c"), named("d"));
    let diamond: Plainly = Workflow::new("diamond", WorkflowConfig::new(), |_| a >> (b, c) >> d);
    let running = start(store, registry![diamond]);
    let runs: Vec<_> = futures_util::future::join_all((0..20).map(|_| diamond.on(&running.client).send(()))).await;
    for run in runs {
        let run = run.unwrap();
        run.wait(PATIENCE).await.unwrap();
        assert_eq!(run.node_result_of::<String>("d").await.unwrap(), "d");
    }
    assert_eq!(running.stop().await.succeeded, 80);
}

async fn a_node_that_fails_is_tried_again_before_the_run_fails(store: &TestStore) {
    let calls: &'static AtomicU32 = Box::leak(Box::default());
    let flaky = Task::new("flaky", TaskConfig::new().max_retries(2), |()| async {
        match calls.fetch_add(1, SeqCst) {
            0 | 1 => Err(Error::new("not yet")),
            call => Ok(call),
        }
    });
    let after = named("after");
    let workflow: Plainly = Workflow::new("w", WorkflowConfig::new(), |_| flaky >> after);
    let running = start(store, registry![workflow]);
    let run = workflow.on(&running.client).send(()).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    assert_eq!(run.node_result_of::<u32>("flaky").await.unwrap(), 2);
    running.stop().await;
}

async fn a_run_whose_time_is_up_is_ended_while_its_nodes_run(store: &TestStore) {
    let begun: &'static AtomicU32 = Box::leak(Box::default());
    let endless = Task::new("endless", TaskConfig::new(), |()| async {
        begun.fetch_add(1, SeqCst);
        std::future::pending::<()>().await;
        Ok(())
    });
    let (after, last) = (named("after"), named("last"));
    let workflow = Workflow::new("w", WorkflowConfig::new().timeout_seconds(1), |_: OnlyInsideTasks<()>| {
        (endless >> after).finally(last)
    });
    let running = start(store, registry![workflow]);
    let run = workflow.on(&running.client).send(()).await.unwrap();
    until_true("the node to begin", || begun.load(SeqCst) == 1).await;
    let error = run.wait(PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("took longer than its timeout: node 'endless' is CANCELED"), "{error}");
    assert_eq!(run.node_status("last").await.unwrap(), TaskStatus::Success);
    let row = run.detail().await.unwrap().row;
    let took = row.finished.unwrap() - row.started.unwrap();
    assert!(took >= chrono::TimeDelta::seconds(1), "{took}");
    running.stop().await;
}

async fn a_node_may_be_completed_in_a_transaction_of_its_own(store: &TestStore) {
    effects::table(store).await;
    let url = store.url.clone();
    let pays = Task::new("pays", TaskConfig::new(), move |()| {
        let url = url.clone();
        async move {
            effects::complete(&url, &TaskContext::current()?, End::Commit).await?;
            Ok("never kept".to_owned())
        }
    });
    let after =
        Task::new("after", TaskConfig::new(), |()| async { Ok(workflow_context().result_of::<String>("pays").await?) });
    let workflow: Plainly = Workflow::new("w", WorkflowConfig::new(), |_| pays >> after);
    let running = start(store, registry![workflow]);
    let run = workflow.on(&running.client).send(()).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    assert_eq!(run.node_result_of::<String>("after").await.unwrap(), "in the transaction");
    assert_eq!(effects::count(store).await, 1);
    running.stop().await;
}

/// A worker of Python's ends a node by itself, and nobody tells the run.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_node_that_a_python_worker_ended_is_found_by_the_sweep() {
    crate::support::stores::check(crate::support::Kind::Postgres, async |store| {
        let (theirs, after) = (named("theirs"), named("after"));
        let workflow: Plainly = Workflow::new("w", WorkflowConfig::new(), |_| theirs >> after.clone());
        // This worker has no handler for `theirs`.
        let running = start(store, registry![after]);
        store
            .raw
            .execute(
                "INSERT INTO hyrex_executor (id, name, worker_name, queue_pattern, queues, started, last_heartbeat, status)
                VALUES (gen_random_uuid(), 'E1', 'python', '*', '{}', now(), now(), 'RUNNING')",
            )
            .await;
        let run = workflow.on(&running.client).send(()).await.unwrap();
        store
            .raw
            .execute(
                "UPDATE hyrex_task_run SET status = 'SUCCESS', started = now(), finished = now()
                WHERE task_name = 'theirs'",
            )
            .await;
        let began = std::time::Instant::now();
        run.wait(PATIENCE).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        assert_eq!(run.status().await.unwrap(), WorkflowStatus::Success);
        running.stop().await;
    })
    .await;
}
