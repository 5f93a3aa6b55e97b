//! Runs of workflows: what is sent, and what its nodes become.

use super::dag::{Dag, MAX_NODES, Node};
use super::{AttemptId, BoundsError, DEFAULT_PRIORITY, DEFAULT_QUEUE, NewRun, RunId, WorkflowRunId, bounds};

/// A workflow's run to send: its row, its nodes, and the edges between them.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWorkflow {
    /// Made by the sender, so that a send can be repeated.
    pub id: WorkflowRunId,
    /// The workflow's name, 1 to 255 bytes.
    pub workflow_name: String,
    /// Arguments of the whole run: a JSON object as text. Its nodes read them.
    pub args: String,
    /// The queue of the nodes that name none, 1 to 255 bytes.
    pub queue: String,
    /// Seconds that the whole run may take; `None`: no limit.
    pub timeout_seconds: Option<u32>,
    /// At most one run of the workflow has this key, for as long as the run's rows exist.
    pub idempotency_key: Option<String>,
    /// The attempt that sent it.
    pub parent: Option<AttemptId>,
    /// The root of that attempt; `None`: each node is its own root.
    pub root: Option<RunId>,
    /// Its nodes. Nothing here is left to decide.
    pub nodes: Vec<NewNode>,
}

/// A node of a run to send.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNode {
    /// The run that it becomes.
    pub run: RunId,
    /// Its name in the workflow, 1 to 255 bytes.
    pub name: String,
    /// The task's name.
    pub task_name: String,
    /// Arguments: a JSON object as text.
    pub args: String,
    /// The queue.
    pub queue: String,
    /// Retries after the first attempt, 0 to 1,000.
    pub max_retries: u16,
    /// 1 to 10, higher first.
    pub priority: i16,
    /// Seconds that one attempt may take; `None`: no limit.
    pub timeout_seconds: Option<u32>,
    /// Whether it runs when all others have ended, however they ended.
    pub finally: bool,
    /// The numbers of the nodes that it waits for, ascending, each once.
    pub waits_for: Vec<usize>,
}

/// What a node has where neither it nor its workflow says anything: its task's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSettings {
    /// The queue, where the task names one.
    pub queue: Option<String>,
    /// Retries after the first attempt.
    pub max_retries: u16,
    /// The priority.
    pub priority: Option<i16>,
    /// Seconds that one attempt may take.
    pub timeout_seconds: Option<u32>,
}

/// What a workflow says about all its nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowSettings {
    /// The queue.
    pub queue: Option<String>,
    /// The priority.
    pub priority: Option<i16>,
}

impl NewWorkflow {
    /// A run of a graph: each node with its task's settings, then the workflow's, then its own.
    ///
    /// ```
    /// use hyrex::model::dag::{Draft, Node};
    /// use hyrex::model::{NewWorkflow, TaskSettings, WorkflowSettings};
    ///
    /// let dag = Draft::from(Node::new("extract", "extract")).then(Node::new("load", "load").into()).build()?;
    /// let settings = WorkflowSettings { queue: Some("etl".into()), priority: None };
    /// let task = |_: &str| TaskSettings { queue: None, max_retries: 2, priority: Some(8), timeout_seconds: None };
    /// let run = NewWorkflow::of("nightly", "{}", &dag, &settings, task);
    /// assert_eq!((run.nodes[1].queue.as_str(), run.nodes[1].priority, &run.nodes[1].waits_for[..]), ("etl", 8, &[0][..]));
    /// # Ok::<(), hyrex::model::dag::DagError>(())
    /// ```
    pub fn of(
        workflow_name: impl Into<String>,
        args: impl Into<String>,
        dag: &Dag,
        settings: &WorkflowSettings,
        task: impl Fn(&str) -> TaskSettings,
    ) -> Self {
        // Where nothing stands before them, `finally` nodes are as any others.
        let only_finally = dag.nodes().iter().all(|node| node.finally);
        let node = |(number, node): (usize, &Node)| {
            let new = NewNode::of(node, dag.predecessors(number).to_vec(), settings, task(&node.task_name));
            NewNode { finally: node.finally && !only_finally, ..new }
        };
        Self {
            id: WorkflowRunId::new(),
            workflow_name: workflow_name.into(),
            args: args.into(),
            queue: settings.queue.clone().unwrap_or_else(|| DEFAULT_QUEUE.to_owned()),
            timeout_seconds: None,
            idempotency_key: None,
            parent: None,
            root: None,
            nodes: dag.nodes().iter().enumerate().map(node).collect(),
        }
    }

