//! `send`: by name, with the settings of whoever knows the task.

use super::command::Hyrex;
use super::hyrex;
use crate::support::make::error;
use crate::support::processes::Helper;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, wait_for};
use hyrex::model::{Outcome, RunId, TaskStatus};
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    a_run_is_sent_by_name_with_what_is_given,
    arguments_come_from_a_file_or_from_standard_input,
    a_second_send_with_the_key_answers_with_the_run_that_stands,
    an_application_sends_with_its_own_settings,
    waiting_prints_the_result,
    waiting_for_a_failure_ends_with_one_and_says_why,
    waiting_ends_in_time_and_the_run_goes_on,
    what_cannot_be_sent_is_said_in_one_line
);

const SOON: Duration = Duration::from_secs(20);

fn id(out: &str) -> RunId {
    out.trim().parse().expect("an id on a line of its own")
}

async fn shown(store: &TestStore, id: RunId) -> hyrex::store::AttemptDetail {
    store.run(id).await.unwrap().expect("the run is there").latest
}

async fn a_run_is_sent_by_name_with_what_is_given(store: &TestStore) {
    let args = r#"{"to": "Ada",  "n": 12345678901234567890123}"#;
    let options = ["--queue", "mail", "--priority", "8", "--max-retries", "3", "--timeout", "30", "--delay", "1h"];
    let send = [&["send", "greet", "--args", args] as &[&str], &options].concat();
    let said = hyrex(&store.url, send);
    assert!(said.err.contains("'greet' is unknown here") && said.err.lines().count() == 1, "{said:?}");
    let latest = shown(store, id(&said.ok())).await;
    let row = &latest.row;
    assert_eq!((row.task_name.as_str(), row.queue.as_str(), latest.args.as_str()), ("greet", "mail", args));
    assert_eq!((row.priority, row.max_retries, row.timeout_seconds), (8, 3, Some(30)));
    assert_eq!(row.status, TaskStatus::AwaitStartTime);
    let plain = shown(store, id(&hyrex(&store.url, ["send", "greet"]).ok())).await;
    assert_eq!((plain.args.as_str(), plain.row.queue.as_str(), plain.row.priority), ("{}", "default", 5));
}

