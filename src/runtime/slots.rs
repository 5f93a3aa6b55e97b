//! Slots: how many attempts run at once, by kind, and how far a worker may claim ahead of them.

use crate::sdk::handler::Handler;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What a task's function needs to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The runtime's threads.
    Async,
    /// A thread of the blocking pool.
    Blocking,
}

impl Kind {
    /// Both, in the order of their indexes.
    pub const ALL: [Kind; 2] = [Kind::Async, Kind::Blocking];

    /// Its place in arrays by kind.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The kind of a task's function.
    pub fn of(handler: &Handler) -> Self {
        match handler {
            Handler::Async(_) => Kind::Async,
            Handler::Blocking(_) => Kind::Blocking,
        }
    }
}

/// How many attempts of one kind may be claimed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindRoom {
    /// They would begin at once.
    pub free: u32,
    /// They would begin as soon as others end.
    pub ahead: u32,
}

impl KindRoom {
    /// Both.
    pub fn total(self) -> u32 {
        self.free + self.ahead
    }
}

/// The room of each kind.
pub(crate) type Room = [KindRoom; 2];

/// Below this median run time a worker claims ahead.
const SHORT: Duration = Duration::from_millis(20);
/// What is claimed ahead should begin within this time; what has not after twice as long is given back.
const AHEAD: Duration = Duration::from_millis(500);
/// What has not begun so long after it was claimed is given back.
const GIVE_BACK_AFTER: Duration = Duration::from_secs(1);
/// After something had to be given back, nothing is claimed ahead for so long.
const AHEAD_PAUSE: Duration = Duration::from_secs(10);

/// The slots of one kind, and what waits for them. `T` is a run that was claimed and has not begun.
pub(crate) struct Slots<T> {
    total: u32,
    taken: u32,
    asked: u32,
    ready: VecDeque<(Instant, T)>,
    pace: Pace,
    /// When the oldest waiting run will have waited too long; it may have begun since.
    check_at: Option<Instant>,
    no_ahead_until: Option<Instant>,
}

impl<T> Slots<T> {
    /// So many slots, all free.
    pub fn new(total: u32) -> Self {
        let (ready, pace) = (VecDeque::new(), Pace::default());
        Self { total, taken: 0, asked: 0, ready, pace, check_at: None, no_ahead_until: None }
    }

    /// How many more may be claimed, `batch` at most ahead, while `reserved` slots must stay free.
    pub fn room(&mut self, batch: u32, reserved: u32, now: Instant) -> KindRoom {
        let ready = u32::try_from(self.ready.len()).unwrap_or(u32::MAX);
        let promised = self.taken.saturating_add(ready).saturating_add(self.asked).saturating_add(reserved);
        let ahead = self.ahead(batch, now);
        KindRoom {
            free: self.total.saturating_sub(promised),
            ahead: ahead.saturating_sub(promised.saturating_sub(self.total)),
        }
    }

    fn ahead(&mut self, batch: u32, now: Instant) -> u32 {
        if self.no_ahead_until.is_some_and(|until| now < until) { 0 } else { self.pace.ahead(self.total, batch) }
    }

    /// A claim for so many is under way.
    pub fn ask(&mut self, count: u32) {
        self.asked += count;
    }

    /// That claim was answered.
    pub fn answered(&mut self, count: u32) {
        self.asked = self.asked.saturating_sub(count);
    }

    /// Takes in a claimed run. `at_once`: it goes before those that were claimed ahead.
    pub fn push(&mut self, run: T, at_once: bool, now: Instant) {
        self.check_at.get_or_insert(now + GIVE_BACK_AFTER);
        if at_once {
            self.ready.push_front((now, run));
        } else {
            self.ready.push_back((now, run));
        }
    }

    /// The next run that may begin: it takes a slot.
    pub fn begin(&mut self) -> Option<T> {
        if self.taken >= self.total {
            return None;
        }
        let (_, run) = self.ready.pop_front()?;
        self.taken += 1;
        Some(run)
    }

    /// A slot is free again.
    pub fn free(&mut self) {
        self.taken = self.taken.saturating_sub(1);
    }

    /// An attempt ran so long.
    pub fn ran(&mut self, time: Duration) {
        self.pace.record(time);
    }

    /// How many were claimed and have not begun.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Slots in use.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// Removes the waiting runs that `which` names.
    pub fn remove(&mut self, which: impl Fn(&T) -> bool) -> Vec<T> {
        let (out, kept) = std::mem::take(&mut self.ready).into_iter().partition(|(_, run)| which(run));
        self.ready = kept;
        let out: VecDeque<(Instant, T)> = out;
        out.into_iter().map(|(_, run)| run).collect()
    }

