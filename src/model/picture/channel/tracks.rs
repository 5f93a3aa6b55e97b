//! Tracks for buses: what must be left of what, doglegs where that goes round in a circle, and among the orders that
//! are left the one in which few lines cross.

use super::bus::Bus;
use super::costs::{Costs, Half};
use super::cover::Budget;
use std::collections::{BTreeMap, HashSet};

/// Gives each bus its tracks, and doglegs where they must be; how many tracks there are. `None`: beyond the budget.
pub(super) fn assign(edges: &[(usize, usize)], buses: &mut [Bus], budget: &mut Budget) -> Option<usize> {
    let mut taken: HashSet<usize> = edges.iter().flat_map(|(source, target)| [*source, *target]).collect();
    let (order, rules) = loop {
        budget.spend(4 * buses.len() * buses.len())?;
        let rules = rules(buses);
        match ordered(edges, buses, &rules) {
            Ok(order) => break (order, rules),
            Err(bent) => bend(&mut buses[bent], &mut taken),
        }
    };
    let tracks = leftmost(buses, &order, &rules);
    for (number, bus) in buses.iter_mut().enumerate() {
        bus.first = tracks[2 * number];
        bus.last = tracks[last_half(bus, number)];
    }
    Some(order.iter().map(|half| tracks[*half] + 1).max().unwrap_or(0))
}

/// The track of each half: right of those that it must be right of, and of those before it that it would meet.
fn leftmost(buses: &[Bus], order: &[Half], rules: &[(Half, Half)]) -> Vec<usize> {
    let spans: Vec<(usize, usize)> = buses.iter().flat_map(Bus::spans).collect();
    let (mut tracks, mut least) = (vec![0; spans.len()], vec![0; spans.len()]);
    let mut next = vec![Vec::new(); spans.len()];
    rules.iter().for_each(|(before, after)| next[*before].push(*after));
    for (at, half) in order.iter().enumerate() {
        let met = order[..at].iter().filter(|other| meet(spans[**other], spans[*half]));
        let track = met.map(|other| tracks[*other] + 1).max().unwrap_or(0).max(least[*half]);
        tracks[*half] = track;
        next[*half].iter().for_each(|after| least[*after] = least[*after].max(track + 1));
    }
    tracks
}

fn last_half(bus: &Bus, number: usize) -> Half {
    2 * number + usize::from(bus.dogleg.is_some())
}

/// Whether two spans are not apart by a row at least.
fn meet(one: (usize, usize), other: (usize, usize)) -> bool {
    one.0 <= other.1 + 1 && other.0 <= one.1 + 1
}

/// Pairs of halves of which the first must be left of the second.
fn rules(buses: &[Bus]) -> Vec<(Half, Half)> {
    let (mut leaving, mut coming) = (BTreeMap::<usize, Vec<usize>>::new(), BTreeMap::<usize, Vec<usize>>::new());
    for (number, bus) in buses.iter().enumerate() {
        bus.sources.iter().for_each(|row| leaving.entry(*row).or_default().push(number));
        bus.targets.iter().for_each(|row| coming.entry(*row).or_default().push(number));
    }
    let (first, last) = (|bus: &usize| 2 * bus, |bus: &usize| last_half(&buses[*bus], *bus));
    let mut rules: Vec<(Half, Half)> = Vec::new();
    for (row, left) in &leaving {
        let right = coming.get(row).map_or(&[][..], Vec::as_slice);
        rules.extend(left.iter().flat_map(|l| right.iter().map(move |r| (first(l), last(r)))));
        for shared in left.iter().filter(|bus| buses[**bus].sources.len() > 1) {
            rules.extend(left.iter().filter(|bus| *bus != shared).map(|bus| (first(bus), first(shared))));
        }
    }
    for right in coming.values() {
        for shared in right.iter().filter(|bus| buses[**bus].targets.len() > 1) {
            rules.extend(right.iter().filter(|bus| *bus != shared).map(|bus| (last(shared), last(bus))));
        }
    }
    rules.extend((0..buses.len()).map(|bus| (first(&bus), last(&bus))));
    rules.retain(|(before, after)| before != after);
    rules
}

/// The halves in an order that keeps the rules; `Err`: the bus that had best be bent, for the rules cannot be kept.
fn ordered(edges: &[(usize, usize)], buses: &[Bus], rules: &[(Half, Half)]) -> Result<Vec<Half>, usize> {
    let halves = (0..buses.len()).flat_map(|bus| (2 * bus)..=last_half(&buses[bus], bus));
    let mut left: Vec<Half> = halves.collect();
    let mut costs = Costs::new(edges, buses, &left);
    let mut waits = vec![0_usize; 2 * buses.len()];
    let mut next = vec![Vec::new(); 2 * buses.len()];
    for (before, after) in rules {
        waits[*after] += 1;
        next[*before].push(*after);
    }
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = left.iter().copied().filter(|half| waits[*half] == 0);
        let Some(half) = free.min_by_key(|half| costs.key(*half)) else { return Err(to_bend(buses, left, rules)) };
        left.retain(|other| *other != half);
        costs.remove(half);
        next[half].iter().for_each(|after| waits[*after] -= 1);
        order.push(half);
    }
    Ok(order)
}

/// The bus to be bent: of those on the circles that are left, the one with the fewest ends.
fn to_bend(buses: &[Bus], mut left: Vec<Half>, rules: &[(Half, Half)]) -> usize {
    loop {
        let inside: HashSet<Half> = left.iter().copied().collect();
        let within: Vec<_> = rules.iter().filter(|(one, two)| inside.contains(one) && inside.contains(two)).collect();
        let (from, to): (HashSet<Half>, HashSet<Half>) = within.into_iter().copied().unzip();
        left.retain(|half| from.contains(half) && to.contains(half));
        if left.len() == inside.len() {
            break;
        }
    }
    let straight = left.into_iter().map(|half| half / 2).filter(|bus| buses[*bus].dogleg.is_none());
    let ends = |bus: &usize| (buses[*bus].sources.len() + buses[*bus].targets.len(), *bus);
    // Where all are bent, the rules go from first halves to last ones only, and from the buses of one end to those of
    // several or the other way: there is no circle, so one that is not bent is left here.
    straight.min_by_key(ends).unwrap_or(0)
}

/// Gives a bus a dogleg, on the free row that is nearest to its middle.
fn bend(bus: &mut Bus, taken: &mut HashSet<usize>) {
    let [(least, most), _] = bus.spans();
    let middle = (least + most) / 2;
    // Of so many rows and one more, one is free.
    let rows = (0..=taken.len()).flat_map(|away| [middle.checked_sub(away), Some(middle + away)]).flatten();
    bus.dogleg = rows.into_iter().find(|row| !taken.contains(row));
    taken.extend(bus.dogleg);
}