async fn arguments_come_from_a_file_or_from_standard_input(store: &TestStore) {
    let (url, send) = (store.url.as_str(), ["send", "greet", "--args"]);
    let of_file = Hyrex::new().file("ada.json", "{\"to\":\"Ada\"}\n").args(send).args(["@ada.json", "--url", url]);
    assert_eq!(shown(store, id(&of_file.run().ok())).await.args, r#"{"to":"Ada"}"#);
    let of_stdin = Hyrex::new().stdin("{\"to\":\n\"Bob\"}").args(send).args(["-", "--url", url]);
    assert_eq!(shown(store, id(&of_stdin.run().ok())).await.args, "{\"to\":\n\"Bob\"}");
    let broken = Hyrex::new().file("ada.json", "{\n  to: 1}").args(send).args(["@ada.json", "--url", url]);
    broken.run().fails(2, &["the file ada.json is not JSON", "line 2 column 3", "a key a parameter"]);
    hyrex(url, ["send", "greet", "--args", "@no.json"]).fails(1, &["the file no.json", "No such file"]);
    Hyrex::new().stdin([0xff]).args(send).args(["-", "--url", url]).run().fails(1, &["standard input", "UTF-8"]);
}

async fn a_second_send_with_the_key_answers_with_the_run_that_stands(store: &TestStore) {
    let send = ["send", "greet", "--idempotency-key", "once", "--json"];
    let (first, second) = (hyrex(&store.url, send).json(), hyrex(&store.url, send).json());
    assert_eq!((&first["duplicate"], &second["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!((&first["id"], &first["task"]), (&second["id"], &json!("greet")));
    let said = hyrex(&store.url, ["send", "greet", "-k", "once"]);
    assert!(said.err.contains("nothing was sent"), "{said:?}");
    assert_eq!(id(&said.ok()).to_string(), first["id"]);
}

async fn an_application_sends_with_its_own_settings(store: &TestStore) {
    let sends = async |args: &[&str]| {
        let args = [&["application", "send"], args, &["--url", &store.url]].concat();
        let helper = Helper::start("application", &json!({ "args": args }));
        assert_eq!(helper.finish(), ["ExitCode(unix_exit_status(0))"]);
        let newest = store.runs(hyrex::store::RunsQuery { filter: Default::default(), before: None, limit: 1 }).await;
        newest.unwrap().items.remove(0)
    };
    let slow = sends(&["slow"]).await;
    assert_eq!((slow.task_name.as_str(), slow.max_retries), ("slow", 1));
    assert_eq!(sends(&["slow", "--max-retries", "7"]).await.max_retries, 7);
    assert_eq!(sends(&["stranger"]).await.max_retries, 0);
}

/// Claims the one run as soon as it is there, and settles it.
async fn settle(store: &TestStore, outcome: Outcome) {
    let worker = Worker::new(&*store.store).await;
    let claimed = wait_for("the run", SOON, async || worker.claim("default", 1).await.pop()).await;
    worker.settle(&claimed, outcome).await;
}

/// `hyrex ARGS` in a thread, while the test plays the worker.
fn aside(store: &TestStore, args: &'static [&'static str]) -> tokio::task::JoinHandle<super::command::Said> {
    let url = store.url.clone();
    tokio::task::spawn_blocking(move || hyrex(&url, args))
}

async fn waiting_prints_the_result(store: &TestStore) {
    let said = aside(store, &["send", "t", "--wait"]);
    settle(store, Outcome::Success(Some(r#"{"sent": 1.0}"#.into()))).await;
    assert_eq!(said.await.unwrap().ok(), "{\"sent\": 1.0}\n");
    let said = aside(store, &["send", "t", "--wait", "20", "--json"]);
    settle(store, Outcome::Success(None)).await;
    let view = said.await.unwrap().json();
    assert_eq!((&view["status"], &view["result"], &view["attempt"]), (&json!("SUCCESS"), &Value::Null, &json!(0)));
}

async fn waiting_for_a_failure_ends_with_one_and_says_why(store: &TestStore) {
    let said = aside(store, &["send", "t", "--wait", "20"]);
    settle(store, Outcome::FailedForGood(error("declined\n\x1b[31m"))).await;
    let said = said.await.unwrap();
    let last = said.err.lines().last().unwrap_or_default();
    assert!(said.code == Some(1) && said.out.is_empty(), "{said:?}");
    assert!(last.starts_with("hyrex: run ") && last.contains(r"failed: test::Failure: declined\n\x1b[31m"), "{last}");
    let said = aside(store, &["send", "t", "--wait", "20", "--json"]);
    settle(store, Outcome::FailedForGood(error("declined"))).await;
    let said = said.await.unwrap();
    let view: Value = serde_json::from_str(&said.out).expect("JSON also of what failed");
    assert_eq!((said.code, &view["failure"]["message"]), (Some(1), &json!("declined")));
}

async fn waiting_ends_in_time_and_the_run_goes_on(store: &TestStore) {
    let said = hyrex(&store.url, ["send", "t", "--wait", "0"]);
    let last = said.err.lines().last().unwrap_or_default();
    assert!(said.code == Some(1) && last.contains("goes on"), "{said:?}");
    assert_eq!(store.status_counts().await.unwrap().iter().map(|(_, count)| count.count).sum::<u32>(), 1);
}

async fn what_cannot_be_sent_is_said_in_one_line(store: &TestStore) {
    let refused = |args: &[&str], parts: &[&str]| hyrex(&store.url, args).fails(2, parts);
    refused(&["send", "t", "--args", "{to: 1}"], &["--args is not JSON", "line 1 column 2", "single quotes"]);
    refused(&["send", "t", "--args", "[1]"], &["--args is a list"]);
    refused(&["send", ""], &["task name is empty"]);
    refused(&["send", "t", "--queue", ""], &["queue name is empty"]);
    refused(&["send", "t", "--delay", "99w999d99999h"], &["ten years"]);
    refused(&["send", "t", "--args", &format!("{{\"a\":{}1{}}}", "[".repeat(150), "]".repeat(150))], &["nested"]);
    assert_eq!(store.status_counts().await.unwrap().iter().map(|(_, count)| count.count).sum::<u32>(), 0);
}
