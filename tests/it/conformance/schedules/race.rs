//! Two who lead for a moment, and operators beside them: each time runs once.

use super::*;
use crate::support::stores::on_both;
use std::sync::Arc;
use tokio::sync::Barrier;

on_both!(two_leaders_at_once_run_each_time_once, of_many_who_want_to_lead_one_does);

/// One leads, another takes its place at the very moment when the first one fires, and both fire the same times.
async fn two_leaders_at_once_run_each_time_once(s: &TestStore) {
    put(s, vec![hourly("clean"), schedule("@hourly", "UTC", workflow("report"))]).await;
    let (other, mut refused) = (s.another().await, 0);
    for round in 0..25 {
        let now = HOUR + 3600.0 * f64::from(round);
        let old = lead(&*s.store, "old", now).await.expect("the place is free");
        let due = due(s, &old, at(now)).await;
        let together = Arc::new(Barrier::new(2));
        let (ours, theirs) = (due.clone(), due);
        let fired = async {
            together.wait().await;
            s.schedules_fire(ours).await.unwrap()
        };
        let taken = async {
            together.wait().await;
            let new = lead(&*other, "new", now + 20.0).await.expect("the lease is over");
            let fired = other.schedules_fire(Fire { leader: new.clone(), ..theirs }).await.unwrap();
            other.scheduler_release(new, None).await.unwrap();
            fired
        };
        let (fired, taken) = tokio::join!(fired, taken);
        refused += i32::from(fired.is_none());
        let new = fired.into_iter().chain(taken).flatten().filter(|fired| *fired == Fired::New).count();
        assert_eq!(new, 2, "round {round}");
    }
    other.close().await;
    assert_eq!(runs(s).await, 25 * 3, "a task and two nodes an hour");
    println!("{refused} of 25 were fenced off");
}

async fn of_many_who_want_to_lead_one_does(s: &TestStore) {
    let others = [s.another().await, s.another().await, s.another().await];
    let together = Arc::new(Barrier::new(others.len()));
    let wants = others.iter().enumerate().map(|(number, store)| {
        let together = together.clone();
        async move {
            together.wait().await;
            lead(&**store, &format!("w{number}"), 1.0).await
        }
    });
    let leaders = futures_util::future::join_all(wants).await;
    assert_eq!(leaders.iter().flatten().count(), 1);
    for store in others {
        store.close().await;
    }
}
