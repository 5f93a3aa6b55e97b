//! Eight claimers, each its own process and pool, over one queue: each attempt is claimed once a claim number.

use crate::support::make::RunWords;
use crate::support::processes::Helper;
use crate::support::stores::on_both;
use crate::support::{TestStore, run};
use std::collections::HashMap;

on_both!(eight_processes_claim_ten_thousand_runs_once_each);

const RUNS: usize = 10_000;

async fn eight_processes_claim_ten_thousand_runs_once_each(s: &TestStore) {
    let orders = serde_json::json!({ "url": s.url, "queue": "a", "take": 25 });
    let mut claimers: Vec<Helper> = (0..8).map(|_| Helper::start("claimer", &orders)).collect();
    for claimer in &mut claimers {
        assert_eq!(claimer.hear().as_deref(), Some("ready"));
    }
    for _ in 0..10 {
        let runs = (0..RUNS / 10).map(|_| run("t").on("a").retries(1)).collect();
        s.enqueue(runs, None).await.unwrap();
    }
    let said = tokio::task::spawn_blocking(|| claimers.into_iter().map(Helper::finish).collect::<Vec<_>>());
    let mut claims: HashMap<String, usize> = HashMap::new();
    let (mut busy, mut total) = (0, 0);
    for mut lines in said.await.unwrap() {
        lines.pop();
        busy += usize::from(!lines.is_empty());
        total += lines.len();
        lines.into_iter().for_each(|attempt| *claims.entry(attempt).or_default() += 1);
    }
    assert!(busy >= 2, "the claimers shared the work");
    let count = async |condition: &str| {
        s.raw.count(&format!("SELECT count(*) FROM hyrex_task_run WHERE {condition}")).await as usize
    };
    assert_eq!(count("status = 'SUCCESS'").await, RUNS);
    assert_eq!(count("status NOT IN ('SUCCESS', 'FAILED')").await, 0);
    assert_eq!(claims.len(), count("true").await, "every attempt was claimed");
    assert_eq!(total, s.raw.count("SELECT CAST(sum(claim_number) AS bigint) FROM hyrex_task_run").await as usize);
    let again = claims.values().filter(|times| **times > 1).count();
    assert_eq!(again, count("claim_number > 1").await, "claimed again only after it was given back");
    assert!(again > 0 && count("attempt_number = 1").await > 0, "some failed, some were given back");
}