    /// Removes what has waited too long, and claims nothing ahead for a while if there was any.
    pub fn overdue(&mut self, now: Instant) -> Vec<T> {
        if self.check_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
        let late = |since: Instant| now.saturating_duration_since(since) >= GIVE_BACK_AFTER;
        let (out, kept) = std::mem::take(&mut self.ready).into_iter().partition(|(since, _)| late(*since));
        self.ready = kept;
        self.check_at = self.ready.iter().map(|(since, _)| *since + GIVE_BACK_AFTER).min();
        let out: VecDeque<(Instant, T)> = out;
        if !out.is_empty() {
            self.no_ahead_until = Some(now + AHEAD_PAUSE);
        }
        out.into_iter().map(|(_, run)| run).collect()
    }

    /// When to look again for what has waited too long.
    pub fn next_overdue(&self) -> Option<Instant> {
        self.check_at.filter(|_| !self.ready.is_empty())
    }
}

/// How long attempts ran lately.
struct Pace {
    samples: [u32; Pace::SIZE],
    recorded: usize,
    /// The middle and the mean of the samples, in microseconds, as they were `computed` records ago.
    middle: u32,
    mean: u32,
    computed: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { samples: [0; Self::SIZE], recorded: 0, middle: 0, mean: 0, computed: 0 }
    }
}

impl Pace {
    const SIZE: usize = 64;
    /// Fewer say nothing.
    const ENOUGH: usize = 8;

    fn record(&mut self, time: Duration) {
        self.samples[self.recorded % Self::SIZE] = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.recorded += 1;
    }

    /// How many to claim ahead of `slots`: none unless runs are short, and not more than begin in time.
    fn ahead(&mut self, slots: u32, batch: u32) -> u32 {
        if self.recorded < Self::ENOUGH {
            return 0;
        }
        self.compute();
        if Duration::from_micros(self.middle.into()) >= SHORT {
            return 0;
        }
        let in_time = u64::from(slots) * AHEAD.as_micros() as u64 / u64::from(self.mean.max(1));
        batch.min(u32::try_from(in_time).unwrap_or(u32::MAX))
    }

    fn compute(&mut self) {
        if self.recorded == self.computed {
            return;
        }
        let count = self.recorded.min(Self::SIZE);
        let mut sorted = self.samples;
        let sorted = &mut sorted[..count];
        let sum: u64 = sorted.iter().map(|time| u64::from(*time)).sum();
        self.mean = u32::try_from(sum / count as u64).unwrap_or(u32::MAX);
        self.middle = *sorted.select_nth_unstable(count / 2).1;
        self.computed = self.recorded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(total: u32, ran: Duration) -> (Slots<u32>, Instant) {
        let mut slots = Slots::new(total);
        (0..20).for_each(|_| slots.ran(ran));
        (slots, Instant::now())
    }

    #[test]
    fn short_runs_are_claimed_ahead_and_long_ones_are_not() {
        let (mut short, now) = busy(10, Duration::from_millis(1));
        assert_eq!(short.room(250, 0, now), KindRoom { free: 10, ahead: 250 });
        let (mut long, now) = busy(10, Duration::from_millis(20));
        assert_eq!(long.room(250, 0, now), KindRoom { free: 10, ahead: 0 });
        assert_eq!(Slots::<u32>::new(10).room(250, 0, now).ahead, 0, "nothing is known yet");
    }

    #[test]
    fn no_more_is_claimed_ahead_than_begins_in_time() {
        let (mut slots, now) = busy(1, Duration::from_millis(10));
        assert_eq!(slots.room(250, 0, now).ahead, 50);
    }

    #[test]
    fn what_is_asked_for_and_what_waits_takes_room() {
        let (mut slots, now) = busy(10, Duration::from_millis(1));
        slots.ask(4);
        slots.push(1, false, now);
        assert_eq!(slots.begin(), Some(1));
        assert_eq!(slots.room(5, 0, now), KindRoom { free: 5, ahead: 5 });
        slots.ask(7);
        assert_eq!(slots.room(5, 0, now), KindRoom { free: 0, ahead: 3 });
    }

    #[test]
    fn what_has_not_begun_within_a_second_is_given_back_and_nothing_more_claimed_ahead() {
        let (mut slots, now) = busy(1, Duration::from_millis(1));
        slots.push(1, false, now);
        slots.begin();
        slots.push(2, false, now);
        slots.push(3, false, now + Duration::from_millis(600));
        assert_eq!(slots.next_overdue(), Some(now + GIVE_BACK_AFTER));
        assert!(slots.overdue(now + Duration::from_millis(999)).is_empty());
        assert_eq!(slots.overdue(now + GIVE_BACK_AFTER), [2]);
        assert_eq!(slots.next_overdue(), Some(now + Duration::from_millis(1600)));
        assert_eq!(slots.room(250, 0, now + GIVE_BACK_AFTER).ahead, 0);
    }

    #[test]
    fn runs_of_limited_queues_begin_before_what_was_claimed_ahead() {
        let (mut slots, now) = busy(1, Duration::from_millis(1));
        slots.push(1, false, now);
        slots.push(2, true, now);
        assert_eq!(slots.begin(), Some(2));
    }
}
