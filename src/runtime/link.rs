//! Whether the database answers: when to try again, and one line a change of state.

use crate::store::StoreError;
use std::time::{Duration, Instant};

/// What talks to the database by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Settling and claiming.
    Turn,
    /// The tick of each second.
    Tick,
}

/// The shortest wait before another try.
const FIRST: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Default)]
struct Failing {
    times: u32,
    again_at: Option<Instant>,
}

/// The state of the connection, for each part that uses it.
#[derive(Default)]
pub(crate) struct Link {
    parts: [Failing; 2],
    away_since: Option<Instant>,
}

impl Link {
    /// When the part may try; `None`: now.
    pub fn again_at(&self, part: Part, now: Instant) -> Option<Instant> {
        self.parts[part as usize].again_at.filter(|at| *at > now)
    }

    /// Whether the part's last try failed.
    pub fn is_failing(&self, part: Part) -> bool {
        self.parts[part as usize].times > 0
    }

    /// Whether the database answers, as far as is known.
    pub fn is_up(&self) -> bool {
        self.away_since.is_none()
    }

    /// A call failed: waits longer each time, with jitter so that many workers do not return in step.
    pub fn failed(&mut self, part: Part, error: &StoreError, now: Instant) {
        let failing = &mut self.parts[part as usize];
        let wait = FIRST.saturating_mul(1 << failing.times.min(10)).min(LONGEST);
        failing.times = failing.times.saturating_add(1);
        failing.again_at = Some(now + wait.mul_f64(0.5 + fastrand::f64() / 2.0));
        if self.away_since.is_none() {
            self.away_since = Some(now);
            tracing::warn!("cannot reach the database, running tasks go on: {error}");
        }
    }

    /// A call was answered; whether the database was away until now.
    pub fn answered(&mut self, part: Part, now: Instant) -> bool {
        self.parts[part as usize] = Failing::default();
        if self.parts.iter().any(|part| part.times > 0) {
            return false;
        }
        match self.away_since.take() {
            Some(since) => {
                let seconds = now.saturating_duration_since(since).as_secs_f64();
                tracing::info!("the database is back after {seconds:.1} s");
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> StoreError {
        StoreError::Unavailable("gone".into())
    }

    #[test]
    fn waits_grow_from_a_tenth_of_a_second_to_five_seconds() {
        let (mut link, now) = (Link::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..10 {
            link.failed(Part::Turn, &away(), now);
            waits.push(link.again_at(Part::Turn, now).expect("a wait") - now);
        }
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST, "{waits:?}");
        assert!(waits[9] >= LONGEST / 2 && waits[9] <= LONGEST, "{waits:?}");
        assert_eq!(link.again_at(Part::Tick, now), None, "each part waits for itself");
    }

    #[test]
    fn the_database_is_back_once_all_that_failed_is_answered() {
        let (mut link, now) = (Link::default(), Instant::now());
        link.failed(Part::Turn, &away(), now);
        link.failed(Part::Tick, &away(), now);
        assert!(!link.answered(Part::Tick, now) && !link.is_up());
        assert!(link.answered(Part::Turn, now) && link.is_up());
        assert!(!link.answered(Part::Turn, now), "it is back only once");
    }
}
