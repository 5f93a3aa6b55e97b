//! `run-worker` whose database is away at its start: it waits, says so once, and hears signals meanwhile.

use super::worker::{GOOD, SOON, code, hear, signal};
use crate::support::cluster::Cluster;
use crate::support::make::RunWords;
use crate::support::processes::Helper;
use crate::support::{postgres, run, wait_for};
use hyrex::model::TaskStatus;
use hyrex::store::{Options, open};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

/// How long the end may take of a worker that has done nothing.
const AT_ONCE: Duration = Duration::from_secs(2);

fn start(url: &str) -> Helper {
    let args = ["application", "run-worker", "--url", url];
    Helper::start("application", &json!({ "args": args, "tells": true }))
}

/// Asks it to end; it ends well, and soon.
fn ends_at_once(helper: Helper) {
    let since = Instant::now();
    signal(&helper, Signal::TERM);
    assert_eq!(code(helper).last().map(String::as_str), Some(GOOD[0]));
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_waits_for_its_database_and_then_works() {
    let mut cluster = Cluster::start();
    let store = open(&cluster.url(), Options::default()).await.unwrap();
    store.prepare().await.unwrap();
    let quick = run("quick").on("default");
    store.enqueue(vec![quick.clone()], None).await.unwrap();
    cluster.away();
    let mut helper = start(&cluster.url().replace("postgres@", "postgres:s3cret@"));
    let waits = hear(&mut helper, "cannot reach the database");
    assert!(waits.contains("postgres:***@127.0.0.1") && !waits.contains("s3cret"), "{waits}");
    cluster.back();
    hear(&mut helper, "the database is back");
    wait_for("the run to succeed", SOON, async || {
        let state = store.run_states(vec![quick.id]).await.ok()?.remove(0)?;
        (state.status == TaskStatus::Success).then_some(())
    })
    .await;
    signal(&helper, Signal::TERM);
    assert_eq!(code(helper).last().map(String::as_str), Some(GOOD[0]));
    store.close().await;
}

#[test]
fn a_worker_that_waits_for_its_database_hears_sigterm() {
    let mut helper = start("postgres://u@127.0.0.1:1/db");
    hear(&mut helper, "cannot reach the database");
    ends_at_once(helper);
}

#[test]
fn a_worker_whose_database_takes_the_connection_and_says_nothing_hears_sigterm() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let helper = start(&format!("postgres://u@{}/db", silent.local_addr().unwrap()));
    let _connection = silent.accept().unwrap();
    ends_at_once(helper);
}

#[test]
fn what_would_not_pass_by_waiting_ends_a_worker() {
    for url in [postgres::url("no_such_database"), "postgres://u:s3cret@h:port/db".into()] {
        assert_eq!(code(start(&url)), ["ExitCode(unix_exit_status(1))"], "{url}");
    }
}
