//! The one thread that writes: it gathers operations, runs a group of them in one transaction, and answers after the
//! commit. Parked claims wait here, and are served in the transaction that brings them work.
//!
//! Invariant: nothing is answered as done before it is durable. An idle writer sleeps.

use super::connect::Place;
use super::group;
use super::operation::Operation;
use super::parked::{Claims, Parked, give_back};
use super::wakeup::Signs;
use super::writer::{Message, data_version};
use crate::store::{Options, Result, Wakeup};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot};

/// Most operations of one transaction.
const MAX_GROUP: usize = 512;
/// How long, after a commit, the next group waits for as many operations as were just answered.
const GATHER: Duration = Duration::from_micros(100);

/// How long parked claims wait for their next look after the database failed.
const AGAIN: Duration = Duration::from_millis(500);

/// What was gathered for one transaction.
#[derive(Default)]
struct Batch {
    group: Vec<Box<dyn Operation>>,
    oldest: Option<Instant>,
}

/// The thread's own.
pub(super) struct Thread {
    conn: Connection,
    place: Place,
    options: Options,
    hub: broadcast::Sender<Wakeup>,
    inbox: Receiver<Message>,
    foreign: Arc<AtomicU64>,
    parked: VecDeque<Parked>,
    /// Operations of the writer's own, for the next group.
    own: Vec<Box<dyn Operation>>,
    /// How many operations the last group answered.
    answered: usize,
    /// When to look again for those who are parked, after the database failed.
    again: Option<Instant>,
    data_version: i64,
    closing: Option<oneshot::Sender<()>>,
}

impl Thread {
    pub fn new(
        conn: Connection,
        place: Place,
        options: Options,
        hub: broadcast::Sender<Wakeup>,
        inbox: Receiver<Message>,
        foreign: Arc<AtomicU64>,
    ) -> Result<Self> {
        let data_version = data_version(&conn)?;
        Ok(Self {
            conn,
            place,
            options,
            hub,
            inbox,
            foreign,
            parked: VecDeque::new(),
            own: Vec::new(),
            answered: 0,
            again: None,
            data_version,
            closing: None,
        })
    }

    /// Works until the store is closed, or nobody can ask any more.
    pub fn run(mut self) {
        while self.closing.is_none() {
            let mut batch = Batch { group: std::mem::take(&mut self.own), oldest: None };
            if !self.gather(&mut batch) && batch.group.is_empty() {
                break;
            }
            self.parked.retain(|parked| !parked.is_gone());
            self.serve(batch);
        }
        self.finish();
    }

    /// Takes what has arrived, waiting for the first message. `false`: nothing will come any more.
    fn gather(&mut self, batch: &mut Batch) -> bool {
        let until = Instant::now() + GATHER;
        while batch.group.len() < self.answered.min(MAX_GROUP) && self.closing.is_none() {
            match self.inbox.try_recv() {
                Ok(message) => self.take(message, batch),
                Err(_) if Instant::now() < until => std::thread::yield_now(),
                Err(_) => break,
            }
        }
        let empty = batch.group.is_empty() && self.own.is_empty() && !self.is_due();
        if empty && self.closing.is_none() && !self.wait(batch) {
            return false;
        }
        while batch.group.len() < MAX_GROUP && self.closing.is_none() {
            match self.inbox.try_recv() {
                Ok(message) => self.take(message, batch),
                Err(_) => break,
            }
        }
        true
    }

