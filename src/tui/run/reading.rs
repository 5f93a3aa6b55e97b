//! Answers that take more than one verb of the store.

use super::source::Source;
use crate::model::{ExecutorId, TaskStatus};
use crate::store::{AttemptRow, KvQuery, KvRow, Result, RunFilter, RunsQuery, WorkflowRunsQuery};
use crate::tui::state::ask::Answer;
use crate::tui::state::screens::kv::level::Level;
use crate::tui::state::screens::workflows::WorkflowLine;
use std::collections::BTreeMap;

/// Keys that are read at once, how often, and entries that are shown.
const KEYS: u32 = 500;
const KEY_PAGES: u32 = 30;
const ENTRIES: usize = 1_000;
/// Characters of a value in the list of keys.
const PREVIEW: u32 = 160;
/// The newest runs of workflows that are looked through.
const WORKFLOW_RUNS: u32 = 1_000;
/// Runs of one executor that are read.
const HELD: u32 = 100;

impl Source {
    /// The workflows that are defined or were sent lately, with their newest runs.
    pub(super) async fn workflows(&self) -> Result<Vec<WorkflowLine>> {
        let line =
            |name: &str, defined, more| WorkflowLine { name: name.to_owned(), defined, recent: Vec::new(), more };
        let page = self.store.workflow_runs(WorkflowRunsQuery { limit: WORKFLOW_RUNS, ..Default::default() }).await?;
        let more = page.next.is_some();
        let mut found: BTreeMap<String, WorkflowLine> = BTreeMap::new();
        for def in self.store.workflow_defs().await? {
            let line = line(&def.workflow_name, def.dag_structure.is_some(), more);
            found.insert(def.workflow_name, line);
        }
        for run in page.items {
            let name = run.workflow_name.clone();
            found.entry(name).or_insert_with_key(|name| line(name, false, more)).recent.push(run);
        }
        Ok(found.into_values().collect())
    }

    pub(super) async fn definition(&self, name: &str) -> Result<Option<String>> {
        let defs = self.store.workflow_defs().await?;
        Ok(defs.into_iter().find(|def| def.workflow_name == name).and_then(|def| def.dag_structure))
    }

    /// What stands below a prefix: pages of keys, past folders that fill one.
    pub(super) async fn keys(&self, prefix: &str) -> Result<Answer> {
        let mut level = Level::new(prefix);
        let mut query = KvQuery { prefix: prefix.to_owned(), after: None, limit: KEYS, preview: PREVIEW };
        for _ in 0..KEY_PAGES {
            let page = self.store.kv_list(query.clone()).await?;
            page.items.into_iter().for_each(|row| level.add(row));
            query.after = match page.next {
                Some(_) if level.len() < ENTRIES => level.after(),
                more => return Ok(Answer::Keys { entries: level.entries(), more: more.is_some() }),
            };
        }
        Ok(Answer::Keys { entries: level.entries(), more: true })
    }

    pub(super) async fn value(&self, key: &str, most: u32) -> Result<Option<Box<KvRow>>> {
        let query = KvQuery { prefix: key.to_owned(), after: None, limit: 1, preview: most };
        let found = self.store.kv_list(query).await?.items.into_iter().next();
        // The first key with that beginning is the key itself, where there is one.
        Ok(found.filter(|row| row.key == key).map(Box::new))
    }

    pub(super) async fn held(&self, executor: ExecutorId) -> Result<Vec<AttemptRow>> {
        let statuses = TaskStatus::HELD.to_vec();
        let filter = RunFilter { statuses, executor: Some(executor), ..RunFilter::default() };
        Ok(self.store.runs(RunsQuery { filter, before: None, limit: HELD }).await?.items)
    }
}