    /// Holds the run against the bounds; `max_json` is the largest size of arguments in bytes.
    ///
    /// # Errors
    /// The first bound that is broken, in words.
    pub fn check(&self, max_json: usize) -> Result<(), BoundsError> {
        bounds::name("workflow name", &self.workflow_name)?;
        // The bounds of the run as a whole are those of a task's.
        let mut whole = NewRun::new("workflow", self.args.clone());
        whole.queue.clone_from(&self.queue);
        whole.timeout_seconds = self.timeout_seconds;
        whole.idempotency_key.clone_from(&self.idempotency_key);
        whole.check(max_json)?;
        let (nodes, range) = (self.nodes.len(), "1 to 10000");
        if nodes == 0 || nodes > MAX_NODES {
            return Err(BoundsError::Range { what: "the number of nodes", value: nodes as i64, range });
        }
        let mut numbers = self.nodes.iter().flat_map(|node| &node.waits_for);
        if let Some(number) = numbers.find(|number| **number >= nodes) {
            let range = "the number of a node";
            return Err(BoundsError::Range { what: "what a node waits for", value: *number as i64, range });
        }
        self.nodes.iter().try_for_each(|node| node.check(max_json))
    }

    /// How many nodes are not `finally` nodes.
    pub fn ordinary(&self) -> usize {
        self.nodes.iter().filter(|node| !node.finally).count()
    }
}

impl NewNode {
    fn of(node: &Node, waits_for: Vec<usize>, workflow: &WorkflowSettings, task: TaskSettings) -> Self {
        let own = node.settings.clone();
        let queue = own.queue.or_else(|| workflow.queue.clone()).or(task.queue);
        Self {
            run: RunId::new(),
            name: node.name.clone(),
            task_name: node.task_name.clone(),
            args: node.args.clone().unwrap_or_else(|| "{}".to_owned()),
            queue: queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned()),
            max_retries: own.max_retries.unwrap_or(task.max_retries),
            priority: own.priority.or(workflow.priority).or(task.priority).unwrap_or(DEFAULT_PRIORITY),
            timeout_seconds: own.timeout_seconds.or(task.timeout_seconds),
            finally: node.finally,
            waits_for,
        }
    }

    fn check(&self, max_json: usize) -> Result<(), BoundsError> {
        bounds::name("node name", &self.name)?;
        let mut run = NewRun::new(self.task_name.clone(), self.args.clone());
        run.queue.clone_from(&self.queue);
        run.max_retries = self.max_retries;
        run.priority = self.priority;
        run.timeout_seconds = self.timeout_seconds;
        run.check(max_json)
    }

    /// Whether it may run as soon as it is sent.
    pub fn is_free(&self) -> bool {
        self.waits_for.is_empty() && !self.finally
    }
}

/// What became of a workflow's run that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowSent {
    /// It stands now, or stood already under the same id (a repeated send).
    New(WorkflowRunId),
    /// A run of the same workflow and idempotency key stood already: this one.
    Duplicate(WorkflowRunId),
}

impl WorkflowSent {
    /// The run that stands.
    pub fn run(self) -> WorkflowRunId {
        match self {
            WorkflowSent::New(run) | WorkflowSent::Duplicate(run) => run,
        }
    }
}
