//! The database goes away under four workers with long tasks, one of which has a clock that is an hour wrong.
//!
//! `HYREX_TEST_AWAY_SECONDS=60` makes it a minute, at the default lease; without it, three leases of a shorter one.

use super::journal::Journal;
use super::{Manner, PATIENCE, WorkerProcess, all_over, step};
use crate::support::cluster::Cluster;
use crate::support::wait_for;
use hyrex::model::{ExecutorStatus, RunId, TaskStatus};
use hyrex::store::{Options, SharedStore, open};
use std::time::Duration;

struct Outage {
    seconds: u64,
    manner: Manner,
}

fn outage() -> Outage {
    match std::env::var("HYREX_TEST_AWAY_SECONDS").ok().map(|text| text.parse().expect("a number of seconds")) {
        Some(seconds) => {
            Outage { seconds, manner: Manner { slots: 8, lease_ms: 15_000, beat_ms: 5_000, grace_ms: 1000 } }
        }
        None => Outage { seconds: 15, manner: Manner { slots: 8, lease_ms: 5_000, beat_ms: 1_000, grace_ms: 1000 } },
    }
}

/// A library that shifts a process' wall clock by an hour, and leaves its monotonic clock alone.
fn wrong_clock(directory: &std::path::Path) -> String {
    let (source, library) = (directory.join("clock.c"), directory.join("clock.so"));
    std::fs::write(&source, WRONG_CLOCK).unwrap();
    let built = std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.expect("a C compiler, which building SQLite needs as well").success());
    library.display().to_string()
}

const WRONG_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += 3600;
    return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"#;

#[tokio::test]
async fn no_executor_is_lost_while_the_database_is_away() {
    let outage = outage();
    let journal = Journal::new();
    let mut cluster = Cluster::start();
    let store = open(&cluster.url(), Options::default()).await.unwrap();
    store.prepare().await.unwrap();
    let clock = wrong_clock(journal.path().parent().unwrap());
    let mut workers: Vec<_> = (0..3).map(|_| WorkerProcess::start(&cluster.url(), &journal, outage.manner)).collect();
    let mut wrong =
        WorkerProcess::start_with(&cluster.url(), &journal, outage.manner, &[("LD_PRELOAD", clock.as_str())]);
    let ahead = wrong.hear().unwrap().parse::<i64>().unwrap() - chrono::Utc::now().timestamp();
    assert!((3500..3700).contains(&ahead), "its clock is {ahead} s ahead");
    workers.push(wrong);
    let long = (outage.seconds + 3) * 1000;
    let runs: Vec<_> = (0..16).map(|i| step("long", long, if i % 2 == 0 { 0 } else { 2 })).collect();
    let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
    store.enqueue(runs, None).await.unwrap();
    wait_for("all to begin", PATIENCE, async || (journal.begun() == 16).then_some(())).await;
    cluster.away();
    tokio::time::sleep(Duration::from_secs(outage.seconds)).await; // the outage itself: nothing to wait for
    cluster.back();
    all_over(&*store, &ids).await;
    assert_all_well(&store, &ids, &journal).await;
    workers.into_iter().for_each(WorkerProcess::terminate);
    store.close().await;
}

async fn assert_all_well(store: &SharedStore, ids: &[RunId], journal: &Journal) {
    let executors = store.executors(100, None).await.unwrap();
    assert_eq!(executors.len(), 4, "nobody had to register anew: {executors:#?}");
    assert!(executors.iter().all(|e| e.status == ExecutorStatus::Running), "{executors:#?}");
    let begun = journal.begun_by_run();
    for (number, id) in ids.iter().enumerate() {
        let run = store.run(*id).await.unwrap().unwrap();
        assert_eq!(run.latest.row.status, TaskStatus::Success, "{run:#?}");
        assert!(run.attempts.iter().all(|attempt| attempt.status != TaskStatus::Lost), "{run:#?}");
        if number % 2 == 0 {
            assert_eq!(begun[&id.to_string()], 1, "at most once without retries");
        }
    }
}
