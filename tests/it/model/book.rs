//! The model: what the store verbs mean, over plain collections. It shares no code with the backends.

use super::workflows::flows::{Flow, Node};
use hyrex::model::{AttemptId, ExecutorId, ExecutorStatus, NewRun, RunId, TaskError, TaskStatus, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// An attempt's place: its run, and its number there.
pub type Key = (RunId, i16);

/// A row of `hyrex_task_run`, as far as it can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Made by the store for attempts that follow by themselves: learned from it.
    pub id: Option<AttemptId>,
    pub status: TaskStatus,
    pub max_retries: i16,
    pub executor: Option<ExecutorId>,
    pub claim: i32,
    pub scheduled: Option<Timestamp>,
    pub queued: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub takes_subtree: bool,
    pub result: Option<String>,
    pub error: Option<TaskError>,
    /// Under which claim, how far, and when it was said.
    pub progress: Option<(i32, f32, Timestamp)>,
    /// Where they are not those of the run.
    pub args: Option<String>,
}

impl Attempt {
    pub fn new(status: TaskStatus, max_retries: i16, queued: Option<Timestamp>) -> Self {
        Self {
            id: None,
            status,
            max_retries,
            executor: None,
            claim: 0,
            scheduled: None,
            queued,
            started: None,
            finished: None,
            takes_subtree: false,
            result: None,
            error: None,
            progress: None,
            args: None,
        }
    }
}

/// What was sent, and its attempts.
#[derive(Clone, Debug)]
pub struct Run {
    pub facts: NewRun,
    pub attempts: Vec<Attempt>,
    /// What it is in a workflow.
    pub node: Option<Node>,
}

/// A row of `hyrex_executor`.
#[derive(Clone, Debug)]
pub struct Executor {
    pub status: ExecutorStatus,
    /// The number of its last beat, once somebody saw it.
    pub beats: Option<i64>,
    pub last_beat: Timestamp,
}

/// A row of `hyrex_queue`.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pub app_limit: Option<u32>,
    pub operator_limit: Option<Option<u32>>,
    pub paused_at: Option<Timestamp>,
}

impl Queue {
    /// The limit that counts.
    pub fn limit(&self) -> Option<u32> {
        self.operator_limit.unwrap_or(self.app_limit)
    }
}

/// All that stands.
#[derive(Default)]
pub struct Book {
    pub now: Timestamp,
    pub runs: BTreeMap<RunId, Run>,
    /// In the order they were sent: what the operations pick from.
    pub order: Vec<RunId>,
    pub executors: Vec<(ExecutorId, Executor)>,
    pub queues: BTreeMap<String, Queue>,
    pub keys: HashMap<(String, String), RunId>,
    pub kv: BTreeMap<String, String>,
    pub logs: BTreeMap<(Key, i32, i32), String>,
    /// Attempts made since somebody looked, whose ids are the store's.
    pub unnamed: Vec<Key>,
    /// Runs that ended in this operation, and whose subtrees are to be cancelled.
    pub roots: Vec<RunId>,
    /// Runs of workflows.
    pub flows: Vec<Flow>,
}

impl Book {
    pub fn attempt(&self, (run, number): Key) -> &Attempt {
        &self.runs[&run].attempts[number as usize]
    }

    pub fn attempt_mut(&mut self, (run, number): Key) -> &mut Attempt {
        let run = self.runs.get_mut(&run).expect("a run that the model knows");
        &mut run.attempts[number as usize]
    }

    pub fn facts(&self, key: Key) -> &NewRun {
        &self.runs[&key.0].facts
    }

    pub fn args(&self, key: Key) -> &str {
        self.attempt(key).args.as_deref().unwrap_or(&self.facts(key).args)
    }

    /// The latest attempt of a run.
    pub fn latest(&self, run: RunId) -> Key {
        (run, self.runs[&run].attempts.len() as i16 - 1)
    }

    /// Every attempt, in the order of runs and numbers.
    pub fn all(&self) -> Vec<Key> {
        let numbers = |run: &Run| 0..run.attempts.len() as i16;
        self.runs.iter().flat_map(|(id, run)| numbers(run).map(|number| (*id, number))).collect()
    }

