//! The stores: what a database must be able to do for Hyrex, and the two that can.
//!
//! The traits are divided by audience: [`WorkStore`] for senders and workers, [`ReadStore`] for whoever looks,
//! [`OperateStore`] for whoever acts on what stands. [`Store`] is all of them, and what [`open`] gives.
//!
//! Invariants that every backend keeps:
//! - Each verb is one transaction: all of it stands, or nothing. When it answers, it is durable.
//! - Each write can be repeated: ids are the caller's, and what stands answers the second time.
//! - A write about an attempt names its [`Fence`], and is refused when that claim no longer holds it.
//! - Locks are taken in one order: queue or executor row, workflow run, then task rows by id.
//! - A status changes only along the edges of [`TaskStatus`](crate::model::TaskStatus), and a finished row never changes.
//! - What is stored, or compared with what is stored, is the database's time; `now` in a verb replaces it, for tests.
//!
//! A backend knows the model and nothing above it.

mod error;
pub mod failpoint;
#[cfg(feature = "sqlite")]
pub mod fixture;
mod graph;
mod monitor;
mod open;
mod operate;
mod prune;
mod read;
mod schedule;
#[allow(unused)]
pub(crate) mod sql;
mod work;
mod workflow;

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use error::{Result, StoreError};
pub use monitor::{
    ATTENTION_SPAN, Activity, ActivityQuery, ActivitySource, Attention, Candidate, FailureGroup, Failures,
    FailuresQuery, Histogram, MANY_FAILURES, MOST_HOLDERS, MOST_PREDECESSORS, NAMED_BACK, Names, Open, Overview,
    PYTHON_QUIET, QueueDurations, QueueMinute, RECENT_RUNS, Reason, Rule, Severity, Tables, Waiting, WorkflowRow,
    WorkflowRunBrief, attention,
};
pub use open::{Options, StoreUrl, masked, open};
pub use operate::{
    Actor, Cancel, CancelAnswer, CancelOutcome, KvWrite, Limit, Retry, RetryOutcome, SetLimit, SetPause,
};
pub use prune::{PruneBatch, Pruned};
pub use read::{
    AttemptDetail, AttemptRow, COUNT_CAP, Capped, EventCursor, ExecutorRow, KvQuery, KvRow, LOOK_BACK, LogCursor,
    LogPage, LogsQuery, Page, QueueRow, RunDetail, RunFilter, RunState, RunsQuery, SystemEvent, Tree, TreeRow,
};
pub use schedule::{
    Fire, Fired, Firing, Lead, LeaderFence, NewSchedule, RunSchedule, ScheduleHistoryQuery, ScheduleRow,
    ScheduleRunRow, ScheduleSource, SchedulerSeen, SetSchedule,
};
pub use work::{
    Beat, Claim, Count, HIST_BUCKETS, Lane, Logged, MAX_LANES, PYTHON_SILENCE, ParkedClaim, Peer, QueueSettings,
    Registration, Rescue, Rescued, Share, Tick, TickAnswer, Turn, TurnAnswer, Wakeup, WorkflowsSeen,
};
pub use workflow::{
    SWEPT_AT_ONCE, WorkflowCancel, WorkflowCancelAnswer, WorkflowCanceled, WorkflowDef, WorkflowNodeRow,
    WorkflowRepair, WorkflowRepaired, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery, WorkflowState,
    WorkflowSweep, WorkflowSwept,
};

use crate::model::{
    ClaimedRun, Enqueued, ExecutorId, Fence, NewRun, NewWorkflow, RunId, Timestamp, WorkflowRunId, WorkflowSent,
};
use async_trait::async_trait;
use std::sync::Arc;

/// A store, shared.
pub type SharedStore = Arc<dyn Store>;

/// What senders and workers need.
#[async_trait]
pub trait WorkStore: Send + Sync {
    /// Sends runs, all or none; answers, in order, once they are durable. Callers that wait at the same moment
    /// may share a transaction.
    ///
    /// # Errors
    /// [`StoreError::Bounds`] when a run breaks a bound: then none is sent.
    async fn enqueue(&self, runs: Vec<NewRun>, now: Option<Timestamp>) -> Result<Vec<Enqueued>>;

