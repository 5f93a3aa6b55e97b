//! A store whose time stands still until a test moves it.

use crate::model::{
    AttemptId, ClaimedRun, Enqueued, ExecutorId, Fence, NewRun, NewWorkflow, RunId, Timestamp, WorkflowRunId,
    WorkflowSent,
};
use crate::store::*;
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A store, and the time that every verb is given that is not given another.
pub(super) struct Frozen {
    store: SharedStore,
    time: Mutex<Timestamp>,
}

impl Frozen {
    /// Stands still at the database's present time.
    pub async fn new(store: SharedStore) -> Result<Self> {
        let time = Mutex::new(store.now().await?);
        Ok(Self { store, time })
    }

    /// What the clock shows.
    pub fn time(&self) -> Timestamp {
        *self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time.lock().unwrap_or_else(PoisonError::into_inner);
        *time = chrono::TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by)).unwrap_or(*time);
    }

    fn or(&self, given: Option<Timestamp>) -> Option<Timestamp> {
        Some(given.unwrap_or_else(|| self.time()))
    }
}

#[async_trait]
impl WorkStore for Frozen {
    async fn enqueue(&self, runs: Vec<NewRun>, now: Option<Timestamp>) -> Result<Vec<Enqueued>> {
        self.store.enqueue(runs, self.or(now)).await
    }

    async fn executor_register(&self, registration: Registration, now: Option<Timestamp>) -> Result<()> {
        self.store.executor_register(registration, self.or(now)).await
    }

    async fn executor_tick(&self, tick: Tick) -> Result<TickAnswer> {
        let now = self.or(tick.now);
        self.store.executor_tick(Tick { now, ..tick }).await
    }

    async fn executor_stop(&self, executor: ExecutorId, begun: Vec<Fence>, now: Option<Timestamp>) -> Result<()> {
        self.store.executor_stop(executor, begun, self.or(now)).await
    }

    async fn executor_rescue(&self, rescue: Rescue) -> Result<Rescued> {
        let now = self.or(rescue.now);
        self.store.executor_rescue(Rescue { now, ..rescue }).await
    }

    async fn turn(&self, turn: Turn) -> Result<TurnAnswer> {
        let now = self.or(turn.now);
        self.store.turn(Turn { now, ..turn }).await
    }

    async fn claim_parked(&self, parked: ParkedClaim) -> Result<Vec<ClaimedRun>> {
        let now = self.or(parked.now);
        self.store.claim_parked(ParkedClaim { now, ..parked }).await
    }

    async fn promote_due(&self, now: Option<Timestamp>) -> Result<u32> {
        self.store.promote_due(self.or(now)).await
    }

    async fn workflow_send(&self, run: NewWorkflow, now: Option<Timestamp>) -> Result<WorkflowSent> {
        self.store.workflow_send(run, self.or(now)).await
    }

    async fn workflow_defs_put(&self, defs: Vec<WorkflowDef>) -> Result<()> {
        self.store.workflow_defs_put(defs).await
    }

