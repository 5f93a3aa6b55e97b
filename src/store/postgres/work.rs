//! What senders and workers need, each verb in the file of its subject.

use super::PostgresStore;
use crate::model::{ClaimedRun, Enqueued, ExecutorId, Fence, NewRun, NewWorkflow, Timestamp, WorkflowSent};
use crate::store::{
    Abilities, Fire, Fired, Lead, LeaderFence, Logged, NewSchedule, ParkedClaim, Registration, Rescue, Rescued, Result,
    Swap, TaskDef, Tick, TickAnswer, Turn, TurnAnswer, Wakeups, WorkStore, WorkflowDef, WorkflowSweep, WorkflowSwept,
};

#[async_trait::async_trait]
impl WorkStore for PostgresStore {
    async fn enqueue(&self, runs: Vec<NewRun>, now: Option<Timestamp>) -> Result<Vec<Enqueued>> {
        self.writable()?;
        for run in &runs {
            run.check(self.options.max_json)?;
        }
        match runs.is_empty() {
            true => Ok(Vec::new()),
            false => self.flusher.send(runs, now).await,
        }
    }

    async fn executor_register(&self, registration: Registration, now: Option<Timestamp>) -> Result<()> {
        self.writable()?;
        self.register(&registration, now).await
    }

    async fn executor_tick(&self, tick: Tick) -> Result<TickAnswer> {
        self.tick(&tick).await
    }

    async fn executor_stop(&self, executor: ExecutorId, begun: Vec<Fence>, now: Option<Timestamp>) -> Result<()> {
        self.writable()?;
        self.stop(executor, &begun, now).await
    }

    async fn executor_rescue(&self, rescue: Rescue) -> Result<Rescued> {
        self.writable()?;
        self.rescue(&rescue).await
    }

    async fn turn(&self, turn: Turn) -> Result<TurnAnswer> {
        self.writable()?;
        self.take_turn(turn).await
    }

    /// A server cannot keep a claim waiting without keeping a transaction open: whoever waits is woken by a sign.
    async fn claim_parked(&self, _: ParkedClaim) -> Result<Vec<ClaimedRun>> {
        std::future::pending().await
    }

    async fn workflow_send(&self, run: NewWorkflow, now: Option<Timestamp>) -> Result<WorkflowSent> {
        self.writable()?;
        run.check(self.options.max_json)?;
        self.send_workflow(&run, now).await
    }

    async fn workflow_defs_put(&self, defs: Vec<WorkflowDef>) -> Result<()> {
        self.writable()?;
        self.put_workflow_defs(&defs).await
    }

    async fn workflow_sweep(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept> {
        self.writable()?;
        self.sweep_workflows(sweep).await
    }

    async fn promote_due(&self, now: Option<Timestamp>) -> Result<u32> {
        self.writable()?;
        self.promote(now).await
    }

    async fn log_append(&self, logged: Vec<Logged>) -> Result<()> {
        self.writable()?;
        self.append_logs(&logged).await
    }

    async fn progress_set(&self, fence: Fence, fraction: f32, message: String, now: Option<Timestamp>) -> Result<bool> {
        self.writable()?;
        self.set_progress(fence, fraction, &message, now).await
    }

    async fn queue_declare(&self, queue: String, limit: Option<u32>) -> Result<()> {
        self.writable()?;
        self.declare_queue(&queue, limit).await
    }

    async fn task_defs_put(&self, defs: Vec<TaskDef>) -> Result<()> {
        self.writable()?;
        self.put_defs(&defs).await
    }

    async fn schedules_put(
        &self,
        app: String,
        schedules: Vec<NewSchedule>,
        now: Option<Timestamp>,
    ) -> Result<Vec<String>> {
        self.writable()?;
        self.put_schedules(&app, &schedules, now).await
    }

    async fn scheduler_lead(&self, lead: Lead) -> Result<Option<LeaderFence>> {
        self.writable()?;
        self.lead(&lead).await
    }

    async fn scheduler_release(&self, leader: LeaderFence, now: Option<Timestamp>) -> Result<()> {
        self.writable()?;
        self.release_lead(&leader, now).await
    }

    async fn schedules_fire(&self, fire: Fire) -> Result<Option<Vec<Fired>>> {
        self.writable()?;
        self.fire(&fire).await
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>> {
        self.get_key(key).await
    }

    async fn kv_set(&self, key: &str, value: &str, now: Option<Timestamp>) -> Result<()> {
        self.writable()?;
        self.set_key(key, value, now).await
    }

    async fn kv_delete(&self, key: &str) -> Result<bool> {
        self.writable()?;
        self.delete_key(key).await
    }

    async fn kv_compare_and_set(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap> {
        self.writable()?;
        self.swap_key(key, old, new, now).await
    }

    async fn wakeups(&self) -> Result<Box<dyn Wakeups>> {
        Ok(self.hub.subscribe().await)
    }

    fn abilities(&self) -> Abilities {
        Abilities { parks_claims: false, one_machine: false, turns_at_once: super::TURNS, batch: super::BATCH }
    }
}
