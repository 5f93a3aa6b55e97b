//! SIGKILL under load.

use super::journal::Journal;
use super::{PATIENCE, QUICK, WorkerProcess, all_over, none_succeeded_twice, send, step};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::TaskStatus;

on_both!(
    killed_workers_leave_no_run_behind_and_none_succeeds_twice,
    without_retries_a_killed_run_is_lost_and_never_begins_again
);

/// Kills one worker after another, each in the middle of its work, and puts another in its place.
async fn massacre(store: &TestStore, journal: &Journal, kills: usize) -> Vec<WorkerProcess> {
    let mut workers: Vec<_> = (0..3).map(|_| WorkerProcess::start(&store.url, journal, QUICK)).collect();
    for victim in 0..kills {
        let before = journal.begun();
        wait_for("work to go on", PATIENCE, async || (journal.begun() >= before + 12).then_some(())).await;
        workers.remove(victim % 3).kill();
        workers.push(WorkerProcess::start(&store.url, journal, QUICK));
    }
    workers
}

async fn killed_workers_leave_no_run_behind_and_none_succeeds_twice(store: &TestStore) {
    let journal = Journal::new();
    let runs = (0..400).map(|i| step(["a", "b", "c"][i % 3], 20 + (i as u64 % 7) * 10, 50)).collect();
    let ids = send(store, runs).await;
    let workers = massacre(store, &journal, 6).await;
    all_over(&*store.store, &ids).await;
    for state in store.run_states(ids).await.unwrap() {
        assert_eq!(state.unwrap().status, TaskStatus::Success);
    }
    none_succeeded_twice(store).await;
    let lost = store.raw.count("SELECT count(*) FROM hyrex_task_run WHERE status = 'LOST'").await;
    assert!(lost > 0, "no kill hit a running attempt: the test proved nothing");
    workers.into_iter().for_each(WorkerProcess::terminate);
}

async fn without_retries_a_killed_run_is_lost_and_never_begins_again(store: &TestStore) {
    let journal = Journal::new();
    let ids = send(store, (0..120).map(|_| step("once", 50, 0)).collect()).await;
    let workers = massacre(store, &journal, 3).await;
    all_over(&*store.store, &ids).await;
    let states = store.run_states(ids).await.unwrap();
    let lost = states.iter().flatten().filter(|state| state.status == TaskStatus::Lost).count();
    let succeeded = states.iter().flatten().filter(|state| state.status == TaskStatus::Success).count();
    assert_eq!(lost + succeeded, 120, "{states:#?}");
    assert!(lost > 0, "no kill hit a running attempt: the test proved nothing");
    let begun = journal.begun_by_run();
    assert!(begun.values().all(|times| *times == 1), "begun more than once: {begun:?}");
    workers.into_iter().for_each(WorkerProcess::terminate);
}
