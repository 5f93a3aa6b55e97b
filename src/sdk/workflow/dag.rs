//! A graph as an application writes it: nodes with their tasks, bound to each other by `>>`.

use super::super::client_error::ClientError;
use super::super::config::{HyrexQueue, TaskConfig};
use super::super::config_error::ConfigError;
use super::super::registry::RegisteredTask;
use super::part::DagPart;
use crate::model::dag::{self, DagError, Draft, NodeSettings};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The graph of a workflow, as it is written: `extract >> (transform, validate) >> load`.
///
/// Chains that share nodes are one graph; what is written twice counts once. What cannot be (a cycle, two different
/// nodes of one name, an argument that nothing fills) is told when the workflow is registered or sent.
///
/// ```
/// use hyrex::prelude::*;
///
/// let task = |name: &str| Task::new(name, TaskConfig::new(), |()| async { Ok(()) });
/// let (a, b, c, d) = (task("a"), task("b"), task("c"), task("d"));
/// let diamond = a.clone() >> (b.clone(), c.clone()) >> d.clone();
/// // The same, as two chains.
/// let chains = Dag::from((a.clone() >> b >> d.clone(), a >> c >> d));
/// # let _ = (diamond, chains);
/// ```
#[derive(Clone)]
#[must_use = "a graph does nothing by itself: give it to a workflow"]
pub struct Dag {
    draft: Draft,
    tasks: BTreeMap<String, RegisteredTask>,
    queues: Vec<HyrexQueue>,
    mistake: Option<Box<ConfigError>>,
}

/// A node about to become a graph.
#[derive(Clone)]
pub(super) struct NewNode {
    pub name: String,
    pub task: RegisteredTask,
    pub config: TaskConfig,
    pub args: Option<Result<String, String>>,
}

/// A graph that is whole: what a workflow keeps of it.
#[derive(Clone)]
pub(super) struct Drawing {
    pub dag: Arc<dag::Dag>,
    pub tasks: Vec<RegisteredTask>,
    pub queues: Vec<HyrexQueue>,
}

impl Dag {
    /// Nothing.
    pub(super) fn empty() -> Self {
        Self { draft: Draft::new(), tasks: BTreeMap::new(), queues: Vec::new(), mistake: None }
    }

    /// This one, and when all of its nodes have ended, however they ended, the other: `work.finally(tidy)`.
    ///
    /// What runs last cannot be bound to what runs before it; several of them can be bound to each other. They run after
    /// a cancellation and a timeout too.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// let task = |name: &str| Task::new(name, TaskConfig::new(), |()| async { Ok(()) });
    /// let (load, tidy, report) = (task("load"), task("tidy"), task("report"));
    /// let dag = (task("extract") >> load).finally(tidy >> report);
    /// # let _ = dag;
    /// ```
    pub fn finally(self, last: impl DagPart) -> Self {
        self.joined(last.into_dag(), Draft::finally)
    }

    pub(super) fn then(self, next: Dag) -> Self {
        self.joined(next, Draft::then)
    }

    pub(super) fn beside(self, other: Dag) -> Self {
        self.joined(other, Draft::beside)
    }

    fn joined(mut self, mut other: Dag, join: fn(Draft, Draft) -> Draft) -> Self {
        let draft = join(std::mem::take(&mut self.draft), std::mem::take(&mut other.draft));
        // The smaller part is put into the larger one, so that a loop may grow either.
        if self.tasks.len() < other.tasks.len() {
            std::mem::swap(&mut self.tasks, &mut other.tasks);
        }
        other.tasks.into_values().for_each(|task| self.know(task));
        self.queues.append(&mut other.queues);
        self.mistake = self.mistake.or(other.mistake);
        Self { draft, ..self }
    }

    fn know(&mut self, task: RegisteredTask) {
        match self.tasks.get(&task.name) {
            Some(known) if !known.is(&task) => {
                self.mistake.get_or_insert_with(|| Box::new(ConfigError::twice(known, &task)));
            }
            Some(_) => {}
            None => drop(self.tasks.insert(task.name.clone(), task)),
        }
    }

    /// The graph, looked at as a whole.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(super) fn draw(self, workflow: &str) -> Result<Drawing, ConfigError> {
        self.mistake.map_or(Ok(()), |mistake| Err(*mistake))?;
        let wrong = |source| ConfigError::Workflow { workflow: workflow.to_owned(), source };
        let dag = self.draft.build().map_err(wrong)?;
        for node in dag.nodes() {
            let check = self.tasks.get(&node.task_name).and_then(|task| task.check_arguments);
            let args = node.args.as_deref().unwrap_or("{}");
            check.map_or(Ok(()), |check| check(args)).map_err(|why| {
                wrong(DagError::Arguments { node: node.name.clone(), task_name: node.task_name.clone(), why })
            })?;
        }
        Ok(Drawing { dag: Arc::new(dag), tasks: self.tasks.into_values().collect(), queues: self.queues })
    }
}

impl NewNode {
    /// What keeps it from being a node, as the end of a sentence about it.
    fn mistake(&self) -> Option<String> {
        let config = &self.config;
        match &self.args {
            Some(Err(why)) => Some(why.clone()),
            _ if config.idempotency_key.is_some() => {
                Some("an idempotency_key belongs to a send of the whole workflow".into())
            }
            _ if config.start.is_some() => Some("a delay or a start time belongs to a send of a task".into()),
            _ if config.retry_backoff.is_some() => {
                Some("a retry_backoff belongs to the task's definition: the worker that runs it knows no other".into())
            }
            _ => None,
        }
    }

    fn settings(&self) -> NodeSettings {
        NodeSettings {
            queue: self.config.queue.as_ref().map(|queue| queue.name.clone()),
            max_retries: self.config.max_retries,
            timeout_seconds: self.config.timeout_seconds,
            priority: self.config.priority,
        }
    }
}

impl From<NewNode> for Dag {
    fn from(new: NewNode) -> Self {
        let mistake = new.mistake().map(|why| Box::new(ConfigError::Node { node: new.name.clone(), why }));
        let settings = new.settings();
        let args = new.args.and_then(Result::ok);
        let node = dag::Node { settings, args, ..dag::Node::new(new.name, new.task.name.clone()) };
        let queues = new.config.queue.into_iter().filter(|queue| queue.concurrency_limit.is_some()).collect();
        let tasks = [(new.task.name.clone(), new.task)].into();
        Self { draft: Draft::from(node), tasks, queues, mistake }
    }
}

/// Arguments, or why they cannot be.
pub(super) fn told(arguments: Result<String, ClientError>) -> Result<String, String> {
    arguments.map_err(|error| error.to_string())
}

impl fmt::Debug for Dag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dag").field(&self.draft.nodes().map(|node| node.name.as_str()).collect::<Vec<_>>()).finish()
    }
}
