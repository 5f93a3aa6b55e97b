//! What can be waited for: runs of tasks, and runs of workflows.

use super::super::client_error::ClientErrorKind;
use super::super::workflow::WorkflowError;
use crate::model::{RunId, WorkflowRunId};
use crate::store::{Result, RunState, SharedStore, Wakeup, WorkflowState};
use std::future::Future;
use std::hash::Hash;
use std::time::Duration;

/// A kind of run that ends one day.
pub trait Awaited: 'static {
    /// Names one.
    type Id: Copy + Eq + Hash + Send + Sync + 'static;
    /// Where one stands.
    type State: Clone + Send + 'static;

    /// Where these stand: one answer each, in order.
    fn look(store: &SharedStore, ids: Vec<Self::Id>) -> impl Future<Output = Looked<Self::State>> + Send;

    /// Whether it is over for good.
    fn is_over(state: &Self::State) -> bool;

    /// Those whose end a sign tells of.
    fn ended(sign: &Wakeup) -> &[Self::Id];

    /// There is no such run.
    fn not_found(id: Self::Id) -> ClientErrorKind;

    /// It has not ended in time.
    fn timed_out(id: Self::Id, waited: Duration) -> ClientErrorKind;
}

/// What a look gives: `None`: there is no such run.
pub type Looked<T> = Result<Vec<Option<T>>>;

/// Runs of tasks.
pub enum Runs {}

impl Awaited for Runs {
    type Id = RunId;
    type State = RunState;

    fn look(store: &SharedStore, ids: Vec<RunId>) -> impl Future<Output = Looked<RunState>> + Send {
        store.run_states(ids)
    }

    fn is_over(state: &RunState) -> bool {
        state.is_over()
    }

    fn ended(sign: &Wakeup) -> &[RunId] {
        if let Wakeup::Ended(runs) = sign { runs } else { &[] }
    }

    fn not_found(run: RunId) -> ClientErrorKind {
        ClientErrorKind::NotFound { run }
    }

    fn timed_out(run: RunId, waited: Duration) -> ClientErrorKind {
        ClientErrorKind::TimedOut { run, waited }
    }
}

/// Runs of workflows.
pub enum WorkflowRuns {}

impl Awaited for WorkflowRuns {
    type Id = WorkflowRunId;
    type State = WorkflowState;

    fn look(store: &SharedStore, ids: Vec<WorkflowRunId>) -> impl Future<Output = Looked<WorkflowState>> + Send {
        store.workflow_states(ids)
    }

    fn is_over(state: &WorkflowState) -> bool {
        state.status.is_finished()
    }

    fn ended(sign: &Wakeup) -> &[WorkflowRunId] {
        if let Wakeup::WorkflowsEnded(runs) = sign { runs } else { &[] }
    }

    fn not_found(run: WorkflowRunId) -> ClientErrorKind {
        WorkflowError::NotFound { run }.into()
    }

    fn timed_out(run: WorkflowRunId, waited: Duration) -> ClientErrorKind {
        WorkflowError::TimedOut { run, waited }.into()
    }
}
