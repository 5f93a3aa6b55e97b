//! What every node of a run wants to know of it: read once a run and process, before the first of its nodes begins.

use crate::model::WorkflowRunId;
use crate::sdk::patience::patiently;
use crate::store::{Result, SharedStore};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Most runs that are kept.
const RUNS: usize = 256;
/// Most bytes of arguments that are kept; one run's are kept however large they are.
const BYTES: usize = 32 << 20;

/// A run, as its nodes see it.
#[derive(Debug)]
pub struct WorkflowFacts {
    /// The workflow.
    pub workflow_name: String,
    /// The run's arguments: JSON as text.
    pub args: String,
}

/// Filled by the first node that asks; the others wait for it. Holds nothing for a run that is not there.
type Cell = Arc<OnceCell<Option<Arc<WorkflowFacts>>>>;

/// The runs whose nodes ran last.
#[derive(Default)]
pub(in super::super) struct KnownRuns(Mutex<VecDeque<(WorkflowRunId, Cell)>>);

impl KnownRuns {
    /// What is known of the run, read where it is not known; `None`: there is no such run.
    ///
    /// # Errors
    /// What the database says; the next one who asks reads again.
    pub async fn get(&self, store: &SharedStore, run: WorkflowRunId) -> Result<Option<Arc<WorkflowFacts>>> {
        let facts = self.cell(run).get_or_try_init(|| read(store, run)).await?.clone();
        self.trim();
        Ok(facts)
    }

    fn cell(&self, run: WorkflowRunId) -> Cell {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(id, _)| *id == run);
        let entry = at.and_then(|at| known.remove(at)).unwrap_or_else(|| (run, Cell::default()));
        let cell = entry.1.clone();
        known.push_front(entry);
        known.truncate(RUNS);
        cell
    }

    /// Forgets the runs that were asked for longest ago, until what is left is not too much.
    fn trim(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = 0;
        let fit = known.iter().take_while(|(_, cell)| {
            bytes += cell.get().and_then(Option::as_ref).map_or(0, |facts| facts.args.len());
            bytes <= BYTES
        });
        let fit = fit.count().max(1);
        known.truncate(fit);
    }
}

async fn read(store: &SharedStore, run: WorkflowRunId) -> Result<Option<Arc<WorkflowFacts>>> {
    let row = patiently(|| store.workflow_row(run)).await?;
    Ok(row.map(|(row, args)| Arc::new(WorkflowFacts { workflow_name: row.workflow_name, args })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(known: &KnownRuns, bytes: usize) -> WorkflowRunId {
        let run = WorkflowRunId::new();
        let facts = WorkflowFacts { workflow_name: "etl".into(), args: "x".repeat(bytes) };
        known.cell(run).set(Some(Arc::new(facts))).expect("nobody read it");
        known.trim();
        run
    }

    fn is_kept(known: &KnownRuns, run: WorkflowRunId) -> bool {
        known.0.lock().unwrap().iter().any(|(id, _)| *id == run)
    }

    #[test]
    fn the_runs_asked_for_longest_ago_are_forgotten_first() {
        let known = KnownRuns::default();
        let runs: Vec<_> = (0..RUNS).map(|_| keep(&known, 1)).collect();
        known.cell(runs[0]);
        keep(&known, 1);
        assert!(is_kept(&known, runs[0]) && !is_kept(&known, runs[1]) && is_kept(&known, runs[2]));
    }

    #[test]
    fn large_arguments_push_others_out_and_stay_themselves() {
        let known = KnownRuns::default();
        let (small, large, huge) = (keep(&known, 10), keep(&known, BYTES - 10), keep(&known, BYTES + 1));
        assert!(!is_kept(&known, small) && !is_kept(&known, large) && is_kept(&known, huge));
        let next = keep(&known, 1);
        assert!(is_kept(&known, next) && !is_kept(&known, huge));
    }
}
