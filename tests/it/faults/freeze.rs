//! A worker that sleeps through its lease and wakes up.

use super::journal::Journal;
use super::{PATIENCE, QUICK, WorkerProcess, all_over, none_succeeded_twice, send, step};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::{RunId, TaskStatus};
use rustix::process::Signal;
use std::time::Duration;

on_both!(a_worker_that_slept_through_its_lease_changes_nothing_that_is_no_longer_its_own);

/// Stops the process where it does not hold the database's lock, which in SQLite would stop everyone.
async fn freeze(store: &TestStore, worker: &WorkerProcess) {
    wait_for("a moment outside of its transactions", PATIENCE, async || {
        worker.signal(Signal::STOP);
        let written = tokio::time::timeout(Duration::from_secs(1), store.kv_set("probe", "1", None)).await;
        if matches!(written, Ok(Ok(()))) {
            return Some(());
        }
        worker.signal(Signal::CONT);
        None
    })
    .await;
}

/// Everything that stands about runs, but for what a rescue adds up by the minute.
async fn about_runs(store: &TestStore) -> Vec<(&'static str, Vec<String>)> {
    let tables = ["hyrex_task_run", "hyrex_task_result", "hyrex_task_error", "hyrex_task_log", "hyrex_task_progress"];
    store.raw.everything().await.into_iter().filter(|(table, _)| tables.contains(table)).collect()
}

async fn status(store: &TestStore, id: RunId) -> TaskStatus {
    store.run_states(vec![id]).await.unwrap().remove(0).unwrap().status
}

async fn a_worker_that_slept_through_its_lease_changes_nothing_that_is_no_longer_its_own(store: &TestStore) {
    let journal = Journal::new();
    let sleeper = WorkerProcess::start(&store.url, &journal, QUICK);
    let mut ids = send(store, (0..5).map(|_| step("q", 600, 1)).collect()).await;
    let single = send(store, (0..3).map(|_| step("q", 600, 0)).collect()).await;
    wait_for("all to begin", PATIENCE, async || (journal.begun() == 8).then_some(())).await;
    freeze(store, &sleeper).await;
    let (witness, sleeper_id) = (WorkerProcess::start(&store.url, &journal, QUICK), sleeper.id());
    ids.extend(&single);
    all_over(&*store.store, &ids).await;
    let witness_id = witness.id();
    witness.terminate();
    let before = about_runs(store).await;
    for id in &ids[..5] {
        let state = store.run_states(vec![*id]).await.unwrap().remove(0).unwrap();
        assert_eq!((state.status, state.attempt_number), (TaskStatus::Success, 1));
        assert_eq!(state.result, Some(witness_id.to_string()));
    }
    for id in single {
        assert_eq!(status(store, id).await, TaskStatus::Lost);
    }
    // It wakes up with eight results in its hands, and none of them counts.
    sleeper.signal(Signal::CONT);
    wait_for("its handlers to end", PATIENCE, async || {
        let ended = |e: &&super::journal::Entry| !e.begins && e.process == sleeper_id;
        (journal.entries().iter().filter(ended).count() == 8).then_some(())
    })
    .await;
    wait_for("it to register anew", PATIENCE, async || {
        let executors = store.executors(10, None).await.unwrap();
        let at_work = |e: &hyrex::store::ExecutorRow| {
            e.pid == Some(sleeper_id) && e.status == hyrex::model::ExecutorStatus::Running
        };
        executors.iter().any(at_work).then_some(())
    })
    .await;
    assert_eq!(about_runs(store).await, before, "what the sleeper held was changed after it was lost");
    // It works again, under its new name.
    let after = send(store, vec![step("q", 1, 0)]).await;
    all_over(&*store.store, &after).await;
    let state = store.run_states(after).await.unwrap().remove(0).unwrap();
    assert_eq!(state.result, Some(sleeper_id.to_string()));
    none_succeeded_twice(store).await;
    sleeper.terminate();
}
