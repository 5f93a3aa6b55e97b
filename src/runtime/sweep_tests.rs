//! When a worker looks after the runs of workflows.

use super::*;
use crate::model::ExecutorId;

fn live(next_deadline: Option<Timestamp>) -> WorkflowsSeen {
    WorkflowsSeen { live: true, next_deadline }
}

fn peer(lease: Option<Duration>, status: ExecutorStatus) -> Peer {
    Peer {
        id: ExecutorId::new(),
        status,
        beat_number: None,
        lease,
        last_heartbeat: None,
        silent_for: None,
        host: None,
        boot_id: None,
        pid: None,
    }
}

fn swept(more: bool) -> Result<WorkflowSwept> {
    Ok(WorkflowSwept { more, ..WorkflowSwept::default() })
}

#[test]
fn nothing_is_due_while_no_run_is_live() {
    let (mut sweeper, now, clock) = (Sweeper::default(), Instant::now(), chrono::Utc::now());
    sweeper.learn(WorkflowsSeen::default(), clock, now);
    sweeper.meets(&[peer(None, ExecutorStatus::Running)], now);
    assert_eq!(sweeper.due(), None);
    sweeper.learn(live(None), clock, now);
    assert!(sweeper.due().is_some());
    sweeper.learn(WorkflowsSeen::default(), clock, now);
    assert_eq!(sweeper.due(), None);
}

#[test]
fn a_run_is_looked_at_when_its_time_is_up_by_the_databases_clock() {
    let (mut sweeper, now, clock) = (Sweeper::default(), Instant::now(), chrono::Utc::now());
    sweeper.learn(live(Some(clock + chrono::TimeDelta::seconds(3))), clock, now);
    assert_eq!(sweeper.due(), Some(now + Duration::from_secs(3)));
    sweeper.learn(live(Some(clock - chrono::TimeDelta::seconds(3))), clock, now);
    assert_eq!(sweeper.due(), Some(now));
    assert!(!sweeper.begin(now), "nobody is counted for that");
    assert_eq!(sweeper.due(), None);
    assert!(sweeper.end(false, &swept(false), now));
    assert_eq!(sweeper.due(), Some(now + EVERY));
}

#[test]
fn runs_are_counted_each_minute_and_more_often_while_a_worker_of_python_lives() {
    let (mut sweeper, now, clock) = (Sweeper::default(), Instant::now(), chrono::Utc::now());
    sweeper.learn(live(None), clock, now);
    sweeper.learn(live(None), clock, now + Duration::from_secs(1));
    assert_eq!(sweeper.due(), Some(now + EVERY), "a later tick does not put it off");
    sweeper.meets(&[peer(Some(EVERY), ExecutorStatus::Running), peer(None, ExecutorStatus::Lost)], now);
    assert_eq!(sweeper.due(), Some(now + EVERY));
    sweeper.meets(&[peer(None, ExecutorStatus::Running)], now);
    let due = now + EVERY_WITH_PYTHON;
    assert_eq!(sweeper.due(), Some(due));
    assert!(sweeper.begin(due));
    sweeper.end(true, &swept(false), due);
    assert_eq!(sweeper.due(), Some(due + EVERY_WITH_PYTHON));
}

#[test]
fn a_look_that_left_something_is_followed_by_another_and_a_failed_one_after_a_pause() {
    let (mut sweeper, now, clock) = (Sweeper::default(), Instant::now(), chrono::Utc::now());
    sweeper.learn(live(Some(clock)), clock, now);
    let began = now + EVERY;
    assert!(sweeper.begin(began));
    assert!(!sweeper.end(true, &swept(true), began));
    assert_eq!(sweeper.due(), Some(began + TOGETHER));
    let next = began + TOGETHER;
    assert!(sweeper.begin(next), "the rest is counted too");
    sweeper.end(true, &Err(StoreError::NotInitialized), next);
    assert_eq!(sweeper.due(), Some(next + PAUSE));
}
