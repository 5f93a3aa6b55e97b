//! Edges by their ends, and the order in which nodes can run.

use super::steps::step;
use std::collections::VecDeque;

/// For each node its neighbours, ascending, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Neighbours {
    starts: Vec<usize>,
    all: Vec<usize>,
}

impl Neighbours {
    /// Of edges between `nodes` nodes, which may repeat and stand in any order.
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Self {
        // By the far end first, then by the near one: so that each list is sorted, and a repetition stands beside its twin.
        let turned = sorted_by_first(nodes, edges.iter().map(|(from, to)| (*to, *from)), edges.len());
        let mut sorted = sorted_by_first(nodes, turned.into_iter().map(|(to, from)| (from, to)), edges.len());
        sorted.dedup();
        let mut starts = vec![0; nodes + 1];
        sorted.iter().for_each(|(from, _)| starts[from + 1] += 1);
        (0..nodes).for_each(|node| starts[node + 1] += starts[node]);
        step(nodes + edges.len());
        Self { starts, all: sorted.into_iter().map(|(_, to)| to).collect() }
    }

    /// The same edges, the other way.
    pub fn turned(&self) -> Self {
        let nodes = self.starts.len() - 1;
        let edges: Vec<(usize, usize)> =
            (0..nodes).flat_map(|from| self.of(from).iter().map(move |to| (*to, from))).collect();
        Self::new(nodes, &edges)
    }

    /// Those of one node.
    pub fn of(&self, node: usize) -> &[usize] {
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(start), Some(end)) => &self.all[*start..*end],
            _ => &[],
        }
    }
}

/// Pairs in the order of their first numbers, which are less than `below`; equal ones stay as they stood.
fn sorted_by_first(
    below: usize,
    pairs: impl Iterator<Item = (usize, usize)> + Clone,
    many: usize,
) -> Vec<(usize, usize)> {
    let mut places = vec![0; below + 1];
    pairs.clone().for_each(|(first, _)| places[first + 1] += 1);
    (0..below).for_each(|number| places[number + 1] += places[number]);
    let mut sorted = vec![(0, 0); many];
    for pair in pairs {
        sorted[places[pair.0]] = pair;
        places[pair.0] += 1;
    }
    step(below + many);
    sorted
}

/// The nodes in an order in which each stands after its predecessors; `Err`: the nodes of a cycle, in their order.
pub(super) fn ordered(
    successors: &Neighbours,
    predecessors: &Neighbours,
    nodes: usize,
) -> Result<Vec<usize>, Vec<usize>> {
    let mut left: Vec<usize> = (0..nodes).map(|node| predecessors.of(node).len()).collect();
    let mut ready: VecDeque<usize> = (0..nodes).filter(|node| left[*node] == 0).collect();
    let mut order = Vec::with_capacity(nodes);
    while let Some(node) = ready.pop_front() {
        order.push(node);
        for next in successors.of(node) {
            left[*next] -= 1;
            if left[*next] == 0 {
                ready.push_back(*next);
            }
        }
        step(1 + successors.of(node).len());
    }
    match left.iter().position(|left| *left > 0) {
        None => Ok(order),
        Some(node) => Err(cycle(predecessors, &left, node)),
    }
}

/// A cycle among the nodes that are left over. Each of them waits for another of them, so going back from one to the
/// next must come to a node twice.
fn cycle(predecessors: &Neighbours, left: &[usize], mut node: usize) -> Vec<usize> {
    let mut met_at = vec![None; left.len()];
    let mut path = Vec::new();
    while met_at[node].is_none() {
        met_at[node] = Some(path.len());
        path.push(node);
        step(predecessors.of(node).len());
        match predecessors.of(node).iter().find(|before| left[**before] > 0) {
            Some(before) => node = *before,
            None => break,
        }
    }
    let mut cycle = path.split_off(met_at[node].unwrap_or(0));
    cycle.reverse();
    // Told from the node that was written first.
    let first = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
    cycle.rotate_left(first);
    cycle
}
