//! Deleting runs that ended long ago: whole runs, never one that is not over, in batches that remember their place.

use crate::support::make::{RunWords, operator, retry};
use crate::support::stores::on_both;
use crate::support::worker::line;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{Completion, NewRun, Outcome, RunId, TaskStatus, Timestamp};
use hyrex::store::{PruneBatch, Pruned};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    a_run_goes_with_all_that_is_kept_of_it,
    what_is_not_over_stays_however_old,
    what_ended_lately_stays,
    only_the_statuses_asked_for_go,
    a_run_that_was_retried_is_judged_by_its_latest_attempt,
    a_dry_run_counts_and_deletes_nothing,
    a_walk_takes_each_run_once_and_remembers_its_place,
    nodes_go_with_their_workflow_run_and_not_before_it_ended,
    a_key_is_free_when_its_run_is_gone,
    children_outlive_their_parents,
    ids_that_tell_of_no_time_are_walked_too,
    rows_of_pythons_making_are_judged_by_when_they_ended,
    a_prune_is_one_entry_in_the_system_log,
    a_batch_that_is_repeated_finds_nothing
);

const DAY: f64 = 86_400.0;
const TABLES: [(&str, &str); 5] = [
    ("hyrex_task_run", "id"),
    ("hyrex_task_result", "task_id"),
    ("hyrex_task_error", "attempt_id"),
    ("hyrex_task_log", "attempt_id"),
    ("hyrex_task_progress", "attempt_id"),
];

/// A batch that would take all that ended more than 30 days before `now`.
fn older(now: Timestamp) -> PruneBatch {
    PruneBatch {
        id: Uuid::now_v7(),
        older_than: Duration::from_secs(30 * 86_400),
        statuses: vec![],
        after: None,
        limit: 1_000,
        dry_run: false,
        actor: operator(),
        now: Some(now),
    }
}

/// All batches of a prune; how many runs.
async fn prune(s: &TestStore, mut batch: PruneBatch) -> u32 {
    let mut runs = 0;
    loop {
        let pruned = s.prune(batch.clone()).await.expect("a batch is answered");
        runs += pruned.runs;
        batch.after = pruned.next;
        if pruned.next.is_none() {
            return runs;
        }
    }
}

