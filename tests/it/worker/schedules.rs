//! Schedules under real workers: each of their times is sent once, at its second, whoever leads.

use super::{PATIENCE, app, quick, start, start_with};
use crate::support::stores::on_both;
use crate::support::{TestStore, make, wait_for};
use hyrex::model::Timestamp;
use hyrex::prelude::*;
use hyrex::store::{ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, SetSchedule, Store};
use hyrex::{HyrexRegistry, OnlyInsideTasks, PlainWorkflow, registry};
use std::time::Duration;

on_both!(
    a_task_and_a_workflow_are_sent_at_their_seconds,
    one_of_two_leads_and_the_other_takes_over_at_once,
    what_came_while_no_worker_was_there_is_made_up_after_a_restart,
    an_operator_switches_it_off_and_on,
    what_the_code_has_no_more_is_not_sent_any_more,
    a_wrong_cron_keeps_the_worker_from_beginning,
);

const EACH_SECOND: &str = "* * * * * *";

fn clean_up(cron: Option<Cron>) -> Task<Plain<(), ()>> {
    let mut config = TaskConfig::new();
    config.cron = cron;
    Task::new("clean_up", config, |()| async { Ok(()) })
}

/// A task that is sent each second.
fn each_second() -> HyrexRegistry {
    registry![clean_up(Some(EACH_SECOND.into()))]
}

pub async fn job(store: &dyn Store, name: &str) -> Option<ScheduleRow> {
    store.schedules(None).await.unwrap().into_iter().find(|job| job.name == name)
}

/// What a job did, the oldest first.
pub async fn history(store: &dyn Store, name: &str) -> Vec<ScheduleRunRow> {
    let Some(job) = job(store, name).await else { return Vec::new() };
    let query = ScheduleHistoryQuery { job: job.id, before: None, limit: 1000 };
    let mut items = store.schedule_history(query).await.unwrap().items;
    items.reverse();
    items
}

async fn until_sent(store: &TestStore, name: &str, times: usize) -> Vec<ScheduleRunRow> {
    let what = format!("{name} to be sent {times} times");
    wait_for(&what, PATIENCE, async || Some(history(&*store.store, name).await).filter(|rows| rows.len() >= times))
        .await
}

/// Asserts that each second from the first to the last one was sent once.
#[track_caller]
pub fn assert_each_second(rows: &[ScheduleRunRow]) {
    let seconds: Vec<i64> = rows.iter().map(|row| row.time.timestamp()).collect();
    let (first, last) = (*seconds.first().expect("it was sent"), *seconds.last().expect("it was sent"));
    assert_eq!(seconds, (first..=last).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.status.as_deref() == Some("SUCCESS") && row.run.is_some()), "{rows:?}");
}

async fn a_task_and_a_workflow_are_sent_at_their_seconds(store: &TestStore) {
    let task = clean_up(Some(EACH_SECOND.into()));
    let config = WorkflowConfig::new().cron(Cron::new("*/2 * * * * *").tz("Asia/Kolkata"));
    let step = Task::new("step", TaskConfig::new(), |()| async { Ok(()) });
    let workflow: Workflow<PlainWorkflow<()>> =
        Workflow::new("report", config, |_: OnlyInsideTasks<()>| step.clone() >> step.node("again"));
    let worker = start(store, registry![task, workflow]);
    let runs = until_sent(store, "workflow:report", 2).await;
    let sent = until_sent(store, "task:clean_up", 3).await;
    assert_each_second(&sent);
    // Only the first one may have been there before somebody led.
    for row in &sent[1..] {
        let late = row.done.unwrap() - row.time;
        assert!(late >= chrono::TimeDelta::zero() && late.num_milliseconds() < 900, "{late} late");
    }
    assert_eq!((runs[1].time - runs[0].time).num_seconds(), 2);
    let ids = runs.iter().map(|row| hyrex::model::WorkflowRunId(row.run.unwrap())).collect::<Vec<_>>();
    wait_for("the workflow's runs to end", PATIENCE, async || {
        let states = store.workflow_states(ids.clone()).await.unwrap();
        states.iter().flatten().all(|state| state.status == hyrex::model::WorkflowStatus::Success).then_some(())
    })
    .await;
    worker.stop().await;
    // A clean stop leaves the place free.
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_scheduler_lock WHERE is_active").await, 0);
}

async fn one_of_two_leads_and_the_other_takes_over_at_once(store: &TestStore) {
    // No lease is over within this test: the place is handed over, not taken.
    let lasting = || quick().lease(Duration::from_secs(600));
    let first = start_with(store, each_second(), lasting());
    until_sent(store, "task:clean_up", 2).await;
    let second = start_with(store, each_second(), lasting());
    until_sent(store, "task:clean_up", 3).await;
    first.stop().await;
    let handed_over = history(&*store.store, "task:clean_up").await.len();
    until_sent(store, "task:clean_up", handed_over + 2).await;
    second.stop().await;
    assert_each_second(&history(&*store.store, "task:clean_up").await);
    let sent = store.raw.count("SELECT count(*) FROM hyrex_task_run").await;
    assert_eq!(sent as usize, history(&*store.store, "task:clean_up").await.len());
}

