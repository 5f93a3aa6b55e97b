//! A graph as it is written: chains and groups put together, before anything is looked at.

use super::error::DagError;
use super::steps::step;
use super::{MAX_EDGES, Node};
use std::collections::VecDeque;

/// A graph as it is written. Nodes of one name may stand several times: [`Draft::build`] makes one of them.
///
/// The smaller part is always put into the larger one, so that a loop may grow a draft at either end.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) nodes: VecDeque<Node>,
    /// The number of the first node: it goes down when nodes are put before it.
    pub(super) base: i64,
    pub(super) edges: Vec<(i64, i64)>,
    pub(super) ends: Ends,
    pub(super) mistake: Option<DagError>,
}

/// The nodes that something before, and something after, is bound to.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    heads: Vec<i64>,
    tails: Vec<i64>,
}

impl From<Node> for Draft {
    fn from(node: Node) -> Self {
        let ends = Ends { heads: vec![0], tails: vec![0] };
        Self { nodes: [node].into(), ends, ..Self::default() }
    }
}

impl Draft {
    /// Nodes, and edges between them by their numbers, from 0; an edge that names a number that no node has is left
    /// out. What is written before or after it is not bound to it.
    pub fn of(nodes: impl IntoIterator<Item = Node>, edges: &[(usize, usize)]) -> Self {
        let nodes: VecDeque<Node> = nodes.into_iter().collect();
        let known = |(from, to): &&(usize, usize)| *from < nodes.len() && *to < nodes.len();
        let edges = edges.iter().filter(known).map(|(from, to)| (*from as i64, *to as i64)).collect();
        Self { nodes, edges, ..Self::default() }
    }

    /// Nothing. Put between two others, it leaves them bound to each other.
    pub fn new() -> Self {
        Self::default()
    }

    /// `self >> next`: each end of this one stands before each beginning of the next.
    pub fn then(self, next: Draft) -> Draft {
        let (mut whole, mut first, mut second) = self.absorb(next);
        whole.bind(&first.tails, &second.heads);
        let heads = if first.heads.is_empty() { std::mem::take(&mut second.heads) } else { first.heads };
        let tails = if second.tails.is_empty() { std::mem::take(&mut first.tails) } else { second.tails };
        whole.ends = Ends { heads, tails };
        whole
    }

    /// Both, unbound: a group, or several chains.
    pub fn beside(self, other: Draft) -> Draft {
        let (mut whole, first, second) = self.absorb(other);
        whole.ends = Ends { heads: together(first.heads, second.heads), tails: together(first.tails, second.tails) };
        whole
    }

    /// This one, and when all its nodes have ended, however they ended, the other.
    pub fn finally(self, mut last: Draft) -> Draft {
        last.nodes.iter_mut().for_each(|node| node.finally = true);
        step(last.nodes.len());
        let (mut whole, first, _) = self.absorb(last);
        whole.ends = first;
        whole
    }

    /// The nodes as they are written.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// All nodes in one draft, and the ends of each of the two.
    fn absorb(mut self, mut other: Draft) -> (Draft, Ends, Ends) {
        let mistake = self.mistake.take().or_else(|| other.mistake.take());
        let (here, there) = (self.nodes.len(), other.nodes.len());
        let mut whole = if here >= there {
            other.renumber(self.base + here as i64 - other.base);
            self.nodes.append(&mut other.nodes);
            self.edges.append(&mut other.edges);
            self
        } else {
            self.renumber(other.base - here as i64 - self.base);
            while let Some(node) = self.nodes.pop_back() {
                other.nodes.push_front(node);
            }
            other.edges.append(&mut self.edges);
            other.base -= here as i64;
            std::mem::swap(&mut self.ends, &mut other.ends);
            std::mem::swap(&mut self, &mut other);
            self
        };
        step(here.min(there));
        let ends = (std::mem::take(&mut whole.ends), other.ends);
        whole.mistake = mistake;
        (whole, ends.0, ends.1)
    }

    fn renumber(&mut self, by: i64) {
        let ends = self.ends.heads.iter_mut().chain(&mut self.ends.tails);
        ends.chain(self.edges.iter_mut().flat_map(|(from, to)| [from, to])).for_each(|number| *number += by);
        self.base += by;
        step(self.edges.len() + self.ends.heads.len() + self.ends.tails.len());
    }

    /// Binds them, unless that were too many edges: those are not kept, only told of.
    fn bind(&mut self, before: &[i64], after: &[i64]) {
        let more = before.len().saturating_mul(after.len());
        let edges = self.edges.len().saturating_add(more);
        if edges > MAX_EDGES {
            self.mistake.get_or_insert(DagError::TooManyEdges { edges });
            return;
        }
        self.edges.extend(before.iter().flat_map(|from| after.iter().map(move |to| (*from, *to))));
        step(more);
    }
}

/// Both lists in one, in no order: the shorter is put to the longer.
fn together(mut one: Vec<i64>, mut other: Vec<i64>) -> Vec<i64> {
    if one.len() < other.len() {
        std::mem::swap(&mut one, &mut other);
    }
    step(other.len());
    one.append(&mut other);
    one
}