    /// The attempts in the hands of an executor.
    pub fn held_by(&self, executor: ExecutorId) -> Vec<Key> {
        let held = |key: &Key| {
            let attempt = self.attempt(*key);
            attempt.executor == Some(executor) && attempt.status.is_held()
        };
        self.all().into_iter().filter(held).collect()
    }

    pub fn find(&self, id: AttemptId) -> Option<Key> {
        self.all().into_iter().find(|key| self.attempt(*key).id == Some(id))
    }

    pub fn executor(&self, id: ExecutorId) -> Option<&Executor> {
        self.executors.iter().find(|(own, _)| *own == id).map(|(_, executor)| executor)
    }

    pub fn executor_mut(&mut self, id: ExecutorId) -> Option<&mut Executor> {
        self.executors.iter_mut().find(|(own, _)| *own == id).map(|(_, executor)| executor)
    }

    pub fn limit(&self, queue: &str) -> Option<u32> {
        self.queues.get(queue).and_then(Queue::limit)
    }

    pub fn is_paused(&self, queue: &str) -> bool {
        self.queues.get(queue).is_some_and(|queue| queue.paused_at.is_some())
    }

    /// Ends an attempt; what it still had under way goes with it, when its cancel took in the subtree.
    pub fn end(&mut self, key: Key, status: TaskStatus) {
        let now = self.now;
        let attempt = self.attempt_mut(key);
        attempt.status = status;
        attempt.finished = Some(now);
        if attempt.takes_subtree {
            self.roots.push(key.0);
        }
    }

    /// What follows from the ends of this operation, after all of them: workflows go on, and what the runs sent whose
    /// cancel took in the subtree is cancelled.
    pub fn follow_ends(&mut self) {
        self.advance();
        for run in std::mem::take(&mut self.roots) {
            self.cancel_descendants(run);
        }
        self.advance();
    }

    /// Makes the attempt that follows `key`, to be claimed at once or after `delay`.
    pub fn follow(&mut self, key: Key, delay: std::time::Duration) {
        let now = self.now;
        let waits = !delay.is_zero();
        let status = if waits { TaskStatus::AwaitStartTime } else { TaskStatus::Queued };
        let before = self.attempt(key);
        let next = Attempt {
            scheduled: waits.then(|| now + delay),
            args: before.args.clone(),
            ..Attempt::new(status, before.max_retries, (!waits).then_some(now))
        };
        self.runs.get_mut(&key.0).expect("a run that the model knows").attempts.push(next);
        self.unnamed.push((key.0, key.1 + 1));
    }

    /// Puts an attempt back as if it had not been claimed.
    pub fn give_back(&mut self, key: Key) {
        let attempt = self.attempt_mut(key);
        attempt.status = TaskStatus::Queued;
        attempt.executor = None;
        attempt.started = None;
    }

    /// Cancels what attempts of `run` sent, and what that sent: (waiting ones, running ones).
    pub fn cancel_descendants(&mut self, run: RunId) -> (u32, u32) {
        let (mut canceled, mut asked) = (0, 0);
        for child in self.children(run) {
            let key = self.latest(child);
            match self.attempt(key).status {
                status if status.is_waiting() => {
                    self.end(key, TaskStatus::Canceled);
                    canceled += 1;
                }
                TaskStatus::Running => {
                    self.attempt_mut(key).status = TaskStatus::UpForCancel;
                    asked += 1;
                }
                _ => {}
            }
            if self.attempt(key).status == TaskStatus::UpForCancel {
                self.attempt_mut(key).takes_subtree = true;
            }
            let below = self.cancel_descendants(child);
            canceled += below.0;
            asked += below.1;
        }
        let flows = self.cancel_flows_of(run);
        (canceled + flows.0, asked + flows.1)
    }

    /// The runs that attempts of `run` sent.
    pub fn children(&self, run: RunId) -> Vec<RunId> {
        let own: Vec<AttemptId> = self.runs[&run].attempts.iter().filter_map(|attempt| attempt.id).collect();
        let sent = |other: &&RunId| self.runs[*other].facts.parent.is_some_and(|parent| own.contains(&parent));
        self.order.iter().filter(sent).copied().collect()
    }
}
