//! Who leads: one at a time, for a lease, under a fence.

use super::*;
use crate::support::stores::on_both;
use crate::support::{Worker, make};
use hyrex::store::{SchedulerSeen, SetSchedule};

on_both!(
    one_leads_at_a_time,
    a_lease_that_is_over_is_free_and_each_beat_renews_it,
    a_beat_renews_no_other_lease_and_none_that_was_let_go,
    a_tick_tells_who_leads_and_whether_there_is_a_job,
    who_leads_is_told_when_jobs_change_and_not_when_they_run,
    a_place_that_is_let_go_is_free_at_once,
    its_holder_takes_it_anew_and_only_the_last_claim_holds,
    whoever_lost_the_place_does_not_let_it_go,
    pythons_scheduler_holds_it_for_its_two_minutes,
    pythons_scheduler_takes_it_when_our_lease_is_over,
);

async fn one_leads_at_a_time(s: &TestStore) {
    assert!(lead(&*s.store, "a", 0.0).await.is_some());
    assert_eq!(lead(&*s.store, "b", 19.0).await, None);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_scheduler_lock WHERE lockid = 1").await, 1);
}

async fn a_lease_that_is_over_is_free_and_each_beat_renews_it(s: &TestStore) {
    // A worker of the tests has a lease of 20 s.
    let mut worker = Worker::at(&*s.store, at(0.0)).await;
    let ours = lead(&*s.store, &worker.id.to_string(), 0.0).await.unwrap();
    worker.now = Some(at(10.0));
    let seen = worker.beat().await.scheduler;
    assert_eq!(seen.leader, Some(ours.clone()), "the claim stays the same");
    assert_eq!(lead(&*s.store, "b", 29.0).await, None);
    worker.now = Some(at(29.0));
    assert_eq!(worker.look().await.scheduler.free_at, Some(at(30.0)));
    assert_eq!(lead(&*s.store, "b", 29.9).await, None, "a look renews nothing, nor costs it anything");
    let b = lead(&*s.store, "b", 30.0).await.expect("the lease is over");
    assert!(b.fence > ours.fence);
}

async fn a_beat_renews_no_other_lease_and_none_that_was_let_go(s: &TestStore) {
    let mut worker = Worker::at(&*s.store, at(0.0)).await;
    let other = lead(&*s.store, "a", 0.0).await.unwrap();
    worker.now = Some(at(10.0));
    worker.beat().await;
    assert_eq!(worker.look().await.scheduler.free_at, Some(at(20.0)));
    s.scheduler_release(other, Some(at(11.0))).await.unwrap();
    let ours = lead(&*s.store, &worker.id.to_string(), 11.0).await.unwrap();
    s.scheduler_release(ours, Some(at(12.0))).await.unwrap();
    worker.now = Some(at(13.0));
    let seen = worker.beat().await.scheduler;
    assert_eq!((seen.leader, seen.free_at), (None, None));
}

async fn a_tick_tells_who_leads_and_whether_there_is_a_job(s: &TestStore) {
    let worker = Worker::at(&*s.store, at(0.0)).await;
    assert_eq!(worker.look().await.scheduler, SchedulerSeen::default());
    put(s, vec![hourly("clean")]).await;
    assert_eq!(worker.look().await.scheduler.jobs, Some(0), "who does not lead need not know which");
    let other = lead(&*s.store, "a", 0.0).await.unwrap();
    let seen = worker.look().await.scheduler;
    assert_eq!((seen.jobs, seen.leader, seen.free_at), (Some(0), Some(other), Some(at(20.0))));
    assert!(set(s, "task:clean", false).await);
    assert_eq!(worker.look().await.scheduler.jobs, None, "what is off is no job to run");
}

