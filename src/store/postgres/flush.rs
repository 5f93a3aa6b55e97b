//! The one flusher: senders that wait at the same moment share a statement, and the statement tells the sleepers.
//!
//! Invariants: a sender is answered after the commit, never before; one sender's fault fails no other; what was
//! signalled is sent, at the latest when the store closes.

use super::connect::{Pool, call};
use super::enqueue::{self, MAX_ROWS};
use super::signals::{Outbox, Signs};
use super::wakeup::Hub;
use crate::model::{Enqueued, NewRun, Timestamp};
use crate::store::failpoint::Failpoints;
use crate::store::{Result, StoreError};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Most bytes of arguments in one statement.
const MAX_BYTES: usize = 8 << 20;
/// How long a statement waits at most for as many senders as were answered by the one before.
const GATHER: Duration = Duration::from_micros(100);
/// From so many waiting senders on, a second connection pays.
const CROWD: usize = 50;

/// What one sender sends.
struct Parcel {
    runs: Vec<NewRun>,
    now: Option<Timestamp>,
    answer: oneshot::Sender<Result<Vec<Enqueued>>>,
}

/// The flusher, shared by its senders and its tasks.
pub(super) struct Flusher {
    pool: Pool,
    hub: Arc<Hub>,
    failpoints: Failpoints,
    queue: Mutex<VecDeque<Parcel>>,
    pub(super) outbox: Outbox,
    arrived: Notify,
    crowded: Notify,
    /// Parcels taken in and not answered.
    open: AtomicUsize,
    answered: Notify,
    stop: CancellationToken,
}

impl Flusher {
    /// Starts its tasks; they end with [`Flusher::close`] or [`Flusher::abandon`].
    pub(super) fn start(pool: Pool, hub: Arc<Hub>, failpoints: Failpoints) -> Arc<Self> {
        let flusher = Arc::new(Self {
            pool,
            hub,
            failpoints,
            queue: Mutex::default(),
            outbox: Outbox::default(),
            arrived: Notify::new(),
            crowded: Notify::new(),
            open: AtomicUsize::new(0),
            answered: Notify::new(),
            stop: CancellationToken::new(),
        });
        tokio::spawn(flusher.clone().until_stopped(false));
        tokio::spawn(flusher.clone().until_stopped(true));
        flusher
    }

