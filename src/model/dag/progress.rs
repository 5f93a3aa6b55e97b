//! What may run in a DAG, as its nodes end.

use super::steps::step;
use super::{Dag, RunEvent};
use crate::model::TaskStatus::{self, *};

/// A node, as its run's progress sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// Waits for others.
    Waiting,
    /// Runs, or may run, or will be tried again.
    Live,
    /// Ended with a result.
    Succeeded,
    /// Ended for good without one.
    Ended,
}

impl NodeState {
    /// Of a node's latest attempt; `retried`: its failure or loss is followed by another attempt.
    pub fn of(status: TaskStatus, retried: bool) -> Self {
        match status {
            AwaitDeps => Self::Waiting,
            Queued | AwaitStartTime | Running | UpForCancel => Self::Live,
            Failed | Lost if retried => Self::Live,
            Success => Self::Succeeded,
            Failed | Lost | Canceled | Stopped | Skipped => Self::Ended,
        }
    }

    /// Whether nothing will happen to it any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Ended)
    }
}

/// What follows from the end of a node, by the numbers of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Those that may run now.
    pub released: Vec<usize>,
    /// Those that never will: they are SKIPPED.
    pub skipped: Vec<usize>,
}

/// An end of a node that was not live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {node} is {state:?}: only a live node ends")]
pub struct NotLive {
    /// Its number.
    pub node: usize,
    /// Where it stands.
    pub state: NodeState,
}

/// The progress of one run. Over a whole run it looks at each edge once.
#[derive(Clone, Debug)]
pub struct Progress<'d> {
    dag: &'d Dag,
    states: Vec<NodeState>,
    /// For each node: predecessors that have not succeeded.
    missing: Vec<usize>,
    /// Ordinary nodes that are not over: the `finally` nodes wait for them.
    ordinary: usize,
    over: usize,
    succeeded: usize,
}

impl<'d> Progress<'d> {
    /// A run that begins, and what may run at once.
    pub fn begin(dag: &'d Dag) -> (Self, Advance) {
        Self::resume(dag, vec![NodeState::Waiting; dag.nodes().len()])
    }

    /// A run whose nodes stand so (one state a node; what is missing waits), and what follows from that.
    pub fn resume(dag: &'d Dag, mut states: Vec<NodeState>) -> (Self, Advance) {
        states.resize(dag.nodes().len(), NodeState::Waiting);
        let missing = (0..states.len()).map(|node| missing(dag, &states, node)).collect();
        let ordinary = (0..states.len()).filter(|node| !dag.nodes()[*node].finally && !states[*node].is_over()).count();
        let over = states.iter().filter(|state| state.is_over()).count();
        let succeeded = states.iter().filter(|state| **state == NodeState::Succeeded).count();
        let mut progress = Self { dag, states, missing, ordinary, over, succeeded };
        let mut advance = Advance::default();
        for node in dag.order() {
            progress.look_at(*node, &mut advance);
        }
        (progress, advance)
    }

    /// A live node ends for good: what follows.
    ///
    /// # Errors
    /// Where it is not live.
    pub fn ended(&mut self, node: usize, succeeded: bool) -> Result<Advance, NotLive> {
        match self.states.get(node) {
            Some(NodeState::Live) => {}
            state => return Err(NotLive { node, state: state.copied().unwrap_or(NodeState::Ended) }),
        }
        let mut advance = Advance::default();
        self.set_over(node, succeeded, &mut advance);
        Ok(advance)
    }

    /// The run is cancelled, or its time is up: its ordinary nodes that wait for others are CANCELED; which they are,
    /// and what follows (the `finally` nodes, where nothing runs). Once more: the waiting `finally` nodes too.
    pub fn cancel(&mut self, finally_too: bool) -> (Vec<usize>, Advance) {
        let waits = |node: &usize| {
            self.states[*node] == NodeState::Waiting && (finally_too || !self.dag.nodes()[*node].finally)
        };
        let canceled: Vec<usize> = (0..self.states.len()).filter(waits).collect();
        let mut advance = Advance::default();
        // All at once, so that none is skipped for the end of another.
        canceled.iter().for_each(|node| self.states[*node] = NodeState::Ended);
        self.over += canceled.len();
        let ordinary = canceled.iter().filter(|node| !self.dag.nodes()[**node].finally).count();
        self.ordinary -= ordinary;
        if ordinary > 0 && self.ordinary == 0 {
            self.begin_finally(&mut advance);
        }
        (canceled, advance)
    }

    /// Where a node stands; `None`: no node has this number.
    pub fn state(&self, node: usize) -> Option<NodeState> {
        self.states.get(node).copied()
    }

    /// What has happened to the run; `None`: a node still runs or waits.
    pub fn event(&self) -> Option<RunEvent> {
        let all = self.states.len();
        (self.over == all).then_some(RunEvent::NodesEnded { all_succeeded: self.succeeded == all })
    }

    /// Ends a node, and all that is skipped by that.
    fn set_over(&mut self, node: usize, succeeded: bool, advance: &mut Advance) {
        let mut ending = vec![(node, succeeded)];
        while let Some((node, succeeded)) = ending.pop() {
            self.states[node] = if succeeded { NodeState::Succeeded } else { NodeState::Ended };
            self.over += 1;
            self.succeeded += usize::from(succeeded);
            step(1 + self.dag.successors(node).len());
            for next in self.dag.successors(node) {
                self.missing[*next] -= usize::from(succeeded);
                if self.states[*next] != NodeState::Waiting {
                    continue;
                }
                if !succeeded {
                    // Marked at once, so that it is met once.
                    self.states[*next] = NodeState::Ended;
                    advance.skipped.push(*next);
                    ending.push((*next, false));
                } else if self.missing[*next] == 0 {
                    self.states[*next] = NodeState::Live;
                    advance.released.push(*next);
                }
            }
            if !self.dag.nodes()[node].finally {
                self.ordinary -= 1;
                if self.ordinary == 0 {
                    self.begin_finally(advance);
                }
            }
        }
    }

    /// The last ordinary node has ended: the `finally` nodes that wait for no other of their kind may run.
    fn begin_finally(&mut self, advance: &mut Advance) {
        for node in (0..self.states.len()).filter(|node| self.dag.nodes()[*node].finally) {
            if self.states[node] == NodeState::Waiting && self.missing[node] == 0 {
                self.states[node] = NodeState::Live;
                advance.released.push(node);
            }
        }
        step(self.states.len());
    }

    /// A node that waits, though it need not, or though it has nothing to wait for any more.
    fn look_at(&mut self, node: usize, advance: &mut Advance) {
        let before = self.dag.predecessors(node);
        step(1 + before.len());
        if self.states[node] != NodeState::Waiting {
            return;
        }
        if before.iter().any(|before| self.states[*before] == NodeState::Ended) {
            advance.skipped.push(node);
            self.states[node] = NodeState::Ended;
            self.over += 1;
            self.ordinary -= usize::from(!self.dag.nodes()[node].finally);
        } else if self.missing[node] == 0 && (self.ordinary == 0 || !self.dag.nodes()[node].finally) {
            advance.released.push(node);
            self.states[node] = NodeState::Live;
        }
    }
}

fn missing(dag: &Dag, states: &[NodeState], node: usize) -> usize {
    step(dag.predecessors(node).len());
    dag.predecessors(node).iter().filter(|before| states[**before] != NodeState::Succeeded).count()
}
