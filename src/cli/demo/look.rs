//! What the database holds of one demo, read with nothing but the reader's verbs.

use super::books::Till;
use super::kind::{Kind, queues};
use crate::model::{AttemptId, RunId, WorkflowRunId};
use crate::sdk::patiently;
use crate::store::{
    LogsQuery, QueueRow, Result, RunDetail, RunFilter, RunsQuery, SharedStore, StoreError, WorkflowRunDetail,
};
use futures_util::{StreamExt, TryStreamExt};
use std::collections::{BTreeSet, HashMap};

/// Reads under way at once.
const READS: usize = 8;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The runs of the demo's queues, with their attempts.
    pub(crate) runs: HashMap<RunId, RunDetail>,
    /// The demo's queues.
    pub(crate) queues: Vec<QueueRow>,
    /// Lines that the exports logged, by run.
    pub(crate) logged: HashMap<RunId, usize>,
    /// The till's value.
    pub(crate) till: Option<String>,
    /// The workflow runs that nodes among the runs belong to.
    pub(crate) workflows: HashMap<WorkflowRunId, WorkflowRunDetail>,
}

/// Reads all of a demo: whatever stands in queues that begin with `prefix`, from the attempt `since` on. A database
/// that is away for a moment is asked again.
///
/// # Errors
/// Whatever the store says.
pub(crate) async fn look(store: &SharedStore, prefix: &str, since: AttemptId) -> Result<Found> {
    let mut ids = Vec::new();
    for queue in queues() {
        ids.extend(runs_of(store, format!("{prefix}{queue}"), since).await?);
    }
    let queues =
        patiently(|| store.queues(None)).await?.into_iter().filter(|queue| queue.settings.name.starts_with(prefix));
    let key = format!("{prefix}{}", Till::KEY);
    let till = patiently(|| store.kv_get(&key)).await?;
    let runs = details(store, ids).await?;
    let (logged, workflows) = (logged(store, &runs).await?, workflows(store, &runs).await?);
    Ok(Found { logged, runs, queues: queues.collect(), till, workflows })
}

/// The workflow runs whose nodes are among these.
async fn workflows(
    store: &SharedStore,
    runs: &HashMap<RunId, RunDetail>,
) -> Result<HashMap<WorkflowRunId, WorkflowRunDetail>> {
    let of: BTreeSet<WorkflowRunId> = runs.values().filter_map(|run| run.latest.row.workflow_run).collect();
    let mut found = HashMap::new();
    for id in of {
        found.extend(patiently(|| store.workflow_run(id)).await?.map(|detail| (id, detail)));
    }
    Ok(found)
}

/// How many lines each export logged.
async fn logged(store: &SharedStore, runs: &HashMap<RunId, RunDetail>) -> Result<HashMap<RunId, usize>> {
    let mut logged = HashMap::new();
    for run in runs.values().filter(|run| run.latest.row.task_name == Kind::Export.task()) {
        let query = LogsQuery { attempt: run.latest.row.id, after: None, limit: 1_000 };
        logged.insert(run.id, patiently(|| store.logs(query.clone())).await?.items.len());
    }
    Ok(logged)
}

/// The runs of one queue; a page at a time, back to the demo's beginning.
async fn runs_of(store: &SharedStore, queue: String, since: AttemptId) -> Result<Vec<RunId>> {
    let filter = RunFilter { queue: Some(queue), ..RunFilter::default() };
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let query = RunsQuery { filter: filter.clone(), before, limit: 1_000 };
        let page = patiently(|| store.runs(query.clone())).await?;
        ids.extend(page.items.iter().filter(|row| row.id >= since).map(|row| row.run));
        before = page.next;
        // Ids grow with time: nothing of this demo stands before its beginning.
        if before.is_none_or(|next| next < since) {
            return Ok(ids);
        }
    }
}

async fn details(store: &SharedStore, ids: Vec<RunId>) -> Result<HashMap<RunId, RunDetail>> {
    let read = |id| async move {
        let gone = || StoreError::Database(format!("the run {id} was listed and is gone"));
        patiently(|| store.run(id)).await?.map(|detail| (id, detail)).ok_or_else(gone)
    };
    futures_util::stream::iter(ids).map(read).buffer_unordered(READS).try_collect().await
}