    /// Writes an executor's row; a repeated registration of the same id changes nothing.
    async fn executor_register(&self, registration: Registration, now: Option<Timestamp>) -> Result<()>;

    /// Beats when it is time, and tells what a worker must know. Cheap: it runs once a second.
    async fn executor_tick(&self, tick: Tick) -> Result<TickAnswer>;

    /// Marks the executor SHUTDOWN, after its last attempt is settled. What it still holds of `begun` is settled as
    /// [`Outcome::Interrupted`](crate::model::Outcome), everything else as never begun. Locks the executor's row
    /// first (as a rescue does, and as a claim shares it), so that no claim slips in behind. Repeatable.
    async fn executor_stop(&self, executor: ExecutorId, begun: Vec<Fence>, now: Option<Timestamp>) -> Result<()>;

    /// Declares an executor lost and settles what it held: LOST, with the next attempt queued at once where one is
    /// left; CANCELED where it was UP_FOR_CANCEL. Repeatable; also settles what an executor that is not RUNNING holds.
    async fn executor_rescue(&self, rescue: Rescue) -> Result<Rescued>;

    /// Settles what ended and claims what is next.
    ///
    /// A completion that is refused does not touch the others. Shares of limited queues are claimed in a
    /// transaction of their own each, after the rest.
    async fn turn(&self, turn: Turn) -> Result<TurnAnswer>;

    /// Waits in the store for work to arrive, and claims it in the transaction that brings it. Stores that cannot do
    /// that wait for ever. Dropping the future ends the wait; what was claimed for it in that moment is given back.
    async fn claim_parked(&self, parked: ParkedClaim) -> Result<Vec<ClaimedRun>>;

    /// Queues all runs whose time has come (at most 1,000 at once); how many. Repeatable.
    async fn promote_due(&self, now: Option<Timestamp>) -> Result<u32>;

    /// Sends a workflow's run with all its nodes; answers once it is durable. Nodes that wait for nothing are queued.
    ///
    /// # Errors
    /// [`StoreError::Bounds`] when the run or a node of it breaks a bound.
    async fn workflow_send(&self, run: NewWorkflow, now: Option<Timestamp>) -> Result<WorkflowSent>;

    /// Writes the definitions of workflows (`hyrex_workflow`). Sets the graph only: what Python wrote beside it stays.
    async fn workflow_defs_put(&self, defs: Vec<WorkflowDef>) -> Result<()>;

