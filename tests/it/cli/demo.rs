//! `demo --headless`: what it does adds up, and it says so.

use super::command::Hyrex;

#[cfg(feature = "sqlite")]
#[test]
fn the_demo_adds_up_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Hyrex::new().env("TMPDIR", &dir.path().display().to_string());
    let text = demo.args(["demo", "--headless", "--seconds", "3"]).run().ok();
    assert!(text.trim_end().ends_with("Everything adds up."), "{text}");
    for part in ["succeeded", "retried", "failed", "canceled", "throughput", "payments", "WAIT p50", "✓"] {
        assert!(text.contains(part), "'{part}' is missing: {text}");
    }
    assert!(!text.contains('✗') && text.lines().count() <= 50, "{text}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "its files are gone");
}

async fn the_demo_adds_up_on(store: &crate::support::TestStore) {
    let args = ["demo", "--headless", "--seconds", "3", "--json", "--url", &store.url];
    let report = Hyrex::new().args(args).run().json();
    assert_eq!(report["adds_up"], true, "{report:#}");
    let total = &report["total"];
    for figure in ["runs", "succeeded", "retried", "failed", "canceled"] {
        assert!(total[figure].as_u64().is_some_and(|n| n > 0), "{figure}: {report:#}");
    }
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(14), "{report:#}");
    assert!(report["queues"].as_object().is_some_and(|queues| queues.keys().all(|name| name.starts_with("demo-"))));
}

crate::support::stores::on_both!(the_demo_adds_up_on);

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_lives_through_connections_that_are_ended() {
    use crate::support::{Kind, stores::check};
    check(Kind::Postgres, async |store| {
        let args = ["demo", "--headless", "--seconds", "3", "--json", "--url", &store.url].map(str::to_owned);
        let mut demo = tokio::task::spawn_blocking(|| Hyrex::new().args(args).run());
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5";
        let mut ended = 0;
        let said = loop {
            tokio::select! {
                said = &mut demo => break said.unwrap(),
                () = tokio::time::sleep(std::time::Duration::from_millis(300)) => ended += store.raw.count(end).await,
            }
        };
        let report: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
        assert!(ended > 5, "connections were ended: {ended}");
        assert_eq!(report["total"]["open"], 0, "{report:#}");
        assert_eq!(report["adds_up"], true, "{report:#}");
    })
    .await;
}
