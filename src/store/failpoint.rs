//! Places inside transactions where a test makes things go wrong. Inert unless a test arms one.

use super::{Result, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Longest that anybody waits at a [`Gate`]: a test that forgets to open it fails, and does not hang.
const GATE_TIME: Duration = Duration::from_secs(30);

/// What happens at a failpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The transaction fails there, and is rolled back.
    Error,
    /// The transaction is committed, and its answer lost.
    AnswerLost,
    /// The process kills itself.
    Kill,
    /// The transaction waits there, with all that it has locked, until the gate is opened. It blocks its thread.
    Hold(Gate),
}

/// Where a transaction is held. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<Way>, Condvar)>);

#[derive(Debug, Default)]
struct Way {
    arrived: bool,
    open: bool,
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}

impl Gate {
    /// Lets through whoever waits, or comes.
    pub fn open(&self) {
        self.way().open = true;
        self.0.1.notify_all();
    }

    /// Whether somebody came to it.
    pub fn has_arrived(&self) -> bool {
        self.way().arrived
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.0.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn pass(&self) {
        let mut way = self.way();
        way.arrived = true;
        let _open = self.0.1.wait_timeout_while(way, GATE_TIME, |way| !way.open);
    }
}

/// The failpoints of one store. `None` inside in production: one branch a passage.
#[derive(Clone, Default)]
pub struct Failpoints(Option<Arc<Mutex<State>>>);

#[derive(Default)]
struct State {
    armed: HashMap<&'static str, (Failure, u32)>,
    passed: HashMap<&'static str, u32>,
}

impl Failpoints {
    /// Failpoints that can be armed.
    pub fn enabled() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether places can be armed: a backend then divides what is otherwise one statement.
    pub fn are_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// The `skip`-th next passage through `place` fails, once.
    pub fn arm(&self, place: &'static str, failure: Failure, skip: u32) {
        if let Some(state) = &self.0 {
            state.lock().unwrap_or_else(|e| e.into_inner()).armed.insert(place, (failure, skip));
        }
    }

    /// How often each place was passed.
    pub fn passed(&self) -> HashMap<&'static str, u32> {
        let state = self.0.as_ref().map(|s| s.lock().unwrap_or_else(|e| e.into_inner()));
        state.map(|s| s.passed.clone()).unwrap_or_default()
    }

    /// Called by a backend between the statements of a transaction.
    ///
    /// # Errors
    /// When a test armed the place: [`StoreError::Unavailable`], as when the connection breaks.
    pub fn pass(&self, place: &'static str) -> Result<()> {
        match self.fires(place) {
            None | Some(Failure::AnswerLost) => Ok(()),
            Some(Failure::Error) => Err(StoreError::Unavailable(format!("failpoint {place}"))),
            Some(Failure::Kill) => kill(),
            Some(Failure::Hold(gate)) => {
                gate.pass();
                Ok(())
            }
        }
    }

    /// Called by a backend after a commit, before it answers.
    ///
    /// # Errors
    /// When a test armed the place.
    pub fn answer(&self, place: &'static str) -> Result<()> {
        match self.fires(place) {
            None => Ok(()),
            Some(Failure::Kill) => kill(),
            Some(Failure::Hold(gate)) => {
                gate.pass();
                Ok(())
            }
            Some(_) => Err(StoreError::Unavailable(format!("failpoint {place}"))),
        }
    }

    fn fires(&self, place: &'static str) -> Option<Failure> {
        let mut state = self.0.as_ref()?.lock().unwrap_or_else(|e| e.into_inner());
        *state.passed.entry(place).or_default() += 1;
        let (failure, skip) = state.armed.get_mut(place)?;
        if *skip > 0 {
            *skip -= 1;
            return None;
        }
        let failure = failure.clone();
        state.armed.remove(place);
        Some(failure)
    }
}

fn kill() -> ! {
    let pid = rustix::process::getpid();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    std::process::abort()
}
