//! What comes in.

use super::ask::{Answer, Trouble};
use super::effect::Slot;
use super::geometry::Size;
use super::keys::Key;
use crate::model::Timestamp;
use std::time::Duration;

/// A message.
#[derive(Clone, Debug)]
pub(crate) enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// The time of this machine; once a second.
    Clock(Timestamp),
    /// The store answered.
    Reply(Box<Reply>),
    /// Somebody wants the process to end.
    Terminate,
}

/// An answer, and to what.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Who asked.
    pub(crate) slot: Slot,
    /// Which of its questions.
    pub(crate) generation: u64,
    /// The answer.
    pub(crate) answer: Result<Answer, Trouble>,
    /// The database's time.
    pub(crate) at: Timestamp,
    /// How long it took.
    pub(crate) took: Duration,
}
