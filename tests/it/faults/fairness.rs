//! One queue's backlog does not hold up another queue.

use super::{QUICK, all_over, send, step};
use crate::faults::journal::Journal;
use crate::faults::{PATIENCE, role};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::WorkerSettings;
use hyrex::runtime::{Shutdown, Worker};

on_both!(a_backlog_of_a_hundred_thousand_does_not_hold_up_another_queue);

const BACKLOG: usize = 100_000;

async fn a_backlog_of_a_hundred_thousand_does_not_hold_up_another_queue(store: &TestStore) {
    let journal = Journal::new();
    send(store, (0..BACKLOG).map(|_| step("big", 20, 0)).collect()).await;
    let settings = WorkerSettings::new().concurrency(QUICK.slots);
    let worker = Worker::new(role::app(journal.path().into(), settings), store.store.clone());
    let shutdown = Shutdown::new();
    let running = tokio::spawn(worker.run(shutdown.clone()));
    wait_for("the backlog to be worked on", PATIENCE, async || (journal.begun() >= 40).then_some(())).await;
    let before = journal.begun();
    let small = send(store, (0..40).map(|_| step("small", 20, 0)).collect()).await;
    all_over(&*store.store, &small).await;
    let of_big = journal.begun() - before - small.len();
    // Equal shares would be 40; what was claimed before, and what begins while we look, comes on top.
    assert!(of_big < 400, "{of_big} runs of the backlog began while 40 of another queue were waiting");
    shutdown.request();
    shutdown.request();
    running.await.unwrap().unwrap();
}