    /// Sleeps until there is something to do; `false`: nothing will come any more.
    fn wait(&mut self, batch: &mut Batch) -> bool {
        let received = match self.again {
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(again) => self.inbox.recv_timeout(again.saturating_duration_since(Instant::now())),
        };
        match received {
            Ok(message) => self.take(message, batch),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                self.again = None;
                self.parked.iter_mut().for_each(|parked| parked.looks = true);
            }
        }
        true
    }

    /// Whether something is to be done that no message brings.
    fn is_due(&self) -> bool {
        self.parked.iter().any(|parked| parked.looks)
    }

    fn take(&mut self, message: Message, batch: &mut Batch) {
        match message {
            Message::Write(operation, sent) => {
                batch.oldest.get_or_insert(sent);
                batch.group.push(operation);
            }
            Message::Read(read) => read(&self.conn),
            Message::Park(parked) => self.parked.push_back(parked),
            Message::Look => self.look(),
            Message::Close(done) => self.closing = Some(done),
        }
    }

    /// Whether another process has written; then whoever waits looks.
    fn look(&mut self) {
        let Ok(version) = data_version(&self.conn) else { return };
        if version != self.data_version {
            self.data_version = version;
            self.foreign.fetch_add(1, Ordering::Relaxed);
            self.parked.iter_mut().for_each(|parked| parked.looks = true);
            Signs { something: true, ..Signs::default() }.give_out(&self.hub);
        }
    }

    /// One transaction, from BEGIN to the answers.
    fn serve(&mut self, mut batch: Batch) {
        self.answered = batch.group.len();
        let due = self.is_due() && Parked::find_work(&self.conn, &mut self.parked);
        if batch.group.is_empty() && !due {
            return;
        }
        let deadline = batch.oldest.unwrap_or_else(Instant::now) + self.options.call_timeout;
        let (claims, outcome) = match self.transact(&mut batch.group, deadline) {
            Ok((signs, claims)) => (claims, Ok(signs)),
            Err(error) => (Vec::new(), Err(error)),
        };
        let committed = outcome.as_ref().map(drop).map_err(Clone::clone);
        self.hand_over(claims);
        for operation in batch.group {
            operation.answer(committed.clone(), &self.options);
        }
        match outcome {
            Ok(signs) => {
                signs.give_out(&self.hub);
                for parked in self.parked.iter_mut().filter(|parked| parked.failed) {
                    parked.failed = false;
                    self.again = Some(Instant::now() + AGAIN);
                }
            }
            // The database is away: whoever is parked looks again, but not at once.
            Err(_) if !self.parked.is_empty() => self.again = Some(Instant::now() + AGAIN),
            Err(_) => {}
        }
    }

    /// The inside of [`Thread::serve`]: what was done stands when it answers.
    fn transact(&mut self, group: &mut [Box<dyn Operation>], deadline: Instant) -> Result<(Signs, Claims)> {
        self.place.check()?;
        group::begin(&self.conn, &self.options, deadline)?;
        let mut signs = match group::run(&self.conn, &self.options, group) {
            Ok(signs) => signs,
            Err(error) => {
                group::abandon(&self.conn);
                return Err(error);
            }
        };
        if self.conn.is_autocommit() {
            // The only operation failed: what parked claims saw before is not claimed here.
            self.parked.iter_mut().for_each(|parked| parked.looks |= parked.saw_work());
            return Ok((signs, Vec::new()));
        }
        let claims = Parked::claim_all(&self.conn, &self.options, &mut self.parked, &mut signs);
        match group::commit(&self.conn) {
            Ok(()) => Ok((signs, claims)),
            Err(error) => {
                claims.into_iter().rev().for_each(|(parked, _)| self.parked.push_front(parked));
                Err(error)
            }
        }
    }

    /// Answers parked claims; whoever is gone by now has its runs given back.
    fn hand_over(&mut self, claims: Claims) {
        for (parked, runs) in claims {
            if let Some(runs) = parked.hand_over(runs, &self.options) {
                self.own.push(give_back(runs));
            }
        }
    }

    /// Leaves the file in good order: statistics where they are stale, the log copied into the database.
    fn finish(self) {
        let Self { conn, closing, parked, inbox, .. } = self;
        drop((parked, inbox));
        // Both only tidy up: another process may hold what they need.
        let _ = conn.execute_batch("PRAGMA analysis_limit = 400; PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);");
        drop(conn);
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }
}
