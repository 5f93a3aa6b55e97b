//! What a run that was waited for came to.

use crate::cli::clean;
use crate::cli::tasks::JsonText;
use crate::cli::world::Screen;
use crate::model::{TaskError, TaskStatus};
use crate::store::RunState;
use serde::{Serialize, Serializer};

/// Characters of an error that its line repeats.
const SHOWN: usize = 500;

/// A run that is over, as scripts read it.
#[derive(Serialize)]
pub(super) struct Outcome {
    /// How it ended.
    pub(super) status: TaskStatus,
    /// The number of its latest attempt.
    attempt: i16,
    /// JSON as it was stored; none is `null`.
    #[serde(serialize_with = "as_it_stands")]
    result: Option<String>,
    failure: Option<TaskError>,
}

impl Outcome {
    /// Where a run that is over stands.
    pub(super) fn of(state: RunState) -> Self {
        Self { status: state.status, attempt: state.attempt_number, result: state.result, failure: state.error }
    }

    /// The result on a line: exactly as it was stored into a pipe or a file, without anything that a terminal would
    /// obey on one.
    pub(super) fn text(&self, screen: Screen) -> String {
        let result = self.result.as_deref().unwrap_or("null");
        match screen.terminal {
            true => format!("{}\n", clean::json(result)),
            false => format!("{result}\n"),
        }
    }

    /// Why it failed, in a line.
    pub(super) fn why(&self) -> String {
        let Some(error) = &self.failure else { return "its error was not kept".into() };
        let said = match error.kind.is_empty() {
            true => error.message.clone(),
            false => format!("{}: {}", error.kind, error.message),
        };
        match said.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}…", &said[..at]),
            None => said,
        }
    }
}

fn as_it_stands<S: Serializer>(result: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    result.as_deref().map(JsonText::new).serialize(to)
}
