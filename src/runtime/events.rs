//! What the hub is told. Every part of a worker sends here, and only the hub changes the worker's state.

use super::schedule::Told;
use super::slots::Kind;
use super::tick::Ticked;
use super::turns::Turned;
use crate::model::{AttemptId, ClaimedRun, Completion, ExecutorId};
use crate::store::{Result, Wakeup, WorkflowSwept};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Something happened.
pub(crate) enum Event {
    /// An attempt ended.
    Ended(Ended),
    /// A blocking function that outlived its attempt returned: its slot is free.
    Returned,
    /// A turn was answered.
    Turned(Turned),
    /// A tick was answered.
    Ticked(Ticked),
    /// The store gave a sign.
    Sign(Wakeup),
    /// A parked claim was answered; the number is the one under which it was parked.
    Parked(u64, Result<Vec<ClaimedRun>>),
    /// What was due is promoted.
    Promoted(Result<u32>),
    /// A sweep of workflow runs is over; whether runs were counted anew in it.
    Swept(bool, Result<WorkflowSwept>),
    /// Something about schedules was answered.
    Scheduled(Told),
    /// Lines of these attempts are written, up to a number each; or none is.
    Written(Option<Vec<(AttemptId, i32)>>),
    /// A rescue is over.
    Rescued,
    /// An `on_error` function is over.
    Hooked,
    /// The worker is registered anew.
    Registered(Result<ExecutorId>),
}

/// How an attempt ended.
pub(crate) struct Ended {
    /// What the store is told.
    pub completion: Completion,
    /// Whose slot it had.
    pub kind: Kind,
    /// How long it ran.
    pub ran: Duration,
    /// Whether its function runs on, in its slot.
    pub slot_kept: bool,
}

/// A way to tell the hub. What is sent after the hub has ended is dropped.
#[derive(Clone)]
pub(crate) struct Events(pub UnboundedSender<Event>);

impl Events {
    /// Tells the hub.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}
