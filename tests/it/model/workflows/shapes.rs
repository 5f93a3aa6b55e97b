//! Random graphs.

use crate::model::ops::id;
use fastrand::Rng;
use uuid::Uuid;

/// Most nodes of a graph.
pub const MOST: usize = 30;

/// A graph with what its nodes are, but for their names.
#[derive(Clone, Debug)]
pub struct Shape {
    pub nodes: Vec<NodeOf>,
}

/// A node.
#[derive(Clone, Debug)]
pub struct NodeOf {
    /// Ascending.
    pub id: Uuid,
    pub queue: u8,
    pub task: u8,
    pub retries: u16,
    pub priority: i16,
    pub finally: bool,
    /// The numbers of the nodes that it waits for, ascending.
    pub after: Vec<usize>,
}

/// A chain, a fan-out and fan-in, layers, or anything; often with `finally` nodes, and in any order of its nodes.
pub fn shape(rng: &mut Rng) -> Shape {
    let most = [4, 5, 6, 8, 12, MOST][rng.usize(..6)];
    let finally = if rng.bool() { rng.usize(1..=3) } else { 0 };
    let ordinary = rng.usize(1..=most - finally);
    let mut edges = match rng.u8(..5) {
        0 => chain(0, ordinary),
        1 => fan(ordinary),
        2 => layers(rng, ordinary),
        _ => random(rng, 0, ordinary),
    };
    if rng.bool() {
        edges.extend(random(rng, ordinary, finally));
    } else {
        edges.extend(chain(ordinary, finally));
    }
    let mut places: Vec<usize> = (0..ordinary + finally).collect();
    if rng.bool() {
        rng.shuffle(&mut places);
    }
    placed(rng, ordinary, &places, &edges)
}

/// Puts node `n` at `places[n]`.
fn placed(rng: &mut Rng, ordinary: usize, places: &[usize], edges: &[(usize, usize)]) -> Shape {
    let ids = ids(rng, places.len());
    let node = |rng: &mut Rng, at: usize| {
        let number = places.iter().position(|place| *place == at).expect("a permutation");
        let mut after: Vec<usize> =
            edges.iter().filter(|(_, to)| *to == number).map(|(from, _)| places[*from]).collect();
        after.sort_unstable();
        NodeOf {
            id: ids[at],
            queue: rng.u8(..3),
            task: rng.u8(..2),
            retries: [0, 0, 1, 2][rng.usize(..4)],
            priority: [5, 5, 5, 1, 10][rng.usize(..5)],
            finally: number >= ordinary,
            after,
        }
    };
    Shape { nodes: (0..places.len()).map(|at| node(rng, at)).collect() }
}

/// Ids as one sender makes them, one after another.
fn ids(rng: &mut Rng, count: usize) -> Vec<Uuid> {
    let first = id(rng);
    let next = |number: usize| Uuid::from_u128(first.as_u128() + ((number as u128) << 80));
    (0..count).map(next).collect()
}

fn chain(from: usize, count: usize) -> Vec<(usize, usize)> {
    (1..count).map(|number| (from + number - 1, from + number)).collect()
}

fn fan(count: usize) -> Vec<(usize, usize)> {
    let last = count - 1;
    (1..last).flat_map(|between| [(0, between), (between, last)]).collect()
}

/// Complete layers of two to five nodes.
fn layers(rng: &mut Rng, count: usize) -> Vec<(usize, usize)> {
    let width = rng.usize(2..=5);
    let pairs = |to: usize| {
        let layer = to / width;
        (0..to).filter(move |from| from / width + 1 == layer).map(move |from| (from, to))
    };
    (0..count).flat_map(pairs).collect()
}

fn random(rng: &mut Rng, from: usize, count: usize) -> Vec<(usize, usize)> {
    let one_in = [2, 4, 10][rng.usize(..3)];
    let pairs = (0..count).flat_map(|to| (0..to).map(move |before| (from + before, from + to)));
    pairs.filter(|_| rng.usize(..one_in) == 0).collect()
}
