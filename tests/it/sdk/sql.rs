//! `hyrex_send`: a send by whoever speaks SQL, with the bounds and the promises of one from the library.

use super::play::{app, perform};
use crate::support::stores::check;
use crate::support::{Kind, TestStore, Worker, wait_for};
use hyrex::model::{NewRun, RunId, TaskStatus};
use hyrex::prelude::*;
use hyrex::registry;
use hyrex::store::Wakeup;
use sqlx::{Connection, Executor, PgConnection, Row};
use std::time::Duration;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(10);

async fn connection(store: &TestStore) -> PgConnection {
    PgConnection::connect(&store.url).await.expect("a connection of the application's own")
}

async fn sent(connection: &mut PgConnection, call: &'static str) -> Result<RunId, String> {
    let row = connection.fetch_one(call).await.map_err(|error| error.to_string())?;
    Ok(RunId(row.get::<Uuid, _>(0)))
}

async fn runs(store: &TestStore) -> i64 {
    store.raw.count("SELECT count(*) FROM hyrex_task_run").await
}

#[tokio::test]
async fn a_run_sent_by_sql_is_like_any_other() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        let call = "select hyrex_send('greet', '{\"to\": \"Ada\"}', queue => 'mail', priority => 8, max_retries => 3,
            timeout_seconds => 30, delay => '1 hour', idempotency_key => 'k')";
        let later = sent(&mut connection, call).await.unwrap();
        let detail = store.run(later).await.unwrap().unwrap().latest;
        let row = detail.row;
        assert_eq!((row.queue.as_str(), row.priority, row.max_retries, row.timeout_seconds), ("mail", 8, 3, Some(30)));
        assert_eq!((row.status, row.root, row.parent, row.queued), (TaskStatus::AwaitStartTime, later, None, None));
        assert_eq!((detail.args.as_str(), row.idempotency_key.as_deref()), (r#"{"to": "Ada"}"#, Some("k")));
        let by_library = NewRun::new("greet", "{}");
        store.enqueue(vec![by_library.clone()], None).await.unwrap();
        let now = sent(&mut connection, "select hyrex_send('greet')").await.unwrap();
        assert!(now > by_library.id && now.0.get_version_num() == 7, "its id tells when it was sent: {now}");
        let [mine, theirs] = [now, by_library.id].map(async |id| store.run(id).await.unwrap().unwrap().latest);
        let (mine, theirs) = (mine.await, theirs.await);
        assert_eq!((mine.row.status, mine.row.queue, mine.args), (theirs.row.status, theirs.row.queue, theirs.args));
        assert_eq!((mine.row.priority, mine.row.max_retries), (theirs.row.priority, theirs.row.max_retries));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_given_is_as_the_tasks_workers_said() {
    check(Kind::Postgres, async |store| {
        let def = hyrex::store::TaskDef {
            task_name: "greet".into(),
            queue: "mail".into(),
            priority: 7,
            max_retries: 4,
            timeout_seconds: Some(9),
            arg_schema: None,
        };
        store.task_defs_put(vec![def]).await.unwrap();
        let mut connection = connection(store).await;
        let run = sent(&mut connection, "select hyrex_send('greet', priority => 2)").await.unwrap();
        let row = store.run(run).await.unwrap().unwrap().latest.row;
        assert_eq!((row.queue.as_str(), row.priority, row.max_retries, row.timeout_seconds), ("mail", 2, 4, Some(9)));
    })
    .await;
}

#[tokio::test]
async fn a_trigger_sends_in_its_transaction_and_a_rollback_sends_nothing() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        let made = "create table orders (id int primary key);
            create function order_placed() returns trigger language plpgsql as $$ begin
                perform hyrex_send('ship', json_build_object('id', new.id), idempotency_key => 'order-' || new.id);
                return new;
            end $$;
            create trigger order_placed after insert on orders for each row execute function order_placed()";
        connection.execute(made).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        transaction.execute("insert into orders values (1)").await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(runs(store).await, 0);
        let mut transaction = connection.begin().await.unwrap();
        transaction.execute("insert into orders values (1), (2)").await.unwrap();
        assert_eq!(runs(store).await, 0, "they stand before the commit");
        transaction.commit().await.unwrap();
        assert_eq!(runs(store).await, 2);
        let ship =
            Task::new("ship", TaskConfig::new(), |args: serde_json::Value| async move { Ok(args["id"].clone()) });
        let performed = perform(store, &app(registry![ship])).await;
        assert_eq!(performed.returned.unwrap().as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_stands_is_answered_with_its_run() {
    check(Kind::Postgres, async |store| {
        let by_library = NewRun { idempotency_key: Some("once".into()), ..NewRun::new("greet", "{}") };
        store.enqueue(vec![by_library.clone()], None).await.unwrap();
        let mut connection = connection(store).await;
        let call = "select hyrex_send('greet', idempotency_key => 'once')";
        assert_eq!(sent(&mut connection, call).await.unwrap(), by_library.id);
        let other = sent(&mut connection, "select hyrex_send('other', idempotency_key => 'once')").await.unwrap();
        assert_ne!(other, by_library.id);
        assert_eq!(runs(store).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_twin_that_is_not_committed_yet_is_waited_for() {
    check(Kind::Postgres, async |store| {
        let (mut first, mut second) = (connection(store).await, connection(store).await);
        let call = "select hyrex_send('greet', idempotency_key => 'once')";
        let mut transaction = first.begin().await.unwrap();
        let stands = sent(&mut transaction, call).await.unwrap();
        let twin = tokio::spawn(async move { sent(&mut second, call).await });
        wait_for("the twin to wait for the lock", SOON, async || {
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
            (store.raw.count(waiting).await > 0).then_some(())
        })
        .await;
        transaction.commit().await.unwrap();
        assert_eq!(twin.await.unwrap().unwrap(), stands);
        assert_eq!(runs(store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_breaks_a_bound_is_refused_in_words() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        for (call, part) in [
            ("select hyrex_send('')", "the task name is empty"),
            ("select hyrex_send(null)", "the task name is empty"),
            ("select hyrex_send(repeat('ä', 128))", "256 bytes, and at most 255"),
            ("select hyrex_send('t', queue => '')", "the queue name is empty"),
            ("select hyrex_send('t', idempotency_key => repeat('k', 1025))", "at most 1024"),
            ("select hyrex_send('t', '[1]')", "one JSON object, a key a parameter"),
            ("select hyrex_send('t', null)", "one JSON object, a key a parameter"),
            ("select hyrex_send('t', priority => 11)", "the priority is 11, and must be 1 to 10"),
            ("select hyrex_send('t', max_retries => -1)", "max_retries is -1"),
            ("select hyrex_send('t', timeout_seconds => 0)", "timeout_seconds is 0"),
            ("select hyrex_send('t', delay => '-1 second')", "the delay is"),
            ("select hyrex_send('t', delay => '11 years')", "ten years"),
            ("select hyrex_send('t', json_build_object('a', repeat('x', 16777216)))", "at most 16777216"),
            ("select hyrex_send('t', ('{\"a\":' || repeat('[', 100) || repeat(']', 100) || '}')::json)", "nested"),
        ] {
            let said = sent(&mut connection, call).await.unwrap_err();
            assert!(said.contains("hyrex_send: ") && said.contains(part), "{call}: {said}");
        }
        assert_eq!(runs(store).await, 0);
        for call in [
            "select hyrex_send('t', ('{\"a\":' || repeat('[', 99) || repeat(']', 99) || '}')::json)",
            "select hyrex_send('t', json_build_object('a', repeat('[{\"\\', 200)))",
            "select hyrex_send('t', '{\"a\": \"\\u0000\"}')",
        ] {
            sent(&mut connection, call).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_is_woken_at_the_commit() {
    check(Kind::Postgres, async |store| {
        let mut signs = store.wakeups().await.unwrap();
        let mut connection = connection(store).await;
        for (call, expected) in
            [("select hyrex_send('t')", "work"), ("select hyrex_send('t', delay => '1 hour')", "due")]
        {
            sent(&mut connection, call).await.unwrap();
            let fits = |sign: &Wakeup| match sign {
                Wakeup::Work(lanes) => expected == "work" && lanes[0].task_name == "t" && lanes[0].queue == "default",
                Wakeup::Due => expected == "due",
                _ => false,
            };
            let sign = async { while !fits(&signs.next().await) {} };
            tokio::time::timeout(SOON, sign).await.unwrap_or_else(|_| panic!("no sign after {call}"));
        }
        assert_eq!(Worker::new(&*store.store).await.claim("default", 10).await.len(), 1);
    })
    .await;
}

/// Whose schema is searched first is not the function's concern.
#[tokio::test]
async fn it_finds_its_tables_whatever_the_caller_searches() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        connection.execute("create schema elsewhere; set search_path = elsewhere").await.unwrap();
        sent(&mut connection, "select public.hyrex_send('t')").await.unwrap();
        assert_eq!(runs(store).await, 1);
    })
    .await;
}
