//! Who waits for what, and when it is looked at next. No database here.

use super::awaited::{Awaited, Looked};
use super::{Answer, FIRST_PAUSE, LONGEST_PAUSE};
use crate::store::Wakeup;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(super) struct Room<K: Awaited> {
    pub waiting: HashMap<K::Id, Waiting<K>>,
    pub tickets: u64,
    pub attended: bool,
}

pub(super) struct Waiting<K: Awaited> {
    pub answers: Vec<(u64, oneshot::Sender<Answer<K>>)>,
    pub due: Instant,
    pub pause: Duration,
}

impl<K: Awaited> Default for Room<K> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), tickets: 0, attended: false }
    }
}

impl<K: Awaited> Waiting<K> {
    pub fn from(now: Instant) -> Self {
        Self { answers: Vec::new(), due: now, pause: FIRST_PAUSE }
    }
}

impl<K: Awaited> Room<K> {
    /// The runs that are due; each is due again after a pause that grows.
    pub fn take_due(&mut self, now: Instant) -> Vec<K::Id> {
        let mut due = Vec::new();
        for (run, waiting) in self.waiting.iter_mut().filter(|(_, waiting)| waiting.due <= now) {
            due.push(*run);
            waiting.due = now + waiting.pause;
            waiting.pause = (waiting.pause * 2).min(LONGEST_PAUSE);
        }
        due
    }

    /// Looks sooner at what a sign speaks of; at everything, but not before `soonest`, where it names nothing.
    pub fn hasten(&mut self, sign: &Wakeup, soonest: Instant) {
        if *sign == Wakeup::Something {
            for waiting in self.waiting.values_mut() {
                waiting.due = waiting.due.min(soonest);
            }
        }
        for run in K::ended(sign) {
            if let Some(waiting) = self.waiting.get_mut(run) {
                waiting.due = Instant::now();
            }
        }
    }

    pub fn answer(&mut self, runs: &[K::Id], states: Looked<K::State>) {
        match states {
            Ok(states) => {
                let over = |state: &Option<K::State>| state.as_ref().is_none_or(K::is_over);
                for (run, state) in runs.iter().zip(states).filter(|(_, state)| over(state)) {
                    self.tell(*run, Ok(state));
                }
            }
            Err(error) if error.is_transient() => tracing::debug!(%error, "could not look at runs that are waited for"),
            Err(error) => runs.iter().for_each(|run| self.tell(*run, Err(error.clone()))),
        }
    }

    fn tell(&mut self, run: K::Id, answer: Answer<K>) {
        for (_, waiter) in self.waiting.remove(&run).map(|waiting| waiting.answers).unwrap_or_default() {
            // Whoever left meanwhile needs no answer.
            let _ = waiter.send(answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::awaited::Runs;
    use super::*;
    use crate::model::{RunId, WorkflowRunId};
    use crate::store::StoreError;

    fn room(runs: &[RunId], now: Instant) -> Room<Runs> {
        let waiting = runs.iter().map(|run| (*run, Waiting::from(now))).collect();
        Room { waiting, ..Room::default() }
    }

    #[tokio::test]
    async fn a_run_is_looked_at_less_and_less_often_down_to_twice_a_second() {
        let (run, start) = (RunId::new(), Instant::now());
        let mut room = room(&[run], start);
        let mut looks = Vec::new();
        for millis in 0..3000 {
            if !room.take_due(start + Duration::from_millis(millis)).is_empty() {
                looks.push(millis);
            }
        }
        assert_eq!(looks, [0, 10, 30, 70, 150, 310, 630, 1130, 1630, 2130, 2630]);
    }

    #[tokio::test]
    async fn a_sign_hastens_the_runs_that_it_names_and_no_others() {
        let (ended, other, now) = (RunId::new(), RunId::new(), Instant::now());
        let mut room = room(&[ended, other], now);
        assert_eq!(room.take_due(now).len(), 2);
        room.hasten(&Wakeup::Ended(vec![ended, RunId::new()]), now);
        assert_eq!(room.take_due(Instant::now()), [ended]);
        room.hasten(&Wakeup::Work(vec![]), now);
        room.hasten(&Wakeup::WorkflowsEnded(vec![WorkflowRunId::new()]), now);
        assert!(room.take_due(now).is_empty());
        room.hasten(&Wakeup::Something, now + Duration::from_millis(1));
        assert_eq!(room.take_due(now + Duration::from_millis(1)).len(), 2);
    }

    #[tokio::test]
    async fn a_transient_error_leaves_everyone_waiting_and_another_is_told() {
        let run = RunId::new();
        let mut room = room(&[run], Instant::now());
        let (sender, mut answer) = oneshot::channel();
        room.waiting.get_mut(&run).unwrap().answers.push((1, sender));
        room.answer(&[run], Err(StoreError::Unavailable("gone".into())));
        assert!(answer.try_recv().is_err());
        room.answer(&[run], Err(StoreError::NotInitialized));
        assert!(matches!(answer.try_recv(), Ok(Err(StoreError::NotInitialized))));
    }
}
