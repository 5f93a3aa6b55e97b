//! What can be wrong with an application before it runs.

use super::registry::RegisteredTask;
use crate::model::dag::DagError;
use crate::model::schedule::ScheduleError;
use crate::model::{BoundsError, PatternError};

/// A mistake in an application's registry or settings: found before anything runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Two tasks of one name.
    #[error("two tasks are named '{task}'{}: give one of them another name", at(places), task = super::shown(task))]
    DuplicateTask {
        /// The name.
        task: String,
        /// Where they are defined, as `file:line:column`, as far as that is known.
        places: Vec<String>,
    },
    /// A task's name or settings are out of bounds.
    #[error("task '{task}': {source}", task = super::shown(task))]
    Bounds {
        /// The task.
        task: String,
        /// What is wrong.
        source: BoundsError,
    },
    /// A definition with an idempotency key: every send would be the same run.
    #[error(
        "task '{task}' has an idempotency_key in its definition: give it to a send, with with_config",
        task = super::shown(task)
    )]
    KeyInDefinition {
        /// The task.
        task: String,
    },
    /// A task that cannot be a node so.
    #[error("node '{node}': {why}", node = super::shown(node))]
    Node {
        /// The node.
        node: String,
        /// What is wrong.
        why: String,
    },
    /// A workflow whose graph cannot be.
    #[error("workflow '{workflow}': {source}", workflow = super::shown(workflow))]
    Workflow {
        /// The workflow.
        workflow: String,
        /// What is wrong.
        source: DagError,
    },
    /// A workflow's name or settings are out of bounds.
    #[error("workflow '{workflow}': {source}", workflow = super::shown(workflow))]
    WorkflowBounds {
        /// The workflow.
        workflow: String,
        /// What is wrong.
        source: BoundsError,
    },
    /// Two workflows of one name.
    #[error("two workflows are named '{workflow}'{}: give one of them another name", at(places), workflow = super::shown(workflow))]
    DuplicateWorkflow {
        /// The name.
        workflow: String,
        /// Where they are defined, as `file:line:column`, as far as that is known.
        places: Vec<String>,
    },
    /// A workflow's definition with an idempotency key: every send would be the same run.
    #[error(
        "workflow '{workflow}' has an idempotency_key in its definition: give it to a send, with with_config",
        workflow = super::shown(workflow)
    )]
    KeyInWorkflow {
        /// The workflow.
        workflow: String,
    },
    /// A cron that cannot be read.
    #[error("{what} '{name}': {source}", name = super::shown(name))]
    Cron {
        /// `task` or `workflow`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What is wrong.
        source: Box<ScheduleError>,
    },
    /// A cron of what needs arguments.
    #[error(
        "{what} '{name}' has a cron, which sends it without arguments, and these {why}: give each argument a default",
        name = super::shown(name)
    )]
    CronArguments {
        /// `task` or `workflow`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What does not fit.
        why: String,
    },
    /// A cron in the defaults of a registry: all its tasks would be sent.
    #[error("the defaults of a registry have a cron: give it to each task that is to be sent by itself")]
    CronInDefaults,
    /// A queue that cannot be.
    #[error(transparent)]
    Queue {
        /// What is wrong.
        #[from]
        source: BoundsError,
    },
    /// Two limits for one queue.
    #[error(
        "queue '{queue}' has two concurrency limits, {} and {}: declare it once",
        limits.0, limits.1, queue = super::shown(queue)
    )]
    TwoLimits {
        /// The queue.
        queue: String,
        /// Both.
        limits: (u32, u32),
    },
    /// A pattern of queues that cannot be read.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A setting of the worker that cannot be.
    #[error("{setting} is {value}: {rule}")]
    Worker {
        /// Which.
        setting: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// The application's name cannot be stored.
    #[error(transparent)]
    AppName(BoundsError),
}

impl ConfigError {
    /// Two different tasks of one name.
    pub(super) fn twice(one: &RegisteredTask, other: &RegisteredTask) -> Self {
        let places = [one.place, other.place].into_iter().flatten().map(ToString::to_string).collect();
        Self::DuplicateTask { task: other.name.clone(), places }
    }
}

fn at(places: &[String]) -> String {
    if places.is_empty() { String::new() } else { format!(", at {}", places.join(" and at ")) }
}