    /// Ends runs whose time is up (as a cancel does, for another cause), and counts those anew whose nodes somebody
    /// else ended. Repeatable; it looks at [`SWEPT_AT_ONCE`] runs, each in a transaction of its own.
    ///
    /// Nobody needs it for what workers of ours end: a node's end and what follows from it are one transaction.
    async fn workflow_sweep(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept>;

    /// Keeps lines logged by attempts that run on; those of a claim that no longer holds are dropped.
    async fn log_append(&self, logged: Vec<Logged>) -> Result<()>;

    /// Keeps how far an attempt says it is; `false`: the claim no longer holds it.
    async fn progress_set(&self, fence: Fence, fraction: f32, message: String, now: Option<Timestamp>) -> Result<bool>;

    /// Makes a queue's row, with the application's limit where no operator set one.
    async fn queue_declare(&self, queue: String, limit: Option<u32>) -> Result<()>;

    /// Writes the definitions of tasks (`hyrex_task_def`), for the tools that read them. Sets these columns only, and
    /// `arg_schema` only where one is given: what Python wrote beside them stays.
    async fn task_defs_put(&self, defs: Vec<TaskDef>) -> Result<()>;

    /// Writes the schedules of an application, each as the job [`Target::job_name`](crate::model::schedule::Target),
    /// and withdraws those that the application wrote before and has no more; the names of these.
    ///
    /// A schedule that is new, or comes at other times than it did, begins now. What an operator switched stays. A
    /// task's schedule that [`portable`](crate::model::schedule::Schedule::portable) can say stands so that Python's
    /// scheduler runs it as well; every other is inactive for that one.
    async fn schedules_put(
        &self,
        app: String,
        schedules: Vec<NewSchedule>,
        now: Option<Timestamp>,
    ) -> Result<Vec<String>>;

    /// Takes the leader's place where it is free, let go, or its time is up, by whomever it was taken; `None`: it is
    /// taken. Repeatable: its holder takes it anew, and only the last claim holds. Each beat of the executor that holds
    /// it keeps it for another lease of that executor.
    async fn scheduler_lead(&self, lead: Lead) -> Result<Option<LeaderFence>>;

    /// Lets the leader's place go, where it is still held.
    async fn scheduler_release(&self, leader: LeaderFence, now: Option<Timestamp>) -> Result<()>;

    /// Runs times that have come, each exactly once whoever else tries: writes it down, and sends what it sends, in one
    /// transaction under the leader's fence. One answer a firing, in order; `None`: somebody else leads, nothing was
    /// done. A time that Python's scheduler wrote down and has not run is run here.
    async fn schedules_fire(&self, fire: Fire) -> Result<Option<Vec<Fired>>>;

    /// Reads a key.
    async fn kv_get(&self, key: &str) -> Result<Option<String>>;

    /// Writes a key.
    ///
    /// # Errors
    /// [`StoreError::Bounds`] when key or value break their bounds.
    async fn kv_set(&self, key: &str, value: &str, now: Option<Timestamp>) -> Result<()>;

    /// Removes a key; whether it was there.
    async fn kv_delete(&self, key: &str) -> Result<bool>;

    /// Writes `new` (`None`: removes) if the key holds `old` (`None`: is absent); else answers what it holds.
    /// The one write that cannot be repeated blindly: after a lost answer, [`Swap::Holds`] may be the caller's own.
    async fn kv_compare_and_set(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap>;

    /// Signs that something happened, from now on.
    async fn wakeups(&self) -> Result<Box<dyn Wakeups>>;

    /// What this store can do that others cannot.
    fn abilities(&self) -> Abilities;
}

/// What came of a compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// It is done.
    Done,
    /// The key holds something else.
    Holds(Option<String>),
}

/// A task's definition, as tools read it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDef {
    /// The task.
    pub task_name: String,
    /// Its queue.
    pub queue: String,
    /// Its priority.
    pub priority: i16,
    /// Its retries.
    pub max_retries: u16,
    /// Its timeout.
    pub timeout_seconds: Option<u32>,
    /// JSON Schema of its arguments, where it is known.
    pub arg_schema: Option<String>,
}

/// A stream of signs. It never ends; a broken connection is mended behind it, and shows as
/// [`Wakeup::Something`].
#[async_trait]
pub trait Wakeups: Send {
    /// The next sign. May be dropped and asked again without losing one.
    async fn next(&mut self) -> Wakeup;
}

/// What a store can do, as data, so that callers need not know backends by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// [`WorkStore::claim_parked`] claims.
    pub parks_claims: bool,
    /// Every process that uses it runs on this machine, so that a process id tells who is gone.
    pub one_machine: bool,
    /// How many turns may be under way at once with profit.
    pub turns_at_once: usize,
    /// How many attempts a turn should settle and claim when there is much to do.
    pub batch: u32,
}

/// What a reader needs. Nothing here writes; each verb is short and bounded.
#[async_trait]
pub trait ReadStore: Send + Sync {
    /// The database's clock.
    async fn now(&self) -> Result<Timestamp>;

    /// A page of runs by their latest attempt.
    async fn runs(&self, query: RunsQuery) -> Result<Page<AttemptRow, crate::model::AttemptId>>;

    /// One run with its attempts.
    async fn run(&self, run: RunId) -> Result<Option<RunDetail>>;

    /// Everything about one attempt.
    async fn attempt(&self, attempt: crate::model::AttemptId) -> Result<Option<AttemptDetail>>;

