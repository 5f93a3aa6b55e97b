//! Waiting for runs to end: one task looks for all who wait in a process.
//!
//! A run is looked at when the store signs that it ended, and else 10 ms after it is waited for, then less and less
//! often, down to twice a second. All that are due are looked at in one query.
//!
//! The looking task lives on the runtime of whoever waited first. When that runtime goes away, those who wait
//! elsewhere find their answers dropped, and start another.

mod awaited;
mod room;

use super::client_error::ClientError;
use crate::store::{Result, SharedStore, Wakeup, Wakeups};
pub(super) use awaited::{Awaited, Runs, WorkflowRuns};
use room::{Room, Waiting};
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
type Answer<K> = Result<Option<<K as Awaited>::State>>;

/// All who wait for runs of one kind and one store.
pub(super) struct Waiters<K: Awaited> {
    room: Mutex<Room<K>>,
    newcomer: Notify,
}

impl<K: Awaited> Default for Waiters<K> {
    fn default() -> Self {
        Self { room: Mutex::default(), newcomer: Notify::new() }
    }
}

impl<K: Awaited> Waiters<K> {
    /// Waits until the run is over for good.
    ///
    /// # Errors
    /// That there is no such run, that its time is up, or what the database said.
    pub(super) async fn over(self: &Arc<Self>, store: &SharedStore, run: K::Id, limit: Duration) -> Over<K> {
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
            return answer?.ok_or_else(|| K::not_found(run).into());
        }
    }

    async fn last_look(&self, store: &SharedStore, run: K::Id, waited: Duration) -> Over<K> {
        let timed_out = || K::timed_out(run, waited).into();
        let look = tokio::time::timeout(LAST_LOOK, K::look(store, vec![run])).await;
        match look.map_err(|_| timed_out())?.map(|mut states| states.pop().flatten()) {
            Ok(Some(state)) if K::is_over(&state) => Ok(state),
            Ok(None) => Err(K::not_found(run).into()),
            Ok(Some(_)) => Err(timed_out()),
            Err(error) if error.is_transient() => Err(timed_out()),
            Err(error) => Err(error.into()),
        }
    }

    fn enter(self: &Arc<Self>, store: &SharedStore, run: K::Id) -> Ticket<K> {
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

    fn room(&self) -> MutexGuard<'_, Room<K>> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waiting gives.
pub(super) type Over<K> = std::result::Result<<K as Awaited>::State, ClientError>;

/// One who waits; leaves when it is dropped.
struct Ticket<K: Awaited> {
    waiters: Arc<Waiters<K>>,
    run: K::Id,
    number: u64,
    answer: oneshot::Receiver<Answer<K>>,
}

impl<K: Awaited> Drop for Ticket<K> {
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
struct Attendance<K: Awaited>(Arc<Waiters<K>>);

impl<K: Awaited> Drop for Attendance<K> {
    fn drop(&mut self) {
        let mut room = self.0.room();
        room.attended = false;
        room.waiting.clear();
    }
}

async fn attend<K: Awaited>(waiters: Arc<Waiters<K>>, store: SharedStore) {
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
async fn next_due<K: Awaited>(waiters: &Waiters<K>) -> Option<Instant> {
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
async fn look<K: Awaited>(waiters: &Waiters<K>, store: &SharedStore) {
    let due = waiters.room().take_due(Instant::now());
    for runs in due.chunks(PER_LOOK) {
        let states = K::look(store, runs.to_vec()).await;
        waiters.room().answer(runs, states);
    }
}