async fn rows(s: &TestStore) -> Vec<i64> {
    let mut counts = Vec::new();
    for (table, _) in TABLES {
        counts.push(s.raw.count(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts
}

/// Sends runs of `t`, and claims them on the first day.
async fn claimed<'a>(s: &'a TestStore, runs: &[NewRun]) -> (Worker<'a>, Vec<hyrex::model::ClaimedRun>) {
    s.enqueue(runs.to_vec(), Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let claimed = worker.claim("default", 100).await;
    assert_eq!(claimed.len(), runs.len());
    (worker, claimed)
}

async fn there(s: &TestStore, id: RunId) -> bool {
    s.run_states(vec![id]).await.unwrap()[0].is_some()
}

/// A run that ended long ago in its second attempt: an error, a result, lines and progress are kept of it.
async fn whole(s: &TestStore) -> RunId {
    let sent = run("t").retries(1);
    let (worker, first) = claimed(s, std::slice::from_ref(&sent)).await;
    assert!(s.progress_set(first[0].fence, 0.5, "half".into(), Some(at(1.0))).await.unwrap());
    worker.fail(&first[0]).await.expect("a next attempt");
    let second = worker.claim_one().await;
    let outcome = Outcome::Success(Some("1".into()));
    let completion = Completion { fence: second.fence, workflow_run: None, outcome, logs: vec![line(0, "done")] };
    worker.turn(vec![completion], vec![]).await;
    sent.id
}

async fn a_run_goes_with_all_that_is_kept_of_it(s: &TestStore) {
    let id = whole(s).await;
    assert_eq!(rows(s).await, [2, 1, 1, 1, 1]);
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 1);
    assert_eq!(rows(s).await, [0, 0, 0, 0, 0]);
    assert!(!there(s, id).await);
}

async fn what_is_not_over_stays_however_old(s: &TestStore) {
    let (worker, held) = claimed(s, &[run("t")]).await;
    s.enqueue(vec![run("t"), run("u").retries(3)], Some(at(0.0))).await.unwrap();
    let failing = worker.claim_tasks("default", &["u"], 1).await;
    worker.fail(&failing[0]).await.expect("a next attempt");
    // As Python leaves a failure before it makes the next attempt.
    let gap = run("v").retries(3);
    s.enqueue(vec![gap.clone()], Some(at(0.0))).await.unwrap();
    let (id, time) = (s.raw.id(gap.id.0), s.raw.time(at(2.0)));
    s.raw.execute(&format!("UPDATE hyrex_task_run SET status = 'FAILED', finished = {time} WHERE id = {id}")).await;
    let before = rows(s).await;
    assert_eq!(prune(s, older(at(400.0 * DAY))).await, 0);
    assert_eq!(rows(s).await, before);
    assert!(there(s, held[0].run).await && there(s, gap.id).await);
}

async fn what_ended_lately_stays(s: &TestStore) {
    let (mut worker, runs) = claimed(s, &batch("default", "t", 2)).await;
    worker.succeed(&runs[0]).await;
    worker.now = Some(at(20.0 * DAY));
    worker.succeed(&runs[1]).await;
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 1);
    assert!(!there(s, runs[0].run).await && there(s, runs[1].run).await);
}

async fn only_the_statuses_asked_for_go(s: &TestStore) {
    let (worker, runs) = claimed(s, &batch("default", "t", 2)).await;
    worker.succeed(&runs[0]).await;
    worker.fail(&runs[1]).await;
    let statuses = vec![TaskStatus::Failed, TaskStatus::Canceled];
    assert_eq!(prune(s, PruneBatch { statuses, ..older(at(40.0 * DAY)) }).await, 1);
    assert!(there(s, runs[0].run).await && !there(s, runs[1].run).await);
}

async fn a_run_that_was_retried_is_judged_by_its_latest_attempt(s: &TestStore) {
    let (worker, runs) = claimed(s, &[run("t")]).await;
    worker.fail(&runs[0]).await;
    s.run_retry(retry(runs[0].run)).await.unwrap();
    assert_eq!(prune(s, older(at(400.0 * DAY))).await, 0);
    assert_eq!(rows(s).await[0], 2);
}

async fn a_dry_run_counts_and_deletes_nothing(s: &TestStore) {
    whole(s).await;
    let before = rows(s).await;
    assert_eq!(prune(s, PruneBatch { dry_run: true, ..older(at(40.0 * DAY)) }).await, 1);
    assert_eq!(rows(s).await, before);
    assert!(s.system_events(None, 10).await.unwrap().iter().all(|event| event.name != "prune"));
}

async fn a_walk_takes_each_run_once_and_remembers_its_place(s: &TestStore) {
    let (worker, runs) = claimed(s, &batch("default", "t", 20)).await;
    for run in runs.iter().step_by(2) {
        worker.succeed(run).await;
    }
    let (mut batch, mut walked) = (PruneBatch { limit: 3, ..older(at(40.0 * DAY)) }, Vec::new());
    loop {
        let pruned = s.prune(batch.clone()).await.unwrap();
        assert!(pruned.runs <= 3, "{pruned:?}");
        walked.push(pruned.runs);
        let Some(next) = pruned.next else { break };
        assert!(batch.after < Some(next), "it goes on: {batch:?}");
        batch.after = Some(next);
    }
    assert_eq!(walked.iter().sum::<u32>(), 10, "{walked:?}");
    assert!(walked.len() >= 7, "no batch looks further than it may: {walked:?}");
    assert_eq!(rows(s).await[0], 10);
}

async fn nodes_go_with_their_workflow_run_and_not_before_it_ended(s: &TestStore) {
    let (worker, runs) = claimed(s, &batch("default", "t", 2)).await;
    worker.succeed(&runs[0]).await;
    worker.succeed(&runs[1]).await;
    let (workflow, time) = (s.raw.id(Uuid::now_v7()), s.raw.time(at(2.0)));
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_workflow_run (id, workflow_name, args, queue, status, idempotency_key)
             VALUES ({workflow}, 'etl', '{{}}', 'default', 'RUNNING', 'k');
             INSERT INTO hyrex_workflow_key (workflow_name, idempotency_key, workflow_run_id)
             VALUES ('etl', 'k', {workflow});
             UPDATE hyrex_task_run SET workflow_run_id = {workflow}"
        ))
        .await;
    let workflows = async || s.raw.count("SELECT count(*) FROM hyrex_workflow_run").await;
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 0);
    s.raw.execute(&format!("UPDATE hyrex_workflow_run SET status = 'SUCCESS', finished = {time}")).await;
    let statuses = vec![TaskStatus::Success];
    assert_eq!(prune(s, PruneBatch { statuses, ..older(at(40.0 * DAY)) }).await, 0);
    let Pruned { runs, next } = s.prune(PruneBatch { limit: 1, ..older(at(40.0 * DAY)) }).await.unwrap();
    assert_eq!((runs, workflows().await), (1, 1));
    assert_eq!(prune(s, PruneBatch { after: next, ..older(at(40.0 * DAY)) }).await, 1);
    assert_eq!(workflows().await, 0);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_workflow_key").await, 0);
}

