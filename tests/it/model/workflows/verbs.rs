//! What the verbs about workflows do to the model, and what they answer.

use super::flows::{Flow, Node};
use crate::model::book::{Attempt, Book, Key, Run};
use hyrex::model::dag::{Repair, RepairError};
use hyrex::model::{NewNode, NewRun, NewWorkflow, RunId, TaskStatus, WorkflowRunId, WorkflowSent, WorkflowStatus};
use hyrex::store::{
    WorkflowCancel, WorkflowCancelAnswer, WorkflowCanceled, WorkflowRepair, WorkflowRepaired, WorkflowSwept,
};
use std::collections::BTreeSet;
use std::time::Duration;

impl Book {
    pub fn send_flow(&mut self, new: &NewWorkflow) -> WorkflowSent {
        if self.flow_of(new.id).is_some() {
            return WorkflowSent::New(new.id);
        }
        let of = |flow: &Flow| (flow.new.workflow_name.clone(), flow.new.idempotency_key.clone());
        let key = (new.workflow_name.clone(), new.idempotency_key.clone());
        if let Some(twin) = self.flows.iter().find(|flow| key.1.is_some() && of(flow) == key) {
            return WorkflowSent::Duplicate(twin.new.id);
        }
        let (place, now) = (self.flows.len(), self.now);
        self.flows.push(Flow {
            new: new.clone(),
            status: WorkflowStatus::Running,
            reason: None,
            queued: now,
            started: now,
            finished: None,
            deadline: new.timeout_seconds.map(|seconds| now + Duration::from_secs(seconds.into())),
            repair: None,
            counted: true,
            forgotten: false,
            drifted: false,
        });
        new.nodes.iter().for_each(|node| self.add_node(place, new, node));
        WorkflowSent::New(new.id)
    }

    fn add_node(&mut self, flow: usize, new: &NewWorkflow, node: &NewNode) {
        let mut facts = NewRun::new(node.task_name.clone(), node.args.clone());
        facts.id = node.run;
        facts.queue.clone_from(&node.queue);
        (facts.max_retries, facts.priority) = (node.max_retries, node.priority);
        facts.root = Some(new.root.unwrap_or(node.run));
        let waits = node.finally || !node.waits_for.is_empty();
        let status = if waits { TaskStatus::AwaitDeps } else { TaskStatus::Queued };
        let queued = (!waits).then_some(self.now);
        let first =
            Attempt { id: Some(node.run.first_attempt()), ..Attempt::new(status, node.max_retries as i16, queued) };
        let after = node.waits_for.iter().map(|before| new.nodes[*before].run).collect();
        let node_of = Node { flow, name: node.name.clone(), finally: node.finally, after };
        self.runs.insert(node.run, Run { facts, attempts: vec![first], node: Some(node_of) });
        self.order.push(node.run);
    }

    pub fn cancel_flow(&mut self, cancel: &WorkflowCancel) -> WorkflowCancelAnswer {
        let answer = |run, nodes: (u32, u32), below: (u32, u32)| WorkflowCancelAnswer {
            run,
            nodes_canceled: nodes.0,
            nodes_asked: nodes.1,
            descendants_canceled: below.0,
            descendants_asked: below.1,
        };
        let Some(flow) = self.flow_of(cancel.run) else { return answer(WorkflowCanceled::NotFound, (0, 0), (0, 0)) };
        let before = self.flows[flow].status;
        // The first time, `finally` nodes are left alone with all that they sent.
        let finally_too = before != WorkflowStatus::Running;
        let nodes = self.end_nodes(flow, "canceled", finally_too, cancel.subtree);
        let mut below = (0, 0);
        if cancel.subtree {
            below = self.cancel_below(&self.nodes_of(flow, finally_too));
        }
        self.advance();
        let run = match before {
            WorkflowStatus::Running if self.flows[flow].is_live() => WorkflowCanceled::Asked,
            WorkflowStatus::Running => WorkflowCanceled::Canceled,
            WorkflowStatus::UpForCancel => WorkflowCanceled::AlreadyAsked,
            ended => WorkflowCanceled::AlreadyEnded(ended),
        };
        answer(run, nodes, below)
    }

