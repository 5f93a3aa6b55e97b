//! The tasks that an application knows, by name.

use super::config::{HyrexQueue, TaskConfig};
use super::config_error::ConfigError;
use super::handler::{ErrorHook, Handler};
use super::task::{Task, TaskDef};
use super::workflow::RegisteredWorkflow;
use crate::model::{Backoff, bounds};
use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// Whether arguments, as they would be stored, are what a function takes; else the end of a sentence about them.
pub(in crate::sdk) type CheckArguments = fn(&str) -> Result<(), String>;

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
    /// Where it is defined, in the application's source.
    pub place: Option<&'static Location<'static>>,
    /// Which definition it is, where a type stands for one.
    pub(super) identity: Option<TypeId>,
    /// Holds arguments against its function, where that is known.
    pub(super) check_arguments: Option<CheckArguments>,
}

impl RegisteredTask {
    /// A task without `on_error`; its backoff is that of its settings.
    pub fn new(name: impl Into<String>, config: TaskConfig, handler: Handler) -> Self {
        let backoff = config.retry_backoff.clone().unwrap_or_default();
        Self {
            name: name.into(),
            config,
            handler,
            on_error: None,
            backoff,
            place: None,
            identity: None,
            check_arguments: None,
        }
    }

    fn complete(&mut self, defaults: &TaskConfig) {
        self.config = std::mem::take(&mut self.config).or(defaults);
        if let Some(backoff) = &self.config.retry_backoff {
            self.backoff = backoff.clone();
        }
    }

    /// Whether both are the same definition, met twice on different ways.
    pub(super) fn is(&self, other: &RegisteredTask) -> bool {
        if self.identity.is_some() || other.identity.is_some() {
            return self.identity == other.identity;
        }
        match (&self.handler, &other.handler) {
            (Handler::Async(a), Handler::Async(b)) => Arc::ptr_eq(a, b),
            (Handler::Blocking(a), Handler::Blocking(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// The tasks and workflows that an application knows, with defaults for their settings and the limits of its queues.
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
    workflows: BTreeMap<String, RegisteredWorkflow>,
    queues: BTreeMap<String, u32>,
    defaults: TaskConfig,
    mistake: Option<ConfigError>,
}

impl HyrexRegistry {
    /// No tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task, a workflow, or the tasks, workflows and queues of another registry.
    pub fn register(self, item: &impl Registrable) -> Self {
        item.add_to(self)
    }

    /// Adds a task that was made by hand.
    pub fn add_task(mut self, task: RegisteredTask) -> Self {
        Arc::make_mut(&mut self.0).add(task);
        self
    }

    /// Adds a workflow with the tasks of its nodes, or keeps what is wrong with it as a mistake.
    pub fn add_workflow(mut self, workflow: Result<RegisteredWorkflow, ConfigError>) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        match workflow {
            Ok(workflow) => inner.add_workflow(workflow),
            Err(mistake) => inner.mistaken(mistake),
        }
        self
    }

    /// Adds the tasks, workflows and queues of another registry; their settings are completed by this one's defaults.
    pub fn add_registry(mut self, other: &HyrexRegistry) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        for task in other.0.tasks.values() {
            inner.add(task.clone());
        }
        for workflow in other.0.workflows.values() {
            inner.add_workflow(workflow.clone());
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
        if defaults.cron.is_some() {
            inner.mistaken(ConfigError::CronInDefaults);
        }
        inner.defaults = TaskConfig { cron: None, ..defaults }.or(&inner.defaults);
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

    /// The workflow of this name.
    pub fn workflow(&self, name: &str) -> Option<&RegisteredWorkflow> {
        self.0.workflows.get(name)
    }

    /// All workflows, by name.
    pub fn workflows(&self) -> impl Iterator<Item = &RegisteredWorkflow> {
        self.0.workflows.values()
    }

    /// The queues that have a limit: declared, or named with one in the settings of a task.
    pub fn queues(&self) -> Vec<HyrexQueue> {
        let limited = |(name, limit): (&String, &u32)| HyrexQueue::new(name.clone()).concurrency_limit(*limit);
        self.0.queues.iter().map(limited).collect()
    }

    /// Whether everything fits together.
    ///
    /// # Errors
    /// The first mistake: a name that stands twice, a name or a setting out of bounds, two limits for one queue, a cron
    /// that cannot be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.0.mistake.clone().map_or(Ok(()), Err)?;
        for task in self.0.tasks.values() {
            task.config.check_definition(&task.name)?;
        }
        self.0.workflows.values().try_for_each(RegisteredWorkflow::check)?;
        self.schedules().map(drop)
    }
}

impl Inner {
    fn add(&mut self, mut task: RegisteredTask) {
        task.complete(&self.defaults);
        if let Some(queue) = &task.config.queue {
            self.declare(&queue.clone());
        }
        match self.tasks.get(&task.name) {
            Some(standing) if !standing.is(&task) => {
                let twice = ConfigError::twice(standing, &task);
                self.mistaken(twice);
            }
            _ => drop(self.tasks.insert(task.name.clone(), task)),
        }
    }

    fn add_workflow(&mut self, workflow: RegisteredWorkflow) {
        for task in workflow.tasks() {
            // What stands already may have settings of its own; a different task of that name is told of.
            if !self.tasks.get(&task.name).is_some_and(|standing| standing.is(task)) {
                self.add(task.clone());
            }
        }
        workflow.limited_queues().for_each(|queue| self.declare(queue));
        match self.workflows.get(&workflow.name) {
            Some(standing) if !standing.is(&workflow) => {
                let places = [standing.place, workflow.place].into_iter().flatten().map(ToString::to_string).collect();
                self.mistaken(ConfigError::DuplicateWorkflow { workflow: workflow.name, places });
            }
            _ => drop(self.workflows.insert(workflow.name.clone(), workflow)),
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

/// What a registry takes: a task, a workflow, or another registry.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be registered",
    label = "expected a task, a workflow or a `HyrexRegistry`",
    note = "`#[hyrex::task]` makes a task of a function"
)]
pub trait Registrable {
    /// Adds it.
    fn add_to(&self, registry: HyrexRegistry) -> HyrexRegistry;
}

impl<D: TaskDef> Registrable for Task<D> {
    fn add_to(&self, registry: HyrexRegistry) -> HyrexRegistry {
        registry.add_task(self.definition())
    }
}

impl Registrable for HyrexRegistry {
    fn add_to(&self, registry: HyrexRegistry) -> HyrexRegistry {
        registry.add_registry(self)
    }
}

impl fmt::Debug for HyrexRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HyrexRegistry").field(&self.task_names()).finish()
    }
}

impl fmt::Debug for RegisteredTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredTask").field("name", &self.name).field("config", &self.config).finish_non_exhaustive()
    }
}

