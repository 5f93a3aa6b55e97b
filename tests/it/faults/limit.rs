//! A limit over several workers, while they are stopped and runs are cancelled.

use super::journal::Journal;
use super::{PATIENCE, QUICK, WorkerProcess, all_over, none_succeeded_twice, send, step};
use crate::support::stores::on_both;
use crate::support::{TestStore, make, wait_for};
use hyrex::store::{Cancel, Limit, SetLimit};

on_both!(a_limit_of_three_holds_over_four_workers_that_are_stopped_while_runs_are_cancelled);

async fn a_limit_of_three_holds_over_four_workers_that_are_stopped_while_runs_are_cancelled(store: &TestStore) {
    let journal = Journal::new();
    let limit = SetLimit { queue: "narrow".into(), limit: Limit::At(3), actor: make::operator(), now: None };
    assert_eq!(store.queue_limit(limit).await.unwrap().concurrency_limit, Some(3));
    let mut workers: Vec<_> = (0..4).map(|_| WorkerProcess::start(&store.url, &journal, QUICK)).collect();
    let ids = send(store, (0..150).map(|i| step("narrow", 25 + (i % 5) * 10, 30)).collect()).await;
    for round in 0..6 {
        let before = journal.begun();
        wait_for("work to go on", PATIENCE, async || (journal.begun() >= before + 9).then_some(())).await;
        // Three that may wait, run or have ended, and a worker in the middle of its work.
        for run in &ids[round * 20..round * 20 + 3] {
            let cancel = Cancel { run: *run, subtree: false, actor: make::operator(), now: None };
            store.run_cancel(cancel).await.unwrap();
        }
        workers.remove(0).terminate();
        workers.push(WorkerProcess::start(&store.url, &journal, QUICK));
    }
    all_over(&*store.store, &ids).await;
    workers.into_iter().for_each(WorkerProcess::terminate);
    assert_eq!(journal.most_at_once(), 3, "the limit is reached, and never exceeded");
    none_succeeded_twice(store).await;
    let again = journal.begun_by_run().values().filter(|times| **times > 1).count();
    assert!(again > 0, "no stop hit a running attempt: the test proved less than it should");
}
