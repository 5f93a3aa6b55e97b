//! Times that others wrote, and that no calendar holds, or none where there should be one: no worker stops at them.

use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::TaskStatus;
use hyrex::store::{RunFilter, RunsQuery};

on_both!(a_run_that_waits_without_a_time_is_due, a_time_without_an_end_stops_nobody);

async fn a_run_that_waits_without_a_time_is_due(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    s.raw.execute("UPDATE hyrex_task_run SET status = 'AWAIT_START_TIME', scheduled_start = NULL, queued = NULL").await;
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let due = worker.look().await.next_due.expect("something is due");
    assert!(due <= at(1.0), "{due}");
    assert_eq!(s.promote_due(Some(at(1.0))).await.unwrap(), 1);
    assert_eq!(worker.claim_one().await.run, new.id);
}

/// The greatest and the smallest that the database can hold, in its own words.
fn ends(s: &TestStore) -> [&'static str; 2] {
    match s.kind {
        #[cfg(feature = "sqlite")]
        crate::support::Kind::Sqlite => ["9223372036854775807", "-9223372036854775807"],
        #[cfg(feature = "postgres")]
        crate::support::Kind::Postgres => ["'infinity'", "'-infinity'"],
    }
}

async fn a_time_without_an_end_stops_nobody(s: &TestStore) {
    for end in ends(s) {
        let (waits, queued) = (run("t"), run("t"));
        s.enqueue(vec![waits.clone(), queued.clone()], None).await.unwrap();
        let worker = Worker::new(&*s.store).await;
        s.raw.execute(&format!("UPDATE hyrex_task_run SET scheduled_start = {end}, queued = {end}")).await;
        let set = format!("UPDATE hyrex_task_run SET status = 'AWAIT_START_TIME' WHERE id = {}", s.raw.id(waits.id.0));
        s.raw.execute(&set).await;
        assert!(worker.look().await.next_due.is_some() && worker.beat().await.own.is_some());
        let list = RunsQuery { filter: RunFilter::default(), before: None, limit: 10 };
        assert_eq!(s.runs(list).await.unwrap().items.len(), 2);
        assert!(s.run(waits.id).await.unwrap().is_some());
        let claimed = worker.claim_one().await;
        assert_eq!(claimed.run, queued.id);
        worker.succeed(&claimed).await;
        assert_eq!(s.raw.status(queued.id.first_attempt()).await, TaskStatus::Success);
        s.raw.clear().await;
    }
}
