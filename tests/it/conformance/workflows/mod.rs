//! Runs of workflows: what is sent, what follows from a node's end, how a run ends, is cancelled, repaired and read.

mod cancel;
mod ends;
mod fenced;
mod finally;
mod nodes;
mod python;
mod reads;
mod release;
mod repair;
mod repair_refused;
mod send;
mod send_refused;
mod subtree;
mod timeout;
mod told;
mod tree;

use crate::support::make::{self, RunWords};
use crate::support::worker::completion;
use crate::support::{TestStore, Worker, at};
use hyrex::model::dag::{Draft, Node, NodeState, RunState};
use hyrex::model::{
    ClaimedRun, Completed, Completion, NewNode, NewWorkflow, Outcome, RunId, TaskSettings, WorkflowRunId,
    WorkflowSettings, WorkflowStatus,
};
use hyrex::store::{WorkflowCancel, WorkflowCancelAnswer, WorkflowRunDetail, WorkflowSweep, WorkflowSwept};
use std::collections::HashMap;
use std::sync::Mutex;

/// A node of task `t`, under this name.
fn node(name: &str) -> Draft {
    Node::new(name, "t").into()
}

/// Each waits for the one before it.
fn chain(names: &[&str]) -> Draft {
    names.iter().fold(Draft::new(), |chain, name| chain.then(node(name)))
}

/// Nodes that wait for nothing of each other.
fn group(names: &[&str]) -> Draft {
    names.iter().fold(Draft::new(), |group, name| group.beside(node(name)))
}

/// `a` before `b` and `c`, and both before `d`.
fn diamond() -> Draft {
    node("a").then(group(&["b", "c"])).then(node("d"))
}

/// A run of workflow `etl` with this graph, of tasks without retries in queue `default`.
fn flow(draft: Draft) -> NewWorkflow {
    let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let dag = draft.build().expect("a graph");
    NewWorkflow::of("etl", "{\"day\": 1}", &dag, &WorkflowSettings::default(), task)
}

/// Words for what a run may be given.
trait FlowWords: Sized {
    /// Of every node.
    fn retries(self, retries: u16) -> Self;
    fn with(self, name: &str, change: impl FnOnce(&mut NewNode)) -> Self;
    fn key(self, key: &str) -> Self;
    fn timeout(self, seconds: u32) -> Self;
    fn sent_by(self, sender: &ClaimedRun) -> Self;
    fn run_of(&self, name: &str) -> RunId;
}

impl FlowWords for NewWorkflow {
    fn retries(mut self, retries: u16) -> Self {
        self.nodes.iter_mut().for_each(|node| node.max_retries = retries);
        self
    }

    fn with(mut self, name: &str, change: impl FnOnce(&mut NewNode)) -> Self {
        change(self.nodes.iter_mut().find(|node| node.name == name).expect("a node of that name"));
        self
    }

    fn key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    fn sent_by(mut self, sender: &ClaimedRun) -> Self {
        self.parent = Some(sender.fence.attempt);
        self.root = Some(sender.root);
        self
    }

    fn run_of(&self, name: &str) -> RunId {
        self.nodes.iter().find(|node| node.name == name).expect("a node of that name").run
    }
}

/// A run that was sent at `at(0.0)`, and a worker of its own that plays its nodes.
struct Play<'a> {
    s: &'a TestStore,
    worker: Worker<'a>,
    id: WorkflowRunId,
    held: Mutex<HashMap<String, ClaimedRun>>,
}

