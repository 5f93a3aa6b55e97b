//! What a worker asks of a store, and what it is told: parameters and answers of [`WorkStore`](super::WorkStore).

use crate::model::{
    ClaimedRun, Completed, Completion, ExecutorId, ExecutorStatus, Fence, LogLine, QueueSet, RunId, Timestamp,
    WorkflowRunId,
};
use crate::store::SchedulerSeen;
use std::time::Duration;

/// A worker process as it registers.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Made by the worker; a new one each time that it registers anew.
    pub id: ExecutorId,
    /// The executor's name, for people.
    pub name: String,
    /// The worker's name, shared by the processes of one worker.
    pub worker_name: String,
    /// What it serves.
    pub queues: QueueSet,
    /// The tasks that it has a handler for.
    pub task_names: Vec<String>,
    /// Attempts at once.
    pub slots: u32,
    /// How long observers wait for a new beat before they declare it lost.
    pub lease: Duration,
    /// How often it means to beat.
    pub beat_interval: Duration,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What changes with each start of the machine.
    pub boot_id: String,
    /// Hyrex's version.
    pub version: String,
    /// The application's name.
    pub app: String,
}

/// What the runtime does each second: one statement on PostgreSQL, no write but the beat on SQLite.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Who ticks.
    pub executor: ExecutorId,
    /// The tasks with a handler: lanes of others are passed over.
    pub tasks: std::sync::Arc<[String]>,
    /// Lanes after this one: where the last answer was cut ([`TickAnswer::lanes_cut`]); else `None`.
    pub lanes_after: Option<Lane>,
    /// Present when it is time to beat.
    pub beat: Option<Beat>,
    /// Taken for the current time instead of the database's clock.
    pub now: Option<Timestamp>,
}

/// A sign of life, with what was counted since the last one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beat {
    /// Slots taken by blocking functions that outlived their timeout.
    pub stuck: u32,
    /// What happened since the last beat that was acknowledged.
    pub counts: Vec<Count>,
}

/// After so long without a heartbeat an executor of Python counts as lost, by its own rule.
pub const PYTHON_SILENCE: Duration = Duration::from_secs(300);

/// What a worker did in one minute, by queue and task: totals of that minute, so that writing them twice is the same
/// as writing them once.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// The start of the minute, by the database's clock (a tick's `now` tells how far the own clock is off).
    pub minute: Timestamp,
    /// The queue.
    pub queue: String,
    /// The task.
    pub task_name: String,
    /// Attempts that succeeded.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Of the failed ones: how many lead to another.
    pub retried: i64,
    /// Attempts that were cancelled.
    pub canceled: i64,
    /// Attempts that a clean stop ended.
    pub stopped: i64,
    /// Microseconds from queued to started, summed.
    pub wait_us: i64,
    /// Microseconds from start to end, summed.
    pub run_us: i64,
    /// Attempts by their wait: bucket `i` counts those of at least 2^i and less than 2^(i+1) milliseconds; the first
    /// also what is less, the last also what is more.
    pub wait_hist: [i32; HIST_BUCKETS],
    /// The same by their run time.
    pub run_hist: [i32; HIST_BUCKETS],
}

/// Buckets of a histogram of durations: up to 2^20 ms (17 minutes) and above.
pub const HIST_BUCKETS: usize = 20;

/// What a tick tells.
#[derive(Clone, Debug, PartialEq)]
pub struct TickAnswer {
    /// The database's clock (or the tick's `now`).
    pub now: Timestamp,
    /// The executor's own status; `None`: its row is gone.
    pub own: Option<ExecutorStatus>,
    /// Attempts of this executor that are to be cancelled.
    pub cancels: Vec<Fence>,
    /// The earliest start of any run that waits for its time.
    pub next_due: Option<Timestamp>,
    /// Where runs of the tick's tasks are QUEUED, in the order of queue and task; at most [`MAX_LANES`].
    pub lanes: Vec<Lane>,
    /// Whether there may be lanes after the last one seen: ask the next time from there.
    pub lanes_cut: Option<Lane>,
    /// Queues with a limit or a pause.
    pub queues: Vec<QueueSettings>,
    /// What of workflow runs wants a look: [`workflow_sweep`](super::WorkStore::workflow_sweep).
    pub workflows: WorkflowsSeen,
    /// What schedules want: [`scheduler_lead`](super::WorkStore::scheduler_lead).
    pub scheduler: SchedulerSeen,
    /// With a beat: all attempts that the database thinks this executor holds.
    pub held: Option<Vec<Fence>>,
    /// With a beat: the other executors that are RUNNING, or that hold attempts though they are not (also ids that
    /// stand on held attempts but have no row: status UNKNOWN).
    pub peers: Option<Vec<Peer>>,
}