    /// The runs whose id ends in `tail` (hexadecimal digits, without hyphens), or an attempt of which does: the
    /// newest first, within the last [`LOOK_BACK`] rows; at most 10.
    async fn runs_by_tail(&self, tail: &str) -> Result<Vec<RunId>>;

    /// Where runs stand: one answer a run, in order; `None`: no such run.
    async fn run_states(&self, runs: Vec<RunId>) -> Result<Vec<Option<RunState>>>;

    /// The run that an attempt belongs to.
    async fn run_of(&self, attempt: crate::model::AttemptId) -> Result<Option<RunId>>;

    /// The runs of one root, at most `limit`.
    async fn tree(&self, root: RunId, limit: u32) -> Result<Tree>;

    /// The definitions of workflows, by name; at most 1,000.
    async fn workflow_defs(&self) -> Result<Vec<WorkflowDef>>;

    /// The definitions of the tasks of these names, where they are known.
    async fn task_defs(&self, names: Vec<String>) -> Result<Vec<TaskDef>>;

    /// A page of workflow runs.
    async fn workflow_runs(&self, query: WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>>;

    /// A workflow's run and its arguments, without its nodes: what its nodes want to know of it.
    async fn workflow_row(&self, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>>;

    /// A workflow's run with all its nodes.
    async fn workflow_run(&self, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>>;

    /// The workflow runs whose id ends in `tail` (hexadecimal digits, without hyphens): the newest first, within the
    /// last [`LOOK_BACK`] rows; at most 10.
    async fn workflow_runs_by_tail(&self, tail: &str) -> Result<Vec<WorkflowRunId>>;

    /// Where workflow runs stand: one answer a run, in order; `None`: no such run.
    async fn workflow_states(&self, runs: Vec<WorkflowRunId>) -> Result<Vec<Option<WorkflowState>>>;

    /// Where a node of a workflow's run stands, by its name, with its result; `None`: no such run or node. Cheap,
    /// however many nodes the run has.
    async fn workflow_node(&self, run: WorkflowRunId, name: &str) -> Result<Option<RunState>>;

    /// All jobs that have a schedule, by name; at most 1,000. Those of applications, and Python's.
    async fn schedules(&self, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>>;

    /// A page of what a job did.
    async fn schedule_history(&self, query: ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>>;

    /// All queues that are known or hold runs that have not ended, by name; at most 1,000.
    async fn queues(&self, now: Option<Timestamp>) -> Result<Vec<QueueRow>>;

    /// Executors: those at work, then those that ended, the newest first; at most `limit`.
    async fn executors(&self, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>>;

    /// A page of an attempt's log lines.
    async fn logs(&self, query: LogsQuery) -> Result<LogPage>;

    /// A page of keys.
    async fn kv_list(&self, query: KvQuery) -> Result<Page<KvRow, String>>;

    /// The newest system events before `before`.
    async fn system_events(&self, before: Option<EventCursor>, limit: u32) -> Result<Vec<SystemEvent>>;

    /// How many runs stand in each status by their latest attempt, capped at [`COUNT_CAP`] each; finished ones
    /// only among the last [`LOOK_BACK`] rows.
    async fn status_counts(&self) -> Result<Vec<(crate::model::TaskStatus, Capped)>>;

    /// Whose tables these are. Costs a look at the catalogue.
    async fn tables(&self) -> Result<Tables>;

    /// Names of tasks, queues and workflows. Costs the definitions (at most 1,000 of each), the newest [`NAMED_BACK`]
    /// rows, and a seek for each queue that holds runs.
    async fn names(&self) -> Result<Names>;

    /// The workflows that are defined, or that the newest [`NAMED_BACK`] runs are of, by name; at most 1,000. Costs
    /// three short ranges of an index a workflow.
    async fn workflows(&self, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>>;

    /// The earliest time that any run waits for. Costs a seek.
    async fn next_due(&self) -> Result<Option<Timestamp>>;

    /// What ran in the last minutes. Costs the counters of these minutes (a row a minute, executor, queue and task),
    /// or, where none are kept, a look back over the newest [`LOOK_BACK`] rows.
    async fn activity(&self, query: ActivityQuery) -> Result<Activity>;

    /// The failures of the last time, by task and error, of runs whose latest attempt failed. Costs as many errors as
    /// there were in that time, each with its run, at most 5,000; where no errors are kept, the newest [`LOOK_BACK`] rows.
    async fn failures(&self, query: FailuresQuery) -> Result<Failures>;

    /// Why a run is not running; `None`: no such run, or it does not wait. Costs counts of its queue as far as
    /// [`COUNT_CAP`], a row an executor at work, and its predecessors.
    async fn waiting(&self, run: RunId, now: Option<Timestamp>) -> Result<Option<Waiting>>;
}

/// What an operator does.
#[async_trait]
pub trait OperateStore: Send + Sync {
    /// Cancels a run: waiting ones at once, running ones are asked.
    async fn run_cancel(&self, cancel: Cancel) -> Result<CancelAnswer>;

    /// Gives a run that ended one more attempt.
    async fn run_retry(&self, retry: Retry) -> Result<RetryOutcome>;

    /// Cancels a workflow's run: what of it waits is cancelled, what runs is asked, and its `finally` nodes run then.
    /// Once more: those that wait are cancelled too.
    async fn workflow_cancel(&self, cancel: WorkflowCancel) -> Result<WorkflowCancelAnswer>;

    /// Gives nodes of a run that FAILED or was CANCELED another attempt, and the run a new deadline. Results that stand
    /// are kept.
    ///
    /// # Errors
    /// [`StoreError::Bounds`] when new arguments break their bounds.
    async fn workflow_repair(&self, repair: WorkflowRepair) -> Result<WorkflowRepaired>;

    /// Pauses or resumes a queue; what stands then. No claim begins after a pause is answered.
    async fn queue_pause(&self, pause: SetPause) -> Result<QueueSettings>;

    /// Writes a key as an operator; what came of it.
    async fn kv_write(&self, write: KvWrite) -> Result<Swap>;

    /// Sets or lifts a queue's limit; what stands then.
    async fn queue_limit(&self, limit: SetLimit) -> Result<QueueSettings>;

    /// Switches a job on or off; whether there is one of that name. No time of it begins after it is off.
    async fn schedule_set(&self, set: SetSchedule) -> Result<bool>;

    /// Sends what a job sends, now, and notes it in its history; whether there is a job of that name. Repeatable.
    ///
    /// # Errors
    /// [`StoreError::Bounds`] when the run breaks a bound.
    async fn schedule_run(&self, run: RunSchedule) -> Result<bool>;

    /// Deletes runs that ended long ago, one batch of them: see [`PruneBatch`]. All of a run goes at once: attempts,
    /// results, errors, log lines. Never touched: a run that is not over, and a node of a workflow run that has not
    /// ended. Repeatable; waits for nobody who works.
    async fn prune(&self, batch: PruneBatch) -> Result<Pruned>;

    /// Writes a system event.
    async fn system_log(&self, name: &str, body: &str) -> Result<()>;
}

/// All of a store, and its life.
#[async_trait]
pub trait Store: WorkStore + ReadStore + OperateStore {
    /// Makes or completes the tables; what was done, in words. Repeatable, also while others work.
    async fn init_db(&self) -> Result<Vec<String>>;

    /// Whether the tables are there and this program can use them.
    ///
    /// # Errors
    /// [`StoreError::NotInitialized`], [`StoreError::Schema`].
    async fn check_schema(&self) -> Result<()>;

    /// Makes the tables where that needs no decision: in an empty PostgreSQL database, or in SQLite.
    ///
    /// # Errors
    /// As [`Store::check_schema`] where it does need one.
    async fn prepare(&self) -> Result<()>;

    /// Writes what is still waiting, and lets go of the database.
    async fn close(&self);

    /// Where it is, without its password.
    fn location(&self) -> String;

    /// For `Any`: lets an application reach a backend's own transactions.
    fn as_any(&self) -> &dyn std::any::Any;
}