    /// Sends runs; answers once they are durable.
    pub(super) async fn send(&self, runs: Vec<NewRun>, now: Option<Timestamp>) -> Result<Vec<Enqueued>> {
        if self.stop.is_cancelled() {
            return Err(closed());
        }
        let (answer, answered) = oneshot::channel();
        self.open.fetch_add(1, Ordering::SeqCst);
        self.queue().push_back(Parcel { runs, now, answer });
        self.arrived.notify_one();
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Tells what a transaction that has committed did: this process at once, others together with what else there is
    /// to tell.
    pub(super) fn tell(&self, signs: Signs) {
        if !signs.is_empty() {
            self.hub.tell_signs(signs.clone());
            self.outbox.add(signs);
            self.arrived.notify_one();
        }
    }

    /// Writes what waits, sends the last signs, and ends.
    pub(super) async fn close(&self) {
        let limit = self.pool.connector.timeout;
        let _ = tokio::time::timeout(limit, self.drained()).await;
        if let Some(signs) = self.outbox.take_all() {
            let _ = self.notify(signs).await;
        }
        self.abandon();
        self.pool.close().await;
    }

    /// Ends without waiting.
    pub(super) fn abandon(&self) {
        self.stop.cancel();
        self.queue().clear();
    }

    async fn drained(&self) {
        loop {
            let answered = self.answered.notified();
            if self.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            answered.await;
        }
    }

    async fn until_stopped(self: Arc<Self>, second: bool) {
        let work = async {
            match second {
                false => self.first().await,
                true => self.second().await,
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = work => {}
        }
    }

    /// Writes whatever comes.
    async fn first(&self) {
        let mut answered = 0;
        loop {
            if self.queue().is_empty() {
                self.idle().await;
            }
            self.gather(answered).await;
            let group = self.take();
            answered = group.len();
            if self.queue().len() >= CROWD {
                self.crowded.notify_one();
            }
            self.write(group).await;
        }
    }

    /// Whoever is about to send at this moment rides along; above all those who were just answered, since many of them
    /// send again at once: else these and the others would take turns, each with half a statement.
    async fn gather(&self, answered: usize) {
        let until = Instant::now() + GATHER;
        tokio::task::yield_now().await;
        while self.queue().len() < answered && Instant::now() < until {
            tokio::task::yield_now().await;
        }
    }

    /// Helps while many wait.
    async fn second(&self) {
        loop {
            self.crowded.notified().await;
            while self.queue().len() >= CROWD {
                let group = self.take();
                self.write(group).await;
            }
        }
    }

    /// Waits for a parcel, or until signs that wait alone are to be sent; and sends those.
    async fn idle(&self) {
        let Some(wait) = self.outbox.wait(Instant::now()) else { return self.arrived.notified().await };
        tokio::select! {
            () = self.arrived.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
        if self.queue().is_empty()
            && let Some(signs) = self.outbox.take(Instant::now())
        {
            let _ = self.notify(signs).await;
        }
    }

    async fn notify(&self, signs: Signs) -> Result<()> {
        let payload = signs.payload(Some(&self.hub.tag));
        let told = call!(self.pool, link => enqueue::notify(link, &payload));
        if told.is_err() {
            self.outbox.give_back(signs);
        }
        told
    }

    /// Parcels for one statement: those that have the database's clock together, one with a clock of its own alone.
    fn take(&self) -> Vec<Parcel> {
        let mut queue = self.queue();
        let (mut group, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some(next) = queue.front() {
            rows += next.runs.len();
            bytes += next.runs.iter().map(|run| run.args.len()).sum::<usize>();
            let fits = rows <= MAX_ROWS && bytes <= MAX_BYTES && next.now.is_none();
            if !group.is_empty() && !fits {
                break;
            }
            group.extend(queue.pop_front());
            if !fits {
                break;
            }
        }
        group
    }

    /// Writes a group, and answers each sender.
    async fn write(&self, group: Vec<Parcel>) {
        if group.is_empty() {
            return;
        }
        match self.insert(&group).await {
            Err(StoreError::Database(_)) if group.len() > 1 => {
                // One of them is at fault: each for himself.
                for parcel in group {
                    let answer = self.insert(std::slice::from_ref(&parcel)).await;
                    self.answer(parcel, answer);
                }
            }
            Err(error) => group.into_iter().for_each(|parcel| self.answer(parcel, Err(error.clone()))),
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for parcel in group {
                    let own = answers.by_ref().take(parcel.runs.len()).collect();
                    self.answer(parcel, Ok(own));
                }
            }
        }
    }

    async fn insert(&self, group: &[Parcel]) -> Result<Vec<Enqueued>> {
        let runs: Vec<&NewRun> = group.iter().flat_map(|parcel| &parcel.runs).collect();
        let now = group.first().and_then(|parcel| parcel.now);
        let of_runs = enqueue::signs(runs.iter().copied());
        self.outbox.add(of_runs.clone());
        let signs = self.outbox.take(Instant::now());
        let payload = signs.as_ref().map(|signs| signs.payload(Some(&self.hub.tag)));
        let wrote = call!(self.pool, link => enqueue::enqueue(link, &runs, now, payload.clone(), &self.failpoints));
        match (&wrote, signs) {
            (Ok(_), _) => self.hub.tell_signs(of_runs),
            (Err(_), Some(signs)) => self.outbox.give_back(signs),
            (Err(_), None) => {}
        }
        wrote
    }

    fn answer(&self, parcel: Parcel, answer: Result<Vec<Enqueued>>) {
        // A sender that went away wants no answer.
        let _ = parcel.answer.send(answer);
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.answered.notify_waiters();
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Parcel>> {
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}
