//! Waiting for a run to end.

use super::play::{app, claim, client, perform};
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::model::{Outcome, TaskStatus};
use hyrex::prelude::*;
use hyrex::{ClientErrorKind, Plain, registry};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(60);

fn count() -> Task<Plain<(), u32>> {
    Task::new("count", TaskConfig::new(), |()| async { Ok(7) })
}

fn fails(retries: u16) -> Task<Plain<(), u32>> {
    Task::new("fails", TaskConfig::new().max_retries(retries), |()| async {
        Err(Error::new("the card was refused\u{1b}[31m"))
    })
}

async fn the_result_comes_once_the_run_has_succeeded(store: &TestStore) {
    let run = client(store).send(&count(), ()).await.unwrap();
    let waiting = tokio::spawn({
        let run = run.clone();
        async move { run.wait(LONG).await }
    });
    perform(store, &app(registry![count()])).await;
    assert_eq!(waiting.await.unwrap().unwrap(), 7);
    // What has ended is known at once, also to one who has no time.
    assert_eq!(run.wait(Duration::ZERO).await.unwrap(), 7);
    assert_eq!(client(store).wait::<u32>(run.id(), LONG).await.unwrap(), 7);
}

async fn retries_are_waited_for_and_the_last_failure_is_told(store: &TestStore) {
    let run = client(store).send(&fails(1), ()).await.unwrap();
    perform(store, &app(registry![fails(1)])).await;
    let error = run.wait(SHORT).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::TimedOut { .. }), "{error}");
    perform(store, &app(registry![fails(1)])).await;
    let error = run.wait(LONG).await.unwrap_err();
    let ClientErrorKind::Failed { error: Some(kept), .. } = error.kind() else { panic!("{error}") };
    assert_eq!(kept.kind, "error");
    assert!(kept.place.as_ref().is_some_and(|place| place.contains("waits.rs")), "{kept:?}");
    let said = error.to_string();
    assert!(said.contains(r"the card was refused\u{1b}[31m") && !said.contains('\u{1b}'), "{said}");
}

async fn an_end_without_a_result_is_told_with_its_status(store: &TestStore) {
    let run = client(store).send(&count(), ()).await.unwrap();
    run.cancel().await.unwrap();
    let error = run.wait(LONG).await.unwrap_err();
    let ended = matches!(error.kind(), ClientErrorKind::Ended { status: TaskStatus::Canceled, .. });
    assert!(ended, "{error}");
}

async fn a_wait_that_is_over_leaves_the_run_alone(store: &TestStore) {
    let run = client(store).send(&count(), ()).await.unwrap();
    let error = run.wait(SHORT).await.unwrap_err();
    assert!(error.to_string().contains("did not end within 60ms: it goes on"), "{error}");
    assert_eq!(run.status().await.unwrap(), TaskStatus::Queued);
}

async fn a_result_of_another_type_is_told_with_its_field(store: &TestStore) {
    #[derive(Debug, Deserialize)]
    struct Receipt {
        #[allow(dead_code)]
        total: u32,
    }
    let wrong = Task::new("wrong", TaskConfig::new(), |()| async { Ok(serde_json::json!({"total": "much"})) });
    let run = client(store).send(&wrong, ()).await.unwrap();
    perform(store, &app(registry![wrong])).await;
    let error = client(store).wait::<Receipt>(run.id(), LONG).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Result { .. }), "{error}");
    assert!(error.to_string().contains("total: invalid type"), "{error}");
}

async fn many_who_wait_are_all_answered(store: &TestStore) {
    let client = client(store);
    let runs = client.send_many(&count(), vec![(); 300]).await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for run in runs.iter().chain(&runs) {
        let run = run.clone();
        waiting.spawn(async move { run.wait(LONG).await.unwrap() });
    }
    let (worker, first) = claim(store, &app(registry![count()])).await;
    let mut claimed = worker.claim_tasks("default", &["count"], 299).await;
    claimed.push(first);
    for run in &claimed {
        worker.settle(run, Outcome::Success(Some("3".into()))).await;
    }
    let mut answers = 0;
    while let Some(answer) = waiting.join_next().await {
        assert_eq!(answer.unwrap(), 3);
        answers += 1;
    }
    assert_eq!(answers, 600);
}

async fn an_end_in_this_process_wakes_those_who_have_waited_long(store: &TestStore) {
    let run = client(store).send(&count(), ()).await.unwrap();
    let waiting = tokio::spawn({
        let run = run.clone();
        async move { (run.wait(LONG).await, Instant::now()) }
    });
    // By now looks come every half second: the last one was at 1,130 ms, the next is at 1,630.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    perform(store, &app(registry![count()])).await;
    let ended = Instant::now();
    let (answer, woken) = waiting.await.unwrap();
    assert_eq!(answer.unwrap(), 7);
    assert!(woken.saturating_duration_since(ended) < Duration::from_millis(250), "not woken, but found by looking");
}

async fn one_who_waits_outlives_the_runtime_of_another(store: &TestStore) {
    let client = client(store);
    let run = client.send(&count(), ()).await.unwrap().id();
    let handle = client.clone();
    // The looks begin on a runtime that is gone a moment later.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { handle.wait_over(run, SHORT).await.unwrap_err() });
    })
    .join()
    .unwrap();
    let waiting = tokio::spawn(async move { client.wait::<u32>(run, LONG).await });
    perform(store, &app(registry![count()])).await;
    assert_eq!(waiting.await.unwrap().unwrap(), 7);
}

on_both!(
    the_result_comes_once_the_run_has_succeeded,
    retries_are_waited_for_and_the_last_failure_is_told,
    an_end_without_a_result_is_told_with_its_status,
    a_wait_that_is_over_leaves_the_run_alone,
    a_result_of_another_type_is_told_with_its_field,
    many_who_wait_are_all_answered,
    an_end_in_this_process_wakes_those_who_have_waited_long,
    one_who_waits_outlives_the_runtime_of_another,
);
