//! Children that are being sent at the moment in which the attempt that sends them ends.

use super::{PATIENCE, Running, start, until};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::{RunId, TaskStatus};
use hyrex::prelude::*;
use hyrex::store::Tree;
use hyrex::{Plain, PlainWorkflow};
use std::time::Duration;

on_both!(
    a_cancelled_tree_keeps_no_child_that_was_being_sent,
    a_cancelled_tree_keeps_no_workflow_that_was_being_sent,
    what_is_being_sent_at_a_timeout_stands_before_the_failure,
);

/// PostgreSQL takes its time over each child, so that an end finds one under way.
#[cfg(feature = "postgres")]
const SLOWLY: &str = "create function slowly() returns trigger language plpgsql as $$ begin
        perform pg_sleep(case new.task_name when 'child' then 0.15 when 'slow child' then 1.6 else 0 end);
        return new;
    end $$;
    create trigger slowly before insert on hyrex_task_run for each row execute function slowly();";

#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite is as quick as it is"))]
async fn slowly(store: &TestStore) {
    #[cfg(feature = "postgres")]
    if store.kind == crate::support::Kind::Postgres {
        store.raw.execute(SLOWLY).await;
    }
}

/// A task that no worker has: what is sent waits.
fn child(name: &str) -> Task<Plain<(), ()>> {
    Task::new(name, TaskConfig::new(), |()| async { Ok(()) })
}

async fn send_on_and_on() -> Result<()> {
    loop {
        child("child").send(()).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A workflow of such tasks.
fn flow(name: &str) -> Workflow<PlainWorkflow<()>> {
    Workflow::new("flow", WorkflowConfig::new(), |_| child(name) >> child("behind it"))
}

async fn send_flows_on_and_on() -> Result<()> {
    loop {
        flow("child").send(()).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn tree(store: &TestStore, run: RunId) -> Tree {
    store.tree(run, 10_000).await.expect("the tree is read")
}

/// What was sent before this is in the database after it.
async fn all_that_was_sent_stands(worker: &Running) {
    worker.client.send(&child("behind"), ()).await.expect("it is sent");
}

async fn a_cancelled_tree_keeps_no_child_that_was_being_sent(store: &TestStore) {
    all_is_cancelled(store, Task::new("parent", TaskConfig::new(), |()| send_on_and_on())).await;
}

async fn a_cancelled_tree_keeps_no_workflow_that_was_being_sent(store: &TestStore) {
    all_is_cancelled(store, Task::new("parent", TaskConfig::new(), |()| send_flows_on_and_on())).await;
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_workflow_run WHERE status <> 'CANCELED'").await, 0);
}

async fn all_is_cancelled(store: &TestStore, parent: Task<Plain<(), ()>>) {
    slowly(store).await;
    let worker = start(store, registry![parent]);
    for _ in 0..3 {
        let run = parent.on(&worker.client).send(()).await.unwrap();
        wait_for("two children", PATIENCE, async || (tree(store, run.id()).await.runs.len() > 2).then_some(())).await;
        run.cancel_tree().await.unwrap();
        until(store, run.id(), TaskStatus::Canceled).await;
        all_that_was_sent_stands(&worker).await;
        let tree = tree(store, run.id()).await;
        let left = tree.runs.iter().filter(|run| run.row.status != TaskStatus::Canceled).count();
        assert_eq!((left, tree.more), (0, false), "of {} runs", tree.runs.len());
    }
    worker.stop().await;
}

async fn what_is_being_sent_at_a_timeout_stands_before_the_failure(store: &TestStore) {
    slowly(store).await;
    let config = || TaskConfig::new().timeout_seconds(1);
    let asynchronous = Task::new("asynchronous", config(), |()| async {
        child("slow child").send(()).await?;
        std::future::pending::<Result<()>>().await
    });
    let blocking = Task::blocking("blocking", config(), |()| -> Result<()> {
        hyrex::block_on(child("slow child").send(()))?;
        while !TaskContext::current()?.is_canceled() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Error::canceled())
    });
    let flows = Task::new("flows", config(), |()| async {
        flow("slow child").send(()).await?;
        std::future::pending::<Result<()>>().await
    });
    let worker = start(store, registry![asynchronous, blocking, flows]);
    let first = asynchronous.on(&worker.client).send(()).await.unwrap();
    until(store, first.id(), TaskStatus::Failed).await;
    assert_eq!(tree(store, first.id()).await.runs.len(), 2);
    let second = blocking.on(&worker.client).send(()).await.unwrap();
    until(store, second.id(), TaskStatus::Failed).await;
    assert_eq!(tree(store, second.id()).await.runs.len(), 2);
    let third = flows.on(&worker.client).send(()).await.unwrap();
    until(store, third.id(), TaskStatus::Failed).await;
    assert_eq!(tree(store, third.id()).await.runs.len(), 3, "with both nodes");
    worker.stop().await;
}
