//! Settings of a workflow.

use super::super::config::HyrexQueue;
use super::super::config_error::ConfigError;
use super::super::cron::Cron;
use crate::model::{NewRun, bounds};

/// Settings of a workflow, or of one send of it. What is `None` is decided elsewhere: by the workflow for a send, by
/// each node's task for the workflow.
///
/// ```
/// use hyrex::WorkflowConfig;
///
/// let config = WorkflowConfig::new().queue("etl").timeout_seconds(3600).priority(8);
/// assert_eq!(config.timeout_seconds, Some(3600));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkflowConfig {
    /// Where its nodes wait; a node's own `with_config` goes before it.
    pub queue: Option<HyrexQueue>,
    /// Seconds that the whole run may take, retries and waits included; `None`: no limit.
    pub timeout_seconds: Option<u32>,
    /// The priority of its nodes, 1 to 10, higher first; a node's own `with_config` goes before it.
    pub priority: Option<i16>,
    /// At most one run of the workflow has this key, for as long as the run's rows exist.
    pub idempotency_key: Option<String>,
    /// When it is sent by itself; by default never. Belongs to a definition, not to a send.
    pub cron: Option<Cron>,
}

impl WorkflowConfig {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The queue of its nodes: a name, or a [`HyrexQueue`] with a limit.
    pub fn queue(mut self, queue: impl Into<HyrexQueue>) -> Self {
        self.queue = Some(queue.into());
        self
    }

    /// Seconds that the whole run may take, 1 or more.
    pub fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// The priority of its nodes, 1 to 10, higher first.
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = Some(priority);
        self
    }

    /// At most one run of the workflow has this key, for as long as the run's rows exist: a second send gives the
    /// handle of the first run. 1 to 1,024 bytes.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// It is sent by itself, without arguments: a cron expression in UTC, or a [`Cron`] with a time zone.
    pub fn cron(mut self, cron: impl Into<Cron>) -> Self {
        self.cron = Some(cron.into());
        self
    }

    /// What is set here, and from `fallback` what is not.
    pub fn or(self, fallback: &WorkflowConfig) -> Self {
        Self {
            queue: self.queue.or_else(|| fallback.queue.clone()),
            timeout_seconds: self.timeout_seconds.or(fallback.timeout_seconds),
            priority: self.priority.or(fallback.priority),
            idempotency_key: self.idempotency_key.or_else(|| fallback.idempotency_key.clone()),
            cron: self.cron.or_else(|| fallback.cron.clone()),
        }
    }

    /// Holds the settings of a definition against the bounds.
    ///
    /// # Errors
    /// The first one that is out of bounds, or that belongs to a send.
    pub(super) fn check_definition(&self, workflow: &str) -> Result<(), ConfigError> {
        if self.idempotency_key.is_some() {
            return Err(ConfigError::KeyInWorkflow { workflow: workflow.to_owned() });
        }
        // Its bounds are those of its nodes' runs.
        let mut run = NewRun::new("node", "{}");
        run.queue = self.queue.as_ref().map_or(run.queue, |queue| queue.name.clone());
        run.timeout_seconds = self.timeout_seconds;
        run.priority = self.priority.unwrap_or(run.priority);
        let checked = bounds::name("workflow name", workflow).and_then(|()| run.check(bounds::MAX_JSON));
        checked.map_err(|source| ConfigError::WorkflowBounds { workflow: workflow.to_owned(), source })
    }
}
