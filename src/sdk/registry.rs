//! The tasks that an application knows, by name.

use super::config::{HyrexQueue, TaskConfig};
use super::config_error::ConfigError;
use super::handler::{ErrorHook, Handler};
use super::task::{Task, TaskDef};
use crate::model::{Backoff, bounds};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A task as the worker needs it.
#[derive(Clone)]
pub struct RegisteredTask {
    /// The name under which it is stored.
    pub name: String,
    /// Its settings, completed by its registry's defaults.
    pub config: TaskConfig,
    /// Its function.
    pub handler: Handler,
    /// Called after each failed attempt.
    pub on_error: Option<ErrorHook>,
    /// The wait between a failed attempt and the next one.
    pub backoff: Backoff,
}

impl RegisteredTask {
    /// A task without `on_error`; its backoff is that of its settings.
    pub fn new(name: impl Into<String>, config: TaskConfig, handler: Handler) -> Self {
        let backoff = config.retry_backoff.clone().unwrap_or_default();
        Self { name: name.into(), config, handler, on_error: None, backoff }
    }

    fn complete(&mut self, defaults: &TaskConfig) {
        self.config = std::mem::take(&mut self.config).or(defaults);
        if let Some(backoff) = &self.config.retry_backoff {
            self.backoff = backoff.clone();
        }
    }

    /// Whether both are the same definition, met twice on different ways.
    fn is(&self, other: &RegisteredTask) -> bool {
        match (&self.handler, &other.handler) {
            (Handler::Async(a), Handler::Async(b)) => Arc::ptr_eq(a, b),
            (Handler::Blocking(a), Handler::Blocking(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// The tasks that an application knows, with defaults for their settings and the limits of its queues.
///
/// Cheap to clone. Mistakes (a name that stands twice, settings out of bounds) are kept until
/// [`HyrexRegistry::validate`], which the worker and the command line call before they begin.
///
/// ```
/// use hyrex::{HyrexQueue, HyrexRegistry, Task, TaskConfig};
///
/// let greet = Task::new("greet", TaskConfig::new(), |()| async { Ok("hello") });
/// let registry = HyrexRegistry::new()
///     .defaults(TaskConfig::new().max_retries(2))
///     .queue(HyrexQueue::new("exports").concurrency_limit(3))
///     .register(&greet);
/// assert_eq!(registry.task("greet").and_then(|task| task.config.max_retries), Some(2));
/// registry.validate()?;
/// # Ok::<(), hyrex::ConfigError>(())
/// ```
#[derive(Clone, Default)]
pub struct HyrexRegistry(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    tasks: BTreeMap<String, RegisteredTask>,
    queues: BTreeMap<String, u32>,
    defaults: TaskConfig,
    mistake: Option<ConfigError>,
}

impl HyrexRegistry {
    /// No tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task.
    pub fn register<D: TaskDef>(self, task: &Task<D>) -> Self {
        self.add(task.definition())
    }

    /// Adds a task that was made by hand.
    pub fn add(mut self, task: RegisteredTask) -> Self {
        Arc::make_mut(&mut self.0).add(task);
        self
    }

    /// Adds the tasks and queues of another registry; their settings are completed by this one's defaults.
    pub fn add_registry(mut self, other: &HyrexRegistry) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        for task in other.0.tasks.values() {
            inner.add(task.clone());
        }
        for queue in other.queues() {
            inner.declare(&queue);
        }
        inner.mistake = inner.mistake.take().or_else(|| other.0.mistake.clone());
        self
    }

    /// Settings for tasks of this registry (also of those in it) that do not say otherwise. A sender whose app does
    /// not hold this registry does not know them.
    pub fn defaults(mut self, defaults: TaskConfig) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.defaults = defaults.or(&inner.defaults);
        if let Some(queue) = inner.defaults.queue.clone() {
            inner.declare(&queue);
        }
        for task in inner.tasks.values_mut() {
            task.complete(&inner.defaults);
        }
        self
    }

    /// Declares a queue, with its limit.
    pub fn queue(mut self, queue: impl Into<HyrexQueue>) -> Self {
        Arc::make_mut(&mut self.0).declare(&queue.into());
        self
    }

    /// The task of this name.
    pub fn task(&self, name: &str) -> Option<&RegisteredTask> {
        self.0.tasks.get(name)
    }

    /// The names of all tasks, sorted by their bytes.
    pub fn task_names(&self) -> Vec<String> {
        self.0.tasks.keys().cloned().collect()
    }

    /// All tasks, by name.
    pub fn tasks(&self) -> impl Iterator<Item = &RegisteredTask> {
        self.0.tasks.values()
    }

    /// The queues that have a limit: declared, or named with one in the settings of a task.
    pub fn queues(&self) -> Vec<HyrexQueue> {
        let limited = |(name, limit): (&String, &u32)| HyrexQueue::new(name.clone()).concurrency_limit(*limit);
        self.0.queues.iter().map(limited).collect()
    }

    /// Whether everything fits together.
    ///
    /// # Errors
    /// The first mistake: a name that stands twice, a name or a setting out of bounds, two limits for one queue.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.0.mistake.clone().map_or(Ok(()), Err)?;
        for task in self.0.tasks.values() {
            task.config.check_definition(&task.name)?;
        }
        Ok(())
    }
}

impl Inner {
    fn add(&mut self, mut task: RegisteredTask) {
        task.complete(&self.defaults);
        if let Some(queue) = &task.config.queue {
            self.declare(&queue.clone());
        }
        match self.tasks.get(&task.name) {
            Some(standing) if !standing.is(&task) => self.mistaken(ConfigError::DuplicateTask { task: task.name }),
            _ => drop(self.tasks.insert(task.name.clone(), task)),
        }
    }

    fn declare(&mut self, queue: &HyrexQueue) {
        if let Err(source) = bounds::name("queue name", &queue.name) {
            return self.mistaken(ConfigError::Queue { source });
        }
        let Some(limit) = queue.concurrency_limit else { return };
        match self.queues.insert(queue.name.clone(), limit) {
            Some(other) if other != limit => {
                self.mistaken(ConfigError::TwoLimits { queue: queue.name.clone(), limits: (other, limit) });
            }
            _ => {}
        }
    }

    /// The first mistake is the one that is told.
    fn mistaken(&mut self, mistake: ConfigError) {
        self.mistake.get_or_insert(mistake);
    }
}

/// A registry of the tasks named: `registry![send_email, process_data]`.
#[macro_export]
macro_rules! registry {
    ($($task:expr),* $(,)?) => {
        $crate::HyrexRegistry::new()$(.register(&$task))*
    };
}
