//! `tasks list|show|logs`, `queues list`, `executors list`: what stands, for people and for scripts.

use super::command::Hyrex;
use super::hyrex;
use crate::support::make::{RunWords, batch, error};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{LogLine, Outcome, RunId, Start};
use hyrex::store::Logged;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    runs_are_listed_by_their_latest_attempt_the_newest_first,
    a_list_is_filtered_and_paged,
    a_run_is_shown_with_attempts_arguments_error_and_result,
    what_a_run_sent_is_summed_up,
    a_run_is_found_by_its_end_or_by_an_attempt,
    logs_are_shown_attempt_by_attempt,
    a_log_is_followed_from_attempt_to_attempt_until_the_run_is_over,
    queues_are_listed_with_what_waits_and_runs,
    executors_are_listed_with_what_they_hold
);

fn ids(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

async fn runs_are_listed_by_their_latest_attempt_the_newest_first(store: &TestStore) {
    let (first, second) = (run("t").retries(2).key("once"), run("t").on("mail").priority(9));
    let expected = [second.id.to_string(), first.id.to_string()];
    store.enqueue(vec![first.clone(), second], None).await.unwrap();
    let list = hyrex(&store.url, ["tasks", "list", "--json"]).json();
    assert_eq!(ids(&list), expected);
    let row = &list[1];
    for (field, value) in [
        ("attempt_id", json!(first.id.to_string())),
        ("task", json!("t")),
        ("queue", json!("default")),
        ("status", json!("QUEUED")),
        ("attempt", json!(0)),
        ("max_retries", json!(2)),
        ("priority", json!(5)),
        ("root", json!(first.id.to_string())),
        ("idempotency_key", json!("once")),
        ("finished", Value::Null),
        ("error", Value::Null),
    ] {
        assert_eq!(row[field], value, "{field}");
    }
    let worker = Worker::new(&*store.store).await;
    let claimed = worker.claim_one().await;
    worker.fail(&claimed).await.expect("a next attempt");
    let list = hyrex(&store.url, ["tasks", "list", "--task", "t", "--queue", "default", "--json"]).json();
    assert_eq!((ids(&list), list[0]["attempt"].as_i64()), (vec![first.id.to_string()], Some(1)));
    let table = hyrex(&store.url, ["tasks", "list"]).ok();
    assert_eq!(table.lines().count(), 3, "{table}");
    let tail = &first.id.0.simple().to_string()[24..];
    let line = table.lines().find(|line| line.starts_with(tail)).expect("a line that begins with the id's end");
    assert!(line.contains("QUEUED") && line.contains("2/3"), "{table}");
}

async fn a_list_is_filtered_and_paged(store: &TestStore) {
    let runs = batch("default", "t", 7);
    let mut newest: Vec<String> = runs.iter().rev().map(|run| run.id.to_string()).collect();
    store.enqueue(runs, None).await.unwrap();
    store.enqueue(batch("default", "other", 3), None).await.unwrap();
    let mut seen = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let mut args = vec!["tasks", "list", "--task", "t", "--limit", "3", "--json"];
        if let Some(before) = &before {
            args.extend(["--before", before]);
        }
        let said = hyrex(&store.url, &args);
        let more = said.err.contains("go on with --before");
        let page = said.json();
        seen.extend(ids(&page));
        before = page.as_array().unwrap().last().map(|row| row["attempt_id"].as_str().unwrap().to_owned());
        if !more {
            break;
        }
    }
    assert_eq!(seen, newest);
    let worker = Worker::new(&*store.store).await;
    worker.settle(&worker.claim_one().await, Outcome::FailedForGood(error("no such card"))).await;
    let failed = newest.pop().expect("the oldest was claimed");
    let list = hyrex(&store.url, ["tasks", "list", "--status", "troubled", "--json"]).json();
    assert_eq!((ids(&list), list[0]["error"].as_str().map(|e| e.contains("no such card"))), (vec![failed], Some(true)));
    assert_eq!(hyrex(&store.url, ["tasks", "list", "--status", "success,held"]).ok(), "no such runs\n");
    let here = hyrex(&store.url, ["tasks", "list", "--executor", &worker.id.to_string(), "--json"]).json();
    assert_eq!(here.as_array().map(Vec::len), Some(1));
}

