//! The demo plays, somebody meddles with its database, and it says so.

#![cfg(feature = "sqlite")]

use super::kind::Kind;
use super::*;
use crate::model::{TaskStatus, WorkflowStatus};

/// A demo that was played, and its database, still there.
struct Stage {
    place: Place,
    since: AttemptId,
    played: Played,
}

async fn stage() -> Stage {
    use tracing_subscriber::prelude::*;
    // Another test of this process may have installed the same.
    let _ = tracing_subscriber::registry().with(crate::runtime::LogLayer::new()).try_init();
    let place = Place::new(None).unwrap();
    let since = AttemptId::new();
    let store = place.open().await.unwrap();
    let played = play(&place, &store, 3, 30).await.unwrap();
    store.close().await;
    Stage { place, since, played }
}

impl Stage {
    /// What fails once this SQL was run past the store.
    async fn failing_after(&self, sql: &str) -> Vec<&'static str> {
        let path = self.place.url().strip_prefix("sqlite:").unwrap().to_owned();
        let changed = rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql} changed nothing");
        let store = self.place.open().await.unwrap();
        let found = look::look(&store, self.place.prefix(), self.since).await.unwrap();
        store.close().await;
        let checks = check::all(&self.played.books, &found);
        checks.into_iter().filter(|check| !check.ok).map(|check| check.what).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn meddling_with_the_database_is_seen_and_is_a_failure() {
    let stage = stage().await;
    let checks = check::all(&stage.played.books, &stage.played.found);
    assert!(checks.iter().all(|check| check.ok), "{checks:#?}");
    let some = |task: Kind, status: TaskStatus| {
        format!("(SELECT id FROM hyrex_task_run WHERE task_name = '{}' AND status = '{status}' LIMIT 1)", task.task())
    };
    let meddling = [
        (
            "each result is what its handler returned",
            format!(
                "UPDATE hyrex_task_result SET result = '[7]' WHERE task_id = {}",
                some(Kind::Stock, TaskStatus::Success)
            ),
        ),
        (
            "the till in the key-value store is exact",
            "UPDATE hyrex_kv SET value = '{\"charges\":1,\"cents\":1}'".into(),
        ),
        (
            "each failure is an attempt with its error",
            format!("DELETE FROM hyrex_task_error WHERE attempt_id = {}", some(Kind::Charge, TaskStatus::Failed)),
        ),
        (
            "each line that a task logged is kept",
            format!(
                "DELETE FROM hyrex_task_log WHERE seq = 3 AND attempt_id = {}",
                some(Kind::Export, TaskStatus::Success)
            ),
        ),
        (
            "each node began after those before it",
            format!(
                "UPDATE hyrex_workflow_run SET status = '{}' WHERE workflow_name = 'shop_training'",
                WorkflowStatus::Failed
            ),
        ),
        (
            "each time of a schedule is one run",
            format!("DELETE FROM hyrex_task_run WHERE id = {}", some(Kind::CountTill, TaskStatus::Success)),
        ),
        (
            "every acknowledged send is one run",
            format!("DELETE FROM hyrex_task_run WHERE id = {}", some(Kind::Mail, TaskStatus::Success)),
        ),
    ];
    for (what, sql) in meddling {
        let failing = stage.failing_after(&sql).await;
        assert!(failing.contains(&what), "{what}: {failing:?}");
    }
    let store = stage.place.open().await.unwrap();
    let found = look::look(&store, stage.place.prefix(), stage.since).await.unwrap();
    store.close().await;
    let report = report(Played { found, ..stage.played });
    assert!(!report.adds_up);
    let error = verdict(&report).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert!(error.line().unwrap().contains("7 of 14 checks failed"), "{error}");
    let screen = crate::cli::world::Screen { terminal: true, width: Some(100), colours: false };
    let text = report.text(screen, "");
    assert!(text.contains("✗ each result is what") && text.ends_with("It does not add up.\n"), "{text}");
}
