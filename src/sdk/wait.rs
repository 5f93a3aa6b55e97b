//! Waiting for runs to end: one task looks for all who wait in a process.
//!
//! A run is looked at when the store signs that it ended, and else 10 ms after it is waited for, then less and less
//! often, down to twice a second. All that are due are looked at in one query.
//!
//! The looking task lives on the runtime of whoever waited first. When that runtime goes away, those who wait
//! elsewhere find their answers dropped, and start another.

use super::client_error::{ClientError, ClientErrorKind};
use crate::model::RunId;
use crate::store::{Result, RunState, SharedStore, StoreError, Wakeup, Wakeups};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How long the looking task stays when nobody waits any more.
const LINGER: Duration = Duration::from_secs(2);
/// How long the last look of someone whose time is up may take.
const LAST_LOOK: Duration = Duration::from_millis(500);
/// Runs that one query asks for.
const PER_LOOK: usize = 1000;

/// Where a run stands; `None`: there is no such run.
type Answer = Result<Option<RunState>>;

/// All who wait for runs of one store.
#[derive(Default)]
pub(super) struct Waiters {
    room: Mutex<Room>,
    newcomer: Notify,
}

#[derive(Default)]
struct Room {
    waiting: HashMap<RunId, Waiting>,
    tickets: u64,
    attended: bool,
}

struct Waiting {
    answers: Vec<(u64, oneshot::Sender<Answer>)>,
    due: Instant,
    pause: Duration,
}

impl Waiters {
    /// Waits until the run is over for good.
    ///
    /// # Errors
    /// [`ClientErrorKind::NotFound`], [`ClientErrorKind::TimedOut`], or what the database said.
    pub(super) async fn over(self: &Arc<Self>, store: &SharedStore, run: RunId, limit: Duration) -> Over {
        // Farther away than anyone waits: no limit that a clock could not hold.
        let limit = limit.min(Duration::from_secs(365 * 24 * 3600));
        let deadline = Instant::now() + limit;
        loop {
            let mut ticket = self.enter(store, run);
            let answer = match tokio::time::timeout_at(deadline, &mut ticket.answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => continue, // Whoever looked went away with its runtime.
                Err(_) => return self.last_look(store, run, limit).await,
            };
            return answer?.ok_or_else(|| ClientErrorKind::NotFound { run }.into());
        }
    }

    async fn last_look(&self, store: &SharedStore, run: RunId, waited: Duration) -> Over {
        let timed_out = || ClientErrorKind::TimedOut { run, waited }.into();
        let look = tokio::time::timeout(LAST_LOOK, store.run_states(vec![run])).await;
        match look.map_err(|_| timed_out())?.map(|mut states| states.pop().flatten()) {
            Ok(Some(state)) if state.is_over() => Ok(state),
            Ok(None) => Err(ClientErrorKind::NotFound { run }.into()),
            Ok(Some(_)) => Err(timed_out()),
            Err(error) if error.is_transient() => Err(timed_out()),
            Err(error) => Err(error.into()),
        }
    }

    fn enter(self: &Arc<Self>, store: &SharedStore, run: RunId) -> Ticket {
        let (sender, answer) = oneshot::channel();
        let mut room = self.room();
        room.tickets += 1;
        let number = room.tickets;
        let now = Instant::now();
        let waiting = room.waiting.entry(run).or_insert_with(|| Waiting::from(now));
        waiting.answers.push((number, sender));
        (waiting.due, waiting.pause) = (now, FIRST_PAUSE);
        if !std::mem::replace(&mut room.attended, true) {
            tokio::spawn(attend(self.clone(), store.clone()));
        }
        self.newcomer.notify_one();
        Ticket { waiters: self.clone(), run, number, answer }
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waiting gives.
pub(super) type Over = std::result::Result<RunState, ClientError>;

impl Waiting {
    fn from(now: Instant) -> Self {
        Self { answers: Vec::new(), due: now, pause: FIRST_PAUSE }
    }
}

/// One who waits; leaves when it is dropped.
struct Ticket {
    waiters: Arc<Waiters>,
    run: RunId,
    number: u64,
    answer: oneshot::Receiver<Answer>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut room = self.waiters.room();
        if let Some(waiting) = room.waiting.get_mut(&self.run) {
            waiting.answers.retain(|(number, _)| *number != self.number);
            if waiting.answers.is_empty() {
                room.waiting.remove(&self.run);
            }
        }
    }
}

/// Leaves the room open for another to attend it, also when the runtime drops the looking task.
struct Attendance(Arc<Waiters>);

impl Drop for Attendance {
    fn drop(&mut self) {
        let mut room = self.0.room();
        room.attended = false;
        room.waiting.clear();
    }
}

async fn attend(waiters: Arc<Waiters>, store: SharedStore) {
    let attendance = Attendance(waiters);
    let waiters = &attendance.0;
    // Signs are worth a moment only: without them the looks are what they are.
    let mut signs = tokio::time::timeout(LAST_LOOK, store.wakeups()).await.ok().and_then(Result::ok);
    let mut looked = Instant::now();
    while let Some(due) = next_due(waiters).await {
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = waiters.newcomer.notified() => continue,
            sign = next_sign(&mut signs) => {
                waiters.room().hasten(&sign, looked + FIRST_PAUSE);
                continue;
            }
        }
        look(waiters, &store).await;
        looked = Instant::now();
    }
}

