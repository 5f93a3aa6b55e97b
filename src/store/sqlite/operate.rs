//! What operators do.

use super::{SqliteStore, cancel, kv, queues, retry, rows, schedule};
use crate::model::bounds;
use crate::store::{
    Cancel, CancelAnswer, KvWrite, OperateStore, PruneBatch, Pruned, QueueSettings, Result, Retry, RetryOutcome,
    RunSchedule, SetLimit, SetPause, SetSchedule, Swap, WorkflowCancel, WorkflowCancelAnswer, WorkflowRepair,
    WorkflowRepaired,
};

#[async_trait::async_trait]
impl OperateStore for SqliteStore {
    async fn run_cancel(&self, cancel: Cancel) -> Result<CancelAnswer> {
        self.write("cancel.answered", move |tx| cancel::cancel(tx, &cancel)).await
    }

    async fn run_retry(&self, retry: Retry) -> Result<RetryOutcome> {
        self.write("retry.answered", move |tx| retry::retry(tx, &retry)).await
    }

    async fn workflow_cancel(&self, cancel: WorkflowCancel) -> Result<WorkflowCancelAnswer> {
        self.cancel_workflow(cancel).await
    }

    async fn workflow_repair(&self, repair: WorkflowRepair) -> Result<WorkflowRepaired> {
        self.repair_workflow(repair).await
    }

    async fn queue_pause(&self, pause: SetPause) -> Result<QueueSettings> {
        self.write("pause.answered", move |tx| queues::set_pause(tx, &pause)).await
    }

    async fn kv_write(&self, write: KvWrite) -> Result<Swap> {
        kv::check(&write.key, write.value.as_deref())?;
        self.write("kv.answered", move |tx| kv::write(tx, &write)).await
    }

    async fn queue_limit(&self, limit: SetLimit) -> Result<QueueSettings> {
        self.write("limit.answered", move |tx| queues::set_limit(tx, &limit)).await
    }

    async fn schedule_set(&self, set: SetSchedule) -> Result<bool> {
        self.write("schedule_set.answered", move |tx| schedule::set(tx, &set)).await
    }

    async fn schedule_run(&self, run: RunSchedule) -> Result<bool> {
        schedule::check_target(&run.work, self.options.max_json)?;
        self.write("schedule_run.answered", move |tx| schedule::run(tx, &run)).await
    }

    async fn prune(&self, batch: PruneBatch) -> Result<Pruned> {
        self.prune_batch(batch).await
    }

    async fn system_log(&self, name: &str, body: &str) -> Result<()> {
        bounds::name("event name", name)?;
        bounds::json("event body", body, self.options.max_json)?;
        let (name, body) = (name.to_owned(), body.to_owned());
        self.write("log.answered", move |tx| queues::system_log(tx.conn, &name, &body, rows::micros(None))).await
    }
}