/// A registry of the tasks named, and of what other registries hold: `registry![send_email, process_data, mail::registry()]`.
#[macro_export]
macro_rules! registry {
    ($($item:expr),* $(,)?) => {
        $crate::HyrexRegistry::new()$(.register(&$item))*
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn task(name: &str, config: TaskConfig) -> Task<super::super::Plain<(), ()>> {
        Task::new(name, config, |()| async { Ok(()) })
    }

    fn mistake(registry: HyrexRegistry) -> String {
        registry.validate().unwrap_err().to_string()
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let (one, other) = (task("mail", TaskConfig::new()), task("mail", TaskConfig::new()));
        let said = mistake(registry![one, other]);
        assert!(said.starts_with("two tasks are named 'mail', at src/sdk/registry.rs:"), "{said}");
        assert!(said.ends_with(": give one of them another name"), "{said}");
    }

    #[test]
    fn a_task_that_is_met_on_two_ways_is_one_task() {
        let shared = registry![task("mail", TaskConfig::new())];
        let (left, right) = (registry![].add_registry(&shared), registry![].add_registry(&shared));
        let whole = registry![].add_registry(&left).add_registry(&right);
        whole.validate().unwrap();
        assert_eq!(whole.task_names(), ["mail"]);
    }

    #[test]
    fn a_mistake_in_an_inner_registry_is_told_by_the_outer_one() {
        let inner = registry![task("mail", TaskConfig::new()), task("mail", TaskConfig::new())];
        assert!(mistake(registry![].add_registry(&inner)).contains("'mail'"));
    }

    #[test]
    fn defaults_complete_what_a_task_leaves_out_whenever_they_are_given() {
        let own = task("own", TaskConfig::new().max_retries(7));
        let bare = task("bare", TaskConfig::new());
        let defaults = || TaskConfig::new().max_retries(2).queue("slow").retry_backoff(Duration::from_secs(9));
        for registry in
            [registry![own, bare].defaults(defaults()), registry![].defaults(defaults()).register(&own).register(&bare)]
        {
            let retries = |name| registry.task(name).and_then(|task| task.config.max_retries);
            assert_eq!((retries("own"), retries("bare")), (Some(7), Some(2)));
            let bare = registry.task("bare").unwrap();
            assert_eq!(bare.backoff.delay(0), Duration::from_secs(9));
            assert_eq!(bare.config.queue.as_ref().map(|queue| queue.name.as_str()), Some("slow"));
        }
    }

    #[test]
    fn inner_defaults_go_before_outer_ones() {
        let inner = registry![task("mail", TaskConfig::new())].defaults(TaskConfig::new().priority(9));
        let outer = registry![].defaults(TaskConfig::new().priority(1).max_retries(3)).add_registry(&inner);
        let config = &outer.task("mail").unwrap().config;
        assert_eq!((config.priority, config.max_retries), (Some(9), Some(3)));
    }

    #[test]
    fn a_limit_named_with_a_task_is_declared() {
        let queue = HyrexQueue::new("exports").concurrency_limit(3);
        let registry = registry![task("export", TaskConfig::new().queue(&queue))];
        assert_eq!(registry.queues(), std::slice::from_ref(&queue));
        let said = mistake(registry.queue(queue.concurrency_limit(4)));
        assert_eq!(said, "queue 'exports' has two concurrency limits, 3 and 4: declare it once");
    }

    #[test]
    fn settings_out_of_bounds_name_the_task() {
        let wrong = |config| mistake(registry![task("mail", config)]);
        assert_eq!(wrong(TaskConfig::new().priority(11)), "task 'mail': the priority is 11, and must be 1 to 10");
        assert!(wrong(TaskConfig::new().max_retries(1001)).contains("max_retries is 1001"));
        assert!(wrong(TaskConfig::new().timeout_seconds(0)).contains("timeout_seconds is 0"));
        assert!(wrong(TaskConfig::new().queue("")).contains("queue name is empty"));
        assert!(wrong(TaskConfig::new().delay(Duration::MAX)).contains("ten years"));
        assert!(wrong(TaskConfig::new().idempotency_key("k")).contains("idempotency_key in its definition"));
    }

    #[test]
    fn a_name_is_shown_without_its_control_characters() {
        let name = "mail\u{1b}[31m\n";
        let said = mistake(registry![task(name, TaskConfig::new()), task(name, TaskConfig::new())]);
        assert!(said.contains(r"mail\u{1b}[31m\n") && !said.contains('\u{1b}'), "{said}");
        assert!(mistake(registry![task("", TaskConfig::new())]).contains("task name is empty"));
        assert!(mistake(registry![task("a\0b", TaskConfig::new())]).contains("U+0000"));
    }
}