    /// Cancels nodes that wait, and asks those that run.
    fn end_nodes(&mut self, flow: usize, reason: &'static str, finally_too: bool, subtree: bool) -> (u32, u32) {
        let (mut canceled, mut asked) = (0, 0);
        if !self.flows[flow].is_live() {
            return (canceled, asked);
        }
        if self.flows[flow].status == WorkflowStatus::Running {
            self.flows[flow].status = WorkflowStatus::UpForCancel;
            self.flows[flow].reason = Some(reason);
        }
        for run in self.nodes_of(flow, finally_too) {
            let key = self.latest(run);
            match self.attempt(key).status {
                status if status.is_waiting() => {
                    self.end(key, TaskStatus::Canceled);
                    canceled += 1;
                }
                TaskStatus::Running => {
                    self.attempt_mut(key).status = TaskStatus::UpForCancel;
                    asked += 1;
                }
                _ => {}
            }
            if subtree && self.attempt(key).status == TaskStatus::UpForCancel {
                self.attempt_mut(key).takes_subtree = true;
            }
        }
        (canceled, asked)
    }

    fn cancel_below(&mut self, runs: &[RunId]) -> (u32, u32) {
        runs.iter().fold((0, 0), |sum, run| {
            let below = self.cancel_descendants(*run);
            (sum.0 + below.0, sum.1 + below.1)
        })
    }

    /// Cancels the runs of workflows that attempts of `run` sent, with all below them. A second time is an operator's to
    /// say: `finally` nodes are left alone here.
    pub fn cancel_flows_of(&mut self, run: RunId) -> (u32, u32) {
        let own: Vec<_> = self.runs[&run].attempts.iter().filter_map(|attempt| attempt.id).collect();
        let is_below = |flow: &Flow| flow.new.parent.is_some_and(|parent| own.contains(&parent));
        let flows: Vec<usize> = (0..self.flows.len()).filter(|flow| is_below(&self.flows[*flow])).collect();
        flows.into_iter().fold((0, 0), |sum, flow| {
            let finally_too = !self.flows[flow].is_live();
            let nodes = self.end_nodes(flow, "canceled", finally_too, true);
            let below = self.cancel_below(&self.nodes_of(flow, finally_too));
            (sum.0 + nodes.0 + below.0, sum.1 + nodes.1 + below.1)
        })
    }

    pub fn sweep(&mut self, recount: bool) -> WorkflowSwept {
        let mut swept = WorkflowSwept::default();
        for flow in 0..self.flows.len() {
            let due = self.flows[flow].deadline.is_some_and(|deadline| deadline <= self.now);
            if due && self.flows[flow].status == WorkflowStatus::Running {
                // One that nobody had counted, and of which nothing is left, had ended before.
                if self.flows[flow].counted || self.counts(flow).left > 0 {
                    self.end_nodes(flow, "timeout", false, false);
                }
                swept.timed_out += 1;
                // One that nobody had counted is counted for that.
                let flow = &mut self.flows[flow];
                flow.drifted &= flow.counted;
                flow.counted = true;
            }
        }
        for flow in self.flows.iter_mut().filter(|flow| recount && flow.is_live()) {
            swept.recounted += u32::from(flow.drifted || !flow.counted);
            (flow.drifted, flow.counted) = (false, true);
        }
        self.advance();
        swept
    }

    /// What a repair answers; of nodes that wait in vain, all that may be named.
    pub fn repair(&mut self, repair: &WorkflowRepair) -> Vec<WorkflowRepaired> {
        let Some(flow) = self.flow_of(repair.run) else { return vec![WorkflowRepaired::NotFound] };
        let status = self.flows[flow].status;
        if self.flows[flow].repair == Some(repair.id) {
            return vec![WorkflowRepaired::Running { nodes: self.counts(flow).left as u32 }];
        }
        if !matches!(status, WorkflowStatus::Failed | WorkflowStatus::Canceled) {
            return vec![WorkflowRepaired::NotBroken(status)];
        }
        let again = match self.chosen(flow, &repair.what) {
            Ok(again) => again,
            Err(error) => return vec![WorkflowRepaired::Refused(error)],
        };
        let stuck = self.stuck(&again);
        if !stuck.is_empty() {
            return stuck.into_iter().map(WorkflowRepaired::Refused).collect();
        }
        let names: Vec<&String> = again.iter().map(|run| &self.node(*run).expect("a node").name).collect();
        if let Some((name, _)) = repair.args.iter().find(|(name, _)| !names.contains(&name)) {
            return vec![WorkflowRepaired::NotAgain(name.clone())];
        }
        for run in &again {
            self.run_again(*run, repair);
        }
        self.begin_again(flow, repair);
        vec![WorkflowRepaired::Running { nodes: again.len() as u32 }]
    }

