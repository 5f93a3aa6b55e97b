//! Runs and attempts: what is sent, what is claimed, how an attempt ends.

use super::{AttemptId, BoundsError, ExecutorId, RunId, TaskStatus, Timestamp, WorkflowRunId, bounds};
use std::time::Duration;

/// When a run may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Start {
    /// At once.
    #[default]
    Now,
    /// So long after the database takes it in.
    After(Duration),
    /// At this time; at once when it has passed.
    At(Timestamp),
}

impl Start {
    fn check(self) -> Result<(), BoundsError> {
        let (value, limit) = match self {
            Start::Now => return Ok(()),
            Start::After(delay) => (delay.as_secs(), bounds::MAX_DELAY.as_secs()),
            Start::At(time) => (time.timestamp().max(0) as u64, bounds::MAX_TIME),
        };
        if value <= limit {
            return Ok(());
        }
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        Err(BoundsError::Range { what: "the start (in seconds)", value, range: "at most ten years ahead" })
    }
}

/// A run to send: its first row (`id` = `durable_id`).
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// Made by the sender, so that a send can be repeated.
    pub id: RunId,
    /// The task's name, 1 to 255 bytes.
    pub task_name: String,
    /// Arguments: a JSON object as text.
    pub args: String,
    /// The queue, 1 to 255 bytes.
    pub queue: String,
    /// Retries after the first attempt, 0 to 1,000.
    pub max_retries: u16,
    /// 1 to 10, higher first.
    pub priority: i16,
    /// Seconds that one attempt may take; `None`: no limit.
    pub timeout_seconds: Option<u32>,
    /// At most one run of the task has this key, for as long as its rows exist.
    pub idempotency_key: Option<String>,
    /// When it may start.
    pub start: Start,
    /// The attempt that sent it.
    pub parent: Option<AttemptId>,
    /// The root of the attempt that sent it; `None`: the run is its own root.
    pub root: Option<RunId>,
}

impl NewRun {
    /// A run with the defaults: queue `default`, priority 5, no retries, no timeout, at once.
    pub fn new(task_name: impl Into<String>, args: impl Into<String>) -> Self {
        Self {
            id: RunId::new(),
            task_name: task_name.into(),
            args: args.into(),
            queue: DEFAULT_QUEUE.to_owned(),
            max_retries: 0,
            priority: DEFAULT_PRIORITY,
            timeout_seconds: None,
            idempotency_key: None,
            start: Start::Now,
            parent: None,
            root: None,
        }
    }

    /// Holds the run against the bounds; `max_json` is the largest size of arguments in bytes.
    ///
    /// # Errors
    /// The first bound that is broken, in words.
    pub fn check(&self, max_json: usize) -> Result<(), BoundsError> {
        bounds::name("task name", &self.task_name)?;
        bounds::name("queue name", &self.queue)?;
        if let Some(key) = &self.idempotency_key {
            bounds::key("idempotency key", key)?;
        }
        if self.max_retries > bounds::MAX_RETRIES {
            let value = self.max_retries.into();
            return Err(BoundsError::Range { what: "max_retries", value, range: "0 to 1000" });
        }
        if !bounds::PRIORITIES.contains(&self.priority) {
            let value = self.priority.into();
            return Err(BoundsError::Range { what: "the priority", value, range: "1 to 10" });
        }
        if let Some(seconds) = self.timeout_seconds.filter(|s| *s == 0 || *s > i32::MAX as u32) {
            return Err(BoundsError::Range {
                what: "timeout_seconds",
                value: seconds.into(),
                range: "1 to 2147483647, or left out for no timeout",
            });
        }
        self.start.check()?;
        bounds::json("arguments", &self.args, max_json)?;
        match self.args.trim_start().starts_with('{') {
            true => Ok(()),
            false => Err(BoundsError::NotJson {
                what: "arguments",
                why: "they are one object, a key a parameter, like {\"to\": \"ada@example.com\"}".into(),
            }),
        }
    }
}

/// The queue of a run that names none.
pub const DEFAULT_QUEUE: &str = "default";
/// The priority of a run that names none.
pub const DEFAULT_PRIORITY: i16 = 5;

/// What became of a run that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It stands now, or stood already under the same id (a repeated send).
    New(RunId),
    /// A run with the same task and idempotency key stood already: this one.
    Duplicate(RunId),
}

impl Enqueued {
    /// The run that stands.
    pub fn run(self) -> RunId {
        match self {
            Enqueued::New(run) | Enqueued::Duplicate(run) => run,
        }
    }
}

/// Who may write about an attempt: valid while this very claim holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The attempt.
    pub attempt: AttemptId,
    /// The executor that claimed it.
    pub executor: ExecutorId,
    /// How many times the attempt has been claimed, this claim included (1 is the first).
    pub claim: i32,
}

