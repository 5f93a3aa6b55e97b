//! A limit of three over four claimers in processes of their own, while the queue is paused and runs are cancelled.

use crate::support::processes::Helper;
use crate::support::stores::on_both;
use crate::support::{TestStore, batch, make};
use hyrex::model::TaskStatus;
use hyrex::store::{Limit, SetLimit, SetPause};
use std::time::{Duration, Instant};

on_both!(a_limit_of_three_over_four_processes_is_never_exceeded);

const RUNS: usize = 400;

async fn a_limit_of_three_over_four_processes_is_never_exceeded(s: &TestStore) {
    let limit = SetLimit { queue: "a".into(), limit: Limit::At(3), actor: make::operator(), now: None };
    s.queue_limit(limit).await.unwrap();
    let orders = serde_json::json!({ "url": s.url, "queue": "a", "take": 2, "limited": true });
    let mut claimers: Vec<Helper> = (0..4).map(|_| Helper::start("claimer", &orders)).collect();
    for claimer in &mut claimers {
        assert_eq!(claimer.hear().as_deref(), Some("ready"));
    }
    let runs = batch("a", "t", RUNS);
    s.enqueue(runs.clone(), None).await.unwrap();
    let (most, cancelled) = churn(s, &runs).await;
    assert_eq!(most, 3, "the limit was reached, and not exceeded");
    let said = tokio::task::spawn_blocking(|| claimers.into_iter().map(Helper::finish).collect::<Vec<_>>());
    for lines in said.await.unwrap() {
        let most = lines.last().and_then(|line| line.strip_prefix("most ")).expect("a claimer's last line");
        assert!(most.parse::<u32>().unwrap() <= 3, "a claimer saw {most} held");
    }
    let ended = s.run_states(runs.iter().map(|run| run.id).collect()).await.unwrap();
    let count = |status| ended.iter().flatten().filter(|state| state.status == status).count();
    assert_eq!(count(TaskStatus::Success) + count(TaskStatus::Canceled), RUNS);
    assert!(cancelled > 0 && count(TaskStatus::Canceled) > 0);
}

/// Pauses, resumes and cancels until all has ended; the most that was held at once, and how many were cancelled.
async fn churn(s: &TestStore, runs: &[hyrex::model::NewRun]) -> (i64, usize) {
    const HELD: &str =
        "SELECT count(*) FROM hyrex_task_run WHERE queue = 'a' AND status IN ('RUNNING', 'UP_FOR_CANCEL')";
    const LEFT: &str = "SELECT count(*) FROM hyrex_task_run WHERE status IN ('QUEUED', 'RUNNING', 'UP_FOR_CANCEL')";
    let (start, mut most, mut round) = (Instant::now(), 0, 0);
    while s.raw.count(LEFT).await > 0 {
        assert!(start.elapsed() < Duration::from_secs(120), "all ends: {} left", s.raw.count(LEFT).await);
        for _ in 0..20 {
            most = most.max(s.raw.count(HELD).await);
        }
        let paused = round % 4 == 3;
        let pause = SetPause { queue: "a".into(), paused, actor: make::operator(), now: None };
        s.queue_pause(pause).await.unwrap();
        if let Some(run) = runs.iter().rev().nth(round * 5) {
            s.run_cancel(make::cancel(run.id)).await.unwrap();
        }
        round += 1;
    }
    (most, round)
}
