//! Who leads the schedules is killed or frozen: each second is sent once all the same.

use super::journal::Journal;
use super::{Manner, PATIENCE, WorkerProcess};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use crate::worker::schedules::{assert_each_second, history};
use rustix::process::Signal;

on_both!(
    each_second_is_sent_once_though_the_leader_is_killed_twenty_times,
    a_leader_that_was_frozen_while_another_led_sends_nothing_twice,
);

/// Leads anew soon after a death.
const QUICK: Manner = Manner { slots: 8, lease_ms: 1000, beat_ms: 200, grace_ms: 100 };
const JOB: &str = "task:each_second";

fn start(store: &TestStore, journal: &Journal) -> WorkerProcess {
    WorkerProcess::start_with(&store.url, journal, QUICK, &[("HYREX_TEST_CRON", "* * * * * *")])
}

/// The process of the executor that leads, where it is one of `workers`.
async fn leader(store: &TestStore, workers: &[WorkerProcess]) -> usize {
    wait_for("one of the workers to lead", PATIENCE, async || {
        let holder = "SELECT worker_name FROM hyrex_scheduler_lock WHERE is_active";
        let holder = store.raw.texts(holder).await.pop()??;
        let executors = store.executors(100, None).await.ok()?;
        let process = executors.iter().find(|executor| executor.id.to_string() == holder)?.pid?;
        workers.iter().position(|worker| worker.id() == process)
    })
    .await
}

/// Waits until `more` times were sent beyond those that were.
async fn go_on(store: &TestStore, more: usize) {
    let sent = history(&*store.store, JOB).await.len();
    let what = format!("{more} more times to be sent");
    wait_for(&what, PATIENCE, async || (history(&*store.store, JOB).await.len() >= sent + more).then_some(())).await;
}

/// Each second is one row of the history, and one run.
async fn assert_once(store: &TestStore) {
    let rows = history(&*store.store, JOB).await;
    assert_each_second(&rows);
    let runs = "SELECT count(*) FROM hyrex_task_run WHERE task_name = 'each_second' AND id = durable_id";
    assert_eq!(store.raw.count(runs).await as usize, rows.len());
}

async fn each_second_is_sent_once_though_the_leader_is_killed_twenty_times(store: &TestStore) {
    let journal = Journal::new();
    let mut workers = vec![start(store, &journal), start(store, &journal)];
    go_on(store, 1).await;
    for _ in 0..20 {
        let leads = leader(store, &workers).await;
        workers.remove(leads).kill();
        workers.push(start(store, &journal));
        go_on(store, 1).await;
    }
    workers.into_iter().for_each(WorkerProcess::terminate);
    assert_once(store).await;
    let fences = store.raw.count("SELECT fence FROM hyrex_scheduler_lock").await;
    assert!(fences >= 21, "the place was taken {fences} times only: the test proved nothing");
}

async fn a_leader_that_was_frozen_while_another_led_sends_nothing_twice(store: &TestStore) {
    let journal = Journal::new();
    let workers = [start(store, &journal), start(store, &journal)];
    go_on(store, 1).await;
    for _ in 0..3 {
        let leads = leader(store, &workers).await;
        workers[leads].signal(Signal::STOP);
        wait_for("the other one to lead", PATIENCE, async || (leader(store, &workers).await != leads).then_some(()))
            .await;
        go_on(store, 2).await;
        // Now both are awake, and the one that was frozen believes that it leads.
        workers[leads].signal(Signal::CONT);
        go_on(store, 2).await;
    }
    workers.into_iter().for_each(WorkerProcess::terminate);
    assert_once(store).await;
}