impl<'a> Play<'a> {
    async fn of(s: &'a TestStore, flow: NewWorkflow) -> Play<'a> {
        s.workflow_send(flow.clone(), Some(at(0.0))).await.expect("it is sent");
        Self::sent(s, flow.id).await
    }

    /// A run that stands.
    async fn sent(s: &'a TestStore, id: WorkflowRunId) -> Play<'a> {
        Play { s, worker: Worker::at(&*s.store, at(1.0)).await, id, held: Mutex::default() }
    }

    /// Claims all nodes of queue `default` that may run; their names, in the order of the claim.
    async fn begin(&self) -> Vec<String> {
        let claimed = self.worker.claim_tasks("default", &["t", "a", "b", "c"], 1000).await;
        let mut held = self.held.lock().unwrap();
        let name = |run: &ClaimedRun| run.node_name.clone().unwrap_or_else(|| run.task_name.clone());
        held.extend(claimed.iter().map(|run| (name(run), run.clone())));
        claimed.iter().map(name).collect()
    }

    /// The latest claim of a node.
    fn held(&self, name: &str) -> ClaimedRun {
        self.held.lock().unwrap().get(name).unwrap_or_else(|| panic!("{name} is held")).clone()
    }

    async fn settle(&self, name: &str, outcome: Outcome) -> Completed {
        self.worker.settle(&self.held(name), outcome).await
    }

    /// Claims what may run, and lets these nodes succeed, one after the other.
    async fn succeed(&self, names: &[&str]) {
        self.begin().await;
        for name in names {
            let result = Outcome::Success(Some(format!("\"{name}'s\"")));
            assert!(matches!(self.settle(name, result).await, Completed::Applied { .. }), "{name} succeeds");
        }
    }

    /// Claims what may run, and lets this node fail; retried at once where retries are left.
    async fn fail(&self, name: &str) {
        self.begin().await;
        self.worker.fail(&self.held(name)).await;
    }

    /// Settles nodes in one turn.
    async fn turn(&self, outcomes: Vec<(&str, Outcome)>) -> Vec<Completed> {
        let completions = outcomes.into_iter().map(|(name, outcome)| self.completion(name, outcome)).collect();
        self.worker.turn(completions, vec![]).await.completed
    }

    fn completion(&self, name: &str, outcome: Outcome) -> Completion {
        Completion { workflow_run: Some(self.id), ..completion(self.held(name).fence, outcome) }
    }

    async fn detail(&self) -> WorkflowRunDetail {
        self.s.workflow_run(self.id).await.unwrap().expect("the run stands")
    }

    /// The run's status, then its nodes' as they were written: `RUNNING a SUCCESS b QUEUED`. What the run's row says of
    /// its nodes agrees with them.
    #[track_caller]
    fn stands<'p>(&'p self, expected: &'p str) -> impl Future<Output = ()> + 'p {
        let caller = std::panic::Location::caller();
        async move {
            let detail = self.detail().await;
            let nodes = detail.nodes.iter().map(|node| format!(" {} {}", node.name, node.row.status));
            let stands = format!("{}{}", detail.row.status, nodes.collect::<String>());
            assert_eq!(stands, expected, "asked at {caller}");
            agrees(&detail, &self.counts().await, &caller.to_string());
        }
    }

    /// What the run's row says: nodes left, ordinary ones of these, nodes over without success.
    async fn counts(&self) -> [i32; 3] {
        let id = self.s.raw.id(self.id.0);
        let columns = ["nodes_left", "ordinary_left", "unsuccessful"].map(|c| format!("CAST({c} AS text)"));
        let sql = format!("SELECT {} FROM hyrex_workflow_run WHERE id = {id}", columns.join(" || ' ' || "));
        let text = self.s.raw.texts(&sql).await.remove(0).expect("the run is counted");
        let counts: Vec<i32> = text.split(' ').map(|count| count.parse().unwrap()).collect();
        counts.try_into().expect("three counts")
    }

    async fn status(&self) -> WorkflowStatus {
        self.s.workflow_states(vec![self.id]).await.unwrap().remove(0).expect("the run stands").status
    }

    async fn cancel(&self) -> WorkflowCancelAnswer {
        cancel(self.s, self.id, false).await
    }
}

/// The row's counts are those of the nodes, and a run whose nodes have ended has ended.
fn agrees(detail: &WorkflowRunDetail, counts: &[i32; 3], case: &str) {
    let states = detail.states();
    let count = |is: &dyn Fn(usize) -> bool| (0..states.len()).filter(|number| is(*number)).count() as i32;
    let left = count(&|number| !states[number].is_over());
    let ordinary = count(&|number| !states[number].is_over() && !detail.nodes[number].finally);
    let unsuccessful = count(&|number| states[number] == NodeState::Ended);
    assert_eq!(*counts, [left, ordinary, unsuccessful], "counts at {case}");
    assert_eq!(detail.row.status.is_finished(), left == 0, "its end at {case}");
    assert_eq!(detail.row.finished.is_some(), left == 0, "when it ended at {case}");
    assert_eq!(detail.row.nodes_left, Some(left), "{case}");
}

async fn cancel(s: &TestStore, run: WorkflowRunId, subtree: bool) -> WorkflowCancelAnswer {
    let cancel = WorkflowCancel { run, subtree, actor: make::operator(), now: Some(at(5.0)) };
    s.workflow_cancel(cancel).await.expect("the cancel is answered")
}

/// A sweep at this time, for runs whose time is up.
async fn sweep_at(s: &TestStore, seconds: f64) -> WorkflowSwept {
    s.workflow_sweep(WorkflowSweep { recount: false, now: Some(at(seconds)) }).await.expect("the sweep is answered")
}

/// A sweep that counts anew.
async fn recount(s: &TestStore) -> WorkflowSwept {
    s.workflow_sweep(WorkflowSweep { recount: true, now: Some(at(6.0)) }).await.expect("the sweep is answered")
}

/// A run of task `sender` that is held: something to send workflows from.
async fn sender(s: &TestStore) -> (Worker<'_>, ClaimedRun) {
    let worker = Worker::at(&*s.store, at(1.0)).await;
    s.enqueue(vec![crate::support::run("sender").on("senders")], Some(at(0.0))).await.unwrap();
    let held = worker.claim_tasks("senders", &["sender"], 1).await.remove(0);
    (worker, held)
}

/// As a run is sent.
const SENT: RunState = RunState::SENT;
