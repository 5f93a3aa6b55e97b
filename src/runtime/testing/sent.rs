//! What was sent, for the assertions of a test.

use super::TestApp;
use crate::model::{AttemptId, RunId, TaskStatus, Timestamp};
use crate::sdk::{Task, TaskDef};
use crate::store::{ReadStore, Result, RunDetail, RunFilter, RunsQuery};
use serde::de::DeserializeOwned;

/// A run that was sent, and where it stands now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The run.
    pub run: RunId,
    /// The task.
    pub task_name: String,
    /// Its arguments: JSON as text, a key a parameter.
    pub args: String,
    /// The queue.
    pub queue: String,
    /// 1 to 10, higher first.
    pub priority: i16,
    /// Retries after the first attempt.
    pub max_retries: i16,
    /// Seconds that one attempt may take.
    pub timeout_seconds: Option<i32>,
    /// Its idempotency key.
    pub idempotency_key: Option<String>,
    /// When it was to start.
    pub start: Option<Timestamp>,
    /// The attempt that sent it; `None`: the test itself, or code outside tasks.
    pub parent: Option<AttemptId>,
    /// The status of its latest attempt.
    pub status: TaskStatus,
}

impl Sent {
    /// The arguments as a type of the test's.
    ///
    /// # Errors
    /// What does not fit.
    pub fn args<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.args)
    }
}

impl From<RunDetail> for Sent {
    fn from(run: RunDetail) -> Self {
        let row = run.latest.row;
        // Facts of the run stand on its first row; the latest one's retries may be an operator's.
        let first = run.attempts.into_iter().next().unwrap_or_else(|| row.clone());
        Self {
            run: run.id,
            task_name: first.task_name,
            args: run.latest.args,
            queue: first.queue,
            priority: first.priority,
            max_retries: first.max_retries,
            timeout_seconds: first.timeout_seconds,
            idempotency_key: first.idempotency_key,
            start: first.scheduled_start,
            parent: first.parent,
            status: row.status,
        }
    }
}

impl TestApp {
    /// All that was sent, by the test and by tasks that were drained, in order; what was sent twice under one
    /// idempotency key stands once. Nodes of workflows are not among it: see [`TestApp::sent_workflows`].
    ///
    /// ```
    /// use hyrex::prelude::*;
    /// use hyrex::runtime::testing::TestApp;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// #[hyrex::task(queue = "mail")]
    /// async fn welcome(to: String) -> Result<()> {
    ///     let _ = to;
    ///     Ok(())
    /// }
    /// let test = TestApp::new(HyrexApp::new("shop").registry(registry![welcome])).await?;
    /// welcome.on(test.client()).send("ada@example.com".into()).await?;
    ///
    /// let sent = test.sent().await?;
    /// assert_eq!((sent.len(), sent[0].queue.as_str()), (1, "mail"));
    /// assert_eq!(sent[0].args, r#"{"to":"ada@example.com"}"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sent(&self) -> Result<Vec<Sent>> {
        self.sent_where(RunFilter::default()).await
    }

    /// Of this task, all that was sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sent_of<D: TaskDef>(&self, task: &Task<D>) -> Result<Vec<Sent>> {
        self.sent_where(RunFilter { task_name: Some(task.name().to_owned()), ..RunFilter::default() }).await
    }

    async fn sent_where(&self, filter: RunFilter) -> Result<Vec<Sent>> {
        let (mut runs, mut before) = (Vec::new(), None);
        loop {
            let page = self.store.runs(RunsQuery { filter: filter.clone(), before, limit: 1000 }).await?;
            runs.extend(page.items.iter().filter(|row| row.workflow_run.is_none()).map(|row| row.run));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        // Ids are made in the order of the sends.
        runs.sort_unstable();
        runs.dedup();
        let mut sent = Vec::with_capacity(runs.len());
        for run in runs {
            sent.extend(self.store.run(run).await?.map(Sent::from));
        }
        Ok(sent)
    }
}