async fn what_came_while_no_worker_was_there_is_made_up_after_a_restart(store: &TestStore) {
    let worker = start(store, each_second());
    until_sent(store, "task:clean_up", 1).await;
    worker.stop().await;
    let before = history(&*store.store, "task:clean_up").await;
    let until = before.last().unwrap().time + chrono::TimeDelta::seconds(3);
    wait_for("some seconds to pass", PATIENCE, async || (store.now().await.unwrap() > until).then_some(())).await;
    assert_eq!(history(&*store.store, "task:clean_up").await.len(), before.len(), "nobody is there");
    let worker = start(store, each_second());
    let after = until_sent(store, "task:clean_up", before.len() + 4).await;
    worker.stop().await;
    assert_each_second(&after);
}

async fn an_operator_switches_it_off_and_on(store: &TestStore) {
    let worker = start(store, each_second());
    until_sent(store, "task:clean_up", 1).await;
    let set = async |enabled| {
        let set = SetSchedule { name: "task:clean_up".into(), enabled, actor: make::operator(), now: None };
        assert!(store.schedule_set(set).await.unwrap());
        store.now().await.unwrap()
    };
    let off = set(false).await;
    let resumed = off + chrono::TimeDelta::seconds(2);
    wait_for("some seconds to pass", PATIENCE, async || (store.now().await.unwrap() > resumed).then_some(())).await;
    let on = set(true).await;
    let count = history(&*store.store, "task:clean_up").await.len();
    let sent = until_sent(store, "task:clean_up", count + 2).await;
    worker.stop().await;
    let within = |time: Timestamp| time > off && time <= on - chrono::TimeDelta::seconds(1);
    assert!(!sent.iter().any(|row| within(row.time)), "nothing is sent while it is off, nor made up: {sent:?}");
}

async fn what_the_code_has_no_more_is_not_sent_any_more(store: &TestStore) {
    let other = Task::new("other", TaskConfig::new().cron(EACH_SECOND), |()| async { Ok(()) });
    let worker = start(store, registry![clean_up(Some(EACH_SECOND.into())), other]);
    until_sent(store, "task:clean_up", 1).await;
    worker.stop().await;
    let count = store.raw.count("SELECT count(*) FROM hyrex_task_run WHERE task_name = 'clean_up'").await;
    let worker = start(store, registry![clean_up(None), other]);
    let sent = history(&*store.store, "task:other").await.len();
    until_sent(store, "task:other", sent + 2).await;
    worker.stop().await;
    assert_eq!(job(&*store.store, "task:clean_up").await, None);
    assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run WHERE task_name = 'clean_up'").await, count);
}

async fn a_wrong_cron_keeps_the_worker_from_beginning(store: &TestStore) {
    let app = app(registry![clean_up(Some("0 25 * * *".into()))]);
    let worker = hyrex::Worker::new(app, store.store.clone());
    let error = worker.run(hyrex::Shutdown::new()).await.unwrap_err().to_string();
    assert!(error.starts_with("task 'clean_up': the cron expression '0 25 * * *': hour '25'"), "{error}");
    assert_eq!(store.schedules(None).await.unwrap(), []);
}

/// The database's clock is an hour ahead of this machine's: it is the one that counts.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_workers_clock_that_is_an_hour_wrong_changes_nothing() {
    use crate::support::{Kind, stores};
    stores::check(Kind::Postgres, async |store| {
        store
            .raw
            .execute(
                "CREATE SCHEMA shifted;
                 CREATE FUNCTION shifted.now() RETURNS timestamptz STABLE LANGUAGE sql
                     AS $$ SELECT pg_catalog.now() + interval '1 hour' $$;
                 DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, shifted, pg_catalog',
                     current_database()); END $$",
            )
            .await;
        let ahead = store.another().await;
        let offset = ahead.now().await.unwrap() - chrono::Utc::now();
        assert!(offset.num_minutes() >= 59, "the database's clock is not ahead: {offset}");
        let app = app(each_second());
        let shutdown = hyrex::Shutdown::new();
        let worker = hyrex::Worker::new(app, ahead.clone()).settings(quick()).run(shutdown.clone());
        let worker = tokio::spawn(worker);
        let sent = until_sent(store, "task:clean_up", 4).await;
        shutdown.request();
        worker.await.unwrap().unwrap();
        let now = ahead.now().await.unwrap();
        ahead.close().await;
        assert_each_second(&sent);
        assert!(sent.iter().all(|row| (now - row.time).num_seconds().abs() < 60), "{now}: {sent:?}");
        assert!(sent[1..].iter().all(|row| (row.done.unwrap() - row.time).num_milliseconds() < 900), "{sent:?}");
    })
    .await;
}