    async fn workflow_sweep(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept> {
        let now = self.or(sweep.now);
        self.store.workflow_sweep(WorkflowSweep { now, ..sweep }).await
    }

    async fn schedules_put(
        &self,
        app: String,
        schedules: Vec<NewSchedule>,
        now: Option<Timestamp>,
    ) -> Result<Vec<String>> {
        self.store.schedules_put(app, schedules, self.or(now)).await
    }

    async fn scheduler_lead(&self, lead: Lead) -> Result<Option<LeaderFence>> {
        let now = self.or(lead.now);
        self.store.scheduler_lead(Lead { now, ..lead }).await
    }

    async fn scheduler_release(&self, leader: LeaderFence, now: Option<Timestamp>) -> Result<()> {
        self.store.scheduler_release(leader, self.or(now)).await
    }

    async fn schedules_fire(&self, fire: Fire) -> Result<Option<Vec<Fired>>> {
        let now = self.or(fire.now);
        self.store.schedules_fire(Fire { now, ..fire }).await
    }

    async fn log_append(&self, logged: Vec<Logged>) -> Result<()> {
        self.store.log_append(logged).await
    }

    async fn progress_set(&self, fence: Fence, fraction: f32, message: String, now: Option<Timestamp>) -> Result<bool> {
        self.store.progress_set(fence, fraction, message, self.or(now)).await
    }

    async fn queue_declare(&self, queue: String, limit: Option<u32>) -> Result<()> {
        self.store.queue_declare(queue, limit).await
    }

    async fn task_defs_put(&self, defs: Vec<TaskDef>) -> Result<()> {
        self.store.task_defs_put(defs).await
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>> {
        self.store.kv_get(key).await
    }

    async fn kv_set(&self, key: &str, value: &str, now: Option<Timestamp>) -> Result<()> {
        self.store.kv_set(key, value, self.or(now)).await
    }

    async fn kv_delete(&self, key: &str) -> Result<bool> {
        self.store.kv_delete(key).await
    }

    async fn kv_compare_and_set(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap> {
        self.store.kv_compare_and_set(key, old, new, self.or(now)).await
    }

    async fn wakeups(&self) -> Result<Box<dyn Wakeups>> {
        self.store.wakeups().await
    }

    fn abilities(&self) -> Abilities {
        self.store.abilities()
    }
}

#[async_trait]
impl ReadStore for Frozen {
    async fn now(&self) -> Result<Timestamp> {
        Ok(self.time())
    }

    async fn runs(&self, query: RunsQuery) -> Result<Page<AttemptRow, AttemptId>> {
        self.store.runs(query).await
    }

    async fn run(&self, run: RunId) -> Result<Option<RunDetail>> {
        self.store.run(run).await
    }

    async fn attempt(&self, attempt: AttemptId) -> Result<Option<AttemptDetail>> {
        self.store.attempt(attempt).await
    }

    async fn runs_by_tail(&self, tail: &str) -> Result<Vec<RunId>> {
        self.store.runs_by_tail(tail).await
    }

    async fn run_states(&self, runs: Vec<RunId>) -> Result<Vec<Option<RunState>>> {
        self.store.run_states(runs).await
    }

    async fn run_of(&self, attempt: AttemptId) -> Result<Option<RunId>> {
        self.store.run_of(attempt).await
    }

    async fn tree(&self, root: RunId, limit: u32) -> Result<Tree> {
        self.store.tree(root, limit).await
    }

    async fn workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        self.store.workflow_defs().await
    }

    async fn task_defs(&self, names: Vec<String>) -> Result<Vec<TaskDef>> {
        self.store.task_defs(names).await
    }

    async fn workflow_runs(&self, query: WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        self.store.workflow_runs(query).await
    }

    async fn workflow_row(&self, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
        self.store.workflow_row(run).await
    }

    async fn workflow_run(&self, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
        self.store.workflow_run(run).await
    }

    async fn workflow_runs_by_tail(&self, tail: &str) -> Result<Vec<WorkflowRunId>> {
        self.store.workflow_runs_by_tail(tail).await
    }

    async fn workflow_states(&self, runs: Vec<WorkflowRunId>) -> Result<Vec<Option<WorkflowState>>> {
        self.store.workflow_states(runs).await
    }

    async fn workflow_node(&self, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
        self.store.workflow_node(run, name).await
    }

    async fn schedules(&self, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>> {
        self.store.schedules(self.or(now)).await
    }

    async fn schedule_history(&self, query: ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>> {
        self.store.schedule_history(query).await
    }

    async fn queues(&self, now: Option<Timestamp>) -> Result<Vec<QueueRow>> {
        self.store.queues(self.or(now)).await
    }

    async fn executors(&self, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>> {
        self.store.executors(limit, self.or(now)).await
    }

    async fn logs(&self, query: LogsQuery) -> Result<LogPage> {
        self.store.logs(query).await
    }

    async fn kv_list(&self, query: KvQuery) -> Result<Page<KvRow, String>> {
        self.store.kv_list(query).await
    }

    async fn system_events(&self, before: Option<EventCursor>, limit: u32) -> Result<Vec<SystemEvent>> {
        self.store.system_events(before, limit).await
    }

    async fn status_counts(&self) -> Result<Vec<(crate::model::TaskStatus, Capped)>> {
        self.store.status_counts().await
    }

    async fn tables(&self) -> Result<Tables> {
        self.store.tables().await
    }

    async fn names(&self) -> Result<Names> {
        self.store.names().await
    }

    async fn workflows(&self, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>> {
        self.store.workflows(self.or(now)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.store.next_due().await
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Activity> {
        let now = self.or(query.now);
        self.store.activity(ActivityQuery { now, ..query }).await
    }

    async fn failures(&self, query: FailuresQuery) -> Result<Failures> {
        let now = self.or(query.now);
        self.store.failures(FailuresQuery { now, ..query }).await
    }

    async fn waiting(&self, run: RunId, now: Option<Timestamp>) -> Result<Option<Waiting>> {
        self.store.waiting(run, self.or(now)).await
    }
}

#[async_trait]
impl OperateStore for Frozen {
    async fn run_cancel(&self, cancel: Cancel) -> Result<CancelAnswer> {
        let now = self.or(cancel.now);
        self.store.run_cancel(Cancel { now, ..cancel }).await
    }

    async fn run_retry(&self, retry: Retry) -> Result<RetryOutcome> {
        let now = self.or(retry.now);
        self.store.run_retry(Retry { now, ..retry }).await
    }

    async fn workflow_cancel(&self, cancel: WorkflowCancel) -> Result<WorkflowCancelAnswer> {
        let now = self.or(cancel.now);
        self.store.workflow_cancel(WorkflowCancel { now, ..cancel }).await
    }

    async fn workflow_repair(&self, repair: WorkflowRepair) -> Result<WorkflowRepaired> {
        let now = self.or(repair.now);
        self.store.workflow_repair(WorkflowRepair { now, ..repair }).await
    }

    async fn queue_pause(&self, pause: SetPause) -> Result<QueueSettings> {
        let now = self.or(pause.now);
        self.store.queue_pause(SetPause { now, ..pause }).await
    }

    async fn kv_write(&self, write: KvWrite) -> Result<Swap> {
        let now = self.or(write.now);
        self.store.kv_write(KvWrite { now, ..write }).await
    }

    async fn queue_limit(&self, limit: SetLimit) -> Result<QueueSettings> {
        let now = self.or(limit.now);
        self.store.queue_limit(SetLimit { now, ..limit }).await
    }

    async fn schedule_set(&self, set: SetSchedule) -> Result<bool> {
        let now = self.or(set.now);
        self.store.schedule_set(SetSchedule { now, ..set }).await
    }

    async fn schedule_run(&self, run: RunSchedule) -> Result<bool> {
        let now = self.or(run.now);
        self.store.schedule_run(RunSchedule { now, ..run }).await
    }

    async fn prune(&self, batch: PruneBatch) -> Result<Pruned> {
        let now = self.or(batch.now);
        self.store.prune(PruneBatch { now, ..batch }).await
    }

    async fn system_log(&self, name: &str, body: &str) -> Result<()> {
        self.store.system_log(name, body).await
    }
}

#[async_trait]
impl Store for Frozen {
    async fn init_db(&self) -> Result<Vec<String>> {
        self.store.init_db().await
    }

    async fn check_schema(&self) -> Result<()> {
        self.store.check_schema().await
    }

    async fn prepare(&self) -> Result<()> {
        self.store.prepare().await
    }

    async fn close(&self) {
        self.store.close().await;
    }

    fn location(&self) -> String {
        self.store.location()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self.store.as_any()
    }
}
