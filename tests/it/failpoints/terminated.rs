//! PostgreSQL ends our connections at random while work goes on: nothing is applied twice, nothing acknowledged is lost.

use crate::support::make::{self, RunWords};
use crate::support::stores::check;
use crate::support::worker::{completion, share};
use crate::support::{Kind, TestStore, Worker, run};
use hyrex::model::{AttemptId, Completed, Completion, Fence, NewRun, Outcome, RunId, TaskStatus};
use hyrex::store::{Claim, Store, Turn, TurnAnswer};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const RUNS: usize = 240;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_terminated_neither_lose_nor_repeat_work() {
    check(Kind::Postgres, churn).await;
}

async fn churn(s: &TestStore) {
    let over = AtomicBool::new(false);
    let runs: Vec<NewRun> = (0..RUNS).map(|n| run("t").retries((n % 2) as u16).key(&format!("k{n}"))).collect();
    let other = s.another().await;
    let work = async {
        let (_, one, two) = tokio::join!(send(&*s.store, &runs), drain(&*s.store), drain(&*other));
        over.store(true, Ordering::Relaxed);
        (one, two)
    };
    let ((one, two), killed) = tokio::join!(work, terminate(s, &over));
    assert!(killed >= 10, "connections were ended: {killed}");
    assert!(one.is_disjoint(&two), "no attempt ran at both");
    for new in &runs {
        let detail = s.run(new.id).await.unwrap().expect("what was acknowledged stands");
        let statuses: Vec<_> = detail.attempts.iter().map(|row| row.status).collect();
        let expected: &[_] = match new.max_retries {
            0 => &[TaskStatus::Success],
            _ => &[TaskStatus::Failed, TaskStatus::Success],
        };
        assert_eq!(statuses, expected);
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await as usize, RUNS + RUNS / 2);
    assert_eq!(one.len() + two.len(), RUNS + RUNS / 2, "each attempt ran once");
    other.close().await;
}

/// Ends all other connections to the database, again and again; how many.
async fn terminate(s: &TestStore, over: &AtomicBool) -> i64 {
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut killed = 0;
    while !over.load(Ordering::Relaxed) {
        killed += s.raw.count(end).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(20..120))).await;
    }
    killed
}

/// Sends all runs, a few at a time, each send repeated until it is answered.
async fn send(store: &dyn Store, runs: &[NewRun]) {
    for some in runs.chunks(7) {
        let answers = until_answered(async || store.enqueue(some.to_vec(), None).await).await;
        let ids: Vec<RunId> = answers.iter().map(|answer| answer.run()).collect();
        assert_eq!(ids, some.iter().map(|run| run.id).collect::<Vec<_>>(), "no run is a duplicate of another");
    }
}

async fn until_answered<T>(mut call: impl AsyncFnMut() -> hyrex::store::Result<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(error) => {
                assert!(error.is_transient(), "only the connection breaks: {error:?}");
                assert!(start.elapsed() < Duration::from_secs(60), "it is mended: {error:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

/// Works until all is done, as a worker does: completions are repeated until they are answered, and claims whose
/// answer was lost are given back. The attempts that it ran.
async fn drain(store: &dyn Store) -> HashSet<AttemptId> {
    let worker = until_answered(async || {
        let id = hyrex::model::ExecutorId::new();
        let registration = crate::support::worker::registration(id);
        store.executor_register(registration, None).await.map(|()| Worker { store, id, now: None })
    })
    .await;
    let (mut ran, mut ended, mut idle) = (HashSet::new(), vec![], 0);
    while idle < 20 {
        let answer = turn(&worker, &ended).await;
        let settled =
            |completed: &Completed| matches!(completed, Completed::Applied { .. } | Completed::AlreadyApplied);
        assert!(answer.completed.iter().all(settled), "{:?}", answer.completed);
        idle = if answer.claimed.is_empty() { idle + 1 } else { 0 };
        ended = vec![];
        for run in answer.claimed {
            assert!(ran.insert(run.fence.attempt), "an attempt ran twice");
            let failed = run.attempt_number < run.max_retries;
            let error = || Outcome::Failed(make::error("again"), Duration::ZERO);
            ended.push(completion(run.fence, if failed { error() } else { Outcome::Success(Some("1".into())) }));
        }
        give_back(&worker, &ended).await;
        if idle > 0 && remaining(store).await > 0 {
            idle = 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    ran
}

async fn remaining(store: &dyn Store) -> u32 {
    let counts = until_answered(async || store.status_counts().await).await;
    let left: HashMap<_, _> = counts.into_iter().collect();
    let of = |status| left.get(&status).map_or(0, |capped| capped.count);
    let ended = of(TaskStatus::Success);
    RUNS as u32 - ended.min(RUNS as u32)
}

/// A turn; where its answer is lost, its completions are repeated without a claim.
async fn turn(worker: &Worker<'_>, ended: &[Completion]) -> TurnAnswer {
    let turn = |shares| Turn { executor: worker.id, completions: ended.to_vec(), claim: Claim { shares }, now: None };
    match worker.store.turn(turn(vec![share("default", &["t"], 20)])).await {
        Ok(answer) => answer,
        Err(error) => {
            assert!(error.is_transient(), "only the connection breaks: {error:?}");
            until_answered(async || worker.store.turn(turn(vec![])).await).await
        }
    }
}

/// Gives back what the database thinks that the worker holds, and the worker does not.
async fn give_back(worker: &Worker<'_>, ended: &[Completion]) {
    let tick = || hyrex::store::Tick {
        executor: worker.id,
        tasks: ["t".to_owned()].into(),
        lanes_after: None,
        beat: Some(hyrex::store::Beat::default()),
        now: None,
    };
    let held = until_answered(async || worker.store.executor_tick(tick()).await).await.held.expect("a beat tells it");
    let own: HashSet<Fence> = ended.iter().map(|completion| completion.fence).collect();
    let strangers: Vec<_> = held.into_iter().filter(|fence| !own.contains(fence)).collect();
    let back: Vec<_> = strangers.into_iter().map(|fence| completion(fence, Outcome::NeverBegun)).collect();
    if !back.is_empty() {
        let turn = || Turn { executor: worker.id, completions: back.clone(), claim: Claim::default(), now: None };
        until_answered(async || worker.store.turn(turn()).await).await;
    }
}
