//! The helper for the tests of applications, on both stores.

use super::N;
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use hyrex::runtime::testing::{Ran, TestApp};
use std::time::Duration;

on_both!(
    a_drain_runs_what_is_queued_in_order_and_says_with_what_result,
    what_tasks_send_runs_in_the_same_drain,
    a_task_may_wait_for_one_that_it_sent,
    the_clock_stands_still_until_it_is_moved,
    on_error_is_called_before_the_drain_goes_on,
    paused_queues_and_unserved_ones_are_not_drained,
    what_was_sent_is_told_in_order_with_its_settings,
);

async fn test_app(store: &TestStore, registry: HyrexRegistry) -> TestApp {
    TestApp::on(super::app(registry), store.store.clone()).await.unwrap()
}

fn told(ran: &[Ran]) -> Vec<(&str, TaskStatus, Option<&str>)> {
    ran.iter().map(|ran| (ran.task_name.as_str(), ran.status, ran.result.as_deref())).collect()
}

async fn a_drain_runs_what_is_queued_in_order_and_says_with_what_result(store: &TestStore) {
    let double = Task::new("double", TaskConfig::new(), |N { n }| async move { Ok(n * 2) });
    let fails = Task::blocking("fails", TaskConfig::new(), |()| Err::<(), _>(Error::new("no good")));
    let test = test_app(store, registry![double, fails]).await;
    double.on(test.client()).send(N { n: 1 }).await.unwrap();
    double.with_config(TaskConfig::new().priority(9)).on(test.client()).send(N { n: 2 }).await.unwrap();
    fails.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    let expected = [
        ("double", TaskStatus::Success, Some("4")),
        ("double", TaskStatus::Success, Some("2")),
        ("fails", TaskStatus::Failed, None),
    ];
    assert_eq!(told(&ran), expected);
    assert_eq!(ran[2].error.as_ref().map(|error| error.message.as_str()), Some("no good"));
    assert!(test.drain().await.unwrap().is_empty(), "everything has run");
}

async fn what_tasks_send_runs_in_the_same_drain(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |N { n }| async move { Ok(n) });
    let sent = child.clone();
    let parent = Task::new("parent", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move { Ok(sent.send_many((0..3).map(|n| N { n })).await?.len()) }
    });
    let test = test_app(store, registry![parent, child]).await;
    parent.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    let results: Vec<_> = ran.iter().filter_map(|ran| ran.result.as_deref()).collect();
    assert_eq!(results, ["3", "0", "1", "2"]);
}

async fn a_task_may_wait_for_one_that_it_sent(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |N { n }| async move { Ok(n + 1) });
    let sent = child.clone();
    let parent = Task::new("parent", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move { Ok(sent.send(N { n: 1 }).await?.wait(super::PATIENCE).await?) }
    });
    let test = test_app(store, registry![parent, child]).await;
    parent.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    assert_eq!(told(&ran), [("child", TaskStatus::Success, Some("2")), ("parent", TaskStatus::Success, Some("2"))]);
}

async fn the_clock_stands_still_until_it_is_moved(store: &TestStore) {
    let config = TaskConfig::new().max_retries(1).retry_backoff(Backoff::seconds(3600));
    let task = Task::new("flaky", config, |()| async { Err::<(), _>(Error::new("no")) });
    let test = test_app(store, registry![task]).await;
    let begun = test.now();
    task.on(test.client()).send(()).await.unwrap();
    task.with_config(TaskConfig::new().delay(Duration::from_secs(1800))).on(test.client()).send(()).await.unwrap();
    let attempts = async || test.drain().await.unwrap().iter().map(|ran| ran.attempt_number).collect::<Vec<_>>();
    assert_eq!(attempts().await, [0], "the delayed one and the retry wait");
    test.advance(Duration::from_secs(1800));
    assert_eq!(attempts().await, [0]);
    test.advance(Duration::from_secs(1800));
    assert_eq!(attempts().await, [1]);
    test.advance(Duration::from_secs(1799));
    assert!(attempts().await.is_empty(), "a second is left");
    test.advance(Duration::from_secs(1));
    assert_eq!(attempts().await, [1]);
    assert_eq!((test.now() - begun).num_seconds(), 5400);
}

async fn on_error_is_called_before_the_drain_goes_on(store: &TestStore) {
    let repair = Task::new("repair", TaskConfig::new(), |()| async { Ok("repaired".to_owned()) });
    let sent = repair.clone();
    let fails = Task::new("fails", TaskConfig::new(), |()| async { Err::<(), _>(Error::new("no")) }).on_error(
        move |_: Failure| {
            let sent = sent.clone();
            async move { sent.send(()).await.map(drop) }
        },
    );
    let test = test_app(store, registry![fails, repair]).await;
    fails.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    assert_eq!(told(&ran)[1], ("repair", TaskStatus::Success, Some("\"repaired\"")));
}

async fn paused_queues_and_unserved_ones_are_not_drained(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |()| async { Ok(()) });
    let settings = WorkerSettings::new().queues(["a", "b"]).unwrap();
    let app = super::app(registry![task]).worker(settings);
    let test = TestApp::on(app, store.store.clone()).await.unwrap();
    for queue in ["a", "b", "c"] {
        task.with_config(TaskConfig::new().queue(queue)).on(test.client()).send(()).await.unwrap();
    }
    let actor = crate::support::make::operator();
    let pause = hyrex::store::SetPause { queue: "a".into(), paused: true, actor, now: None };
    store.queue_pause(pause).await.unwrap();
    let queues: Vec<_> = test.drain().await.unwrap().into_iter().map(|ran| ran.queue).collect();
    assert_eq!(queues, ["b"]);
}

async fn what_was_sent_is_told_in_order_with_its_settings(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |N { n }| async move { Ok(n) });
    let sent = child.clone();
    let parent = Task::new("parent", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move { Ok(sent.send(N { n: 7 }).await?.id().to_string()) }
    });
    let test = test_app(store, registry![parent, child]).await;
    let config = TaskConfig::new().queue("slow").priority(9).max_retries(2).timeout_seconds(30);
    let keyed = config.idempotency_key("k").delay(Duration::from_secs(60));
    for _ in 0..2 {
        child.with_config(keyed.clone()).on(test.client()).send(N { n: 1 }).await.unwrap();
    }
    parent.on(test.client()).send(()).await.unwrap();
    test.drain().await.unwrap();
    let told = test.sent().await.unwrap();
    let names: Vec<_> = told.iter().map(|sent| (sent.task_name.as_str(), sent.status)).collect();
    let expected =
        [("child", TaskStatus::AwaitStartTime), ("parent", TaskStatus::Success), ("child", TaskStatus::Success)];
    assert_eq!(names, expected);
    let first = &told[0];
    assert_eq!((first.queue.as_str(), first.priority, first.max_retries), ("slow", 9, 2));
    assert_eq!((first.timeout_seconds, first.idempotency_key.as_deref()), (Some(30), Some("k")));
    assert_eq!(first.start, Some(test.now() + Duration::from_secs(60)));
    assert_eq!((first.parent.is_none(), told[2].parent.is_some()), (true, true));
    let args: Vec<u32> = test.sent_of(&child).await.unwrap().iter().map(|sent| sent.args::<N>().unwrap().n).collect();
    assert_eq!(args, [1, 7]);
}
