//! Attempts that are cancelled.

use super::{N, PATIENCE, start, statuses, until};
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

on_both!(
    an_asynchronous_task_is_dropped_at_its_next_await,
    a_blocking_task_sees_its_token,
    a_blocking_task_that_ends_well_though_it_was_asked_keeps_its_result,
    a_cancelled_task_is_not_retried_and_on_error_not_called,
    cancelling_a_tree_reaches_the_children_that_run_and_that_wait,
    a_task_that_ends_as_cancelled_though_nobody_asked_has_failed,
);

/// Sets a flag when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

async fn an_asynchronous_task_is_dropped_at_its_next_await(store: &TestStore) {
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = dropped.clone();
    let task = Task::new("endless", TaskConfig::new(), move |()| {
        let flag = Flag(flag.clone());
        async move {
            std::future::pending::<()>().await;
            drop(flag);
            Ok(())
        }
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Running).await;
    let asked = Instant::now();
    run.cancel().await.unwrap();
    until(store, run.id(), TaskStatus::Canceled).await;
    assert!(asked.elapsed() < Duration::from_millis(1500), "{:?}", asked.elapsed());
    assert!(dropped.load(Ordering::Acquire));
    assert_eq!(worker.stop().await.canceled, 1);
}

async fn a_blocking_task_sees_its_token(store: &TestStore) {
    let task = Task::blocking("endless", TaskConfig::new(), |()| -> Result<()> {
        let context = get_hyrex_context().expect("inside a task");
        loop {
            context.check_canceled()?;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Running).await;
    run.cancel().await.unwrap();
    until(store, run.id(), TaskStatus::Canceled).await;
    worker.stop().await;
}

async fn a_blocking_task_that_ends_well_though_it_was_asked_keeps_its_result(store: &TestStore) {
    let task = Task::blocking("stubborn", TaskConfig::new(), |()| {
        let context = get_hyrex_context().expect("inside a task");
        while !context.is_canceled() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok("done all the same".to_owned())
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Running).await;
    run.cancel().await.unwrap();
    let ended = until(store, run.id(), TaskStatus::Success).await;
    assert_eq!(ended.result.as_deref(), Some("\"done all the same\""));
    worker.stop().await;
}

async fn a_cancelled_task_is_not_retried_and_on_error_not_called(store: &TestStore) {
    let calls = Arc::new(AtomicU32::new(0));
    let called = calls.clone();
    let task = Task::new("endless", TaskConfig::new().max_retries(3), |()| async {
        std::future::pending::<Result<()>>().await
    })
    .on_error(move || {
        called.fetch_add(1, Ordering::Relaxed);
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Running).await;
    run.cancel().await.unwrap();
    until(store, run.id(), TaskStatus::Canceled).await;
    worker.stop().await;
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Canceled]);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

async fn cancelling_a_tree_reaches_the_children_that_run_and_that_wait(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |_: N| async { std::future::pending::<Result<()>>().await });
    let sent = child.clone();
    let parent = Task::new("parent", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move {
            sent.send(N { n: 0 }).await?;
            sent.with_config(TaskConfig::new().delay(Duration::from_secs(3600))).send(N { n: 1 }).await?;
            std::future::pending::<Result<()>>().await
        }
    });
    let worker = start(store, registry![parent, child]);
    let run = parent.on(&worker.client).send(()).await.unwrap();
    crate::support::wait_for("one child to run and one to wait", PATIENCE, async || {
        let tree = store.store.tree(run.id(), 10).await.unwrap();
        let mut stands: Vec<_> = tree.runs.iter().map(|run| run.row.status).collect();
        stands.sort();
        (stands == [TaskStatus::Running, TaskStatus::Running, TaskStatus::AwaitStartTime]).then_some(())
    })
    .await;
    run.cancel_tree().await.unwrap();
    crate::support::wait_for("all to be cancelled", PATIENCE, async || {
        let tree = store.store.tree(run.id(), 10).await.unwrap();
        tree.runs.iter().all(|run| run.row.status == TaskStatus::Canceled).then_some(())
    })
    .await;
    worker.stop().await;
}

async fn a_task_that_ends_as_cancelled_though_nobody_asked_has_failed(store: &TestStore) {
    let task = Task::new("confused", TaskConfig::new(), |()| async {
        get_hyrex_context().expect("inside a task").cancellation().cancel();
        Err::<(), _>(Error::canceled())
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let error = until(store, run.id(), TaskStatus::Failed).await.error.expect("an error");
    assert!(error.message.contains("nobody had asked"), "{error:?}");
    worker.stop().await;
}
