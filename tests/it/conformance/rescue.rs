//! Rescue: what becomes of the attempts of an executor that vanished.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{Completed, ExecutorId, ExecutorStatus, Outcome, TaskStatus};
use hyrex::store::{PYTHON_SILENCE, Rescued};
use std::time::Duration;

on_both!(
    a_lost_attempt_with_retries_left_is_followed_at_once,
    a_lost_attempt_without_retries_is_final,
    a_lost_attempt_that_was_being_cancelled_is_cancelled,
    nothing_happens_to_an_executor_that_beat_again,
    a_rescue_can_be_repeated,
    a_rescue_settles_only_what_the_lost_one_held,
    a_lost_executor_learns_of_it_and_is_not_revived_by_its_beats,
    what_an_executor_holds_that_is_not_running_is_settled_too,
    what_an_executor_without_a_row_holds_is_settled_too,
    observers_at_the_same_moment_rescue_once,
    a_python_executor_is_not_lost_before_its_time,
    a_python_executor_that_beat_again_is_not_lost,
    a_rescue_of_many_settles_all,
);

async fn a_lost_attempt_with_retries_left_is_followed_at_once(s: &TestStore) {
    let new = run("t").retries(1).args("{\"n\":1}");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let (lost, mut observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    lost.claim_one().await;
    observer.now = Some(at(30.0));
    let rescued = observer.rescue(lost.id).await;
    assert_eq!(rescued, Rescued { declared: true, lost: 1, requeued: 1, canceled: 0 });
    let detail = s.run(new.id).await.unwrap().unwrap();
    let statuses: Vec<_> = detail.attempts.iter().map(|row| (row.attempt_number, row.status)).collect();
    assert_eq!(statuses, [(0, TaskStatus::Lost), (1, TaskStatus::Queued)]);
    assert_eq!((detail.attempts[0].finished, detail.attempts[1].queued), (Some(at(30.0)), Some(at(30.0))));
    let again = observer.claim_one().await;
    assert_eq!((again.run, again.attempt_number, again.args.as_str()), (new.id, 1, "{\"n\":1}"));
}

async fn a_lost_attempt_without_retries_is_final(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    lost.claim_one().await;
    assert_eq!(observer.rescue(lost.id).await, Rescued { declared: true, lost: 1, requeued: 0, canceled: 0 });
    let state = s.run_states(vec![new.id]).await.unwrap().remove(0).unwrap();
    assert_eq!((state.status, state.is_over()), (TaskStatus::Lost, true));
    assert_eq!(observer.claim("default", 5).await, []);
}

async fn a_lost_attempt_that_was_being_cancelled_is_cancelled(s: &TestStore) {
    let new = run("t").retries(3);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    lost.claim_one().await;
    s.run_cancel(make::cancel(new.id)).await.unwrap();
    assert_eq!(observer.rescue(lost.id).await, Rescued { declared: true, lost: 0, requeued: 0, canceled: 1 });
    let detail = s.run(new.id).await.unwrap().unwrap();
    assert_eq!((detail.attempts.len(), detail.latest.row.status), (1, TaskStatus::Canceled));
}

async fn nothing_happens_to_an_executor_that_beat_again(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let (alive, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let held = alive.claim_one().await;
    let seen = observer.peer(alive.id).await.expect("it is seen");
    alive.beat().await;
    assert_eq!(observer.rescue_seen(alive.id, seen.beat_number, seen.last_heartbeat).await, Rescued::default());
    assert_eq!(alive.look().await.own, Some(ExecutorStatus::Running));
    assert!(matches!(alive.succeed(&held).await, Completed::Applied { .. }));
}

async fn a_rescue_can_be_repeated(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    lost.claim("a", 3).await;
    let seen = observer.peer(lost.id).await.expect("it is seen");
    let rescued = observer.rescue_seen(lost.id, seen.beat_number, seen.last_heartbeat).await;
    assert_eq!(rescued.lost, 3);
    let runs = s.raw.everything().await["hyrex_task_run"].clone();
    let again = observer.rescue_seen(lost.id, seen.beat_number, seen.last_heartbeat).await;
    assert_eq!(again, Rescued { declared: true, ..Rescued::default() });
    assert_eq!(s.raw.everything().await["hyrex_task_run"], runs);
}

async fn a_rescue_settles_only_what_the_lost_one_held(s: &TestStore) {
    s.enqueue(batch("a", "t", 4), None).await.unwrap();
    let (lost, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let (gone, kept) = (lost.claim("a", 2).await, other.claim("a", 1).await);
    lost.succeed(&gone[0]).await;
    assert_eq!(other.rescue(lost.id).await.lost, 1);
    assert_eq!(s.raw.status(gone[0].fence.attempt).await, TaskStatus::Success);
    assert_eq!(s.raw.status(gone[1].fence.attempt).await, TaskStatus::Lost);
    assert_eq!(s.raw.status(kept[0].fence.attempt).await, TaskStatus::Running);
    assert_eq!(other.claim("a", 5).await.len(), 1);
}

async fn a_lost_executor_learns_of_it_and_is_not_revived_by_its_beats(s: &TestStore) {
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    assert!(observer.rescue(lost.id).await.declared);
    for _ in 0..2 {
        assert_eq!(lost.beat().await.own, Some(ExecutorStatus::Lost));
    }
    let row = s.executors(10, None).await.unwrap().into_iter().find(|row| row.id == lost.id).unwrap();
    assert_eq!(row.status, ExecutorStatus::Lost);
}

async fn what_an_executor_holds_that_is_not_running_is_settled_too(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let (gone, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    gone.claim_one().await;
    let id = s.raw.id(gone.id.0);
    s.raw.execute(&format!("UPDATE hyrex_executor SET status = 'SHUTDOWN' WHERE id = {id}")).await;
    let peer = observer.peer(gone.id).await.expect("it holds attempts though it is not RUNNING");
    assert_eq!(peer.status, ExecutorStatus::Shutdown);
    assert_eq!(observer.rescue(gone.id).await.lost, 1);
    assert_eq!(observer.peer(gone.id).await, None, "it holds nothing any more");
    assert_eq!(observer.claim("default", 5).await.len(), 1);
}

async fn what_an_executor_without_a_row_holds_is_settled_too(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let (gone, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    gone.claim_one().await;
    let id = s.raw.id(gone.id.0);
    s.raw.execute(&format!("DELETE FROM hyrex_executor WHERE id = {id}")).await;
    assert_eq!(gone.look().await.own, None);
    let peer = observer.peer(gone.id).await.expect("it holds attempts though it has no row");
    assert_eq!(peer.status, ExecutorStatus::Unknown);
    assert_eq!(observer.rescue(gone.id).await.lost, 1);
    assert_eq!(observer.claim("default", 5).await.len(), 1);
}

async fn observers_at_the_same_moment_rescue_once(s: &TestStore) {
    let other = s.another().await;
    for _ in 0..5 {
        s.enqueue((0..20).map(|_| run("t").retries(1)).collect(), None).await.unwrap();
        let lost = Worker::new(&*s.store).await;
        let held = lost.claim("default", 20).await;
        let observers = [Worker::new(&*s.store).await, Worker::new(&*other).await, Worker::new(&*other).await];
        let seen = observers[0].peer(lost.id).await.expect("it is seen");
        let rescues = observers.iter().map(|one| one.rescue_seen(lost.id, seen.beat_number, seen.last_heartbeat));
        let answers = futures_util::future::join_all(rescues).await;
        assert!(answers.iter().all(|answer| answer.declared), "{answers:?}");
        assert_eq!(answers.iter().map(|answer| answer.lost).sum::<u32>(), 20, "{answers:?}");
        for run in held {
            assert_eq!(s.run(run.run).await.unwrap().unwrap().attempts.len(), 2);
        }
        for run in observers[0].claim("default", 50).await {
            observers[0].succeed(&run).await;
        }
    }
    other.close().await;
}

async fn a_python_executor_is_not_lost_before_its_time(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let python = make::python_holds(s, new.id.first_attempt()).await;
    let mut observer = Worker::at(&*s.store, at(0.0)).await;
    let peer = observer.peer(python).await.expect("it is seen");
    assert_eq!((peer.beat_number, peer.lease, peer.last_heartbeat), (None, None, Some(at(0.0))));
    observer.now = Some(at(0.0) + PYTHON_SILENCE - Duration::from_secs(1));
    assert_eq!(observer.rescue(python).await, Rescued::default());
    observer.now = Some(at(0.0) + PYTHON_SILENCE + Duration::from_secs(1));
    assert_eq!(observer.rescue(python).await, Rescued { declared: true, lost: 1, requeued: 1, canceled: 0 });
}

async fn a_python_executor_that_beat_again_is_not_lost(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let python = make::python_holds(s, new.id.first_attempt()).await;
    let observer = Worker::at(&*s.store, at(5000.0)).await;
    let before = Some(at(-10.0));
    assert_eq!(observer.rescue_seen(python, None, before).await, Rescued::default());
    assert_eq!(s.raw.status(new.id.first_attempt()).await, TaskStatus::Running);
}

async fn a_rescue_of_many_settles_all(s: &TestStore) {
    let mut runs = batch("a", "t", 2000);
    runs.iter_mut().step_by(2).for_each(|run| run.max_retries = 1);
    s.enqueue(runs, None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    for _ in 0..4 {
        assert_eq!(lost.claim("a", 500).await.len(), 500);
    }
    assert_eq!(observer.rescue(lost.id).await, Rescued { declared: true, lost: 2000, requeued: 1000, canceled: 0 });
    let unknown = observer.rescue_seen(ExecutorId::new(), None, None).await;
    assert_eq!((unknown.lost, unknown.canceled), (0, 0), "nobody held nothing");
    let claimed = observer.claim("a", 500).await;
    assert!(claimed.iter().all(|run| run.attempt_number == 1));
    assert!(matches!(observer.settle(&claimed[0], Outcome::NeverBegun).await, Completed::Applied { .. }));
}
