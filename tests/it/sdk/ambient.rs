//! Which database is meant where nobody says. What is a process's own is tried in processes of their own.

use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::ClientErrorKind;
use hyrex::Plain;
use hyrex::prelude::*;
use std::process::Command;

/// Says to a process of its own what to try.
const TRY: &str = "HYREX_TEST_AMBIENT";

fn note() -> Task<Plain<(), ()>> {
    Task::new("note", TaskConfig::new(), |()| async { Ok(()) })
}

/// Runs a trial in a process whose environment names this database, or none; what it said.
async fn trial(what: &'static str, url: Option<String>) -> String {
    let run = move || {
        let mut command = Command::new(std::env::current_exe().expect("the test binary's path"));
        command.args(["sdk::ambient::in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"]);
        command.env(TRY, what).env_remove("HYREX_DATABASE_URL").envs(url.map(|url| ("HYREX_DATABASE_URL", url)));
        command.output().expect("the test binary starts once more")
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {said}");
    said
}

/// Not a test: where the processes begin.
#[tokio::test]
#[ignore = "started by other tests, as a process of its own"]
async fn in_a_process_of_its_own() {
    let Ok(what) = std::env::var(TRY) else { return };
    match what.as_str() {
        "nothing" => {
            let error = note().send(()).await.unwrap_err();
            assert!(matches!(error.kind(), ClientErrorKind::NoStore), "{error}");
            println!("{error}");
            let error = HyrexKV::get("k").await.unwrap_err();
            assert!(matches!(error.kind(), ClientErrorKind::NoStore), "{error}");
        }
        "environment" => {
            let (one, other) = tokio::join!(note().send(()), note().send(()));
            assert_ne!(one.unwrap().id(), other.unwrap().id());
            HyrexKV::set("from", "the environment").await.unwrap();
        }
        "init" => {
            // The environment names a database that is not there: what was given goes before it.
            let client = hyrex::init("sqlite::memory:").await.unwrap();
            let run = note().send(()).await.unwrap();
            assert_eq!(client.status(run.id()).await.unwrap(), run.status().await.unwrap());
            // The same once more, which now knows the task's settings, takes its place.
            let registry = registry![note()].defaults(TaskConfig::new().max_retries(4));
            hyrex::init(client.with_registry(registry)).await.unwrap();
            let known = note().send(()).await.unwrap();
            assert_eq!(known.attempts().await.unwrap()[0].max_retries, 4);
            run.status().await.unwrap();
        }
        "several" => {
            let first = hyrex::init("sqlite::memory:").await.unwrap();
            let run = note().send(()).await.unwrap();
            let second = hyrex::init("sqlite::memory:").await.unwrap();
            for error in [note().send(()).await.unwrap_err(), HyrexKV::get("k").await.unwrap_err()] {
                assert!(
                    matches!(error.kind(), ClientErrorKind::SeveralStores { stores } if stores.len() == 2),
                    "{error}"
                );
                println!("{error}");
            }
            // Handles stay with theirs; who says which one is meant is understood.
            run.status().await.unwrap();
            let there = note().on(&second).send(()).await.unwrap();
            first.status(there.id()).await.unwrap_err();
            second.scope(HyrexKV::set("k", "second")).await.unwrap();
            assert_eq!(
                (first.kv().get("k").await.unwrap(), second.kv().get("k").await.unwrap()),
                (None, Some("second".into()))
            );
        }
        "wrong" => {
            let error = note().send(()).await.unwrap_err();
            println!("{error}");
        }
        other => panic!("there is no trial '{other}'"),
    }
}

async fn the_environment_names_the_database_at_first_use(store: &TestStore) {
    trial("environment", Some(store.url.clone())).await;
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run").await, 2);
    assert_eq!(store.kv_get("from").await.unwrap().as_deref(), Some("the environment"));
}

async fn several_clients_in_one_process_do_not_meet(store: &TestStore) {
    let other = TestStore::new(store.kind).await;
    let clients = [Client::new(store.store.clone()), Client::new(other.store.clone())];
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..40 {
        let client = clients[number % 2].clone();
        sending.spawn(async move {
            let task = note().with_config(TaskConfig::new().queue(if number % 2 == 0 { "even" } else { "odd" }));
            client.scope(async move { hyrex::spawn(async move { task.send(()).await }).await }).await.unwrap().unwrap();
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.unwrap();
    }
    let count = async |store: &TestStore, queue| {
        store.raw.count(&format!("SELECT count(*) FROM hyrex_task_run WHERE queue = '{queue}'")).await
    };
    assert_eq!((count(store, "even").await, count(store, "odd").await), (20, 0));
    assert_eq!((count(&other, "even").await, count(&other, "odd").await), (0, 20));
    other.close().await;
}

on_both!(the_environment_names_the_database_at_first_use, several_clients_in_one_process_do_not_meet,);

#[tokio::test]
async fn where_no_database_is_named_the_error_says_how_to_name_one() {
    let said = trial("nothing", None).await;
    assert!(said.contains("set HYREX_DATABASE_URL, call hyrex::init, or say which one with .on(&client)"), "{said}");
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn what_init_was_given_goes_before_the_environment() {
    trial("init", Some("sqlite:/nowhere/at/all.db".into())).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn of_several_databases_none_is_guessed() {
    let said = trial("several", None).await;
    assert!(said.contains("2 databases are connected (sqlite::memory:, sqlite::memory:): say which one"), "{said}");
}

#[tokio::test]
async fn a_wrong_url_is_told_without_its_password() {
    let said = trial("wrong", Some("mysql://ada:s3cret@host/db".into())).await;
    assert!(said.contains("mysql:") && !said.contains("s3cret"), "{said}");
}
