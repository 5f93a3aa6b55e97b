//! Sending: what stands in the database afterwards.

use super::play::{Performed, app, client, perform};
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use hyrex::store::failpoint::Failure as Fault;
use hyrex::store::{AttemptDetail, CancelOutcome, RetryOutcome};
use hyrex::{ClientErrorKind, Plain, registry};
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct Order {
    id: u64,
    articles: Vec<String>,
}

fn ship() -> Task<Plain<Order, usize>> {
    Task::new("ship", TaskConfig::new().max_retries(2), |order: Order| async move { Ok(order.articles.len()) })
}

fn order(id: u64) -> Order {
    Order { id, articles: vec!["tea".into(), "cup".into()] }
}

async fn latest<T>(store: &TestStore, run: &DurableTaskRun<T>) -> AttemptDetail {
    store.run(run.id()).await.expect("an answer").expect("the run stands").latest
}

async fn arguments_are_stored_as_one_object_and_come_back(store: &TestStore) {
    let run = client(store).send(&ship(), order(7)).await.unwrap();
    let stored = latest(store, &run).await;
    assert_eq!(stored.args, r#"{"id":7,"articles":["tea","cup"]}"#);
    let Performed { claimed, returned } = perform(store, &app(registry![ship()])).await;
    assert_eq!((claimed.run, returned.unwrap().as_deref()), (run.id(), Some("2")));
    assert_eq!(run.result().await.unwrap(), Some(2));
    assert_eq!(run.status().await.unwrap(), TaskStatus::Success);
}

async fn a_sends_settings_go_before_the_definitions_and_these_before_the_defaults(store: &TestStore) {
    let config = TaskConfig::new().queue("urgent").priority(9).timeout_seconds(30).idempotency_key("order-7");
    let task = ship().on(&client(store)).with_config(config).with_config(TaskConfig::new().priority(10));
    let row = latest(store, &task.send(order(7)).await.unwrap()).await.row;
    assert_eq!((row.queue.as_str(), row.priority, row.timeout_seconds, row.max_retries), ("urgent", 10, Some(30), 2));
    assert_eq!(row.idempotency_key.as_deref(), Some("order-7"));
    let row = latest(store, &client(store).send(&ship(), order(8)).await.unwrap()).await.row;
    assert_eq!((row.queue.as_str(), row.priority, row.timeout_seconds, row.max_retries), ("default", 5, None, 2));
}

async fn a_client_that_knows_the_registry_sends_with_its_defaults(store: &TestStore) {
    let registry = registry![ship()].defaults(TaskConfig::new().queue("slow").max_retries(9));
    let client = app(registry).client(store.store.clone());
    let row = latest(store, &client.send(&ship(), order(1)).await.unwrap()).await.row;
    assert_eq!((row.queue.as_str(), row.max_retries), ("slow", 2));
}

async fn a_delayed_send_waits_for_its_time(store: &TestStore) {
    let later = TaskConfig::new().delay(Duration::from_secs(60));
    let run = ship().on(&client(store)).with_config(later).send(order(1)).await.unwrap();
    assert_eq!(run.status().await.unwrap(), TaskStatus::AwaitStartTime);
    let past = TaskConfig::new().start_at(hyrex::model::Timestamp::UNIX_EPOCH);
    let run = ship().on(&client(store)).with_config(past).send(order(2)).await.unwrap();
    assert_eq!(run.status().await.unwrap(), TaskStatus::Queued);
}

async fn many_are_sent_in_their_order(store: &TestStore) {
    let client = client(store);
    let runs = client.send_many(&ship(), (0..250).map(order)).await.unwrap();
    assert_eq!(runs.len(), 250);
    for (id, run) in runs.iter().enumerate().step_by(83) {
        assert!(latest(store, run).await.args.starts_with(&format!(r#"{{"id":{id},"#)));
    }
    assert!(client.send_many(&ship(), Vec::new()).await.unwrap().is_empty());
}

async fn of_many_with_one_that_cannot_be_none_is_sent(store: &TestStore) {
    let wide = Task::new("wide", TaskConfig::new(), |_: serde_json::Value| async { Ok(()) });
    let list = [serde_json::json!({}), serde_json::json!([1])];
    let error = client(store).send_many(&wide, list).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Arguments { .. }), "{error}");
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run").await, 0);
}

async fn a_second_send_with_the_same_key_gives_the_first_run(store: &TestStore) {
    let task = ship().on(&client(store)).with_config(TaskConfig::new().idempotency_key("welcome-7"));
    let first = task.send(order(1)).await.unwrap();
    let second = task.send(order(2)).await.unwrap();
    assert_eq!((second.id(), first.is_duplicate(), second.is_duplicate()), (first.id(), false, true));
    assert!(latest(store, &second).await.args.contains(r#""id":1"#));
}

async fn a_send_whose_answer_is_lost_stands_once(store: &TestStore) {
    store.failpoints.arm("enqueue.answered", Fault::AnswerLost, 0);
    let run = client(store).send(&ship(), order(1)).await.unwrap();
    assert!(!run.is_duplicate());
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run").await, 1);
}

async fn settings_that_cannot_be_are_refused_and_nothing_is_sent(store: &TestStore) {
    let refused = async |config: TaskConfig| {
        let error = ship().on(&client(store)).with_config(config).send(order(1)).await.unwrap_err();
        error.to_string()
    };
    assert!(refused(TaskConfig::new().priority(0)).await.contains("the priority is 0, and must be 1 to 10"));
    assert!(refused(TaskConfig::new().idempotency_key("")).await.contains("idempotency key is empty"));
    assert!(refused(TaskConfig::new().delay(Duration::MAX)).await.contains("ten years"));
    let said = refused(TaskConfig::new().retry_backoff(Duration::from_secs(1))).await;
    assert!(said.starts_with("task 'ship': a retry_backoff belongs to the task's definition"), "{said}");
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run").await, 0);
}

async fn a_task_is_sent_by_name_with_the_registrys_settings(store: &TestStore) {
    let client = app(registry![ship()]).client(store.store.clone());
    let args = serde_json::json!({"id": 1, "articles": []});
    let run = client.send_by_name("ship", &args, TaskConfig::new().priority(8)).await.unwrap();
    let row = latest(store, &run).await.row;
    assert_eq!((row.task_name.as_str(), row.priority, row.max_retries), ("ship", 8, 2));
    let unknown = client.send_by_name("python_task", &serde_json::json!({}), TaskConfig::new()).await.unwrap();
    assert_eq!(latest(store, &unknown).await.row.queue, "default");
    let error = client.send_by_name("ship", &5, TaskConfig::new()).await.unwrap_err();
    assert!(error.to_string().contains("are a number"), "{error}");
}

async fn a_waiting_run_is_cancelled_at_once_and_may_be_given_another_attempt(store: &TestStore) {
    let run = client(store).named("till").send(&ship(), order(1)).await.unwrap();
    assert_eq!(run.cancel().await.unwrap().run, CancelOutcome::Canceled);
    assert_eq!(run.status().await.unwrap(), TaskStatus::Canceled);
    assert!(matches!(run.retry().await.unwrap(), RetryOutcome::Queued(_)));
    perform(store, &app(registry![ship()])).await;
    let numbers: Vec<_> = run.attempts().await.unwrap().iter().map(|a| (a.attempt_number, a.status)).collect();
    assert_eq!(numbers, [(0, TaskStatus::Canceled), (1, TaskStatus::Success)]);
    assert!(matches!(run.retry().await.unwrap(), RetryOutcome::SentAgain(_)));
    let who = store.raw.texts("SELECT CAST(event_body AS text) FROM hyrex_system_logs").await;
    assert!(who.iter().flatten().any(|body| body.contains("till")), "{who:?}");
}

async fn a_run_that_is_not_there_is_said_not_to_be(store: &TestStore) {
    let run: DurableTaskRun<()> = client(store).run(hyrex::model::RunId::new());
    let not_found =
        |error: ClientError| matches!(error.kind(), ClientErrorKind::NotFound { run: named } if *named == run.id());
    assert!(not_found(run.status().await.unwrap_err()));
    assert!(not_found(run.attempts().await.unwrap_err()));
    assert!(not_found(run.result().await.unwrap_err()));
    assert!(not_found(run.wait(Duration::from_secs(20)).await.unwrap_err()));
    assert_eq!(run.cancel().await.unwrap().run, CancelOutcome::NotFound);
}

on_both!(
    arguments_are_stored_as_one_object_and_come_back,
    a_sends_settings_go_before_the_definitions_and_these_before_the_defaults,
    a_client_that_knows_the_registry_sends_with_its_defaults,
    a_delayed_send_waits_for_its_time,
    many_are_sent_in_their_order,
    of_many_with_one_that_cannot_be_none_is_sent,
    a_second_send_with_the_same_key_gives_the_first_run,
    a_send_whose_answer_is_lost_stands_once,
    settings_that_cannot_be_are_refused_and_nothing_is_sent,
    a_task_is_sent_by_name_with_the_registrys_settings,
    a_waiting_run_is_cancelled_at_once_and_may_be_given_another_attempt,
    a_run_that_is_not_there_is_said_not_to_be,
);
