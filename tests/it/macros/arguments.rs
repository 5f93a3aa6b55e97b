//! What is stored, what is missing, what is too much.

use super::{latest, stored};
use crate::support::TestStore;
use crate::support::stores::on_both;
use crate::worker::{PATIENCE, start};
use hyrex::prelude::*;
use hyrex::store::LogsQuery;
use hyrex::{ClientErrorKind, DurableTaskRun};
use serde_json::{Value, json};

on_both!(
    a_default_is_not_stored_and_stands_where_nothing_is,
    what_is_missing_or_wrong_is_named_with_its_path,
    keys_that_nobody_knows_are_passed_over_with_a_line_in_the_log,
    a_send_by_name_is_held_against_the_function,
    a_transaction_takes_named_arguments,
);

#[derive(Serialize, Deserialize)]
struct ProcessContext {
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    article: String,
}

fn seven() -> u32 {
    7
}

#[hyrex::task]
async fn process_data(
    context: ProcessContext,
    #[default(30)] days: u32,
    /// Documented, and counted by a function.
    #[default(seven() * 2)]
    hours: u32,
    note: Option<String>,
) -> Result<(usize, u32, u32, Option<String>)> {
    Ok((context.lines.len(), days, hours, note))
}

fn tea() -> ProcessContext {
    ProcessContext { lines: vec![Line { article: "tea".into() }] }
}

/// Sends by name through a client that does not know the task, as another program does.
async fn from_elsewhere(store: &TestStore, args: Value) -> DurableTaskRun<Value> {
    let client = Client::new(store.store.clone());
    client.send_by_name("process_data", &args, TaskConfig::new()).await.unwrap()
}

async fn a_default_is_not_stored_and_stands_where_nothing_is(store: &TestStore) {
    let worker = start(store, registry![process_data]);
    let task = process_data.on(&worker.client);
    let run = task.send(tea(), None, 1, Some("soon".into())).await.unwrap();
    let expected = json!({"context": {"lines": [{"article": "tea"}]}, "hours": 1, "note": "soon"});
    assert_eq!(stored(store, &run).await, expected);
    assert_eq!(run.wait(PATIENCE).await.unwrap(), (1, 30, 1, Some("soon".into())));
    let run = task.send(tea(), Some(2), None, None).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), (1, 2, 14, None));
    let run = from_elsewhere(store, json!({"context": {"lines": []}})).await;
    assert_eq!(run.wait(PATIENCE).await.unwrap(), json!([0, 30, 14, null]));
    assert_eq!(process_data.call(tea(), 3, None, None).await.unwrap(), (1, 3, 14, None));
    let many = task.send_many([(tea(), None, Some(5), None), (tea(), Some(6), None, None)]).await.unwrap();
    assert_eq!(many[0].wait(PATIENCE).await.unwrap(), (1, 30, 5, None));
    assert_eq!(many[1].wait(PATIENCE).await.unwrap(), (1, 6, 14, None));
}

async fn what_is_missing_or_wrong_is_named_with_its_path(store: &TestStore) {
    let _worker = start(store, registry![process_data]);
    let cases = [
        (json!({}), "missing field `context`"),
        (json!({"context": {}}), "context: missing field `lines`"),
        (json!({"context": {"lines": [{"article": 5}]}}), "context.lines[0].article: invalid type: integer `5`"),
        (json!({"context": {"lines": []}, "days": "many"}), "days: invalid type: string \"many\", expected u32"),
        (json!({"context": {"lines": []}, "days": null}), "days: invalid type: null, expected u32"),
    ];
    for (args, why) in cases {
        let run = from_elsewhere(store, args).await;
        run.wait(PATIENCE).await.unwrap_err();
        let error = latest(store, &run).await.error.unwrap();
        let expected = format!("the arguments do not fit task 'process_data': {why}");
        assert!(error.message.starts_with(&expected), "{}", error.message);
    }
}

/// Of the older form: one struct that is all of the arguments.
fn plain() -> Task<Plain<ProcessContext, usize>> {
    Task::new("plain", TaskConfig::new(), |all: ProcessContext| async move { Ok(all.lines.len()) })
}