/// An attempt as a claim hands it to a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedRun {
    /// What every write about it must name.
    pub fence: Fence,
    /// The run.
    pub run: RunId,
    /// The root of its tree.
    pub root: RunId,
    /// The attempt that sent it.
    pub parent: Option<AttemptId>,
    /// The workflow run that it is a node of.
    pub workflow_run: Option<WorkflowRunId>,
    /// Its node's name in that workflow run.
    pub node_name: Option<String>,
    /// The task's name.
    pub task_name: String,
    /// Arguments: JSON as text, as it was stored.
    pub args: String,
    /// The queue.
    pub queue: String,
    /// Any smallint; higher first.
    pub priority: i16,
    /// Retries after the first attempt.
    pub max_retries: i16,
    /// 0 is the first attempt.
    pub attempt_number: i16,
    /// Seconds that this attempt may take.
    pub timeout_seconds: Option<i32>,
    /// When it was to start.
    pub scheduled_start: Option<Timestamp>,
    /// When it entered its queue.
    pub queued: Option<Timestamp>,
    /// When it was claimed, by the database's clock.
    pub started: Timestamp,
}

impl ClaimedRun {
    /// Whether a failure of this attempt leads to another.
    pub fn has_retries_left(&self) -> bool {
        self.attempt_number < self.max_retries
    }
}

/// Why an attempt failed. U+0000 is replaced when it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct TaskError {
    /// What kind: a Rust type's name, `timeout`, `panic`, `lost`, …
    pub kind: String,
    /// What it says.
    pub message: String,
    /// The messages of its causes, the outermost first.
    pub chain: Vec<String>,
    /// Where it arose, as `file:line:column`, where that is known.
    pub place: Option<String>,
}

/// One line that was logged while an attempt ran.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LogLine {
    /// The claim it was logged under (1 is the first): an attempt that was interrupted has lines of several.
    /// Writers leave it to the fence.
    pub claim: i32,
    /// Its number within that claim, from 0; numbers left out mark a cut.
    pub seq: i32,
    /// When, by the worker's clock (for people; nothing is compared with it).
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub level: String,
    /// The module that logged it.
    pub target: String,
    /// The message, fields appended as `name=value`.
    pub message: String,
}

/// How far a running attempt says it is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// 0.0 to 1.0.
    pub fraction: f32,
    /// In words.
    pub message: String,
    /// When it was said, by the database's clock.
    pub at: Timestamp,
}

/// How a worker settles an attempt that it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It returned; the result is JSON as text. RUNNING or UP_FOR_CANCEL → SUCCESS.
    Success(Option<String>),
    /// It failed, and is retried after the delay (at most [`bounds::MAX_DELAY`]; a longer one is cut), if it has retries left and nobody asked to cancel it;
    /// else this is its end. → FAILED, and the next attempt QUEUED or AWAIT_START_TIME.
    Failed(TaskError, Duration),
    /// It failed, and is not to be retried whatever is left. → FAILED, `max_retries` set to its attempt number.
    FailedForGood(TaskError),
    /// It ended because it was asked to. UP_FOR_CANCEL → CANCELED; refused while RUNNING.
    Canceled,
    /// It had begun, and its worker stops. RUNNING → QUEUED where `max_retries > 0`, else STOPPED;
    /// UP_FOR_CANCEL → CANCELED.
    Interrupted,
    /// It had not begun. RUNNING → QUEUED; UP_FOR_CANCEL → CANCELED.
    NeverBegun,
}

/// The settling of one attempt, in one transaction with all that follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The claim that settles it.
    pub fence: Fence,
    /// The workflow run that it is a node of, as the claim said.
    pub workflow_run: Option<WorkflowRunId>,
    /// How it ended.
    pub outcome: Outcome,
    /// Lines logged and not yet written.
    pub logs: Vec<LogLine>,
}

/// What became of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completed {
    /// It stands: the attempt's status now, and the next attempt if one was made.
    Applied {
        /// The attempt's status now.
        status: TaskStatus,
        /// The next attempt.
        next: Option<AttemptId>,
    },
    /// The same completion was applied before.
    AlreadyApplied,
    /// The claim does not hold the attempt any more, or the state machine has no such edge.
    Refused {
        /// The attempt's status.
        stands: TaskStatus,
    },
    /// No such attempt.
    Gone,
}

/// What a repeated completion meets in the row: decides between `AlreadyApplied` and `Refused`.
///
/// `holder` and `claim` are the row's executor and claim number.
pub fn meets_settled(
    outcome: &Outcome,
    fence: Fence,
    stands: TaskStatus,
    holder: Option<ExecutorId>,
    claim: Option<i32>,
) -> Completed {
    use TaskStatus::*;
    let same_claim = claim == Some(fence.claim);
    let ours = same_claim && holder == Some(fence.executor);
    let given_back = same_claim && holder.is_none() && stands == Queued;
    let already = match outcome {
        Outcome::Success(_) => ours && stands == Success,
        Outcome::Failed(..) | Outcome::FailedForGood(_) => ours && stands == Failed,
        Outcome::Canceled => ours && stands == Canceled,
        Outcome::Interrupted => given_back || ours && matches!(stands, Stopped | Canceled),
        Outcome::NeverBegun => given_back || ours && stands == Canceled,
    };
    if already { Completed::AlreadyApplied } else { Completed::Refused { stands } }
}
