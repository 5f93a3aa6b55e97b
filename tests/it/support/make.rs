//! Runs and other parameters, made with few words.

use hyrex::model::{AttemptId, ExecutorId, NewRun, RunId, Start, TaskError};
use hyrex::store::{Actor, Cancel, Retry};
use std::time::Duration;

/// A run of task `task` in queue `default` with empty arguments.
pub fn run(task: &str) -> NewRun {
    NewRun::new(task, "{}")
}

/// `count` runs of one task in one queue, in the order of their ids.
pub fn batch(queue: &str, task: &str, count: usize) -> Vec<NewRun> {
    (0..count).map(|_| run(task).on(queue)).collect()
}

/// Words for what a [`NewRun`] may be given.
pub trait RunWords: Sized {
    fn on(self, queue: &str) -> Self;
    fn args(self, args: impl Into<String>) -> Self;
    fn retries(self, retries: u16) -> Self;
    fn priority(self, priority: i16) -> Self;
    fn key(self, key: &str) -> Self;
    fn id(self, id: RunId) -> Self;
    fn starting(self, start: Start) -> Self;
    fn timeout(self, seconds: u32) -> Self;
    fn sent_by(self, sender: &hyrex::model::ClaimedRun) -> Self;
}

impl RunWords for NewRun {
    fn on(mut self, queue: &str) -> Self {
        self.queue = queue.to_owned();
        self
    }

    fn args(mut self, args: impl Into<String>) -> Self {
        self.args = args.into();
        self
    }

    fn retries(mut self, retries: u16) -> Self {
        self.max_retries = retries;
        self
    }

    fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }

    fn key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    fn id(mut self, id: RunId) -> Self {
        self.id = id;
        self
    }

    fn starting(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    fn sent_by(mut self, sender: &hyrex::model::ClaimedRun) -> Self {
        self.parent = Some(sender.fence.attempt);
        self.root = Some(sender.root);
        self
    }
}

/// An error with that message.
pub fn error(message: &str) -> TaskError {
    TaskError { kind: "test::Failure".into(), message: message.into(), chain: vec![], place: None }
}

/// An operator called `ada`.
pub fn operator() -> Actor {
    Actor { user: "ada".into(), host: "desk".into(), operator: true }
}

/// An operator's retry of a run, with an id of its own.
pub fn retry(run: RunId) -> Retry {
    Retry { id: uuid::Uuid::now_v7(), run, actor: operator(), now: None }
}

/// An operator's cancel of a run alone.
pub fn cancel(run: RunId) -> Cancel {
    Cancel { run, subtree: false, actor: operator(), now: None }
}

/// At once.
pub const AT_ONCE: Duration = Duration::ZERO;

/// Puts an attempt into the hands of an executor as the Python SDK has them: no column of ours is set. Its last
/// heartbeat was at `at(0.0)`.
pub async fn python_holds(s: &super::TestStore, attempt: AttemptId) -> ExecutorId {
    let executor = ExecutorId::new();
    let (id, row, time) = (s.raw.id(executor.0), s.raw.id(attempt.0), s.raw.time(super::at(0.0)));
    let queues = s.raw.ids(&[]);
    let queues = queues.trim_end_matches("::uuid[]");
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_executor (id, name, worker_name, queue_pattern, queues, started, last_heartbeat, status)
             VALUES ({id}, 'E1', 'python', '*', {queues}, {time}, {time}, 'RUNNING');
             UPDATE hyrex_task_run SET status = 'RUNNING', executor_id = {id}, started = {time} WHERE id = {row}"
        ))
        .await;
    executor
}
