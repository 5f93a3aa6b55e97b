//! Who leads: one at a time, for a lease, under a fence.

use super::*;
use crate::support::stores::on_both;

on_both!(
    one_leads_at_a_time,
    a_lease_that_is_over_is_free_and_a_renewed_one_is_not,
    a_place_that_is_let_go_is_free_at_once,
    its_holder_takes_it_anew_and_only_the_last_claim_holds,
    whoever_lost_the_place_neither_keeps_it_nor_lets_it_go,
    pythons_scheduler_holds_it_for_its_two_minutes,
    pythons_scheduler_takes_it_when_our_lease_is_over,
);

async fn one_leads_at_a_time(s: &TestStore) {
    assert!(lead(&*s.store, "a", 0.0).await.is_some());
    assert_eq!(lead(&*s.store, "b", 19.0).await, None);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_scheduler_lock WHERE lockid = 1").await, 1);
}

async fn a_lease_that_is_over_is_free_and_a_renewed_one_is_not(s: &TestStore) {
    let a = lead(&*s.store, "a", 0.0).await.unwrap();
    assert!(s.scheduler_renew(a.clone(), Duration::from_secs(20), Some(at(15.0))).await.unwrap());
    assert_eq!(lead(&*s.store, "b", 34.0).await, None);
    let b = lead(&*s.store, "b", 35.0).await.expect("the lease is over");
    assert!(b.fence > a.fence);
}

async fn a_place_that_is_let_go_is_free_at_once(s: &TestStore) {
    let a = lead(&*s.store, "a", 0.0).await.unwrap();
    s.scheduler_release(a.clone(), Some(at(1.0))).await.unwrap();
    assert!(!s.scheduler_renew(a, Duration::from_secs(20), Some(at(1.0))).await.unwrap());
    assert!(lead(&*s.store, "b", 1.0).await.is_some());
}

async fn its_holder_takes_it_anew_and_only_the_last_claim_holds(s: &TestStore) {
    let first = lead(&*s.store, "a", 0.0).await.unwrap();
    let second = lead(&*s.store, "a", 1.0).await.expect("its own");
    assert!(second.fence > first.fence);
    assert!(!s.scheduler_renew(first, Duration::from_secs(20), Some(at(2.0))).await.unwrap());
    assert!(s.scheduler_renew(second, Duration::from_secs(20), Some(at(2.0))).await.unwrap());
}

async fn whoever_lost_the_place_neither_keeps_it_nor_lets_it_go(s: &TestStore) {
    let a = lead(&*s.store, "a", 0.0).await.unwrap();
    let b = lead(&*s.store, "b", 20.0).await.unwrap();
    assert!(!s.scheduler_renew(a.clone(), Duration::from_secs(90), Some(at(21.0))).await.unwrap());
    s.scheduler_release(a, Some(at(21.0))).await.unwrap();
    assert_eq!(lead(&*s.store, "c", 22.0).await, None);
    assert!(s.scheduler_renew(b, Duration::from_secs(20), Some(at(22.0))).await.unwrap());
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
    assert!(!s.scheduler_renew(ours.clone(), Duration::from_secs(20), Some(at(21.0))).await.unwrap());
    assert_eq!(fire(s, &ours, hour(0)).await, None);
    let again = lead(&*s.store, "a", 140.0).await.expect("its two minutes are over");
    assert!(again.fence > ours.fence);
}