async fn who_leads_is_told_when_jobs_change_and_not_when_they_run(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let worker = Worker::at(&*s.store, at(0.0)).await;
    let leader = lead(&*s.store, &worker.id.to_string(), 0.0).await.unwrap();
    let jobs = async || worker.look().await.scheduler.jobs.expect("there is a job");
    let first = jobs().await;
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![Fired::New]));
    assert_eq!(jobs().await, first);
    let mut seen = vec![first];
    let changed = schedule("30 * * * *", "UTC", task("clean"));
    for change in [vec![changed.clone()], vec![changed, hourly("sweep")], vec![hourly("sweep")]] {
        put(s, change).await;
        seen.push(jobs().await);
    }
    assert!(set(s, "task:sweep", false).await && set(s, "task:sweep", true).await);
    seen.push(jobs().await);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5, "each change shows: {seen:?}");
}

async fn set(s: &TestStore, name: &str, enabled: bool) -> bool {
    let set = SetSchedule { name: name.into(), enabled, actor: make::operator(), now: Some(at(5.0)) };
    s.schedule_set(set).await.unwrap()
}

async fn a_place_that_is_let_go_is_free_at_once(s: &TestStore) {
    let a = lead(&*s.store, "a", 0.0).await.unwrap();
    s.scheduler_release(a.clone(), Some(at(1.0))).await.unwrap();
    assert!(!leads(s, &a).await);
    assert!(lead(&*s.store, "b", 1.0).await.is_some());
}

/// Whether the claim still holds.
async fn leads(s: &TestStore, leader: &LeaderFence) -> bool {
    let nothing = Fire { leader: leader.clone(), firings: vec![], confirmed: vec![], now: None };
    s.schedules_fire(nothing).await.unwrap().is_some()
}

async fn its_holder_takes_it_anew_and_only_the_last_claim_holds(s: &TestStore) {
    let first = lead(&*s.store, "a", 0.0).await.unwrap();
    let second = lead(&*s.store, "a", 1.0).await.expect("its own");
    assert!(second.fence > first.fence);
    assert!(!leads(s, &first).await && leads(s, &second).await);
}

async fn whoever_lost_the_place_does_not_let_it_go(s: &TestStore) {
    let a = lead(&*s.store, "a", 0.0).await.unwrap();
    let b = lead(&*s.store, "b", 20.0).await.unwrap();
    s.scheduler_release(a, Some(at(21.0))).await.unwrap();
    assert_eq!(lead(&*s.store, "c", 22.0).await, None);
    assert!(leads(s, &b).await);
}

/// What the SDK's scheduler writes when it takes the row, at `at(now)`; how many rows that were.
async fn python_takes(s: &TestStore, now: f64) -> i64 {
    let (now, until) = (s.raw.time(at(now)), s.raw.time(at(now + 120.0)));
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_scheduler_lock (lockid, worker_name, acquired_at, heartbeat_at, release_at, is_active)
             VALUES (1, 'python', {now}, {now}, {until}, true)
             ON CONFLICT (lockid) DO UPDATE SET worker_name = excluded.worker_name, acquired_at = excluded.acquired_at,
                 heartbeat_at = excluded.heartbeat_at, release_at = excluded.release_at, is_active = excluded.is_active
             WHERE hyrex_scheduler_lock.is_active = false OR hyrex_scheduler_lock.release_at <= {now}"
        ))
        .await;
    s.raw.count("SELECT count(*) FROM hyrex_scheduler_lock WHERE worker_name = 'python'").await
}

async fn pythons_scheduler_holds_it_for_its_two_minutes(s: &TestStore) {
    assert_eq!(python_takes(s, 0.0).await, 1);
    assert_eq!(lead(&*s.store, "a", 119.0).await, None);
    assert!(lead(&*s.store, "a", 120.0).await.is_some());
}

async fn pythons_scheduler_takes_it_when_our_lease_is_over(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let ours = lead(&*s.store, "a", 0.0).await.unwrap();
    assert_eq!(python_takes(s, 19.0).await, 0);
    assert_eq!(python_takes(s, 20.0).await, 1);
    assert_eq!(fire(s, &ours, hour(0)).await, None);
    let again = lead(&*s.store, "a", 140.0).await.expect("its two minutes are over");
    assert!(again.fence > ours.fence);
}
