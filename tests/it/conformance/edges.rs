//! From each status, each verb: it goes along an edge of the state machine, or is refused and names what stands.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::TaskStatus::{self, *};
use hyrex::model::{ClaimedRun, Completed, Outcome};
use hyrex::store::{CancelOutcome, RetryOutcome};
use std::time::Duration;

on_both!(
    completions_go_along_the_edges_and_are_refused_elsewhere,
    claims_take_what_is_queued_and_nothing_else,
    promotions_queue_what_waits_for_its_time_and_nothing_else,
    rescues_settle_what_is_held_and_nothing_else,
    stops_give_back_what_is_held_and_nothing_else,
    cancels_end_what_waits_and_ask_what_runs,
    retries_change_no_attempt_and_follow_those_that_ended,
);

const FROM: [TaskStatus; 11] =
    [AwaitDeps, AwaitStartTime, Queued, Running, UpForCancel, Success, Failed, Canceled, Lost, Stopped, Skipped];

/// Where a completion leads from each status of [`FROM`], in their order. `.`: refused. `=`: was applied before.
#[rustfmt::skip]
const COMPLETIONS: [(&str, u16, [&str; 11]); 8] = [
    //                   deps  start  queued    running    asked       success failed canceled lost stopped skipped
    ("success",       0, [".", ".",   ".",      "SUCCESS", "SUCCESS",  "=",    ".",   ".",     ".", ".",    "."]),
    ("failed",        0, [".", ".",   ".",      "FAILED",  "FAILED",   ".",    "=",   ".",     ".", ".",    "."]),
    ("failed",        2, [".", ".",   ".",      "FAILED",  "FAILED",   ".",    "=",   ".",     ".", ".",    "."]),
    ("for good",      2, [".", ".",   ".",      "FAILED",  "FAILED",   ".",    "=",   ".",     ".", ".",    "."]),
    ("canceled",      0, [".", ".",   ".",      ".",       "CANCELED", ".",    ".",   "=",     ".", ".",    "."]),
    ("interrupted",   0, [".", ".",   "=",      "STOPPED", "CANCELED", ".",    ".",   "=",     ".", "=",    "."]),
    ("interrupted",   2, [".", ".",   "=",      "QUEUED",  "CANCELED", ".",    ".",   "=",     ".", "=",    "."]),
    ("never begun",   0, [".", ".",   "=",      "QUEUED",  "CANCELED", ".",    ".",   "=",     ".", ".",    "."]),
];

fn outcome(name: &str) -> Outcome {
    match name {
        "success" => Outcome::Success(Some("1".into())),
        "failed" => Outcome::Failed(make::error("no"), Duration::ZERO),
        "for good" => Outcome::FailedForGood(make::error("no")),
        "canceled" => Outcome::Canceled,
        "interrupted" => Outcome::Interrupted,
        "never begun" => Outcome::NeverBegun,
        name => panic!("no outcome is called {name}"),
    }
}

