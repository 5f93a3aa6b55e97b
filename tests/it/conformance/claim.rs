//! What a claim takes, what it leaves, and what it says about it.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::worker::{registration, runs_of, share};
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{ExecutorId, Start, TaskStatus};
use hyrex::store::{Claim, Turn};
use std::collections::HashSet;
use std::time::Duration;

on_both!(
    a_claim_tells_all_about_its_run,
    a_claim_takes_at_most_its_share,
    a_claim_takes_only_the_tasks_it_names,
    a_claim_takes_only_from_the_queues_it_names,
    names_of_queues_and_tasks_compare_by_bytes,
    a_share_of_nothing_takes_nothing,
    a_claim_leaves_runs_that_wait_for_their_time,
    a_claimed_run_is_running_under_its_executor,
    nobody_claims_without_registering,
    nobody_claims_after_stopping,
    nobody_claims_after_being_declared_lost,
    a_queued_row_is_due_whatever_its_start_time,
    a_row_without_any_column_of_ours_is_claimed,
    a_claim_brings_no_more_arguments_than_the_bound,
    arguments_beyond_the_bound_are_claimed_alone,
    two_claimers_share_a_queue_without_meeting,
    a_claim_over_a_thousand_tasks_finds_its_run,
    a_claim_of_many_queues_gives_each_its_share,
);