async fn a_run_is_shown_with_attempts_arguments_error_and_result(store: &TestStore) {
    let args = r#"{"order":7,"big":12345678901234567890123}"#;
    let sent = run("t").args(args).retries(1).timeout(30);
    let id = sent.id.to_string();
    store.enqueue(vec![sent], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let mut failure = error("the provider answered 503");
    failure.chain = vec!["connection reset".into()];
    failure.place = Some("src/pay.rs:12:5".into());
    worker.settle(&worker.claim_one().await, Outcome::Failed(failure, Duration::ZERO)).await;
    let shown = hyrex(&store.url, ["tasks", "show", &id, "--attempt", "0", "--json"]).json();
    assert_eq!(shown["failure"]["chain"], json!(["connection reset"]));
    assert_eq!((&shown["status"], &shown["attempt"]), (&json!("FAILED"), &json!(0)));
    let second = worker.claim_one().await;
    assert!(store.progress_set(second.fence, 0.25, "a quarter".into(), None).await.unwrap());
    let text = hyrex(&store.url, ["tasks", "show", &id]).ok();
    assert!(text.contains("25 %  a quarter") && text.contains("30 s an attempt"), "{text}");
    worker.settle(&second, Outcome::Success(Some(r#"{"paid":true}"#.into()))).await;
    let said = hyrex(&store.url, ["tasks", "show", &id, "--json"]);
    assert!(said.out.contains("12345678901234567890123"), "stored JSON is not rewritten: {}", said.out);
    let shown = said.json();
    assert_eq!((&shown["status"], &shown["result"]), (&json!("SUCCESS"), &json!({"paid": true})));
    assert_eq!(shown["attempts"].as_array().map(Vec::len), Some(2));
    let text = hyrex(&store.url, ["tasks", "show", &id]).ok();
    for part in ["SUCCESS  try 2/2", r#"{"paid":true}"#, "the provider answered 503", "FAILED", args] {
        assert!(text.contains(part), "'{part}' is missing: {text}");
    }
    let first = hyrex(&store.url, ["tasks", "show", &id, "-a", "0"]).ok();
    assert!(first.contains("caused by: connection reset") && first.contains("at src/pay.rs:12:5"), "{first}");
    hyrex(&store.url, ["tasks", "show", &id, "-a", "2"]).fails(1, &["no attempt 2", "0 to 1"]);
}

async fn what_a_run_sent_is_summed_up(store: &TestStore) {
    let root = run("t");
    let id = root.id.to_string();
    store.enqueue(vec![root], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let sender = worker.claim_one().await;
    let child = run("t").on("below").sent_by(&sender);
    store.enqueue(vec![child.clone(), run("later").sent_by(&sender)], None).await.unwrap();
    let below = worker.claim("below", 1).await.remove(0);
    store.enqueue(vec![run("u").sent_by(&below)], None).await.unwrap();
    let tree = hyrex(&store.url, ["tasks", "show", &id, "--json"]).json()["tree"].clone();
    assert_eq!(tree, json!({"runs": 3, "more": false, "statuses": {"QUEUED": 2, "RUNNING": 1}}));
    let text = hyrex(&store.url, ["tasks", "show", &child.id.to_string()]).ok();
    assert!(text.contains("1 run: 1 QUEUED") && text.contains(&format!("root        {id}")), "{text}");
}

async fn a_run_is_found_by_its_end_or_by_an_attempt(store: &TestStore) {
    let twin = |start: u128| RunId(Uuid::from_u128((start << 48) | 0x0000_aaaa_bbbb_cccc_dddd));
    let (a, b) = (twin(0x0001_9000_0000_0007_0008), twin(0x0001_9000_0000_0017_0008));
    let retried = run("t").retries(1);
    store.enqueue(vec![run("u").id(a), run("u").id(b), retried.clone()], None).await.unwrap();
    let digits = retried.id.0.simple().to_string();
    for end in [&digits[26..], &digits[20..], &digits.to_uppercase()] {
        assert_eq!(hyrex(&store.url, ["tasks", "show", end, "--json"]).json()["id"], json!(retried.id.to_string()));
    }
    hyrex(&store.url, ["tasks", "show", "ccdddd"]).fails(1, &["ccdddd", &a.to_string(), &b.to_string(), "more digits"]);
    hyrex(&store.url, ["tasks", "show", "0123456789ab"]).fails(1, &["no run has the id 0123456789ab", "tasks list"]);
    hyrex(&store.url, ["tasks", "show", &Uuid::now_v7().to_string()]).fails(1, &["no run has the id"]);
    hyrex(&store.url, ["tasks", "show", "a1b2c"]).fails(2, &["'a1b2c' is no id"]);
    let worker = Worker::new(&*store.store).await;
    let next = worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    let shown = hyrex(&store.url, ["tasks", "show", &next.to_string(), "--json"]).json();
    assert_eq!(shown["id"], json!(retried.id.to_string()));
}

fn line(claim: i32, seq: i32, message: &str) -> LogLine {
    let (level, target) = ("WARN".into(), "shop::pay".into());
    LogLine { claim, seq, at: crate::support::at(0.0), level, target, message: message.into() }
}

async fn logs_are_shown_attempt_by_attempt(store: &TestStore) {
    let sent = run("t").retries(1);
    let id = sent.id.to_string();
    store.enqueue(vec![sent], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let first = worker.claim_one().await;
    let lines = vec![line(1, 0, "one"), line(1, 1, "two\x1b[2J"), line(1, 9, "ten")];
    store.log_append(vec![Logged { fence: first.fence, lines }]).await.unwrap();
    let text = hyrex(&store.url, ["tasks", "logs", &id]).ok();
    let expected = ["WARN  shop::pay: one", "WARN  shop::pay: two\\x1b[2J", "… 7 lines left out", "shop::pay: ten"];
    for (line, part) in text.lines().zip(expected) {
        assert!(line.ends_with(part), "{text}");
    }
    worker.fail(&first).await.expect("a next attempt");
    let second = worker.claim_one().await;
    let lines = vec![line(1, 0, "again")];
    store.log_append(vec![Logged { fence: second.fence, lines }]).await.unwrap();
    worker.succeed(&second).await;
    let list = hyrex(&store.url, ["tasks", "logs", &id, "--json"]).json();
    assert_eq!((&list[0]["attempt"], &list[0]["message"]), (&json!(1), &json!("again")));
    let followed = hyrex(&store.url, ["tasks", "logs", &id, "--follow", "--json"]).ok();
    assert_eq!(followed.lines().count(), 1, "{followed}");
    let of_first = hyrex(&store.url, ["tasks", "logs", &id, "--attempt", "0", "--json"]).json();
    assert_eq!(of_first.as_array().map(Vec::len), Some(3));
    hyrex(&store.url, ["tasks", "logs", &id, "--attempt", "7"]).fails(1, &["no attempt 7"]);
}

async fn a_log_is_followed_from_attempt_to_attempt_until_the_run_is_over(store: &TestStore) {
    let sent = run("t").retries(1);
    let id = sent.id.to_string();
    store.enqueue(vec![sent], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let log = async |fence, line| store.log_append(vec![Logged { fence, lines: vec![line] }]).await.unwrap();
    let first = worker.claim_one().await;
    log(first.fence, line(1, 0, "one")).await;
    let mut following = Hyrex::new().args(["tasks", "logs", &id, "--follow", "--url", &store.url]).start();
    let mut hear = |part: &str| {
        let line = following.line().expect("another line");
        assert!(line.contains(part), "{line}");
    };
    hear("shop::pay: one");
    log(first.fence, line(1, 1, "two")).await;
    hear("shop::pay: two");
    log(first.fence, line(1, 4, "five")).await;
    worker.fail(&first).await.expect("a next attempt");
    let second = worker.claim_one().await;
    log(second.fence, line(1, 0, "again")).await;
    hear("2 lines left out");
    hear("shop::pay: five");
    hear("--- attempt 1");
    hear("shop::pay: again");
    log(second.fence, line(1, 1, "done")).await;
    worker.succeed(&second).await;
    hear("shop::pay: done");
    assert_eq!((following.line(), following.code()), (None, Some(0)));
}

async fn queues_are_listed_with_what_waits_and_runs(store: &TestStore) {
    let later = run("t").on("mail").starting(Start::After(Duration::from_secs(3600)));
    store.enqueue([batch("mail", "t", 3), vec![later]].concat(), None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    assert_eq!(worker.claim("mail", 1).await.len(), 1);
    let list = hyrex(&store.url, ["queues", "list", "--json"]).json();
    let mail = list.as_array().unwrap().iter().find(|row| row["name"] == "mail").expect("the queue is listed");
    assert_eq!((&mail["queued"]["count"], &mail["held"]["count"]), (&json!(2), &json!(1)));
    assert_eq!((&mail["scheduled"]["count"], &mail["paused_at"]), (&json!(1), &Value::Null));
    assert!(mail["oldest_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{mail}");
    assert!(hyrex(&store.url, ["queues", "list"]).ok().contains("mail"));
}

async fn executors_are_listed_with_what_they_hold(store: &TestStore) {
    assert!(hyrex(&store.url, ["executors", "list"]).ok().contains("no executors yet"));
    store.enqueue(batch("default", "t", 2), None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    worker.claim("default", 2).await;
    let list = hyrex(&store.url, ["executors", "list", "--json"]).json();
    assert_eq!((&list[0]["id"], &list[0]["held"]), (&json!(worker.id.to_string()), &json!(2)));
    assert_eq!(
        (&list[0]["status"], &list[0]["slots"], &list[0]["host"]),
        (&json!("RUNNING"), &json!(10), &json!("rack"))
    );
    let table = hyrex(&store.url, ["executors", "list"]).ok();
    assert!(table.contains("RUNNING") && table.contains("rack:4321"), "{table}");
}