/// A run in a queue of its own, that a worker of its own claimed, put into `status` past the state machine.
async fn put<'a>(s: &'a TestStore, retries: u16, status: TaskStatus) -> (Worker<'a>, ClaimedRun) {
    let new = run("t").retries(retries);
    let queue = new.id.to_string();
    s.enqueue(vec![new.on(&queue)], Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let claimed = worker.claim(&queue, 1).await.remove(0);
    let id = s.raw.id(claimed.fence.attempt.0);
    s.raw.put_status(claimed.fence.attempt, status).await;
    if FROM[..3].contains(&status) {
        let unheld = format!("UPDATE hyrex_task_run SET executor_id = NULL, started = NULL WHERE id = {id}");
        s.raw.execute(&unheld).await;
    }
    (worker, claimed)
}

async fn completions_go_along_the_edges_and_are_refused_elsewhere(s: &TestStore) {
    for (name, retries, row) in COMPLETIONS {
        for (from, to) in FROM.into_iter().zip(row) {
            let (worker, held) = put(s, retries, from).await;
            let answer = worker.settle(&held, outcome(name)).await;
            let stands = s.raw.status(held.fence.attempt).await;
            let case = format!("{name} from {from} with {retries} retries: {answer:?}");
            match to {
                "." => assert_eq!((answer, stands), (Completed::Refused { stands: from }, from), "{case}"),
                "=" => assert_eq!((answer, stands), (Completed::AlreadyApplied, from), "{case}"),
                to => {
                    assert!(matches!(answer, Completed::Applied { status, .. } if status.as_str() == to), "{case}");
                    assert_eq!(stands.as_str(), to, "{case}");
                }
            }
        }
    }
}

async fn claims_take_what_is_queued_and_nothing_else(s: &TestStore) {
    for from in FROM {
        let (worker, held) = put(s, 0, from).await;
        let claimed = worker.claim(&held.queue, 5).await;
        let expected = if from == Queued { Running } else { from };
        assert_eq!((claimed.len(), s.raw.status(held.fence.attempt).await), (usize::from(from == Queued), expected));
    }
}

async fn promotions_queue_what_waits_for_its_time_and_nothing_else(s: &TestStore) {
    for from in FROM {
        let (_, held) = put(s, 0, from).await;
        let promoted = s.promote_due(Some(at(1e6))).await.unwrap();
        let expected = if from == AwaitStartTime { Queued } else { from };
        assert_eq!((promoted, s.raw.status(held.fence.attempt).await), (u32::from(from == AwaitStartTime), expected));
    }
}

async fn rescues_settle_what_is_held_and_nothing_else(s: &TestStore) {
    for from in FROM {
        let (lost, held) = put(s, 0, from).await;
        let rescued = Worker::new(&*s.store).await.rescue(lost.id).await;
        let expected = match from {
            Running => Lost,
            UpForCancel => Canceled,
            from => from,
        };
        assert_eq!(s.raw.status(held.fence.attempt).await, expected);
        assert_eq!((rescued.lost, rescued.canceled), (u32::from(from == Running), u32::from(from == UpForCancel)));
    }
}

async fn stops_give_back_what_is_held_and_nothing_else(s: &TestStore) {
    for from in FROM {
        let (worker, held) = put(s, 0, from).await;
        s.executor_stop(worker.id, vec![], None).await.unwrap();
        let expected = match from {
            Running => Queued,
            UpForCancel => Canceled,
            from => from,
        };
        assert_eq!(s.raw.status(held.fence.attempt).await, expected, "from {from}");
    }
}

async fn cancels_end_what_waits_and_ask_what_runs(s: &TestStore) {
    for from in FROM {
        let (_, held) = put(s, 0, from).await;
        let answer = s.run_cancel(make::cancel(held.run)).await.unwrap().run;
        let (expected, to) = match from {
            AwaitDeps | AwaitStartTime | Queued => (CancelOutcome::Canceled, Canceled),
            Running => (CancelOutcome::Asked, UpForCancel),
            UpForCancel => (CancelOutcome::AlreadyAsked, UpForCancel),
            ended => (CancelOutcome::AlreadyEnded(ended), ended),
        };
        assert_eq!((answer, s.raw.status(held.fence.attempt).await), (expected, to), "from {from}");
    }
}

async fn retries_change_no_attempt_and_follow_those_that_ended(s: &TestStore) {
    for from in FROM {
        let (_, held) = put(s, 0, from).await;
        let answer = s.run_retry(make::retry(held.run)).await.unwrap();
        let fits = match from {
            AwaitDeps | AwaitStartTime | Queued | Running | UpForCancel => answer == RetryOutcome::NotEnded(from),
            Success => matches!(answer, RetryOutcome::SentAgain(_)),
            Failed | Canceled | Lost | Stopped | Skipped => matches!(answer, RetryOutcome::Queued(_)),
        };
        assert!(fits, "from {from}: {answer:?}");
        assert_eq!(s.raw.status(held.fence.attempt).await, from, "the attempt stays as it is");
    }
}
