//! What stands in the attribute, and what `with_config` and `on` make of it.

use super::latest;
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use crate::worker::{PATIENCE, start};
use hyrex::prelude::*;
use hyrex::sdk::TaskDef;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

on_both!(
    what_the_attribute_says_stands_in_the_run,
    a_send_may_say_otherwise,
    every_form_of_an_error_handler_is_called,
    a_backoff_is_waited_for,
);

fn exports() -> HyrexQueue {
    HyrexQueue::new("exports").concurrency_limit(3)
}

const RETRIES: u16 = 2;

#[hyrex::task(queue = "mail", max_retries = 3, timeout_seconds = 300, priority = 8, name = "mail.send")]
async fn send() {}

#[hyrex::task(queue = exports(), max_retries = RETRIES,)]
async fn export() {}

async fn what_the_attribute_says_stands_in_the_run(store: &TestStore) {
    // No registry: the definition's own settings.
    let client = Client::new(store.store.clone());
    let run = send.on(&client).send().await.unwrap();
    let row = latest(store, &run).await.row;
    let shown = (row.task_name.as_str(), row.queue.as_str(), row.max_retries, row.timeout_seconds, row.priority);
    assert_eq!(shown, ("mail.send", "mail", 3, Some(300), 8));
    let run = export.on(&client).send().await.unwrap();
    let row = latest(store, &run).await.row;
    assert_eq!((row.queue.as_str(), row.max_retries, row.timeout_seconds), ("exports", 2, None));
    assert_eq!(registry![export].queues(), [exports()]);
}

async fn a_send_may_say_otherwise(store: &TestStore) {
    let client = Client::new(store.store.clone());
    let config = TaskConfig::new().queue("high-priority").priority(10).idempotency_key("welcome-7");
    let task = send.on(&client).with_config(config).with_config(TaskConfig::new().timeout_seconds(30));
    let run = task.send().await.unwrap();
    let row = latest(store, &run).await.row;
    let shown = (row.queue.as_str(), row.max_retries, row.timeout_seconds, row.priority);
    assert_eq!(shown, ("high-priority", 3, Some(30), 10));
    assert_eq!(task.send().await.unwrap().id(), run.id());
    assert!(send.overrides().is_none(), "the task itself has been changed");
}

static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(how: &str, what: &str) {
    CALLS.lock().unwrap().push(format!("{how} {what}"));
}

fn told(failure: Failure) {
    note("told", &failure.args);
}

async fn told_later(failure: Failure) -> Result<()> {
    tokio::task::yield_now().await;
    note("later", &failure.args);
    Ok(())
}

#[hyrex::task(on_error = told)]
async fn by_function(tag: String) -> Result<()> {
    Err(Error::new(tag))
}

#[hyrex::task(on_error = told_later)]
async fn by_async_function(tag: String) -> Result<()> {
    Err(Error::new(tag))
}

#[hyrex::task(on_error = |failure| note("closure", &failure.args))]
fn by_closure(tag: String) -> Result<()> {
    Err(Error::new(tag))
}

#[hyrex::task(on_error = |failure| async move { note("async", &failure.args) })]
async fn by_async_closure(tag: String) -> Result<()> {
    Err(Error::new(tag))
}

#[hyrex::task(on_error = || note("nothing", "{}"))]
async fn by_closure_of_nothing() -> Result<()> {
    Err(Error::new("no"))
}

async fn every_form_of_an_error_handler_is_called(store: &TestStore) {
    let tasks = registry![by_function, by_async_function, by_closure, by_async_closure, by_closure_of_nothing];
    let worker = start(store, tasks);
    let (client, tag) = (&worker.client, uuid::Uuid::new_v4().to_string());
    by_function.on(client).send(tag.clone()).await.unwrap();
    by_async_function.on(client).send(tag.clone()).await.unwrap();
    by_closure.on(client).send(tag.clone()).await.unwrap();
    by_async_closure.on(client).send(tag.clone()).await.unwrap();
    by_closure_of_nothing.on(client).send().await.unwrap();
    for how in ["told", "later", "closure", "async"] {
        let call = format!(r#"{how} {{"tag":"{tag}"}}"#);
        wait_for(how, PATIENCE, async || CALLS.lock().unwrap().contains(&call).then_some(())).await;
    }
    wait_for("nothing", PATIENCE, async || CALLS.lock().unwrap().contains(&"nothing {}".into()).then_some(())).await;
}

static ASKED: AtomicU32 = AtomicU32::new(0);

fn soon(attempt: u32) -> Duration {
    ASKED.fetch_add(1, Ordering::SeqCst);
    Duration::from_millis(u64::from(attempt) + 1)
}

#[hyrex::task(max_retries = 2, retry_backoff = soon)]
async fn flaky() -> Result<i16> {
    match get_hyrex_context().map(|context| context.attempt_number()) {
        Some(2) => Ok(2),
        _ => Err(Error::new("not yet")),
    }
}

#[hyrex::task(retry_backoff = 90)]
async fn of_seconds() {}

#[hyrex::task(retry_backoff = |attempt| attempt * 10)]
async fn of_closure() {}

#[hyrex::task(retry_backoff = Duration::from_millis(1500))]
async fn of_duration() {}

#[hyrex::task(retry_backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60)))]
async fn of_backoff() {}

#[hyrex::task(retry_backoff = |attempt| 2_u64.pow(attempt))]
async fn of_powers() {}

async fn a_backoff_is_waited_for(store: &TestStore) {
    let worker = start(store, registry![flaky]);
    let before = ASKED.load(Ordering::SeqCst);
    let run = flaky.on(&worker.client).send().await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), 2);
    assert!(ASKED.load(Ordering::SeqCst) >= before + 2);
}

#[test]
fn every_form_of_a_backoff_is_taken() {
    let registry = registry![of_seconds, of_closure, of_duration, of_backoff, of_powers];
    let wait = |name: &str| registry.task(name).unwrap().backoff.delay(3);
    assert_eq!(wait("of_seconds"), Duration::from_secs(90));
    assert_eq!(wait("of_closure"), Duration::from_secs(30));
    assert_eq!(wait("of_duration"), Duration::from_millis(1500));
    assert_eq!(wait("of_backoff"), Duration::from_secs(8));
    assert_eq!(wait("of_powers"), Duration::from_secs(8));
}
