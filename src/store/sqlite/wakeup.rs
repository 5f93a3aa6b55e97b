//! Signs that something happened: gathered by the operations of a transaction, given out after its commit.

use crate::model::{RunId, WorkflowRunId};
use crate::store::{Lane, Wakeup, Wakeups};
use tokio::sync::broadcast::{self, error::RecvError};

/// How many signs a listener may be behind before it is told [`Wakeup::Something`] instead.
pub(super) const BACKLOG: usize = 1024;

/// What a transaction did that others wait for.
#[derive(Debug, Default)]
pub(super) struct Signs {
    pub lanes: Vec<Lane>,
    pub ended: Vec<RunId>,
    pub workflows_ended: Vec<WorkflowRunId>,
    pub due: bool,
    pub cancel: bool,
    pub something: bool,
    /// Held attempts were let go: a queue with a limit may have room again.
    pub room: bool,
}

impl Signs {
    /// Runs entered a lane.
    pub fn lane(&mut self, queue: &str, task_name: &str) {
        let is = |lane: &Lane| lane.queue == queue && lane.task_name == task_name;
        if !self.lanes.iter().rev().take(16).any(is) {
            self.lanes.push(Lane { queue: queue.to_owned(), task_name: task_name.to_owned() });
        }
    }

    /// Adds what another operation of the same transaction did.
    pub fn merge(&mut self, other: Signs) {
        self.lanes.extend(other.lanes);
        self.ended.extend(other.ended);
        self.workflows_ended.extend(other.workflows_ended);
        self.due |= other.due;
        self.cancel |= other.cancel;
        self.something |= other.something;
        self.room |= other.room;
    }

    /// Tells all who listen.
    pub fn give_out(self, hub: &broadcast::Sender<Wakeup>) {
        if hub.receiver_count() == 0 {
            return;
        }
        let mut signs = Vec::new();
        if !self.lanes.is_empty() {
            let mut lanes = self.lanes;
            lanes.sort_unstable();
            lanes.dedup();
            signs.push(Wakeup::Work(lanes));
        }
        if !self.ended.is_empty() {
            signs.push(Wakeup::Ended(self.ended));
        }
        if !self.workflows_ended.is_empty() {
            signs.push(Wakeup::WorkflowsEnded(self.workflows_ended));
        }
        let flags = [(self.due, Wakeup::Due), (self.cancel, Wakeup::Cancel), (self.something, Wakeup::Something)];
        signs.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, sign)| sign));
        for sign in signs {
            // An error says only that nobody listens any more.
            let _ = hub.send(sign);
        }
    }
}

/// A listener.
pub(super) struct SqliteWakeups(pub broadcast::Receiver<Wakeup>);

#[async_trait::async_trait]
impl Wakeups for SqliteWakeups {
    async fn next(&mut self) -> Wakeup {
        match self.0.recv().await {
            Ok(sign) => sign,
            Err(RecvError::Lagged(_)) => Wakeup::Something,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
