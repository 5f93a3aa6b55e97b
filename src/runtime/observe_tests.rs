//! The unit tests of `observe.rs`.

use super::*;

const LEASE: Duration = Duration::from_secs(20);
const BEAT: Duration = Duration::from_secs(5);

fn peer(beat: i64) -> Peer {
    Peer {
        id: ExecutorId(uuid::Uuid::from_u128(1)),
        status: ExecutorStatus::Running,
        beat_number: Some(beat),
        lease: Some(LEASE),
        last_heartbeat: None,
        silent_for: None,
        host: Some("elsewhere".into()),
        boot_id: Some("boot".into()),
        pid: Some(1),
    }
}

fn python(heartbeat: i64, silent: u64) -> Peer {
    Peer {
        beat_number: None,
        lease: None,
        last_heartbeat: Timestamp::from_timestamp(heartbeat, 0),
        silent_for: Some(Duration::from_secs(silent)),
        ..peer(0)
    }
}

/// Looks every five seconds from `from` until `until` seconds after `start`; the second of the first finding.
fn watch(
    observer: &mut Observer,
    start: Instant,
    seconds: std::ops::Range<u64>,
    peer: impl Fn(u64) -> Peer,
) -> Option<u64> {
    seconds.step_by(5).find(|at| !observer.observe(&[peer(*at)], None, start + Duration::from_secs(*at)).is_empty())
}

#[test]
fn an_executor_whose_beat_stands_still_for_a_lease_is_lost() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..60, |_| peer(7)), Some(20));
}

#[test]
fn an_executor_that_beats_is_not_lost() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..600, |at| peer(at as i64 / 15)), None);
}

#[test]
fn a_beat_in_between_starts_the_observation_anew() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..60, |at| peer(i64::from(at >= 15))), Some(35));
}

#[test]
fn a_database_that_was_away_loses_nobody() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..20, |_| peer(7)), None);
    observer.interrupted();
    assert_eq!(watch(&mut observer, start, 60..120, |_| peer(7)), Some(80));
}

#[test]
fn a_gap_in_the_observers_own_ticks_starts_the_observation_anew() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..20, |_| peer(7)), None);
    assert_eq!(watch(&mut observer, start, 40..100, |_| peer(7)), Some(60));
}

#[test]
fn a_look_is_due_when_a_lease_ends() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(observer.next_look(), None);
    observer.observe(&[peer(7)], None, start);
    assert_eq!(observer.next_look(), Some(start + LEASE));
}

#[test]
fn an_executor_that_ended_and_holds_attempts_is_lost_at_the_next_beat() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    let ended = |_| Peer { status: ExecutorStatus::Shutdown, ..peer(7) };
    assert_eq!(watch(&mut observer, start, 0..60, ended), Some(5));
}

#[test]
fn an_executor_of_python_is_lost_after_five_minutes_of_the_databases_clock() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    assert_eq!(watch(&mut observer, start, 0..600, |at| python(0, 200 + at)), Some(100));
}

#[test]
fn a_databases_clock_that_is_set_forward_loses_no_executor_of_python() {
    let (mut observer, start) = (Observer::new(BEAT), Instant::now());
    let beats = |at: u64| python((at / 30 * 30) as i64, at % 30 + 3600);
    assert_eq!(watch(&mut observer, start, 0..600, beats), None);
}

#[test]
fn a_process_that_is_gone_from_this_machine_is_lost_at_once() {
    let machine = Machine::this();
    let here = Peer { host: Some(machine.host.clone()), boot_id: Some(machine.boot_id.clone()), ..peer(7) };
    let mut observer = Observer::new(BEAT);
    let gone = Peer { pid: Some(i32::MAX as u32), ..here.clone() };
    assert_eq!(observer.observe(&[gone], Some(&machine), Instant::now())[0].why, Why::ProcessGone);
    let earlier_boot = Peer { boot_id: Some("an earlier one".into()), pid: Some(machine.pid), ..here.clone() };
    assert_eq!(observer.observe(&[earlier_boot], Some(&machine), Instant::now())[0].why, Why::ProcessGone);
    let alive = Peer { pid: Some(machine.pid), ..here.clone() };
    let elsewhere = Peer { host: Some("another".into()), ..here };
    assert!(observer.observe(&[alive, elsewhere], Some(&machine), Instant::now()).is_empty());
}
