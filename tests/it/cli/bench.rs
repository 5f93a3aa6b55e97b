//! `bench`: the shape of its answer, that shares are of the same round, and that nothing is left behind.

use super::command::Hyrex;
use crate::support::{TestStore, wait_for};
use serde_json::Value;
use std::time::Duration;

const SMALL: [&str; 6] = ["bench", "--jobs", "200", "--rounds", "2", "--json"];

fn figure<'r>(report: &'r Value, measure: &str, figure: &str) -> &'r Value {
    let named = |list: &'r Value, name: &str| {
        let found = list.as_array().and_then(|list| list.iter().find(|one| one["name"] == name));
        found.unwrap_or_else(|| panic!("there is no {name}: {list:#}"))
    };
    named(&named(&report["measures"], measure)["figures"], figure)
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// The median of two is their mean.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

async fn shares_are_of_the_same_rounds(store: &TestStore) {
    let args = ["--only", "send-1,send-10,drain,drain-", "--url", &store.url];
    let report = Hyrex::new().args(SMALL).args(args).run().json();
    for name in ["send-1", "send-10", "drain", "drain-finished", "drain-scheduled"] {
        let rate = figure(&report, name, "rate");
        let (ours, base) = (numbers(&rate["samples"]), numbers(&rate["base"]["samples"]));
        assert!(ours.len() == 2 && base.len() == 2, "{rate:#}");
        assert!(ours.iter().chain(&base).all(|rate| *rate > 1.0), "{rate:#}");
        let shares: Vec<f64> = ours.iter().zip(&base).map(|(ours, base)| ours / base).collect();
        let said = rate["share"]["median"].as_f64().unwrap();
        assert!((said - mean(&shares)).abs() < 1e-6, "{rate:#}");
        let target = rate["target"]["value"].as_f64().unwrap();
        assert_eq!(rate["target"]["met"], said >= target, "{rate:#}");
    }
    let memory = numbers(&figure(&report, "drain", "memory")["samples"]);
    assert!(memory.len() == 2 && memory.iter().all(|mebibytes| (1.0..1_000.0).contains(mebibytes)), "{memory:?}");
}

async fn it_says_what_was_measured_on_what(store: &TestStore) {
    let args = ["--only", "pickup-inside,pickup-100,pickup-1000", "--url", &store.url];
    let report = Hyrex::new().args(SMALL).args(args).run().json();
    for field in ["version", "debug_build", "began", "seconds", "others_took", "busy"] {
        assert!(!report[field].is_null(), "{field}: {report:#}");
    }
    assert!(report["machine"]["cores"].as_u64() > Some(0) && report["machine"]["system"].is_string(), "{report:#}");
    assert_eq!(report["settings"]["jobs"], 200);
    let settings = &report["database"]["settings"];
    assert!(settings["synchronous_commit"] == "on" || settings["synchronous"] == "FULL", "{settings:#}");
    for (measure, quantile) in [("pickup-inside", "p50"), ("pickup-100", "p95"), ("pickup-1000", "p99")] {
        let wait = figure(&report, measure, quantile);
        assert!(wait["ours"]["median"].as_f64().is_some_and(|ms| (0.0..10_000.0).contains(&ms)), "{wait:#}");
        assert!(wait["base"]["median"].as_f64().is_some_and(|ms| (0.0..10_000.0).contains(&ms)), "{wait:#}");
    }
}

/// Everything beside the store's own file, or beside the schemas that every database has.
async fn beside(store: &TestStore) -> Vec<String> {
    let mut found: Vec<String> = match store.url.strip_prefix("sqlite:") {
        Some(path) => {
            let dir = std::path::Path::new(path).parent().unwrap();
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into()).collect()
        }
        None => {
            let schemas = "select nspname::text from pg_namespace where nspname not like 'pg_%temp%'";
            store.raw.texts(schemas).await.into_iter().flatten().collect()
        }
    };
    found.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    found.sort();
    found
}

async fn nothing_is_left_behind(store: &TestStore) {
    let (before, runs) = (beside(store).await, store.raw.count("select count(*) from hyrex_task_run").await);
    let args = ["--only", "drain-finished,queues", "--url", &store.url];
    let report = Hyrex::new().args(SMALL).args(args).run().json();
    assert_eq!(report["measures"].as_array().map(Vec::len), Some(2));
    assert_eq!(beside(store).await, before);
    assert_eq!(
        store.raw.count("select count(*) from hyrex_task_run").await,
        runs,
        "nothing was sent to the application"
    );
}

async fn ctrl_c_ends_it_and_clears_up(store: &TestStore) {
    let before = beside(store).await;
    let url = store.url.clone();
    let bench = Hyrex::new().args(["bench", "--jobs", "100000", "--only", "drain-finished", "--url", &url]).start();
    let begun = async || (beside(store).await != before).then_some(());
    wait_for("the benchmark's tables", Duration::from_secs(30), begun).await;
    bench.interrupt();
    assert_eq!(tokio::task::spawn_blocking(|| bench.code()).await.unwrap(), Some(1));
    assert_eq!(beside(store).await, before);
}

crate::support::stores::on_both!(
    shares_are_of_the_same_rounds,
    it_says_what_was_measured_on_what,
    nothing_is_left_behind,
    ctrl_c_ends_it_and_clears_up,
);

/// An application in the same database hears nothing of it.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn workers_of_the_same_database_are_not_woken() {
    crate::support::stores::check(crate::support::Kind::Postgres, async |store| {
        let mut listener = sqlx::postgres::PgListener::connect(&store.url).await.unwrap();
        listener.listen("hyrex").await.unwrap();
        let report = Hyrex::new().args(SMALL).args(["--only", "send-1,pickup-100", "--url", &store.url]).run().json();
        assert_eq!(report["measures"].as_array().map(Vec::len), Some(2), "{report:#}");
        // What a send in the application's own tables says is the first that comes.
        store.enqueue(vec![hyrex::model::NewRun::new("own", "{}")], None).await.unwrap();
        let first = listener.recv().await.unwrap();
        assert!(first.payload().contains("own"), "{}", first.payload());
    })
    .await;
}

#[test]
fn what_cannot_be_measured_is_one_clear_line() {
    let bench = |args: &[&str]| Hyrex::new().args(["bench"]).args(args).run();
    bench(&["--only", "nothing"]).fails(2, &["'nothing'", "send-1"]);
    bench(&["--url", "sqlite:/not/there/file.db"]).fails(1, &["/not/there"]);
    bench(&["--url", "mysql://a:s3cret@b/c"]).fails(1, &["mysql"]);
    bench(&["--url", "sqlite::memory:"]).fails(1, &["sqlite"]);
    bench(&["--url", "postgres://a:s3cret@127.0.0.1:1/c"]).fails(1, &["measure"]);
    for wrong in [["--jobs", "0"], ["--rounds", "x"], ["--concurrency", "10001"]] {
        let said = bench(&wrong);
        assert!(said.code == Some(2) && said.err.contains(wrong[1]) && !said.err.contains("panicked"), "{said:?}");
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn without_a_database_it_is_a_temporary_file_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Hyrex::new().env("TMPDIR", &dir.path().display().to_string());
    let said = bench.args(["bench", "--jobs", "50", "--rounds", "1", "--only", "send-many"]).run();
    assert!(said.err.contains("no database is named"), "{said:?}");
    let text = said.ok();
    for part in ["SQLite 3", "send-many", "≥ 1.00 ×", "SHARE", "of 1 target met"] {
        assert!(text.contains(part), "'{part}' is missing: {text}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "its files are gone");
}
