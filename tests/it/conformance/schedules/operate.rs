//! What operators do: switch a job off and on, and run it now.

use super::*;
use crate::support::make;
use crate::support::stores::on_both;
use hyrex::store::{RunSchedule, SetSchedule};

on_both!(
    a_job_is_switched_and_says_by_whom,
    times_that_come_while_it_is_off_are_not_made_up,
    switched_on_once_more_it_misses_nothing,
    a_job_is_run_now_beside_its_times,
    a_repeated_run_changes_nothing,
    what_nobody_knows_is_neither_switched_nor_run,
);

async fn set(s: &TestStore, name: &str, enabled: bool, now: Timestamp) -> bool {
    let set = SetSchedule { name: name.into(), enabled, actor: make::operator(), now: Some(now) };
    s.schedule_set(set).await.unwrap()
}

async fn events(s: &TestStore) -> Vec<(String, String)> {
    let events = s.system_events(None, 10).await.unwrap();
    events.into_iter().map(|event| (event.name, event.body)).collect()
}

async fn a_job_is_switched_and_says_by_whom(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    for (enabled, event) in [(false, "schedule_disable"), (true, "schedule_enable")] {
        assert!(set(s, "task:clean", enabled, at(f64::from(u8::from(enabled)) + 1.0)).await);
        let row = job(s, "task:clean").await;
        assert_eq!((row.enabled, row.enabled_by.as_deref()), (enabled, Some("ada")));
        let active = s.raw.count("SELECT count(*) FROM hyrex_cron_job WHERE active").await;
        assert_eq!(active, i64::from(enabled), "Python's scheduler sees it too");
        let (name, body) = events(s).await.remove(0);
        assert!(name == event && body.contains("ada") && body.contains("task:clean"), "{name} {body}");
    }
}

async fn times_that_come_while_it_is_off_are_not_made_up(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    set(s, "task:clean", false, at(1.0)).await;
    assert_eq!(fire(s, &leader, hour(2)).await, Some(vec![]));
    set(s, "task:clean", true, at(HOUR + 7201.0)).await;
    assert_eq!(fire(s, &leader, hour(4)).await, Some(vec![Fired::New; 2]));
    let times: Vec<_> = history(s, &job(s, "task:clean").await).await.iter().map(|row| row.time).collect();
    assert_eq!(times, [4, 3].map(hour));
}

async fn switched_on_once_more_it_misses_nothing(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    set(s, "task:clean", true, hour(2)).await;
    assert_eq!(job(s, "task:clean").await.confirmed_until, at(0.0));
}

fn run_now(name: &str, work: Target) -> RunSchedule {
    RunSchedule { name: name.into(), work, actor: make::operator(), now: Some(hour(0)) }
}

async fn a_job_is_run_now_beside_its_times(s: &TestStore) {
    put(s, vec![hourly("clean"), schedule("@hourly", "UTC", workflow("report"))]).await;
    let leader = leader(s).await;
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![Fired::New; 2]));
    for name in ["task:clean", "workflow:report"] {
        let row = job(s, name).await;
        let work = row.target().unwrap().unwrap().fresh();
        let id = work.run_id();
        assert!(s.schedule_run(run_now(name, work)).await.unwrap());
        let done = history(s, &row).await;
        assert_eq!((done.len(), done[0].run), (2, Some(id)), "{name}");
        assert!(done[0].time > hour(0) && events(s).await[0].1.contains(&id.to_string()));
    }
    assert_eq!(runs(s).await, 6);
}

async fn a_repeated_run_changes_nothing(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let run = run_now("task:clean", task("clean"));
    assert!(s.schedule_run(run.clone()).await.unwrap());
    let before = s.raw.everything().await;
    assert!(s.schedule_run(run).await.unwrap());
    assert_eq!(s.raw.everything().await, before);
}

async fn what_nobody_knows_is_neither_switched_nor_run(s: &TestStore) {
    let before = s.raw.everything().await;
    assert!(!set(s, "task:nobody", false, at(1.0)).await);
    assert!(!s.schedule_run(run_now("task:nobody", task("nobody"))).await.unwrap());
    assert_eq!(s.raw.everything().await, before);
}
