//! Layers: each item stands right of all that it waits for, and an edge over several layers passes through dummies.

use super::items::Part;
use std::collections::VecDeque;

/// More items, or more edges between neighbouring layers, are not drawn.
const MAX_VERTICES: usize = 4_000;
const MAX_SEGMENTS: usize = 20_000;

/// An item, or a dummy on the way of its edges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    /// The item; of a dummy, the one whose edges pass.
    pub item: usize,
    pub layer: usize,
    pub dummy: bool,
}

/// Vertices in layers; each edge leads from one layer to the next. The items come first, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    pub layers: Vec<Vec<usize>>,
    pub vertices: Vec<Vertex>,
    pub up: Vec<Vec<usize>>,
    pub down: Vec<Vec<usize>>,
}

impl Layers {
    /// `None`: that is too much to be drawn.
    pub fn new(part: &Part) -> Option<Self> {
        let ranks = ranks(part);
        let reach = |item: usize| part.after[item].iter().map(|to| ranks[*to] - ranks[item]).max().unwrap_or(0);
        let passed: usize = (0..ranks.len()).map(|item| reach(item).saturating_sub(1)).sum();
        let edges: usize = part.after.iter().map(Vec::len).sum();
        if ranks.len() + passed > MAX_VERTICES || edges + passed > MAX_SEGMENTS {
            return None;
        }
        let mut whole = Self { layers: vec![Vec::new(); ranks.iter().max()? + 1], ..Self::default() };
        ranks.iter().enumerate().for_each(|(item, layer)| _ = whole.add(item, *layer, false));
        (0..ranks.len()).for_each(|item| whole.connect(item, &part.after[item]));
        Some(whole)
    }

    fn add(&mut self, item: usize, layer: usize, dummy: bool) -> usize {
        let vertex = self.vertices.len();
        self.vertices.push(Vertex { item, layer, dummy });
        self.layers[layer].push(vertex);
        self.up.push(Vec::new());
        self.down.push(Vec::new());
        vertex
    }

    /// One chain of dummies an item: the lines to all that follow it part as late as they can.
    fn connect(&mut self, item: usize, after: &[usize]) {
        let mut chain = vec![item];
        for to in after {
            let steps = self.vertices[*to].layer - self.vertices[item].layer;
            while chain.len() < steps {
                let (last, layer) = (chain[chain.len() - 1], self.vertices[item].layer + chain.len());
                let dummy = self.add(item, layer, true);
                self.join(last, dummy);
                chain.push(dummy);
            }
            self.join(chain[steps - 1], *to);
        }
    }

    fn join(&mut self, from: usize, to: usize) {
        self.down[from].push(to);
        self.up[to].push(from);
    }
}

/// The layer of each item: the longest way to it, but what waits for nothing stands next to what waits for it.
fn ranks(part: &Part) -> Vec<usize> {
    let mut ranks = vec![0; part.items.len()];
    let mut left: Vec<usize> = part.before.iter().map(Vec::len).collect();
    let mut ready: VecDeque<usize> = (0..left.len()).filter(|item| left[*item] == 0).collect();
    while let Some(item) = ready.pop_front() {
        for to in &part.after[item] {
            ranks[*to] = ranks[*to].max(ranks[item] + 1);
            left[*to] -= 1;
            if left[*to] == 0 {
                ready.push_back(*to);
            }
        }
    }
    for item in (0..ranks.len()).filter(|item| part.before[*item].is_empty()) {
        let first = part.after[item].iter().map(|to| ranks[*to] - 1).min();
        ranks[item] = first.unwrap_or(0);
    }
    ranks
}

/// Each item with its layer before it, in an order in which each stands after those that it waits for.
pub(super) fn in_order(part: &Part) -> Vec<(usize, usize)> {
    let mut items: Vec<(usize, usize)> = ranks(part).into_iter().enumerate().map(|(item, rank)| (rank, item)).collect();
    items.sort_unstable();
    items
}
