//! How it stands with the database.

use super::ask::Trouble;
use crate::model::Timestamp;
use std::time::Duration;

/// The connection, as the answers tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    /// The database's time at the last answer.
    pub(crate) data_at: Option<Timestamp>,
    /// This machine's time then.
    pub(crate) heard_at: Option<Timestamp>,
    /// How long the last answer took.
    pub(crate) latency: Option<Duration>,
    /// What is wrong.
    pub(crate) trouble: Option<Away>,
}

/// An answer that did not come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Away {
    /// What the store said.
    pub(crate) message: String,
    /// When it is asked again, by this machine's clock.
    pub(crate) retry_at: Timestamp,
}

impl Connection {
    /// An answer came.
    pub(crate) fn heard(&mut self, at: Timestamp, now: Timestamp, took: Duration) {
        *self = Self { data_at: Some(at), heard_at: Some(now), latency: Some(took), trouble: None };
    }

    /// None came.
    pub(crate) fn failed(&mut self, trouble: &Trouble, now: Timestamp) {
        let retry_at = now + trouble.retry_in;
        self.trouble = Some(Away { message: trouble.message.clone(), retry_at });
    }

    /// Whether what is shown may be out of date because the store does not answer.
    pub(crate) fn is_stale(&self) -> bool {
        self.trouble.is_some()
    }
}
