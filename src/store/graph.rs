//! A workflow's run as its rows tell it: what follows when it is counted anew, and what runs again in a repair.
//!
//! The stores keep counts in the rows (`deps_left` of a node that waits; `nodes_left`, `ordinary_left`, `unsuccessful`
//! of the run), so that the end of a node costs no more than its own edges. Here they are made from scratch.

use crate::model::dag::{Dag, DagError, Draft, Fresh, Node, NodeState, Progress, Repair, RepairError, repair};
use crate::model::{AttemptId, RunId, TaskStatus};
use crate::store::WorkflowRepaired;
use std::collections::{HashMap, HashSet};

/// A node by its latest attempt.
#[derive(Clone, Debug)]
pub(crate) struct GraphNode {
    pub run: RunId,
    pub latest: AttemptId,
    /// `node_name`; a row of Python's has none.
    pub name: Option<String>,
    pub task_name: String,
    pub finally: bool,
    pub status: TaskStatus,
    /// Its number is below its retries: a failure leads to another attempt.
    pub retries_left: bool,
}

impl GraphNode {
    pub fn state(&self) -> NodeState {
        NodeState::of(self.status, self.retries_left)
    }
}

/// The graph of a run, with where it stands.
#[derive(Debug)]
pub(crate) struct Graph {
    pub nodes: Vec<GraphNode>,
    dag: Dag,
}

/// What a run's row says of its nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Not over.
    pub left: i32,
    /// Of these, the ones that are no `finally` nodes.
    pub ordinary: i32,
    /// Over, and no success.
    pub unsuccessful: i32,
}

/// What counting anew found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recount {
    /// Attempts that wait, though they need not.
    pub released: Vec<AttemptId>,
    /// Attempts that wait for what will never be.
    pub skipped: Vec<AttemptId>,
    /// Attempts that go on waiting, and for how many.
    pub waiting: Vec<(AttemptId, i32)>,
    /// How the run stands after all that.
    pub counts: Counts,
}

/// A node that runs again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub name: String,
    /// The attempt that it follows.
    pub after: AttemptId,
    /// For how many others it waits.
    pub waits_for: i32,
    /// Whether it may run at once.
    pub free: bool,
}

/// The names of nodes, in order: where one has none it is its task's, and where that is taken, its id is put to it.
pub(crate) fn names<'n>(nodes: impl Iterator<Item = (Option<&'n str>, &'n str, RunId)>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut name = |(name, task, run): (Option<&str>, &str, RunId)| {
        let name = name.unwrap_or(task).to_owned();
        let name = if taken.contains(&name) { format!("{name}#{run}") } else { name };
        taken.insert(name.clone());
        name
    };
    nodes.map(&mut name).collect()
}

impl Graph {
    /// Of the rows of a run: its nodes in the order of their ids, and its edges by the runs at their ends.
    ///
    /// # Errors
    /// What is wrong with rows that are not of our making.
    pub fn new(mut nodes: Vec<GraphNode>, edges: &[(RunId, RunId)]) -> Result<Self, DagError> {
        let names = names(nodes.iter().map(|node| (node.name.as_deref(), node.task_name.as_str(), node.run)));
        nodes.iter_mut().zip(names).for_each(|(node, name)| node.name = Some(name));
        let numbers: HashMap<RunId, usize> =
            nodes.iter().enumerate().map(|(number, node)| (node.run, number)).collect();
        let edges: Vec<(usize, usize)> =
            edges.iter().filter_map(|(from, to)| Some((*numbers.get(from)?, *numbers.get(to)?))).collect();
        let node = |node: &GraphNode| {
            let name = node.name.clone().unwrap_or_default();
            Node { finally: node.finally, ..Node::new(name, node.task_name.clone()) }
        };
        let dag = Draft::of(nodes.iter().map(node), &edges).build()?;
        Ok(Self { nodes, dag })
    }

    fn states(&self) -> Vec<NodeState> {
        self.nodes.iter().map(GraphNode::state).collect()
    }

    /// Counts the run anew, and finds what follows.
    pub fn recount(&self) -> Recount {
        let (progress, advance) = Progress::resume(&self.dag, self.states());
        let attempt = |number: &usize| self.nodes[*number].latest;
        let state = |number: usize| progress.state(number).unwrap_or(NodeState::Ended);
        let missing = |number: usize| {
            self.dag.predecessors(number).iter().filter(|before| state(**before) != NodeState::Succeeded).count() as i32
        };
        let numbers = 0..self.nodes.len();
        let waits = numbers.clone().filter(|number| state(*number) == NodeState::Waiting);
        let left = |number: &usize| !state(*number).is_over();
        Recount {
            released: advance.released.iter().map(attempt).collect(),
            skipped: advance.skipped.iter().map(attempt).collect(),
            waiting: waits.map(|number| (attempt(&number), missing(number))).collect(),
            counts: Counts {
                left: numbers.clone().filter(left).count() as i32,
                ordinary: numbers.clone().filter(left).filter(|number| !self.nodes[*number].finally).count() as i32,
                unsuccessful: numbers.filter(|number| state(*number) == NodeState::Ended).count() as i32,
            },
        }
    }

    /// What runs again in a repair for which `args` are given, and how the run stands then; else the answer to it.
    pub fn plan(&self, what: &Repair, args: &[(String, String)]) -> Result<(Vec<Again>, Counts), WorkflowRepaired> {
        let (again, counts) = self.repair(what).map_err(WorkflowRepaired::Refused)?;
        let runs_again = |name: &String| again.iter().any(|again| again.name == *name);
        match args.iter().find(|(name, _)| !runs_again(name)) {
            Some((name, _)) => Err(WorkflowRepaired::NotAgain(name.clone())),
            None => Ok((again, counts)),
        }
    }

    /// What runs again in a repair, and how the run stands then.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn repair(&self, what: &Repair) -> Result<(Vec<Again>, Counts), RepairError> {
        let fresh = repair(&self.dag, &self.states(), what)?;
        let ordinary = fresh.iter().filter(|fresh| !self.nodes[fresh.node].finally).count();
        let again = |fresh: &Fresh| {
            let node = &self.nodes[fresh.node];
            Again {
                name: node.name.clone().unwrap_or_default(),
                after: node.latest,
                waits_for: fresh.waits_for as i32,
                free: fresh.waits_for == 0 && (!node.finally || ordinary == 0),
            }
        };
        let runs_again: HashSet<usize> = fresh.iter().map(|fresh| fresh.node).collect();
        let ended =
            |(number, node): (usize, &GraphNode)| !runs_again.contains(&number) && node.state() != NodeState::Succeeded;
        let counts = Counts {
            left: fresh.len() as i32,
            ordinary: ordinary as i32,
            unsuccessful: self.nodes.iter().enumerate().filter(|at| ended((at.0, at.1))).count() as i32,
        };
        Ok((fresh.iter().map(again).collect(), counts))
    }
}
