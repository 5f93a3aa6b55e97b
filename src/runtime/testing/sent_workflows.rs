//! Which workflows were sent, for the assertions of a test.

use super::TestApp;
use crate::model::{AttemptId, TaskStatus, WorkflowRunId, WorkflowStatus};
use crate::sdk::Workflow;
use crate::sdk::workflow::WorkflowDef;
use crate::store::{ReadStore, Result, WorkflowRunDetail, WorkflowRunsQuery};
use serde::de::DeserializeOwned;

/// A workflow's run that was sent, and where it stands now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SentWorkflow {
    /// The run.
    pub run: WorkflowRunId,
    /// The workflow.
    pub workflow_name: String,
    /// Its arguments: JSON as text.
    pub args: String,
    /// The queue of the nodes that name none.
    pub queue: String,
    /// Seconds that the whole run may take.
    pub timeout_seconds: Option<i32>,
    /// Its idempotency key.
    pub idempotency_key: Option<String>,
    /// The attempt that sent it; `None`: the test itself, or code outside tasks.
    pub parent: Option<AttemptId>,
    /// Its status.
    pub status: WorkflowStatus,
    /// Its nodes' names and where each stands, in the order in which they were written.
    pub nodes: Vec<(String, TaskStatus)>,
}

impl SentWorkflow {
    /// The arguments as a type of the test's.
    ///
    /// # Errors
    /// What does not fit.
    pub fn args<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.args)
    }
}

impl From<WorkflowRunDetail> for SentWorkflow {
    fn from(run: WorkflowRunDetail) -> Self {
        Self {
            run: run.row.id,
            workflow_name: run.row.workflow_name,
            args: run.args,
            queue: run.row.queue,
            timeout_seconds: run.row.timeout_seconds,
            idempotency_key: run.row.idempotency_key,
            parent: run.row.parent,
            status: run.row.status,
            nodes: run.nodes.into_iter().map(|node| (node.name, node.row.status)).collect(),
        }
    }
}

impl TestApp {
    /// All workflows that were sent, by the test and by tasks that were drained, in order.
    ///
    /// ```
    /// use hyrex::prelude::*;
    /// use hyrex::model::{TaskStatus, WorkflowStatus};
    /// use hyrex::runtime::testing::TestApp;
    ///
    /// #[hyrex::task]
    /// async fn extract() -> Vec<u32> { vec![1, 2, 3] }
    ///
    /// #[hyrex::task]
    /// async fn load() -> Result<u32> {
    ///     Ok(hyrex::workflow_context().result(extract).await?.iter().sum())
    /// }
    ///
    /// #[hyrex::workflow(queue = "etl")]
    /// fn etl() -> Dag {
    ///     extract >> load
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let test = TestApp::new(HyrexApp::new("warehouse").registry(registry![etl])).await?;
    /// let run = etl.on(test.client()).send(()).await?;
    ///
    /// let ran = test.drain().await?;
    /// assert_eq!(ran[1].node_name.as_deref(), Some("load"));
    /// assert_eq!(run.node_result(load).await?, 6);
    ///
    /// let sent = test.sent_workflows().await?;
    /// assert_eq!((sent[0].queue.as_str(), sent[0].status), ("etl", WorkflowStatus::Success));
    /// assert_eq!(sent[0].nodes[0], ("extract".to_owned(), TaskStatus::Success));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sent_workflows(&self) -> Result<Vec<SentWorkflow>> {
        self.sent_workflows_named(None).await
    }

    /// Of this workflow, all that was sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sent_workflows_of<W: WorkflowDef>(&self, workflow: &Workflow<W>) -> Result<Vec<SentWorkflow>> {
        self.sent_workflows_named(Some(workflow.name().to_owned())).await
    }

    async fn sent_workflows_named(&self, workflow_name: Option<String>) -> Result<Vec<SentWorkflow>> {
        let (mut sent, mut before) = (Vec::new(), None);
        loop {
            let query =
                WorkflowRunsQuery { workflow_name: workflow_name.clone(), statuses: vec![], before, limit: 1000 };
            let page = self.store.workflow_runs(query).await?;
            for row in &page.items {
                sent.extend(self.store.workflow_run(row.id).await?.map(SentWorkflow::from));
            }
            before = page.next;
            if before.is_none() {
                // Pages begin with the newest.
                sent.reverse();
                return Ok(sent);
            }
        }
    }
}
