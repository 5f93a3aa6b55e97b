//! What can go wrong when an application sends, asks or waits.

use super::config_error::ConfigError;
use super::workflow::WorkflowError;
use crate::model::{BoundsError, RunId, TaskError, TaskStatus};
use crate::store::StoreError;
use std::fmt;
use std::time::Duration;

/// Why a call of the library failed: an ordinary error, so that `?` takes it everywhere. [`ClientError::kind`] tells
/// the cases apart.
pub struct ClientError(Box<ClientErrorKind>);

/// The cases of [`ClientError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientErrorKind {
    /// The database was away, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody said which database.
    #[error("no database is named: set HYREX_DATABASE_URL, call hyrex::init, or say which one with .on(&client)")]
    NoStore,
    /// Several databases could be meant.
    #[error("{} databases are connected ({}): say which one is meant, with .on(&client) or client.scope(..)",
        stores.len(), stores.join(", "))]
    SeveralStores {
        /// Where they are, in the order in which they were given to [`init`](crate::init).
        stores: Vec<String>,
    },
    /// Arguments that cannot be stored.
    #[error("the arguments of task '{task}' {why}", task = super::shown(task))]
    Arguments {
        /// The task.
        task: String,
        /// What is wrong with them.
        why: String,
    },
    /// Settings of a send that are out of bounds, or belong elsewhere.
    #[error("task '{task}': {why}", task = super::shown(task))]
    Settings {
        /// The task.
        task: String,
        /// What is wrong with them.
        why: String,
    },
    /// A result that is not of the type asked for.
    #[error("the result of run {run} is not of the type asked for: {why}", why = super::shown(why))]
    Result {
        /// The run.
        run: RunId,
        /// What does not fit.
        why: String,
    },
    /// No such run.
    #[error("there is no run {run}")]
    NotFound {
        /// What was asked for.
        run: RunId,
    },
    /// The run had not ended in time. It goes on.
    #[error("run {run} did not end within {waited:?}: it goes on")]
    TimedOut {
        /// The run.
        run: RunId,
        /// How long was waited.
        waited: Duration,
    },
    /// The run failed for good.
    #[error("run {run} failed: {}", failure(error))]
    Failed {
        /// The run.
        run: RunId,
        /// Why; `None` where nothing is kept of it (a worker of Python).
        error: Option<TaskError>,
    },
    /// The run ended for good without a result and without failing.
    #[error("run {run} ended without a result: it is {status}")]
    Ended {
        /// The run.
        run: RunId,
        /// CANCELED, LOST, STOPPED or SKIPPED.
        status: TaskStatus,
    },
    /// The attempt is no longer its worker's: roll back what was done for it.
    #[error("the attempt of run {run} is no longer this worker's{}: roll the transaction back", where_it_stands(*.stands))]
    NotHeld {
        /// The run.
        run: RunId,
        /// Where the attempt stands; `None`: it is not in the transaction's database.
        stands: Option<TaskStatus>,
    },
    /// Something about a workflow.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// The application has no state of that type.
    #[error("the application has no state of type {0}: add it with HyrexApp::state")]
    NoState(&'static str),
    /// Nobody's attempt is running here.
    #[error("no task is running here: hyrex::spawn takes its context along, tokio::spawn does not")]
    NoContext,
    /// The application is mistaken.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Most characters of a task's error that a message repeats; all of it is in [`ClientErrorKind::Failed`].
const SHOWN: usize = 500;

fn where_it_stands(status: Option<TaskStatus>) -> String {
    status.map_or(" (it is not in this database)".into(), |status| format!(", it is {status}"))
}

/// A task's error, on one line.
pub(super) fn failure(error: &Option<TaskError>) -> String {
    let Some(error) = error else { return "its error was not kept".into() };
    let cut = error.message.char_indices().nth(SHOWN).map(|(at, _)| at);
    let message = super::shown(&error.message[..cut.unwrap_or(error.message.len())]);
    format!("{}: {message}{}", super::shown(&error.kind), if cut.is_some() { "…" } else { "" })
}

impl ClientError {
    /// Which case it is.
    pub fn kind(&self) -> &ClientErrorKind {
        &self.0
    }

    /// As [`ClientError::kind`], owned.
    pub fn into_kind(self) -> ClientErrorKind {
        *self.0
    }

    /// Whether the same call may succeed later without anything being changed.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ClientErrorKind::Store(error) if error.is_transient())
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl<E: Into<ClientErrorKind>> From<E> for ClientError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl From<BoundsError> for ClientErrorKind {
    fn from(error: BoundsError) -> Self {
        ClientErrorKind::Store(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tasks_error_is_shown_on_one_line_and_not_at_any_length() {
        let message = format!("first\nsecond\u{202e}{}", "é".repeat(1000));
        let error = TaskError { kind: "Card\u{7}".into(), message, ..TaskError::default() };
        let said = ClientError::from(ClientErrorKind::Failed { run: RunId::new(), error: Some(error) }).to_string();
        assert!(said.contains(r"Card\u{7}: first\nsecond\u{202e}é") && said.ends_with("é…"), "{said}");
        assert!(said.chars().count() < 600 && !said.chars().any(char::is_control));
    }

    #[test]
    fn every_error_is_an_ordinary_one() {
        fn ordinary<E: std::error::Error + Send + Sync + 'static>(_: &E) {}
        let error = ClientError::from(StoreError::Unavailable("gone".into()));
        ordinary(&error);
        assert!(error.is_transient() && !ClientError::from(ClientErrorKind::NoStore).is_transient());
        assert_eq!(crate::Error::from(error).message(), "the database is away: gone");
    }
}
