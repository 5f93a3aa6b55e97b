//! `tasks retry|cancel`, `queues pause|resume|limit`: what an operator does, and what stands then.

use super::hyrex;
use crate::support::make::{RunWords, error};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{Outcome, RunId, TaskStatus};
use serde_json::{Value, json};

on_both!(
    a_failed_run_is_given_one_more_attempt,
    a_run_that_succeeded_is_sent_again,
    a_run_that_has_not_ended_is_not_retried,
    waiting_runs_are_cancelled_at_once_and_running_ones_are_asked,
    a_cancel_reaches_the_whole_subtree,
    several_runs_are_done_one_by_one_and_the_refused_are_named,
    a_typing_error_among_several_ids_leaves_all_as_they_were,
    queues_are_paused_and_resumed,
    queues_are_limited_and_freed
);

async fn status(store: &TestStore, id: RunId) -> TaskStatus {
    let states = store.run_states(vec![id]).await.expect("the run is asked about");
    states[0].as_ref().expect("the run is there").status
}

async fn sent(store: &TestStore) -> RunId {
    let run = run("t");
    store.enqueue(vec![run.clone()], None).await.expect("the run is sent");
    run.id
}

async fn a_failed_run_is_given_one_more_attempt(store: &TestStore) {
    let id = sent(store).await;
    let worker = Worker::new(&*store.store).await;
    worker.settle(&worker.claim_one().await, Outcome::FailedForGood(error("declined"))).await;
    let said = hyrex(&store.url, ["tasks", "retry", &id.to_string(), "--json"]).json();
    assert_eq!((&said[0]["id"], &said[0]["outcome"]), (&json!(id.to_string()), &json!("queued")));
    let next = worker.claim_one().await;
    assert_eq!((next.run, next.attempt_number), (id, 1));
    assert_eq!(said[0]["attempt_id"], json!(next.fence.attempt.to_string()));
}

async fn a_run_that_succeeded_is_sent_again(store: &TestStore) {
    let id = sent(store).await;
    let worker = Worker::new(&*store.store).await;
    worker.succeed(&worker.claim_one().await).await;
    let text = hyrex(&store.url, ["tasks", "retry", &id.to_string()]).ok();
    let again = worker.claim_one().await;
    assert!(again.run != id && text.contains(&again.run.to_string()) && text.contains("sent again"), "{text}");
}

async fn a_run_that_has_not_ended_is_not_retried(store: &TestStore) {
    let id = sent(store).await;
    hyrex(&store.url, ["tasks", "retry", &id.to_string()]).fails(1, &["is QUEUED", "once it is over"]);
    let said = hyrex(&store.url, ["tasks", "retry", &id.to_string(), "--json"]);
    assert_eq!(said.code, Some(1));
    let answer: Value = serde_json::from_str(&said.out).expect("JSON also of what was refused");
    assert_eq!((&answer[0]["outcome"], &answer[0]["status"]), (&json!("not_ended"), &json!("QUEUED")));
}

async fn waiting_runs_are_cancelled_at_once_and_running_ones_are_asked(store: &TestStore) {
    let (running, waiting) = (sent(store).await, sent(store).await);
    let worker = Worker::new(&*store.store).await;
    let claimed = worker.claim_one().await;
    assert_eq!(claimed.run, running);
    assert!(hyrex(&store.url, ["tasks", "cancel", &waiting.to_string()]).ok().contains("cancelled"));
    let asked = hyrex(&store.url, ["tasks", "cancel", &running.to_string()]).ok();
    assert!(asked.contains("asked to end"), "{asked}");
    assert_eq!(status(store, waiting).await, TaskStatus::Canceled);
    assert_eq!(status(store, running).await, TaskStatus::UpForCancel);
    let again = hyrex(&store.url, ["tasks", "cancel", &running.to_string(), "--json"]).json();
    assert_eq!(again[0]["outcome"], json!("already_asked"));
    worker.settle(&claimed, Outcome::Canceled).await;
    let ended = hyrex(&store.url, ["tasks", "cancel", &running.to_string()]);
    ended.fails(1, &["ended already, CANCELED", "nothing to cancel"]);
}

async fn a_cancel_reaches_the_whole_subtree(store: &TestStore) {
    let root = sent(store).await;
    let worker = Worker::new(&*store.store).await;
    let sender = worker.claim_one().await;
    let (below, waiting) = (run("t").sent_by(&sender), run("u").sent_by(&sender));
    store.enqueue(vec![below.clone(), waiting.clone()], None).await.unwrap();
    worker.claim_one().await;
    let said = hyrex(&store.url, ["tasks", "cancel", &root.to_string(), "--subtree", "--json"]).json();
    assert_eq!(said[0]["outcome"], json!("asked"));
    assert_eq!((&said[0]["descendants_canceled"], &said[0]["descendants_asked"]), (&json!(1), &json!(1)));
    assert_eq!(status(store, waiting.id).await, TaskStatus::Canceled);
    assert_eq!(status(store, below.id).await, TaskStatus::UpForCancel);
}

async fn several_runs_are_done_one_by_one_and_the_refused_are_named(store: &TestStore) {
    let (first, second) = (sent(store).await, sent(store).await);
    let worker = Worker::new(&*store.store).await;
    worker.succeed(&worker.claim_one().await).await;
    let (a, b) = (first.to_string(), second.to_string());
    let said = hyrex(&store.url, ["tasks", "cancel", &a, &b, &b]);
    assert_eq!((said.code, said.out.lines().count()), (Some(1), 1), "{said:?}");
    assert!(said.err.contains(&format!("run {a} ended already")) && said.err.contains("1 of 2 runs"), "{said:?}");
    assert_eq!(status(store, second).await, TaskStatus::Canceled);
}

async fn a_typing_error_among_several_ids_leaves_all_as_they_were(store: &TestStore) {
    let id = sent(store).await;
    hyrex(&store.url, ["tasks", "cancel", &id.to_string(), "ffffff"]).fails(1, &["ffffff"]);
    assert_eq!(status(store, id).await, TaskStatus::Queued);
}

async fn queues_are_paused_and_resumed(store: &TestStore) {
    let id = sent(store).await;
    let paused = hyrex(&store.url, ["queues", "pause", "default", "--json"]).json();
    assert!(paused["paused_at"].is_string(), "{paused}");
    let worker = Worker::new(&*store.store).await;
    assert!(worker.claim("default", 1).await.is_empty());
    assert!(hyrex(&store.url, ["queues", "list"]).ok().contains("paused"));
    hyrex(&store.url, ["queues", "resume", "default"]).ok();
    assert_eq!(worker.claim_one().await.run, id);
    hyrex(&store.url, ["queues", "pause", ""]).fails(2, &["queue name is empty"]);
}

async fn queues_are_limited_and_freed(store: &TestStore) {
    let limit = |word: &str| hyrex(&store.url, ["queues", "limit", "mail", word, "--json"]).json();
    store.queue_declare("mail".into(), Some(7)).await.unwrap();
    assert_eq!(limit("3")["concurrency_limit"], json!(3));
    assert_eq!(limit("none")["concurrency_limit"], Value::Null);
    assert_eq!(limit("application")["concurrency_limit"], json!(7));
    let text = hyrex(&store.url, ["queues", "limit", "mail", "2"]).ok();
    assert_eq!(text, "queue mail: open, limit 2\n");
}
