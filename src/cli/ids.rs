//! From what a person types to a run: a whole id of a run or an attempt, or the last digits of one; the same for runs of
//! workflows.

use super::error::{CliError, Doing};
use crate::model::{AttemptId, RunId, WorkflowRunId};
use crate::store::Store;
use uuid::Uuid;

/// Digits of an id that lists show, and that suffice to name a run.
pub(crate) const SHOWN: usize = 8;
/// Fewest digits that name a run.
const FEWEST: usize = 6;

/// What was typed, read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Typed {
    Whole(Uuid),
    Tail(String),
}

/// The end of an id, as lists show it.
pub(crate) fn tail(id: Uuid) -> String {
    let digits = id.simple().to_string();
    digits[digits.len() - SHOWN..].to_owned()
}

/// The run that `typed` names.
///
/// # Errors
/// Not an id; no such run; several such runs.
pub(crate) async fn find_run(store: &dyn Store, typed: &str) -> Result<RunId, CliError> {
    match read(typed)? {
        Typed::Whole(id) => whole(store, id).await?.ok_or_else(|| CliError::NoRun(typed.to_owned())),
        Typed::Tail(tail) => {
            let found = store.runs_by_tail(&tail).await.doing("look up the id")?;
            only(typed, &found)?.ok_or_else(|| CliError::NoRun(typed.to_owned()))
        }
    }
}

/// The workflow's run that `typed` names.
///
/// # Errors
/// Not an id; no such run; several such runs.
pub(crate) async fn find_workflow_run(store: &dyn Store, typed: &str) -> Result<WorkflowRunId, CliError> {
    look_for_workflow_run(store, typed).await?.ok_or_else(|| CliError::NoWorkflowRun(typed.to_owned()))
}

/// The same; `None`: no such run.
///
/// # Errors
/// Not an id; several such runs.
pub(crate) async fn look_for_workflow_run(store: &dyn Store, typed: &str) -> Result<Option<WorkflowRunId>, CliError> {
    match read(typed)? {
        Typed::Whole(id) => {
            let states = store.workflow_states(vec![WorkflowRunId(id)]).await.doing("look up the id")?;
            Ok(states.iter().any(Option::is_some).then_some(WorkflowRunId(id)))
        }
        Typed::Tail(tail) => {
            let found = store.workflow_runs_by_tail(&tail).await.doing("look up the id")?;
            only(typed, &found)
        }
    }
}

/// Whether `typed` may be an id.
pub(crate) fn is_id(typed: &str) -> bool {
    read(typed).is_ok()
}

/// An id that may be a run's or one of its attempts'.
async fn whole(store: &dyn Store, id: Uuid) -> Result<Option<RunId>, CliError> {
    if store.run_states(vec![RunId(id)]).await.doing("look up the id")?.iter().any(Option::is_some) {
        return Ok(Some(RunId(id)));
    }
    store.run_of(AttemptId(id)).await.doing("look up the id")
}

fn only<T: Copy + ToString>(typed: &str, found: &[T]) -> Result<Option<T>, CliError> {
    match found {
        [] => Ok(None),
        [run] => Ok(Some(*run)),
        several => {
            let found: Vec<_> = several.iter().map(T::to_string).collect();
            Err(CliError::Ambiguous { tail: typed.to_owned(), found: found.join(", ") })
        }
    }
}

fn read(typed: &str) -> Result<Typed, CliError> {
    if let Ok(id) = Uuid::try_parse(typed) {
        return Ok(Typed::Whole(id));
    }
    let digits: String = typed.trim_start_matches('…').chars().filter(|c| *c != '-').collect();
    let usable = digits.chars().all(|c| c.is_ascii_hexdigit()) && (FEWEST..32).contains(&digits.len());
    if usable {
        return Ok(Typed::Tail(digits.to_ascii_lowercase()));
    }
    Err(CliError::Usage(format!("'{typed}' is no id: give the whole id of a run, or its last {FEWEST} or more digits")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_whole_or_by_their_end() {
        let id = Uuid::now_v7();
        assert_eq!(read(&id.to_string()).unwrap(), Typed::Whole(id));
        assert_eq!(read(&id.simple().to_string()).unwrap(), Typed::Whole(id));
        assert_eq!(read("A1B2C3").unwrap(), Typed::Tail("a1b2c3".into()));
        assert_eq!(read("90ab-0123456789ab").unwrap(), Typed::Tail("90ab0123456789ab".into()));
        assert!(id.simple().to_string().ends_with(&tail(id)));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for typed in ["", "a1b2c", "order-7", "g1b2c3", "'; drop table", "\x1b[2J"] {
            let error = read(typed).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{typed}");
        }
    }
}
