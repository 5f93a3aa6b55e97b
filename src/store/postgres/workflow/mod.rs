//! Runs of workflows: sending, what follows from a node's end, cancelling, repairing, sweeping, reading.

pub(super) mod advance;
pub(super) mod cancel;
mod defs;
pub(super) mod overview;
mod read;
mod recount;
mod repair;
mod send;
mod sweep;

pub use send::workflow_send_in;
pub(super) use send::{send, signs};

use super::PostgresStore;
use crate::store::Wakeup;
use advance::Followed;

impl PostgresStore {
    /// Tells others what followed, once it is committed.
    pub(super) fn tell_followed(&self, followed: Followed) {
        self.flusher.tell(followed.signs);
        self.tell_ended(followed.runs);
        if !followed.ended.is_empty() && self.hub.has_subscribers() {
            self.hub.tell(Wakeup::WorkflowsEnded(followed.ended));
        }
    }
}
