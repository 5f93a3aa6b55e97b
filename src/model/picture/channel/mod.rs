//! The channel between two layers: which edges share a bus, and which track each bus runs on.
//!
//! The edges of a channel are divided among *buses*: an upright line that some vertices at the left lead into and some
//! at the right are led to from, where each of the former has an edge to each of the latter. Which rows a bus meets is
//! given; the tracks are chosen. Who follows the lines rightwards from a vertex comes to its successors and to nothing
//! else, because:
//!
//! - of the buses that a vertex leads into, only the last one has other vertices that lead into it;
//! - of the buses that lead to a vertex, only the first one leads to others too;
//! - a row on which a vertex at the left begins and one at the right ends is left by the one before it is met by the
//!   other, unless there is an edge between them;
//! - a bus that is neither the last one of its source nor the first one to its target has no other ends, and shows with
//!   an arrow that it joins a line there, and is no branch of it.
//!
//! Where these want two buses each left of the other, one of them gets a *dogleg*: it goes over to another track, on a
//! row that nothing else uses.

mod bus;
mod costs;
mod cover;
mod tracks;

pub(super) use bus::Bus;
pub(super) use cover::Budget;

use std::collections::HashMap;

/// Edges between two layers, by the rows of their ends; each row is the row of at most one vertex a side.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    /// Edges whose ends stand in one row: a plain line. Ascending.
    pub straight: Vec<usize>,
    /// All others.
    pub buses: Vec<Bus>,
    /// How many tracks there are.
    pub tracks: usize,
}

impl Channel {
    /// `None`: this is beyond the budget.
    pub fn new(edges: &[(usize, usize)], budget: &mut Budget) -> Option<Self> {
        let (straight, mut buses) = cover::cover(edges, budget)?;
        let tracks = tracks::assign(edges, &mut buses, budget)?;
        point(&straight, &mut buses);
        Some(Self { straight, buses, tracks })
    }
}

/// Finds the buses that are to be pointed.
fn point(straight: &[usize], buses: &mut [Bus]) {
    let (mut last, mut first) = (HashMap::new(), HashMap::new());
    for bus in buses.iter() {
        for row in &bus.sources {
            last.entry(*row).and_modify(|last: &mut usize| *last = bus.first.max(*last)).or_insert(bus.first);
        }
        for row in &bus.targets {
            first.entry(*row).and_modify(|first: &mut usize| *first = bus.last.min(*first)).or_insert(bus.last);
        }
    }
    let plain = |row: &usize| straight.binary_search(row).is_ok();
    for bus in buses {
        let leaves = bus.sources.iter().any(|row| plain(row) || last[row] != bus.first);
        let joins = bus.targets.iter().any(|row| plain(row) || first[row] != bus.last);
        bus.pointed = leaves && joins;
    }
}
