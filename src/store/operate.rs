//! What an operator does to a store: parameters and answers of [`OperateStore`](super::OperateStore).
//! Each action is written to `hyrex_system_logs` in its own transaction: who, what, with what outcome.

use crate::model::{AttemptId, RunId, TaskStatus, Timestamp};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    /// A person's login, or an application's name.
    pub user: String,
    /// The machine.
    pub host: String,
    /// Whether it is a person (or a script of theirs) rather than an application's own code.
    pub operator: bool,
}

/// Cancel a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancel {
    /// Which.
    pub run: RunId,
    /// Whether everything that it sent is cancelled too, and what it still sends.
    pub subtree: bool,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of a cancel.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CancelAnswer {
    /// Of the run itself.
    pub run: CancelOutcome,
    /// Descendants that were waiting and are cancelled.
    pub descendants_canceled: u32,
    /// Descendants that run and were asked.
    pub descendants_asked: u32,
}

/// What came of a cancel, for one run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelOutcome {
    /// It was waiting, and is cancelled.
    Canceled,
    /// It runs; its worker is asked, and ends it at its next await.
    Asked,
    /// It runs on an executor of Python, which will finish this attempt; there will be no other. The row stays
    /// RUNNING (the SDK cannot store the result of a row that is UP_FOR_CANCEL), with `max_retries` lowered.
    AskedPython,
    /// It failed under a Python worker, which is about to make its next attempt: ask again.
    BetweenAttempts,
    /// It was asked before.
    AlreadyAsked,
    /// It had ended.
    AlreadyEnded(TaskStatus),
    /// No such run.
    NotFound,
}

/// Give a run another attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Made by the caller: the id of the next attempt, or of the run that is sent again. A repeated retry finds it
    /// standing and is answered as the first time.
    pub id: uuid::Uuid,
    /// Which.
    pub run: RunId,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of a retry.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryOutcome {
    /// The next attempt is queued.
    Queued(AttemptId),
    /// The run had succeeded: it is sent again, as a run of its own.
    SentAgain(RunId),
    /// It has not ended, or its next attempt is about to come (a Python worker makes it in a second step, up to a
    /// minute after the failure); the latest attempt's status.
    NotEnded(TaskStatus),
    /// It is a node of a workflow run, which is repaired as a whole.
    WorkflowNode,
    /// No such run.
    NotFound,
}

/// Set, or lift, a queue's limit.
#[derive(Clone, Debug, PartialEq)]
pub struct SetLimit {
    /// The queue.
    pub queue: String,
    /// What to set.
    pub limit: Limit,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// An operator's word about a queue's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many attempts held at once over all workers, whatever the application says.
    At(u32),
    /// No limit, whatever the application says.
    Unlimited,
    /// What the application says.
    Application,
}

/// Write a key as an operator: audited, unlike an application's own writes.
#[derive(Clone, Debug, PartialEq)]
pub struct KvWrite {
    /// The key.
    pub key: String,
    /// Its new value; `None`: it is removed.
    pub value: Option<String>,
    /// What it must hold for that (`Some(None)`: must be absent); `None`: whatever it holds.
    pub expect: Option<Option<String>>,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// Pause or resume a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct SetPause {
    /// The queue.
    pub queue: String,
    /// Whether it is to be paused. No claim begins after the answer.
    pub paused: bool,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}
