//! Who is lost: a pure state machine over what the other executors' beats show, on the observer's own clock.
//!
//! An executor is lost only when its beat number stood still for one whole lease of the observer's monotonic clock
//! while the observer's own beats succeeded. A failed beat, or a gap in the observer's own ticks, starts every
//! observation anew: so a database that was away, a laptop that slept, a clock that was set lose nobody.

use super::machine::Machine;
use crate::model::{ExecutorId, ExecutorStatus, Timestamp};
use crate::store::{PYTHON_SILENCE, Peer};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// An executor of Python has no lease: it is lost after [`PYTHON_SILENCE`] by the database's clock, of which the
/// observer must have seen so much itself (a database's clock that is set forward loses nobody).
const PYTHON_WATCHED: Duration = Duration::from_secs(60);

/// Who is lost, and by which beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The executor.
    pub lost: ExecutorId,
    /// The beat that stood still.
    pub beat_number: Option<i64>,
    /// Of an executor without a lease: the last sign of life that was seen.
    pub last_heartbeat: Option<Timestamp>,
    /// Why, for the log.
    pub why: Why,
}

/// Why an executor is held to be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It gave no sign of life for its lease.
    Silent,
    /// It ended, and yet holds attempts.
    Ended,
    /// Its process is gone from this machine.
    ProcessGone,
}

struct Seen {
    beat_number: Option<i64>,
    status: ExecutorStatus,
    last_heartbeat: Option<Timestamp>,
    since: Instant,
    /// When it must have beaten, or is lost.
    lost_at: Option<Instant>,
}

/// What one worker has seen of the others.
pub(crate) struct Observer {
    seen: HashMap<ExecutorId, Seen>,
    last_beat: Option<Instant>,
    longest_gap: Duration,
}

impl Observer {
    /// Has seen nobody; beats of its own come every `beat_interval`.
    pub fn new(beat_interval: Duration) -> Self {
        Self { seen: HashMap::new(), last_beat: None, longest_gap: beat_interval * 2 }
    }

    /// A beat of one's own failed: what was seen before it counts no more.
    pub fn interrupted(&mut self) {
        self.seen.clear();
        self.last_beat = None;
    }

    /// When another look is due, earlier than the next beat: somebody's lease ends.
    pub fn next_look(&self) -> Option<Instant> {
        self.seen.values().filter_map(|seen| seen.lost_at).min()
    }

    /// A beat of one's own was answered with these peers. `own_machine` is given where every process runs on this
    /// machine, so that its process table tells who is gone.
    pub fn observe(&mut self, peers: &[Peer], own_machine: Option<&Machine>, now: Instant) -> Vec<Finding> {
        if self.last_beat.is_some_and(|last| now.saturating_duration_since(last) > self.longest_gap) {
            self.interrupted();
        }
        self.last_beat = Some(now);
        self.seen.retain(|id, _| peers.iter().any(|peer| peer.id == *id));
        peers.iter().filter_map(|peer| self.look_at(peer, own_machine, now)).collect()
    }

    fn look_at(&mut self, peer: &Peer, own_machine: Option<&Machine>, now: Instant) -> Option<Finding> {
        let (lost, beat_number, last_heartbeat) = (peer.id, peer.beat_number, peer.last_heartbeat);
        let finding = |why| Some(Finding { lost, beat_number, last_heartbeat, why });
        if own_machine.is_some_and(|machine| machine.misses(peer)) {
            return finding(Why::ProcessGone);
        }
        let seen = match self.seen.get(&peer.id).filter(|seen| seen.is_same(peer)) {
            Some(seen) => seen,
            None => {
                self.seen.insert(peer.id, Seen::new(peer, now));
                return None;
            }
        };
        if peer.status != ExecutorStatus::Running {
            return finding(Why::Ended);
        }
        let watched = now.saturating_duration_since(seen.since);
        let silent = match peer.lease {
            Some(lease) => watched >= lease,
            None => watched >= PYTHON_WATCHED && peer.silent_for.is_some_and(|silent| silent >= PYTHON_SILENCE),
        };
        if silent { finding(Why::Silent) } else { None }
    }
}

impl Seen {
    fn new(peer: &Peer, now: Instant) -> Self {
        let running = peer.status == ExecutorStatus::Running;
        Self {
            beat_number: peer.beat_number,
            status: peer.status,
            last_heartbeat: peer.last_heartbeat,
            since: now,
            lost_at: peer.lease.filter(|_| running).and_then(|lease| now.checked_add(lease)),
        }
    }

    /// Whether the peer gave no sign of life since.
    fn is_same(&self, peer: &Peer) -> bool {
        let beaten = match peer.lease {
            Some(_) => peer.beat_number != self.beat_number,
            None => peer.last_heartbeat != self.last_heartbeat,
        };
        !beaten && peer.status == self.status
    }
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
