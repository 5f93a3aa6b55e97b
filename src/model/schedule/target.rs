//! What a schedule sends, kept whole beside it: whoever leads can send it, also for an application whose code it lacks.

use super::ScheduleError;
use crate::model::{NewNode, NewRun, NewWorkflow, RunId, WorkflowRunId};

/// What a schedule sends: a run without its id.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A task's run.
    Task(Box<NewRun>),
    /// A workflow's run, with all its nodes.
    Workflow(Box<NewWorkflow>),
}

/// The columns of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetColumns {
    /// `task` or `workflow`.
    pub kind: &'static str,
    /// The name of the task or workflow.
    pub name: String,
    /// Everything else, as JSON.
    pub args: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Task {
    args: String,
    queue: String,
    max_retries: u16,
    priority: i16,
    timeout_seconds: Option<u32>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Workflow {
    args: String,
    queue: String,
    timeout_seconds: Option<u32>,
    nodes: Vec<Node>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Node {
    name: String,
    task_name: String,
    #[serde(flatten)]
    task: Task,
    finally: bool,
    waits_for: Vec<usize>,
}

impl Target {
    /// The name of the job that sends it. None begins with `ScheduledTask-`, which is Python's.
    ///
    /// ```
    /// use hyrex::model::NewRun;
    /// use hyrex::model::schedule::Target;
    ///
    /// assert_eq!(Target::Task(Box::new(NewRun::new("clean_up", "{}"))).job_name(), "task:clean_up");
    /// ```
    pub fn job_name(&self) -> String {
        format!("{}:{}", self.kind(), self.name())
    }

    /// `task` or `workflow`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Task(_) => "task",
            Self::Workflow(_) => "workflow",
        }
    }

    /// The name of the task or workflow.
    pub fn name(&self) -> &str {
        match self {
            Self::Task(run) => &run.task_name,
            Self::Workflow(run) => &run.workflow_name,
        }
    }

    /// The same with ids of its own, ready to be sent.
    pub fn fresh(&self) -> Self {
        match self {
            Self::Task(run) => Self::Task(Box::new(NewRun { id: RunId::new(), ..(**run).clone() })),
            Self::Workflow(run) => {
                let mut run = NewWorkflow { id: WorkflowRunId::new(), ..(**run).clone() };
                run.nodes.iter_mut().for_each(|node| node.run = RunId::new());
                Self::Workflow(Box::new(run))
            }
        }
    }

    /// The run that it is when it is sent as it stands.
    pub fn run_id(&self) -> uuid::Uuid {
        match self {
            Self::Task(run) => run.id.0,
            Self::Workflow(run) => run.id.0,
        }
    }

    /// As it is stored.
    pub fn to_columns(&self) -> TargetColumns {
        let args = match self {
            Self::Task(run) => serde_json::to_string(&Task::of_run(run)),
            Self::Workflow(run) => serde_json::to_string(&Workflow::of(run)),
        };
        // Maps with keys of text always become JSON.
        TargetColumns { kind: self.kind(), name: self.name().to_owned(), args: args.unwrap_or_default() }
    }

    /// Reads what [`Target::to_columns`] wrote.
    ///
    /// # Errors
    /// [`ScheduleError::Target`] for what is not of our making.
    pub fn read(kind: &str, name: &str, args: &str) -> Result<Self, ScheduleError> {
        let wrong = |why: String| ScheduleError::Target { name: name.to_owned(), why };
        match kind {
            "task" => serde_json::from_str::<Task>(args).map(|task| Self::Task(Box::new(task.into_run(name)))),
            "workflow" => {
                let read = serde_json::from_str::<Workflow>(args);
                read.map(|workflow| Self::Workflow(Box::new(workflow.into_run(name))))
            }
            other => return Err(wrong(format!("nothing of the kind {} can be sent", super::error::quoted(other)))),
        }
        .map_err(|error| wrong(error.to_string()))
    }
}

impl Task {
    fn of_run(run: &NewRun) -> Self {
        Self {
            args: run.args.clone(),
            queue: run.queue.clone(),
            max_retries: run.max_retries,
            priority: run.priority,
            timeout_seconds: run.timeout_seconds,
        }
    }

    fn into_run(self, name: &str) -> NewRun {
        let mut run = NewRun::new(name, self.args);
        (run.queue, run.max_retries, run.priority) = (self.queue, self.max_retries, self.priority);
        run.timeout_seconds = self.timeout_seconds;
        run
    }
}

impl Workflow {
    fn of(run: &NewWorkflow) -> Self {
        let nodes = run.nodes.iter().map(Node::of).collect();
        Self { args: run.args.clone(), queue: run.queue.clone(), timeout_seconds: run.timeout_seconds, nodes }
    }

    fn into_run(self, name: &str) -> NewWorkflow {
        NewWorkflow {
            id: WorkflowRunId::new(),
            workflow_name: name.to_owned(),
            args: self.args,
            queue: self.queue,
            timeout_seconds: self.timeout_seconds,
            idempotency_key: None,
            parent: None,
            root: None,
            nodes: self.nodes.into_iter().map(Node::into_node).collect(),
        }
    }
}

impl Node {
    fn of(node: &NewNode) -> Self {
        let task = Task {
            args: node.args.clone(),
            queue: node.queue.clone(),
            max_retries: node.max_retries,
            priority: node.priority,
            timeout_seconds: node.timeout_seconds,
        };
        let (name, task_name) = (node.name.clone(), node.task_name.clone());
        Self { name, task_name, task, finally: node.finally, waits_for: node.waits_for.clone() }
    }

    fn into_node(self) -> NewNode {
        NewNode {
            run: RunId::new(),
            name: self.name,
            task_name: self.task_name,
            args: self.task.args,
            queue: self.task.queue,
            max_retries: self.task.max_retries,
            priority: self.task.priority,
            timeout_seconds: self.task.timeout_seconds,
            finally: self.finally,
            waits_for: self.waits_for,
        }
    }
}