/// What a tick sees of workflow runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkflowsSeen {
    /// Whether any is under way.
    pub live: bool,
    /// When the next one's time is up.
    pub next_deadline: Option<Timestamp>,
}

/// Most lanes that a tick tells of.
pub const MAX_LANES: usize = 1000;

/// The runs of one task that are QUEUED in one queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// The queue.
    pub queue: String,
    /// The task.
    pub task_name: String,
}

/// What an operator or an application set for a queue.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct QueueSettings {
    /// The queue.
    pub name: String,
    /// Most attempts held at once over all workers of ours.
    pub concurrency_limit: Option<u32>,
    /// What the application declared.
    pub app_limit: Option<u32>,
    /// Whether an operator's word stands; the application's then does not count.
    pub limit_by_operator: bool,
    /// Who set the limit that counts.
    pub limit_by: Option<String>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Who paused it.
    pub paused_by: Option<String>,
}

/// Another executor, as an observer sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Who.
    pub id: ExecutorId,
    /// Its status.
    pub status: ExecutorStatus,
    /// Its beat number; `None`: an executor of Python, which has no lease.
    pub beat_number: Option<i64>,
    /// Its lease; `None` as above.
    pub lease: Option<Duration>,
    /// When it last gave a sign of life, by the database's clock.
    pub last_heartbeat: Option<Timestamp>,
    /// How long ago that was.
    pub silent_for: Option<Duration>,
    /// Its machine.
    pub host: Option<String>,
    /// What changes with each start of that machine.
    pub boot_id: Option<String>,
    /// Its process there.
    pub pid: Option<u32>,
}

/// An observer's finding that an executor is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescue {
    /// Who declares it.
    pub observer: ExecutorId,
    /// Who is lost.
    pub lost: ExecutorId,
    /// The beat number that stood still; when the row has another by now, nothing happens.
    pub beat_number: Option<i64>,
    /// For an executor without a lease (Python): the last heartbeat seen; when the row has another by now, or it is
    /// younger than [`PYTHON_SILENCE`], nothing happens.
    pub last_heartbeat: Option<Timestamp>,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What a rescue did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Whether the executor was declared lost, or was so already (false: it gave a sign of life).
    pub declared: bool,
    /// Attempts that became LOST, and how many of them lead to another.
    pub lost: u32,
    /// Of these: how many have a next attempt.
    pub requeued: u32,
    /// Attempts that were to be cancelled, and are.
    pub canceled: u32,
}

/// What to claim, decided by the caller.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Claim {
    /// Of each queue its share; a queue stands here once.
    pub shares: Vec<Share>,
}

/// A queue's share of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The queue.
    pub queue: String,
    /// The tasks to look for: handled by the worker, and queued there as far as is known.
    pub tasks: Vec<String>,
    /// At most so many.
    pub take: u32,
    /// Whether the queue has a limit, as far as is known. A claim that is wrong about it gets nothing.
    pub limited: bool,
}

/// One exchange with the store: settle what ended, claim what is next, in one transaction where that can be.
///
/// What an attempt sent and is cancelled with its end may be claimed by this very turn: it is then asked to cancel.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who.
    pub executor: ExecutorId,
    /// Attempts to settle.
    pub completions: Vec<Completion>,
    /// What to claim. Nothing is claimed by an executor that is not RUNNING.
    pub claim: Claim,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TurnAnswer {
    /// For each completion, in order.
    pub completed: Vec<Completed>,
    /// What was claimed: by queue in the order of the shares, and within a queue in its order.
    pub claimed: Vec<ClaimedRun>,
}

/// Lines logged by an attempt that runs on.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// Who logged them.
    pub fence: Fence,
    /// The lines.
    pub lines: Vec<LogLine>,
}

/// A sign that a look at the store may be worth it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wakeup {
    /// Runs entered these lanes.
    Work(Vec<Lane>),
    /// A run waits for a time: the next due time may have moved.
    Due,
    /// An attempt is to be cancelled.
    Cancel,
    /// A run ended: someone may be waiting for it.
    Ended(Vec<RunId>),
    /// A workflow's run ended: someone may be waiting for it.
    WorkflowsEnded(Vec<WorkflowRunId>),
    /// Something changed, nobody says what: another process wrote, signs were lost, a pause or a limit changed.
    Something,
}

/// A claim that waits in the store for work to arrive, where the store can do that (SQLite, in one process).
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedClaim {
    /// Who.
    pub executor: ExecutorId,
    /// The queues served.
    pub queues: QueueSet,
    /// The tasks with a handler.
    pub tasks: Vec<String>,
    /// At most so many.
    pub take: u32,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}