    fn chosen(&self, flow: usize, what: &Repair) -> Result<BTreeSet<RunId>, RepairError> {
        let broken = |run: &RunId| self.status_of(*run) != TaskStatus::Success;
        let find = |name: &String| {
            let found = self.flows[flow].new.nodes.iter().find(|node| node.name == *name);
            found.map(|node| node.run).ok_or_else(|| RepairError::NoSuchNode { node: name.clone() })
        };
        let all = self.nodes_of(flow, true);
        let mut again: BTreeSet<RunId> = match what {
            Repair::Failed => all.iter().copied().filter(broken).collect(),
            Repair::Node(name) => match find(name)? {
                node if !broken(&node) => return Err(RepairError::Succeeded { node: name.clone() }),
                node => self.reached(&all, node, broken),
            },
            Repair::From(name) => self.reached(&all, find(name)?, |_| true),
        };
        if again.is_empty() {
            return Err(RepairError::Nothing);
        }
        again.extend(all.iter().filter(|run| self.node(**run).is_some_and(|node| node.finally)));
        Ok(again)
    }

    fn reached(&self, all: &[RunId], from: RunId, takes: impl Fn(&RunId) -> bool) -> BTreeSet<RunId> {
        let mut reached = BTreeSet::from([from]);
        loop {
            let after = |run: &&RunId| self.node(**run).expect("a node").after.iter().any(|one| reached.contains(one));
            let more: Vec<RunId> =
                all.iter().filter(after).filter(|run| takes(run) && !reached.contains(*run)).copied().collect();
            if more.is_empty() {
                return reached;
            }
            reached.extend(more);
        }
    }

    /// Nodes that would wait for ever, with what for.
    fn stuck(&self, again: &BTreeSet<RunId>) -> Vec<RepairError> {
        let name = |run: &RunId| self.node(*run).expect("a node").name.clone();
        let waits = |run: &RunId, before: &RunId| RepairError::WaitsFor { node: name(run), before: name(before) };
        let vain = |before: &&RunId| !again.contains(*before) && self.status_of(**before) != TaskStatus::Success;
        let of = |run: &RunId| {
            let after = self.node(*run).expect("a node").after.clone();
            after.iter().filter(vain).map(|before| waits(run, before)).collect::<Vec<_>>()
        };
        again.iter().flat_map(of).collect()
    }

    fn run_again(&mut self, run: RunId, repair: &WorkflowRepair) {
        let name = self.node(run).expect("a node").name.clone();
        let before: Key = self.latest(run);
        let given = repair.args.iter().find(|(of, _)| *of == name).map(|(_, args)| args.clone());
        let max_retries = before.1 + 1 + self.attempt((run, 0)).max_retries;
        let args = given.or_else(|| self.attempt(before).args.clone());
        let next = Attempt { args, ..Attempt::new(TaskStatus::AwaitDeps, max_retries, None) };
        self.runs.get_mut(&run).expect("a node").attempts.push(next);
        self.unnamed.push((run, before.1 + 1));
    }

    fn begin_again(&mut self, flow: usize, repair: &WorkflowRepair) {
        let now = self.now;
        let row = &mut self.flows[flow];
        row.status = WorkflowStatus::Running;
        (row.reason, row.finished, row.started) = (None, None, now);
        row.deadline = row.new.timeout_seconds.map(|seconds| now + Duration::from_secs(seconds.into()));
        row.repair = Some(repair.id);
        row.counted = true;
        self.advance();
    }

    /// A worker of Python's ends a node, and tells nobody.
    pub fn end_in_python(&mut self, key: Key) -> WorkflowRunId {
        self.end(key, TaskStatus::Success);
        let flow = self.node(key.0).expect("a node").flow;
        self.flows[flow].drifted = true;
        self.flows[flow].new.id
    }
}
