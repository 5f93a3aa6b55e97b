//! Runs of workflows in the model: the rules of a DAG, gone through from scratch after each operation.

use crate::model::book::{Book, Key};
use hyrex::model::{NewWorkflow, RunId, TaskStatus, Timestamp, WorkflowRunId, WorkflowStatus};
use hyrex::store::WorkflowsSeen;
use uuid::Uuid;

/// What a run is in a workflow.
#[derive(Clone, Debug)]
pub struct Node {
    /// The place of its workflow's run in [`Book::flows`].
    pub flow: usize,
    pub name: String,
    pub finally: bool,
    /// What it waits for.
    pub after: Vec<RunId>,
}

/// A row of `hyrex_workflow_run`.
#[derive(Clone, Debug)]
pub struct Flow {
    /// As it was sent.
    pub new: NewWorkflow,
    pub status: WorkflowStatus,
    /// Why it is ended before its nodes have.
    pub reason: Option<&'static str>,
    pub queued: Timestamp,
    pub started: Timestamp,
    pub finished: Option<Timestamp>,
    pub deadline: Option<Timestamp>,
    /// The last repair.
    pub repair: Option<Uuid>,
    /// Whether the row is known to say how many nodes are left: one of Python's making does not at first.
    pub counted: bool,
    /// Its counts were taken from it, and nobody counted it since.
    pub forgotten: bool,
    /// A node ended, and the row was not told.
    pub drifted: bool,
}

/// How the nodes of a run stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes that are not over.
    pub left: usize,
    /// Of these, the ordinary ones.
    pub ordinary: usize,
    /// Over, and not SUCCESS.
    pub unsuccessful: usize,
}

impl Flow {
    pub fn is_live(&self) -> bool {
        matches!(self.status, WorkflowStatus::Running | WorkflowStatus::UpForCancel)
    }

    pub fn nodes(&self) -> Vec<RunId> {
        self.new.nodes.iter().map(|node| node.run).collect()
    }
}

impl Book {
    pub fn flow_of(&self, id: WorkflowRunId) -> Option<usize> {
        self.flows.iter().position(|flow| flow.new.id == id)
    }

    /// What a tick tells of them.
    pub fn workflows_seen(&self) -> WorkflowsSeen {
        let live = || self.flows.iter().filter(|flow| flow.is_live());
        let next_deadline = live().filter(|flow| flow.reason.is_none()).filter_map(|flow| flow.deadline).min();
        WorkflowsSeen { live: live().next().is_some(), next_deadline }
    }

    pub fn node(&self, run: RunId) -> Option<&Node> {
        self.runs[&run].node.as_ref()
    }

    pub fn status_of(&self, run: RunId) -> TaskStatus {
        self.attempt(self.latest(run)).status
    }

    fn is_finally(&self, run: RunId) -> bool {
        self.node(run).is_some_and(|node| node.finally)
    }

    /// The nodes of a run; without the `finally` nodes, unless they are asked for.
    pub fn nodes_of(&self, flow: usize, finally_too: bool) -> Vec<RunId> {
        let nodes = self.flows[flow].nodes();
        nodes.into_iter().filter(|run| finally_too || !self.is_finally(*run)).collect()
    }

    /// How many of a node's predecessors are not SUCCESS.
    pub fn missing(&self, run: RunId) -> usize {
        let after = self.node(run).map(|node| node.after.as_slice()).unwrap_or_default();
        after.iter().filter(|before| self.status_of(**before) != TaskStatus::Success).count()
    }

    pub fn counts(&self, flow: usize) -> Counts {
        let mut counts = Counts::default();
        for run in self.flows[flow].nodes() {
            let status = self.status_of(run);
            counts.left += usize::from(!status.is_finished());
            counts.ordinary += usize::from(!status.is_finished() && !self.is_finally(run));
            counts.unsuccessful += usize::from(status.is_finished() && status != TaskStatus::Success);
        }
        counts
    }

    /// All that follows in all runs, until nothing more does.
    pub fn advance(&mut self) {
        for flow in 0..self.flows.len() {
            if self.flows[flow].is_live() {
                while self.step(flow) {}
                self.end_flow(flow);
            }
        }
    }

    /// Skips what waits in vain, and queues what waits for nothing; whether there was something.
    fn step(&mut self, flow: usize) -> bool {
        let begins_finally = self.counts(flow).ordinary == 0;
        let mut changed = false;
        for run in self.flows[flow].nodes() {
            let key = self.latest(run);
            if self.attempt(key).status != TaskStatus::AwaitDeps {
                continue;
            }
            if self.waits_in_vain(run) {
                self.end(key, TaskStatus::Skipped);
                changed = true;
            } else if self.missing(run) == 0 && (begins_finally || !self.is_finally(run)) {
                self.queue(key);
                changed = true;
            }
        }
        changed
    }

    fn waits_in_vain(&self, run: RunId) -> bool {
        let after = self.node(run).map(|node| node.after.as_slice()).unwrap_or_default();
        after.iter().any(|before| {
            let status = self.status_of(*before);
            status.is_finished() && status != TaskStatus::Success
        })
    }

    fn queue(&mut self, key: Key) {
        let now = self.now;
        let attempt = self.attempt_mut(key);
        attempt.status = TaskStatus::Queued;
        attempt.queued = Some(now);
    }

    fn end_flow(&mut self, flow: usize) {
        let (counts, now) = (self.counts(flow), self.now);
        let flow = &mut self.flows[flow];
        if counts.left > 0 {
            return;
        }
        flow.finished = Some(now);
        flow.status = match (flow.status, flow.reason) {
            (WorkflowStatus::UpForCancel, Some("timeout")) => WorkflowStatus::Failed,
            (WorkflowStatus::UpForCancel, _) => WorkflowStatus::Canceled,
            _ if counts.unsuccessful == 0 => WorkflowStatus::Success,
            _ => WorkflowStatus::Failed,
        };
    }
}
