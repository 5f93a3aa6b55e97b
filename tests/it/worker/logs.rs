//! What tasks log is kept with their attempts.

use super::{N, PATIENCE, start, until};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::{AttemptId, LogLine, RunId, TaskStatus};
use hyrex::prelude::*;
use hyrex::store::LogsQuery;
use std::sync::Arc;
use std::sync::Once;
use tokio::sync::Semaphore;
use tracing_subscriber::prelude::*;

on_both!(
    lines_are_kept_with_level_target_and_fields,
    lines_can_be_read_while_the_attempt_runs,
    of_many_lines_the_first_and_the_last_are_kept,
    lines_of_blocking_tasks_and_of_spawned_ones_are_kept,
    lines_of_a_failed_attempt_stay_with_it,
);

/// Captures what is logged in this process, from now on.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(hyrex::runtime::LogLayer::new());
        tracing::subscriber::set_global_default(subscriber).expect("nobody else in these tests sets one");
    });
}

async fn lines(store: &TestStore, attempt: AttemptId) -> Vec<LogLine> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.store.logs(LogsQuery { attempt, after, limit: 1000 }).await.unwrap();
        all.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

async fn of_run(store: &TestStore, run: RunId) -> Vec<LogLine> {
    lines(store, run.first_attempt()).await
}

async fn lines_are_kept_with_level_target_and_fields(store: &TestStore) {
    capture();
    let task = Task::new("logs", TaskConfig::new(), |()| async {
        tracing::info!(order = 7, name = "two words", "packed");
        tracing::debug!("not kept: below INFO");
        tracing::warn!(target: "shop::mail", "late\u{0}");
        Ok(())
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    let lines = of_run(store, run.id()).await;
    let shown: Vec<_> = lines.iter().map(|line| (line.seq, line.level.as_str(), line.message.as_str())).collect();
    assert_eq!(shown, [(0, "INFO", "packed order=7 name=\"two words\""), (1, "WARN", "late\u{FFFD}")]);
    assert_eq!((lines[1].target.as_str(), lines[0].claim), ("shop::mail", 1));
    worker.stop().await;
}

async fn lines_can_be_read_while_the_attempt_runs(store: &TestStore) {
    capture();
    let gate = Arc::new(Semaphore::new(0));
    let waits = gate.clone();
    let task = Task::new("logs", TaskConfig::new(), move |()| {
        let waits = waits.clone();
        async move {
            tracing::info!("begins");
            waits.acquire().await?.forget();
            tracing::info!("ends");
            Ok(())
        }
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let early = wait_for("a line of the running attempt", PATIENCE, async || {
        Some(of_run(store, run.id()).await).filter(|lines| !lines.is_empty())
    })
    .await;
    assert_eq!((early.len(), run.status().await.unwrap()), (1, TaskStatus::Running));
    gate.add_permits(1);
    run.wait(PATIENCE).await.unwrap();
    let messages: Vec<_> = of_run(store, run.id()).await.into_iter().map(|line| line.message).collect();
    assert_eq!(messages, ["begins", "ends"]);
    worker.stop().await;
}

async fn of_many_lines_the_first_and_the_last_are_kept(store: &TestStore) {
    capture();
    let task = Task::new("chatty", TaskConfig::new(), |N { n }| async move {
        (0..n).for_each(|line| tracing::info!("line {line}"));
        Ok(())
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(N { n: 3000 }).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    let seqs: Vec<i32> = of_run(store, run.id()).await.into_iter().map(|line| line.seq).collect();
    assert_eq!(seqs, (0..200).chain(2200..3000).collect::<Vec<i32>>());
    worker.stop().await;
}

async fn lines_of_blocking_tasks_and_of_spawned_ones_are_kept(store: &TestStore) {
    capture();
    let blocking = Task::blocking("blocks", TaskConfig::new(), |()| {
        tracing::info!("on a thread");
        Ok(())
    });
    let spawning = Task::new("spawns", TaskConfig::new(), |()| async {
        hyrex::spawn(async { tracing::info!("beside it") }).await?;
        Ok(())
    });
    let worker = start(store, registry![blocking, spawning]);
    let first = blocking.on(&worker.client).send(()).await.unwrap();
    let second = spawning.on(&worker.client).send(()).await.unwrap();
    first.wait(PATIENCE).await.unwrap();
    second.wait(PATIENCE).await.unwrap();
    assert_eq!(of_run(store, first.id()).await[0].message, "on a thread");
    assert_eq!(of_run(store, second.id()).await[0].message, "beside it");
    worker.stop().await;
}

async fn lines_of_a_failed_attempt_stay_with_it(store: &TestStore) {
    capture();
    let task = Task::new("retried", TaskConfig::new().max_retries(1), |()| async {
        let number = get_hyrex_context().expect("inside a task").attempt_number();
        tracing::info!("attempt {number}");
        if number == 0 { Err(Error::new("once more")) } else { Ok(()) }
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    let second = until(store, run.id(), TaskStatus::Success).await.row.id;
    assert_eq!(of_run(store, run.id()).await[0].message, "attempt 0");
    assert_eq!(lines(store, second).await[0].message, "attempt 1");
    worker.stop().await;
}