async fn a_claim_tells_all_about_its_run(s: &TestStore) {
    let new = run("t").args(r#"{"n":1}"#).priority(7).retries(3).timeout(9);
    s.enqueue(vec![new.clone()], Some(at(1.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(2.0)).await;
    let claimed = worker.claim_one().await;
    assert_eq!(claimed.fence.attempt, new.id.first_attempt());
    assert_eq!((claimed.fence.executor, claimed.fence.claim), (worker.id, 1));
    assert_eq!((claimed.run, claimed.root, claimed.parent), (new.id, new.id, None));
    assert_eq!((claimed.workflow_run, claimed.node_name.as_deref()), (None, None));
    assert_eq!((claimed.task_name.as_str(), claimed.queue.as_str()), ("t", "default"));
    assert_eq!(claimed.args, r#"{"n":1}"#);
    assert_eq!((claimed.priority, claimed.max_retries, claimed.attempt_number), (7, 3, 0));
    assert_eq!(claimed.timeout_seconds, Some(9));
    assert_eq!((claimed.queued, claimed.started), (Some(at(1.0)), at(2.0)));
}

async fn a_claim_takes_at_most_its_share(s: &TestStore) {
    s.enqueue(batch("a", "t", 5), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("a", 3).await.len(), 3);
    assert_eq!(worker.claim("a", 3).await.len(), 2);
    assert_eq!(worker.claim("a", 3).await.len(), 0);
}

async fn a_claim_takes_only_the_tasks_it_names(s: &TestStore) {
    s.enqueue(vec![run("a"), run("b"), run("c")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_tasks("default", &["b", "d"], 10).await;
    assert_eq!(claimed.iter().map(|run| run.task_name.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(worker.claim_tasks("default", &[], 10).await, []);
}

async fn a_claim_takes_only_from_the_queues_it_names(s: &TestStore) {
    s.enqueue(vec![run("t").on("a"), run("t").on("b"), run("t").on("a%"), run("t").on("_")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    for queue in ["a", "_", "a%", "b"] {
        let claimed = worker.claim(queue, 10).await;
        assert_eq!(claimed.iter().map(|run| run.queue.as_str()).collect::<Vec<_>>(), [queue]);
    }
    assert_eq!(worker.claim("%", 10).await, []);
}

async fn names_of_queues_and_tasks_compare_by_bytes(s: &TestStore) {
    let names = ["a", "A", "\u{e4}", "a\u{308}", " a", "a ", "ss", "ß", "ﬀ", "ff"];
    let runs = names.iter().map(|name| run(name).on(name)).collect();
    s.enqueue(runs, None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    for name in names {
        let claimed = worker.claim_tasks(name, &names, 50).await;
        let found: Vec<_> = claimed.iter().map(|run| (run.queue.as_str(), run.task_name.as_str())).collect();
        assert_eq!(found, [(name, name)]);
    }
}

async fn a_share_of_nothing_takes_nothing(s: &TestStore) {
    s.enqueue(batch("a", "t", 2), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("a", 0).await, []);
    assert_eq!(worker.claim_shares(vec![]).await, []);
    assert_eq!(worker.claim_shares(vec![share("a", &["t"], 0), share("a2", &["t"], 4)]).await, []);
    assert_eq!(worker.claim("a", 9).await.len(), 2);
}

async fn a_claim_leaves_runs_that_wait_for_their_time(s: &TestStore) {
    let later = run("t").starting(Start::After(Duration::from_secs(5)));
    s.enqueue(vec![later], Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(100.0)).await;
    assert_eq!(worker.claim("default", 5).await, [], "only a promotion makes it claimable");
}

async fn a_claimed_run_is_running_under_its_executor(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::at(&*s.store, at(3.0)).await;
    worker.claim_one().await;
    let row = s.run(new.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.status, row.executor, row.started), (TaskStatus::Running, Some(worker.id), Some(at(3.0))));
    assert_eq!(row.finished, None);
}

async fn nobody_claims_without_registering(s: &TestStore) {
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let claim = Claim { shares: vec![share("a", &["t"], 1)] };
    let turn = Turn { executor: ExecutorId::new(), completions: vec![], claim, now: None };
    assert_eq!(s.turn(turn).await.unwrap().claimed, []);
}

async fn nobody_claims_after_stopping(s: &TestStore) {
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    s.executor_stop(worker.id, vec![], None).await.unwrap();
    assert_eq!(worker.claim("a", 1).await, []);
    s.executor_register(registration(worker.id), None).await.unwrap();
    assert_eq!(worker.claim("a", 1).await, [], "a repeated registration changes nothing");
}

async fn nobody_claims_after_being_declared_lost(s: &TestStore) {
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    assert!(observer.rescue(lost.id).await.declared);
    assert_eq!(lost.claim("a", 1).await, []);
    assert_eq!(lost.claim_limited("a", 1).await, []);
    assert_eq!(observer.claim("a", 1).await.len(), 1);
}

async fn a_queued_row_is_due_whatever_its_start_time(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    let later = s.raw.time(at(500.0));
    s.raw.execute(&format!("UPDATE hyrex_task_run SET scheduled_start = {later}")).await;
    let worker = Worker::at(&*s.store, at(1.0)).await;
    assert_eq!(worker.claim_one().await.scheduled_start, Some(at(500.0)));
}

/// As the Python SDK makes rows: no `queued`, none of our columns.
async fn a_row_without_any_column_of_ours_is_claimed(s: &TestStore) {
    let id = hyrex::model::RunId::new();
    let row = s.raw.id(id.0);
    let values = format!("{row}, {row}, {row}, 't', '{{}}', 'default', 0, 5, 'QUEUED', 0");
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status,
             attempt_number) VALUES ({values})"
        ))
        .await;
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    assert_eq!((claimed.run, claimed.fence.claim, claimed.queued), (id, 1, None));
    worker.succeed(&claimed).await;
    assert_eq!(s.raw.status(id.first_attempt()).await, TaskStatus::Success);
}

fn megabytes(count: usize) -> String {
    format!("{{\"x\":\"{}\"}}", "y".repeat(count << 20))
}

async fn a_claim_brings_no_more_arguments_than_the_bound(s: &TestStore) {
    let runs = (0..5).map(|_| run("t").args(megabytes(3))).collect();
    s.enqueue(runs, None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let claimed = worker.claim("default", 5).await;
        let size: usize = claimed.iter().map(|run| run.args.len()).sum();
        assert!(size <= 8 << 20, "a claim brought {size} bytes");
        seen.extend(runs_of(&claimed));
    }
    assert_eq!(seen.len(), 5, "all are claimed in the end");
}

async fn arguments_beyond_the_bound_are_claimed_alone(s: &TestStore) {
    s.enqueue(vec![run("t").args(megabytes(12)), run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let first = worker.claim("default", 5).await;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].args.len(), megabytes(12).len());
    assert_eq!(worker.claim("default", 5).await.len(), 1);
}

async fn two_claimers_share_a_queue_without_meeting(s: &TestStore) {
    s.enqueue(batch("a", "t", 600), None).await.unwrap();
    let other = s.another().await;
    let drain = async |store: &dyn hyrex::store::Store| {
        let worker = Worker::new(store).await;
        let mut mine = vec![];
        loop {
            let claimed = worker.claim("a", 7).await;
            if claimed.is_empty() {
                return mine;
            }
            mine.extend(runs_of(&claimed));
        }
    };
    let (one, two) = tokio::join!(drain(&*s.store), drain(&*other));
    let all: HashSet<_> = one.iter().chain(&two).collect();
    assert_eq!((all.len(), one.len() + two.len()), (600, 600));
    other.close().await;
}

async fn a_claim_over_a_thousand_tasks_finds_its_run(s: &TestStore) {
    s.enqueue(vec![run("t777")], None).await.unwrap();
    let names: Vec<String> = (0..1000).map(|n| format!("t{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim_tasks("default", &names, 10).await.len(), 1);
}

async fn a_claim_of_many_queues_gives_each_its_share(s: &TestStore) {
    let queues: Vec<String> = (0..20).map(|n| format!("q{n}")).collect();
    for queue in &queues {
        s.enqueue(batch(queue, "t", 4), None).await.unwrap();
    }
    let worker = Worker::new(&*s.store).await;
    let shares = queues.iter().enumerate().map(|(n, queue)| share(queue, &["t"], (n % 3) as u32)).collect();
    let claimed = worker.claim_shares(shares).await;
    for (n, queue) in queues.iter().enumerate() {
        assert_eq!(claimed.iter().filter(|run| run.queue == *queue).count(), n % 3, "{queue}");
    }
}
