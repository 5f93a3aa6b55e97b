//! Answers that take more than one verb of the store.

use super::source::Source;
use crate::model::{ExecutorId, TaskStatus, WorkflowStatus};
use crate::store::{
    ATTENTION_SPAN, ActivityQuery, AttemptRow, FailuresQuery, KvQuery, KvRow, Overview, Result, RunFilter, RunsQuery,
    ScheduleHistoryQuery, WorkflowRunRow, WorkflowRunsQuery, attention,
};
use crate::tui::state::ask::Answer;
use crate::tui::state::screens::cron::ScheduleLine;
use crate::tui::state::screens::kv::level::Level;
use crate::tui::state::screens::overview::OverviewAnswer;
use crate::tui::state::screens::overview::figures::MINUTES;

/// Keys that are read at once, how often, and entries that are shown.
const KEYS: u32 = 500;
const KEY_PAGES: u32 = 30;
const ENTRIES: usize = 1_000;
/// Characters of a value in the list of keys.
const PREVIEW: u32 = 160;
/// Executors that are read.
const EXECUTORS: u32 = 200;
/// Kinds of failures, and runs that ended badly, that the overview reads.
const FAILURES: u32 = 50;
const BROKEN: u32 = 100;
/// Runs of one executor that are read.
const HELD: u32 = 100;

impl Source {
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

    /// All that the overview shows, one verb after the other: it is one reader among others.
    pub(super) async fn overview(&self) -> Result<OverviewAnswer> {
        let (store, now) = (&self.store, self.now().await?);
        let activity = store.activity(ActivityQuery { minutes: MINUTES, now: self.frozen }).await?;
        let queues = store.queues(self.frozen).await?;
        let executors = store.executors(EXECUTORS, self.frozen).await?;
        let failures =
            store.failures(FailuresQuery { since: ATTENTION_SPAN, limit: FAILURES, now: self.frozen }).await?;
        let broken = RunFilter { statuses: vec![TaskStatus::Lost, TaskStatus::Stopped], ..RunFilter::default() };
        let broken = store.runs(RunsQuery { filter: broken, before: None, limit: BROKEN }).await?.items;
        let workflow_runs = self.troubled_workflows().await?;
        let seen = Overview {
            now,
            queues: &queues,
            executors: &executors,
            failures: &failures,
            broken: &broken,
            workflow_runs: &workflow_runs,
        };
        let attention = attention(&seen);
        let (counts, next_due) = (store.status_counts().await?, store.next_due().await?);
        Ok(OverviewAnswer { activity, queues, executors, counts, failures, attention, next_due })
    }

    /// The newest workflow runs that go on, or failed.
    async fn troubled_workflows(&self) -> Result<Vec<WorkflowRunRow>> {
        let statuses = vec![WorkflowStatus::Running, WorkflowStatus::UpForCancel, WorkflowStatus::Failed];
        let query = WorkflowRunsQuery { statuses, limit: BROKEN, ..WorkflowRunsQuery::default() };
        Ok(self.store.workflow_runs(query).await?.items)
    }

    pub(super) async fn schedules(&self) -> Result<Answer> {
        let now = self.now().await?;
        let rows = self.store.schedules(self.frozen).await?;
        Ok(Answer::Schedules(rows.into_iter().map(|row| ScheduleLine::new(row, now)).collect()))
    }

    pub(super) async fn schedule_history(&self, job: i64, limit: u32) -> Result<Answer> {
        let page = self.store.schedule_history(ScheduleHistoryQuery { job, before: None, limit }).await?;
        Ok(Answer::ScheduleHistory { job, rows: page.items, more: page.next.is_some() })
    }
}
