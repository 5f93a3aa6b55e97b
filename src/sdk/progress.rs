//! How far an attempt says it is: gathered, and written at most every 250 ms.

use crate::model::Fence;
use crate::store::SharedStore;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// Least time between two writes of one attempt.
const PACE: Duration = Duration::from_millis(250);

/// One attempt's progress: the latest word waits here until it is written.
pub(super) struct Reporter {
    store: SharedStore,
    fence: Fence,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    waiting: Option<(f32, String)>,
    writing: bool,
}

impl Reporter {
    pub(super) fn new(store: SharedStore, fence: Fence) -> Self {
        Self { store, fence, state: Arc::default() }
    }

    /// Keeps the latest word, and starts a writer when none is at work.
    pub(super) fn say(&self, runtime: Option<&Handle>, fraction: f32, message: String) {
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        let mut state = lock(&self.state);
        state.waiting = Some((fraction, message));
        let Some(runtime) = runtime.filter(|_| !state.writing) else { return };
        state.writing = true;
        runtime.spawn(write(self.store.clone(), self.fence, self.state.clone()));
    }
}

/// Writes what waits, with a pause after each write, until nothing waits or the attempt is no longer ours.
async fn write(store: SharedStore, fence: Fence, state: Arc<Mutex<State>>) {
    while let Some((fraction, message)) = next(&state) {
        match store.progress_set(fence, fraction, message.clone(), None).await {
            Ok(true) => {}
            Ok(false) => return, // `writing` stays set: no other word of this claim would be taken either.
            Err(error) if error.is_transient() => keep(&state, (fraction, message)),
            Err(error) => tracing::warn!(%error, attempt = %fence.attempt, "could not write progress"),
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Keeps a word that could not be written, unless there is a newer one.
fn keep(state: &Mutex<State>, word: (f32, String)) {
    lock(state).waiting.get_or_insert(word);
}

fn next(state: &Mutex<State>) -> Option<(f32, String)> {
    let mut state = lock(state);
    state.writing = state.waiting.is_some();
    state.waiting.take()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
