//! What it costs to have one bus left of another: the lines that then cross.

use super::bus::Bus;

/// A half of a bus: twice its number, and one more for its last track where that is not its first.
pub(super) type Half = usize;

/// Of more halves, crossings are not counted.
const COMPARED: usize = 128;
/// What an arrow within a line costs, in crossings.
const POINTED: i64 = 3;

/// For each half what it costs more to have it left of all that are left than right of them.
pub(super) struct Costs {
    spans: Vec<(usize, usize)>,
    /// `more[one][other]`: what it costs more to have the one left of the other than right of it.
    more: Vec<Vec<i64>>,
    all: Vec<i64>,
}

impl Costs {
    pub fn new(edges: &[(usize, usize)], buses: &[Bus], halves: &[Half]) -> Self {
        let spans: Vec<(usize, usize)> = buses.iter().flat_map(Bus::spans).collect();
        let mut costs = Self { more: vec![Vec::new(); spans.len()], all: vec![0; spans.len()], spans };
        if halves.len() <= COMPARED {
            let left = costs.crossings(edges, buses);
            for one in halves {
                costs.more[*one] = vec![0; costs.spans.len()];
                halves.iter().for_each(|other| costs.more[*one][*other] = left(*one, *other) - left(*other, *one));
                costs.all[*one] = costs.more[*one].iter().sum();
            }
        }
        costs
    }

    /// What it costs to have the one half left of the other.
    fn crossings<'b>(&self, edges: &[(usize, usize)], buses: &'b [Bus]) -> impl Fn(Half, Half) -> i64 + use<'b> {
        let (spans, met) = (self.spans.clone(), buses.iter().flat_map(Bus::halves).collect::<Vec<_>>());
        let (come, go) = (rows(buses, 0), rows(buses, 1));
        let under = move |rows: &[usize], half: Half| {
            let crosses = |row: &&usize| spans[half].0 < **row && **row < spans[half].1 && !met[half].contains(row);
            rows.iter().filter(crosses).count() as i64
        };
        let busy: Vec<bool> = buses.iter().map(|bus| joins(edges, bus)).collect();
        let pointed = move |one: usize, other: usize| {
            let both = buses[one].sources.len() == 1 && buses[one].sources == buses[other].sources;
            if one != other && both && busy[one] && !busy[other] { POINTED } else { 0 }
        };
        move |one, other| under(&come[other], one) + under(&go[one], other) + pointed(one / 2, other / 2)
    }

    /// What is least goes left.
    pub fn key(&self, half: Half) -> (i64, (usize, usize), Half) {
        (self.all[half], self.spans[half], half)
    }

    /// A half has its place: it does not count any more.
    pub fn remove(&mut self, half: Half) {
        for (all, more) in self.all.iter_mut().zip(&self.more) {
            *all -= more.get(half).unwrap_or(&0);
        }
    }
}

/// The rows on which lines come to each half from the left (0), or go from it to the right (1).
fn rows(buses: &[Bus], side: usize) -> Vec<Vec<usize>> {
    let of = |bus: &Bus| {
        let ends = [&bus.sources, &bus.targets];
        match bus.dogleg {
            None => [ends[side].clone(), ends[side].clone()],
            Some(row) if side == 0 => [bus.sources.clone(), vec![row]],
            Some(row) => [vec![row], bus.targets.clone()],
        }
    };
    buses.iter().flat_map(of).collect()
}

/// Whether a bus has a single target, and that one has other buses too.
fn joins(edges: &[(usize, usize)], bus: &Bus) -> bool {
    bus.targets.len() == 1 && edges.iter().filter(|(_, target)| *target == bus.targets[0]).count() > bus.sources.len()
}
