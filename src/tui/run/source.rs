//! From a question to an answer, by the verbs of the store.

use crate::model::{AttemptId, RunId, Timestamp};
use crate::store::{ActivityQuery, AttemptRow, LogsQuery, Result, RunsQuery, SharedStore};
use crate::tui::state::ask::{
    Answer, Ask, LogAsk, QueuesAnswer, TaskAnswer, TaskAsk, TasksAnswer, TasksAsk, WhyAnswer,
};
use chrono::TimeDelta;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long the difference between the database's clock and ours is taken to stand.
const SKEW: Duration = Duration::from_secs(60);
/// Runs of a tree that are read.
const TREE: u32 = 500;
/// Executors that are read.
const EXECUTORS: u32 = 200;
/// Minutes of what ran that are shown.
pub(crate) const MINUTES: u32 = 30;
/// Lines of a log that are read at once.
const LINES: u32 = 1_000;

/// A store that is asked.
pub(crate) struct Source {
    pub(super) store: SharedStore,
    /// A data set's own time.
    pub(super) frozen: Option<Timestamp>,
    /// How much the database's clock is ahead of ours, and when that was found.
    skew: Mutex<Option<(TimeDelta, Instant)>>,
}

impl Source {
    /// Asks `store`, at the time `frozen` where one is given.
    pub(crate) fn new(store: SharedStore, frozen: Option<Timestamp>) -> Self {
        Self { store, frozen, skew: Mutex::new(None) }
    }

    /// The database's time, to a fraction of a second.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn now(&self) -> Result<Timestamp> {
        if let Some(frozen) = self.frozen {
            return Ok(frozen);
        }
        let known = *self.skew.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((skew, _)) = known.filter(|(_, found)| found.elapsed() < SKEW) {
            return Ok(chrono::Utc::now() + skew);
        }
        let now = self.store.now().await?;
        let skew = now - chrono::Utc::now();
        *self.skew.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((skew, Instant::now()));
        Ok(now)
    }

    /// Asks the store.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn answer(&self, ask: &Ask) -> Result<Answer> {
        Ok(match ask {
            Ask::Tasks(ask) => Answer::Tasks(self.tasks(ask).await?),
            Ask::Run(run) => Answer::Run(self.store.run(*run).await?.map(Box::new)),
            Ask::Why(run) => Answer::Why(self.why(*run).await?.map(Box::new)),
            Ask::Task(ask) => Answer::Task(self.task(ask).await?.map(Box::new)),
            Ask::Queues => Answer::Queues(QueuesAnswer {
                queues: self.store.queues(self.frozen).await?,
                executors: self.store.executors(EXECUTORS, self.frozen).await?,
                activity: self.store.activity(ActivityQuery { minutes: MINUTES, now: self.frozen }).await?,
            }),
            Ask::Executors => Answer::Executors(self.store.executors(EXECUTORS, self.frozen).await?),
            Ask::Held(executor) => Answer::Held(*executor, self.held(*executor).await?),
            Ask::Keys(prefix) => self.keys(prefix).await?,
            Ask::Value { key, most } => Answer::Value(self.value(key, *most).await?),
            Ask::Overview => Answer::Overview(Box::new(self.overview().await?)),
            Ask::Workflows => Answer::Workflows(self.store.workflows(self.frozen).await?),
            Ask::Schedules => self.schedules().await?,
            Ask::ScheduleHistory { job, limit } => self.schedule_history(*job, *limit).await?,
            Ask::Definition(name) => Answer::Definition(self.definition(name).await?),
            Ask::WorkflowRuns(query) => {
                let page = self.store.workflow_runs(query.clone()).await?;
                Answer::WorkflowRuns { rows: page.items, more: page.next.is_some() }
            }
            Ask::WorkflowRun(run) => Answer::WorkflowRun(self.store.workflow_run(*run).await?.map(Box::new)),
            Ask::Log { limit } => Answer::Log(self.store.system_events(None, *limit).await?),
            Ask::Names => Answer::Names(self.store.names().await?),
            Ask::Find(text) => Answer::Found(self.find(text).await?),
        })
    }

    async fn tasks(&self, ask: &TasksAsk) -> Result<TasksAnswer> {
        let mut query = RunsQuery { filter: ask.filter.clone(), before: None, limit: ask.rows };
        let (mut rows, mut looked_at, mut more) = (Vec::<AttemptRow>::new(), None::<u32>, false);
        for _ in 0..ask.pages.max(1) {
            let page = self.store.runs(query.clone()).await?;
            rows.extend(page.items);
            looked_at = page.looked_at.map(|looked| looked_at.unwrap_or(0) + looked);
            more = page.next.is_some();
            let full = rows.len() >= ask.rows as usize;
            let (Some(next), Some(_), false) = (page.next, page.looked_at, full) else { break };
            query.before = Some(next);
            query.limit = ask.rows - rows.len() as u32;
        }
        Ok(TasksAnswer { rows, more, looked_at, counts: self.store.status_counts().await? })
    }

    async fn task(&self, ask: &TaskAsk) -> Result<Option<TaskAnswer>> {
        let Some(detail) = self.store.run(ask.run).await? else { return Ok(None) };
        let latest = detail.latest.row.id;
        let attempt = match ask.attempt.filter(|attempt| *attempt != latest) {
            Some(attempt) => self.store.attempt(attempt).await?,
            None => None,
        };
        let tree = self.store.tree(detail.latest.row.root, TREE).await?;
        let of = ask.attempt.unwrap_or(latest);
        let log = match ask.log {
            Some(LogAsk { after }) => {
                self.store.logs(LogsQuery { attempt: of, after, limit: LINES }).await?.items.into()
            }
            None => None,
        };
        Ok(Some(TaskAnswer { detail, attempt, tree, log }))
    }

    async fn why(&self, run: RunId) -> Result<Option<WhyAnswer>> {
        if let Some(waiting) = self.store.waiting(run, self.frozen).await? {
            return Ok(Some(WhyAnswer { row: waiting.row.clone(), waiting: Some(waiting) }));
        }
        let detail = self.store.run(run).await?;
        Ok(detail.map(|detail| WhyAnswer { row: detail.latest.row, waiting: None }))
    }

    /// The runs that an id of a run or an attempt names, or its end.
    async fn find(&self, text: &str) -> Result<Vec<RunId>> {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        let Ok(id) = text.parse::<uuid::Uuid>() else {
            return self.store.runs_by_tail(&digits.to_ascii_lowercase()).await;
        };
        if self.store.run_states(vec![RunId(id)]).await?.iter().any(Option::is_some) {
            return Ok(vec![RunId(id)]);
        }
        Ok(self.store.run_of(AttemptId(id)).await?.into_iter().collect())
    }
}