async fn a_key_is_free_when_its_run_is_gone(s: &TestStore) {
    let (worker, runs) = claimed(s, &[run("t").key("once")]).await;
    worker.succeed(&runs[0]).await;
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 1);
    let again = run("t").key("once");
    assert_eq!(s.enqueue(vec![again.clone()], None).await.unwrap()[0].run(), again.id);
}

async fn children_outlive_their_parents(s: &TestStore) {
    let (worker, runs) = claimed(s, &[run("t")]).await;
    let child = run("t").sent_by(&runs[0]);
    s.enqueue(vec![child.clone()], Some(at(1.0))).await.unwrap();
    worker.succeed(&runs[0]).await;
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 1);
    let claimed = worker.claim_one().await;
    assert_eq!((claimed.run, claimed.root, claimed.parent), (child.id, runs[0].root, Some(runs[0].fence.attempt)));
    let tree = s.tree(runs[0].root, 10).await.unwrap();
    assert_eq!((tree.runs.len(), tree.runs[0].parent_run), (1, None));
    worker.succeed(&claimed).await;
}

async fn ids_that_tell_of_no_time_are_walked_too(s: &TestStore) {
    let ids = [0x0000_0000_0000_4000_u64, 0x7f00_1234_5678_4abc, 0xffff_ffff_ffff_4fff];
    let ids = ids.map(|high| RunId(Uuid::from_u64_pair(high, 0x8000_0000_0000_0001)));
    let (worker, runs) = claimed(s, &ids.map(|id| run("t").id(id))).await;
    for run in &runs {
        worker.succeed(run).await;
    }
    assert_eq!(prune(s, PruneBatch { limit: 1, ..older(at(40.0 * DAY)) }).await, 3);
}

async fn rows_of_pythons_making_are_judged_by_when_they_ended(s: &TestStore) {
    let runs = batch("default", "t", 2);
    s.enqueue(runs.clone(), Some(at(0.0))).await.unwrap();
    for (run, ended) in runs.iter().zip([2.0, 35.0 * DAY]) {
        let (id, time) = (s.raw.id(run.id.0), s.raw.time(at(ended)));
        let set = "status = 'SUCCESS', superseded = NULL, claim_number = NULL";
        s.raw.execute(&format!("UPDATE hyrex_task_run SET {set}, finished = {time} WHERE id = {id}")).await;
    }
    assert_eq!(prune(s, older(at(40.0 * DAY))).await, 1);
    assert!(!there(s, runs[0].id).await && there(s, runs[1].id).await);
}

async fn a_prune_is_one_entry_in_the_system_log(s: &TestStore) {
    let (worker, runs) = claimed(s, &batch("default", "t", 4)).await;
    for run in &runs {
        worker.succeed(run).await;
    }
    assert_eq!(prune(s, PruneBatch { limit: 1, ..older(at(40.0 * DAY)) }).await, 4);
    let events = s.system_events(None, 10).await.unwrap();
    let events: Vec<_> = events.iter().filter(|event| event.name == "prune").collect();
    assert_eq!(events.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&events[0].body).unwrap();
    assert_eq!((body["runs"].as_u64(), body["actor"]["user"].as_str()), (Some(4), Some("ada")));
    assert_eq!(body["older_than_seconds"], 2_592_000);
}

async fn a_batch_that_is_repeated_finds_nothing(s: &TestStore) {
    whole(s).await;
    let batch = older(at(40.0 * DAY));
    assert_eq!(s.prune(batch.clone()).await.unwrap().runs, 1);
    assert_eq!(s.prune(batch).await.unwrap().runs, 0);
}