async fn logged(store: &TestStore, run: &DurableTaskRun<Value>) -> Vec<String> {
    let attempt = run.id().first_attempt();
    let page = store.store.logs(LogsQuery { attempt, after: None, limit: 1000 }).await.unwrap();
    page.items.into_iter().map(|line| format!("{} {}", line.level, line.message)).collect()
}

async fn keys_that_nobody_knows_are_passed_over_with_a_line_in_the_log(store: &TestStore) {
    crate::worker::capture();
    let none = Task::new("none", TaskConfig::new(), |()| async { Ok(true) });
    let worker = start(store, registry![process_data, plain(), none]);
    let line = json!({"article": "tea", "colour": "green"});
    let args = json!({"context": {"lines": [line]}, "hours": 3, "weeks": 2, "a\nb": 1});
    let run = from_elsewhere(store, args).await;
    assert_eq!(run.wait(PATIENCE).await.unwrap(), json!([1, 30, 3, null]));
    let said =
        r"WARN arguments that task 'process_data' does not know are passed over: context.lines[0].colour, a\nb, weeks";
    assert_eq!(logged(store, &run).await, [said]);

    let elsewhere = Client::new(store.store.clone());
    let args = json!({"lines": [line], "more": {}});
    let run = elsewhere.send_by_name("plain", &args, TaskConfig::new()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), json!(1));
    let said = "WARN arguments that task 'plain' does not know are passed over: lines[0].colour, more";
    assert_eq!(logged(store, &run).await, [said]);
    let args: serde_json::Map<_, _> = (0..10).map(|key| (format!("k{key}"), json!(0))).collect();
    let run = elsewhere.send_by_name("none", &args, TaskConfig::new()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), json!(true));
    assert!(logged(store, &run).await[0].ends_with("passed over: k0, k1, k2, k3, k4, k5, k6, k7 and 2 more"));
    drop(worker);
}

async fn a_send_by_name_is_held_against_the_function(store: &TestStore) {
    let client = Client::new(store.store.clone()).with_registry(registry![process_data, plain()]);
    let refused = async |task: &str, args: Value| {
        let error = client.send_by_name(task, &args, TaskConfig::new()).await.unwrap_err();
        assert!(matches!(error.kind(), ClientErrorKind::Arguments { .. }), "{error:?}");
        error.to_string()
    };
    let said = refused("process_data", json!({"context": {"lines": []}, "weeks": 2})).await;
    assert_eq!(said, "the arguments of task 'process_data' have keys that it does not know: weeks");
    let said = refused("process_data", json!({"context": {"lines": 1}})).await;
    assert!(said.starts_with("the arguments of task 'process_data' do not fit: context.lines: invalid type"), "{said}");
    let said = refused("plain", json!({"lines": [], "more": 1})).await;
    assert_eq!(said, "the arguments of task 'plain' have keys that it does not know: more");
    client.send_by_name("plain", &json!({"lines": []}), TaskConfig::new()).await.unwrap();
}

async fn a_transaction_takes_named_arguments(store: &TestStore) {
    let client = Client::new(store.store.clone());
    let task = process_data.on(&client);
    let run = match store.kind {
        #[cfg(feature = "sqlite")]
        crate::support::Kind::Sqlite => {
            let path = store.url.strip_prefix("sqlite:").unwrap();
            let mut connection = rusqlite::Connection::open(path).unwrap();
            let mut transaction = connection.transaction().unwrap();
            let run = task.send_in(&mut transaction, tea(), 4, None, None).unwrap();
            transaction.commit().unwrap();
            run
        }
        #[cfg(feature = "postgres")]
        crate::support::Kind::Postgres => {
            use sqlx::Connection;
            let mut connection = sqlx::PgConnection::connect(&store.url).await.unwrap();
            let mut transaction = connection.begin().await.unwrap();
            let run = task.send_in(&mut transaction, tea(), 4, None, None).await.unwrap();
            transaction.commit().await.unwrap();
            run
        }
    };
    assert_eq!(stored(store, &run).await["days"], 4);
}
