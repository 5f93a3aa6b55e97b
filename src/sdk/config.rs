//! How a task runs: settings that its definition gives, a registry completes, and a single send may replace.

use super::config_error::ConfigError;
use super::cron::Cron;
use crate::model::{Backoff, DEFAULT_PRIORITY, DEFAULT_QUEUE, NewRun, Start, Timestamp, bounds};
use std::time::Duration;

/// A queue, and how many of its runs may be held at once over all workers.
///
/// Accepted wherever a queue's name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HyrexQueue {
    /// The name, 1 to 255 bytes.
    pub name: String,
    /// Most runs that are held at once over all workers; `None`: no limit. An operator's limit goes before it.
    pub concurrency_limit: Option<u32>,
}

impl HyrexQueue {
    /// A queue without a limit.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), concurrency_limit: None }
    }

    /// At most `limit` runs at once, over all workers.
    pub fn concurrency_limit(mut self, limit: u32) -> Self {
        self.concurrency_limit = Some(limit);
        self
    }
}

impl From<&str> for HyrexQueue {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for HyrexQueue {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&HyrexQueue> for HyrexQueue {
    fn from(queue: &HyrexQueue) -> Self {
        queue.clone()
    }
}

/// Settings of a task or of one send. What is `None` is decided elsewhere: by the task for a send, by its registry
/// for a task, else by the defaults that stand with each field.
///
/// ```
/// use hyrex::TaskConfig;
/// use std::time::Duration;
///
/// let config = TaskConfig::new().queue("mail").max_retries(3).timeout_seconds(30).delay(Duration::from_secs(60));
/// assert_eq!(config.max_retries, Some(3));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TaskConfig {
    /// Where it waits; by default `default`.
    pub queue: Option<HyrexQueue>,
    /// Retries after the first attempt, 0 to 1,000; by default 0.
    pub max_retries: Option<u16>,
    /// Seconds that one attempt may take, 1 or more; by default no limit.
    pub timeout_seconds: Option<u32>,
    /// 1 to 10, higher first; by default 5.
    pub priority: Option<i16>,
    /// At most one run of the task has this key. Belongs to a send, not to a definition.
    pub idempotency_key: Option<String>,
    /// When a run may start; by default at once.
    pub start: Option<Start>,
    /// How long a failed attempt waits for the next one; by default not at all. Belongs to a definition, not to a
    /// send: it is known to the worker that runs the task.
    pub retry_backoff: Option<Backoff>,
    /// When it is sent by itself; by default never. Belongs to a definition, not to a send.
    pub cron: Option<Cron>,
}

impl TaskConfig {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where it waits: a name, or a [`HyrexQueue`] with a limit.
    pub fn queue(mut self, queue: impl Into<HyrexQueue>) -> Self {
        self.queue = Some(queue.into());
        self
    }

    /// Retries after the first attempt, 0 to 1,000.
    pub fn max_retries(mut self, retries: u16) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Seconds that one attempt may take, 1 or more.
    pub fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// 1 to 10, higher first.
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = Some(priority);
        self
    }

    /// At most one run of the task has this key, for as long as the run's rows exist: a second send gives the handle
    /// of the first run. 1 to 1,024 bytes.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The run may start so long after the database takes it in.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.start = Some(Start::After(delay));
        self
    }

    /// The run may start at this time; at once when it has passed.
    pub fn start_at(mut self, time: Timestamp) -> Self {
        self.start = Some(Start::At(time));
        self
    }

    /// How long a failed attempt waits for the next one: a [`Backoff`], a [`Duration`], or a function of the failed
    /// attempt's number (0 first) that gives a duration or a number of seconds.
    pub fn retry_backoff(mut self, backoff: impl Into<Backoff>) -> Self {
        self.retry_backoff = Some(backoff.into());
        self
    }

    /// It is sent by itself, without arguments: a cron expression in UTC, or a [`Cron`] with a time zone.
    pub fn cron(mut self, cron: impl Into<Cron>) -> Self {
        self.cron = Some(cron.into());
        self
    }

    /// What is set here, and from `fallback` what is not.
    pub fn or(self, fallback: &TaskConfig) -> Self {
        Self {
            queue: self.queue.or_else(|| fallback.queue.clone()),
            max_retries: self.max_retries.or(fallback.max_retries),
            timeout_seconds: self.timeout_seconds.or(fallback.timeout_seconds),
            priority: self.priority.or(fallback.priority),
            idempotency_key: self.idempotency_key.or_else(|| fallback.idempotency_key.clone()),
            start: self.start.or(fallback.start),
            retry_backoff: self.retry_backoff.or_else(|| fallback.retry_backoff.clone()),
            cron: self.cron.or_else(|| fallback.cron.clone()),
        }
    }

    /// A run of the task with these settings, and with the defaults for what is not set.
    pub fn new_run(&self, task_name: &str, args: String) -> NewRun {
        let mut run = NewRun::new(task_name, args);
        run.queue = self.queue.as_ref().map_or_else(|| DEFAULT_QUEUE.to_owned(), |queue| queue.name.clone());
        run.max_retries = self.max_retries.unwrap_or(0);
        run.priority = self.priority.unwrap_or(DEFAULT_PRIORITY);
        run.timeout_seconds = self.timeout_seconds;
        run.idempotency_key = self.idempotency_key.clone();
        run.start = self.start.unwrap_or_default();
        run
    }

    /// Holds the settings of a task's definition against the bounds.
    ///
    /// # Errors
    /// The first setting that is out of bounds, or that belongs to a send.
    pub(crate) fn check_definition(&self, task_name: &str) -> Result<(), ConfigError> {
        if self.idempotency_key.is_some() {
            return Err(ConfigError::KeyInDefinition { task: task_name.to_owned() });
        }
        let checked = self.new_run(task_name, "{}".into()).check(bounds::MAX_JSON);
        checked.map_err(|source| ConfigError::Bounds { task: task_name.to_owned(), source })
    }
}
