//! A node: a task under a name, with settings and arguments of its own.

use super::error::DagError;
use crate::model::{BoundsError, NewRun, bounds};

/// A node of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name in the workflow, 1 to 255 bytes: by default its task's.
    pub name: String,
    /// The task's name, 1 to 255 bytes.
    pub task_name: String,
    /// What it has of its own; the workflow's settings and the task's complete it.
    pub settings: NodeSettings,
    /// Arguments: a JSON object as text; `None`: none, so that the task's defaults hold.
    pub args: Option<String>,
    /// Whether it runs when all others have ended, however they ended.
    pub finally: bool,
}

/// What a node has of its own. `None`: the workflow decides, or the task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSettings {
    /// The queue, 1 to 255 bytes.
    pub queue: Option<String>,
    /// Retries after the first attempt, 0 to 1,000.
    pub max_retries: Option<u16>,
    /// Seconds that one attempt may take.
    pub timeout_seconds: Option<u32>,
    /// 1 to 10, higher first.
    pub priority: Option<i16>,
}

impl Node {
    /// A node with no settings and no arguments of its own.
    pub fn new(name: impl Into<String>, task_name: impl Into<String>) -> Self {
        let (settings, args, finally) = (NodeSettings::default(), None, false);
        Self { name: name.into(), task_name: task_name.into(), settings, args, finally }
    }

    /// Takes in another node of the same name: what one leaves open the other decides.
    ///
    /// # Errors
    /// Where they are not the same, or say different things.
    pub(super) fn merge(&mut self, other: Node) -> Result<(), DagError> {
        if self.task_name != other.task_name {
            let tasks = (self.task_name.clone(), other.task_name);
            return Err(DagError::TwoNodes { node: other.name, tasks });
        }
        if self.finally != other.finally {
            return Err(DagError::HalfFinally { node: other.name });
        }
        let name = &other.name;
        unite(name, "queue", &mut self.settings.queue, other.settings.queue)?;
        unite(name, "max_retries", &mut self.settings.max_retries, other.settings.max_retries)?;
        unite(name, "timeout_seconds", &mut self.settings.timeout_seconds, other.settings.timeout_seconds)?;
        unite(name, "priority", &mut self.settings.priority, other.settings.priority)?;
        unite(name, "arguments", &mut self.args, other.args)
    }

    /// Holds it against the bounds.
    pub(super) fn check(&self) -> Result<(), DagError> {
        let checked = bounds::name("node name", &self.name).and_then(|()| self.check_run());
        checked.map_err(|source| DagError::Bounds { node: self.name.clone(), source })
    }

    /// The bounds of a node are those of the run that it becomes.
    fn check_run(&self) -> Result<(), BoundsError> {
        let mut run = NewRun::new(self.task_name.clone(), self.args.as_deref().unwrap_or("{}"));
        let settings = self.settings.clone();
        run.queue = settings.queue.unwrap_or(run.queue);
        run.max_retries = settings.max_retries.unwrap_or(run.max_retries);
        run.priority = settings.priority.unwrap_or(run.priority);
        run.timeout_seconds = settings.timeout_seconds;
        run.check(bounds::MAX_JSON)
    }
}

fn unite<T: PartialEq + ToString>(
    node: &str,
    what: &'static str,
    kept: &mut Option<T>,
    other: Option<T>,
) -> Result<(), DagError> {
    match (&kept, other) {
        (_, None) => Ok(()),
        (None, other) => {
            *kept = other;
            Ok(())
        }
        (Some(one), Some(other)) if *one == other => Ok(()),
        (Some(one), Some(other)) => {
            let values = (one.to_string(), other.to_string());
            Err(DagError::Contradiction { node: node.to_owned(), what, values })
        }
    }
}
