//! An attempt that this worker holds: what the hub and the one that executes it both know of it.

use super::book::Book;
use crate::model::{AttemptId, ClaimedRun, LogLine};
use crate::sdk::LogSink;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// Why an attempt is to end before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    /// Somebody asked for it.
    Cancel = 1,
    /// The worker stops, or may have been replaced: it is to run again elsewhere.
    Interrupt = 2,
    /// Its time is up.
    Timeout = 3,
}

/// Attempts that have lines to write.
pub(crate) type Unwritten = Mutex<Vec<AttemptId>>;

/// An attempt that this worker holds.
pub(crate) struct Attempt {
    /// The claim, without its arguments.
    pub claimed: Arc<ClaimedRun>,
    token: CancellationToken,
    reason: AtomicU8,
    book: Mutex<Book>,
    unwritten: Arc<Unwritten>,
}

impl Attempt {
    /// An attempt that was just claimed.
    pub fn new(claimed: ClaimedRun, unwritten: Arc<Unwritten>) -> Arc<Self> {
        Arc::new(Self {
            claimed: Arc::new(claimed),
            token: CancellationToken::new(),
            reason: AtomicU8::new(0),
            book: Mutex::default(),
            unwritten,
        })
    }

    /// Its id.
    pub fn id(&self) -> AttemptId {
        self.claimed.fence.attempt
    }

    /// Tells it to end; the first reason stands.
    pub fn end(&self, reason: Reason) {
        let _ = self.reason.compare_exchange(0, reason as u8, Ordering::AcqRel, Ordering::Acquire);
        self.token.cancel();
    }

    /// Why it was told to end.
    pub fn reason(&self) -> Option<Reason> {
        let all = [Reason::Cancel, Reason::Interrupt, Reason::Timeout];
        all.into_iter().find(|reason| *reason as u8 == self.reason.load(Ordering::Acquire))
    }

    /// What its function sees when it is told to end.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Its first lines that are not known to be written.
    pub fn unwritten(&self) -> Vec<LogLine> {
        self.book().unwritten()
    }

    /// Its lines up to this number are written.
    pub fn written(&self, seq: i32) {
        self.book().written(seq);
    }

    /// Takes the lines that ride in its completion; later ones are dropped.
    pub fn close_log(&self) -> Vec<LogLine> {
        self.book().close()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic while a line is added leaves the book whole.
        self.book.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl LogSink for Attempt {
    fn so_far(&self) -> Vec<LogLine> {
        self.book().so_far()
    }

    fn push(&self, level: tracing::Level, target: &str, message: String) {
        let claim = self.claimed.fence.claim;
        let listed = self.book().push(claim, chrono::Utc::now(), level.as_str(), target, &message);
        if listed {
            let mut unwritten = self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            unwritten.push(self.id());
        }
    }
}
