//! What operators do, each verb in the file of its subject.

use super::PostgresStore;
use crate::model::bounds;
use crate::store::{
    Cancel, CancelAnswer, KvWrite, OperateStore, PruneBatch, Pruned, QueueSettings, Result, Retry, RetryOutcome,
    RunSchedule, SetLimit, SetPause, SetSchedule, Swap, WorkflowCancel, WorkflowCancelAnswer, WorkflowRepair,
    WorkflowRepaired,
};

#[async_trait::async_trait]
impl OperateStore for PostgresStore {
    async fn run_cancel(&self, cancel: Cancel) -> Result<CancelAnswer> {
        self.writable()?;
        self.cancel(&cancel).await
    }

    async fn run_retry(&self, retry: Retry) -> Result<RetryOutcome> {
        self.writable()?;
        self.retry(&retry).await
    }

    async fn workflow_cancel(&self, cancel: WorkflowCancel) -> Result<WorkflowCancelAnswer> {
        self.writable()?;
        self.cancel_workflow(&cancel).await
    }

    async fn workflow_repair(&self, repair: WorkflowRepair) -> Result<WorkflowRepaired> {
        self.writable()?;
        self.repair_workflow(&repair).await
    }

    async fn queue_pause(&self, pause: SetPause) -> Result<QueueSettings> {
        self.writable()?;
        self.pause(&pause).await
    }

    async fn kv_write(&self, write: KvWrite) -> Result<Swap> {
        self.writable()?;
        self.write_key(&write).await
    }

    async fn queue_limit(&self, limit: SetLimit) -> Result<QueueSettings> {
        self.writable()?;
        self.limit(&limit).await
    }

    async fn schedule_set(&self, set: SetSchedule) -> Result<bool> {
        self.writable()?;
        self.set_schedule(&set).await
    }

    async fn schedule_run(&self, run: RunSchedule) -> Result<bool> {
        self.writable()?;
        self.run_schedule(&run).await
    }

    async fn prune(&self, batch: PruneBatch) -> Result<Pruned> {
        if !batch.dry_run {
            self.writable()?;
        }
        self.prune_batch(&batch).await
    }

    async fn system_log(&self, name: &str, body: &str) -> Result<()> {
        self.writable()?;
        bounds::name("event name", name)?;
        bounds::json("event body", body, self.options.max_json)?;
        self.log_event(name, body).await
    }
}