async fn next_sign(signs: &mut Option<Box<dyn Wakeups>>) -> Wakeup {
    match signs {
        Some(signs) => signs.next().await,
        None => std::future::pending().await,
    }
}

/// When the next look is due; `None`: nobody has waited for a while.
async fn next_due(waiters: &Waiters) -> Option<Instant> {
    loop {
        let due = waiters.room().waiting.values().map(|waiting| waiting.due).min();
        if due.is_some() {
            return due;
        }
        if tokio::time::timeout(LINGER, waiters.newcomer.notified()).await.is_err() {
            // Whoever comes from here on finds the room attended, or the answers dropped, and tries again.
            return waiters.room().waiting.values().map(|waiting| waiting.due).min();
        }
    }
}

/// Looks at all runs that are due, and answers those who wait for one that is over.
async fn look(waiters: &Waiters, store: &SharedStore) {
    let due = waiters.room().take_due(Instant::now());
    for runs in due.chunks(PER_LOOK) {
        let states = store.run_states(runs.to_vec()).await;
        waiters.room().answer(runs, states);
    }
}

impl Room {
    /// The runs that are due; each is due again after a pause that grows.
    fn take_due(&mut self, now: Instant) -> Vec<RunId> {
        let mut due = Vec::new();
        for (run, waiting) in self.waiting.iter_mut().filter(|(_, waiting)| waiting.due <= now) {
            due.push(*run);
            waiting.due = now + waiting.pause;
            waiting.pause = (waiting.pause * 2).min(LONGEST_PAUSE);
        }
        due
    }

    /// Looks sooner at what a sign speaks of; at everything, but not before `soonest`, where it names nothing.
    fn hasten(&mut self, sign: &Wakeup, soonest: Instant) {
        match sign {
            Wakeup::Ended(runs) => {
                for run in runs {
                    if let Some(waiting) = self.waiting.get_mut(run) {
                        waiting.due = Instant::now();
                    }
                }
            }
            Wakeup::Something => {
                for waiting in self.waiting.values_mut() {
                    waiting.due = waiting.due.min(soonest);
                }
            }
            Wakeup::Work(_) | Wakeup::Due | Wakeup::Cancel | Wakeup::WorkflowsEnded(_) => {}
        }
    }

    fn answer(&mut self, runs: &[RunId], states: Result<Vec<Option<RunState>>>) {
        match states {
            Ok(states) => {
                let over = |state: &Option<RunState>| state.as_ref().is_none_or(RunState::is_over);
                for (run, state) in runs.iter().zip(states).filter(|(_, state)| over(state)) {
                    self.tell(*run, Ok(state));
                }
            }
            Err(error) if error.is_transient() => tracing::debug!(%error, "could not look at runs that are waited for"),
            Err(error) => runs.iter().for_each(|run| self.tell(*run, Err::<_, StoreError>(error.clone()))),
        }
    }

    fn tell(&mut self, run: RunId, answer: Answer) {
        for (_, waiter) in self.waiting.remove(&run).map(|waiting| waiting.answers).unwrap_or_default() {
            // Whoever left meanwhile needs no answer.
            let _ = waiter.send(answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(runs: &[RunId], now: Instant) -> Room {
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
