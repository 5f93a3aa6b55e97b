//! Edges divided among buses: greedily, the bus of most edges first.

use super::bus::Bus;
use std::collections::{BTreeMap, BTreeSet};

/// Sources (side 0) or targets (side 1).
type Side = usize;

/// So much may still be looked at.
#[derive(Clone, Debug)]
pub(in crate::model::picture) struct Budget(pub usize);

impl Budget {
    /// `None`: it is used up.
    pub(super) fn spend(&mut self, many: usize) -> Option<()> {
        self.0 = self.0.checked_sub(many)?;
        Some(())
    }
}

/// What is not yet on a bus.
struct Left {
    /// Per side and row: the rows of the other ends, ascending.
    ends: [BTreeMap<usize, Vec<usize>>; 2],
    /// Per side: rows that have a bus already which they share with others of their side. There may be one.
    shared: [BTreeSet<usize>; 2],
}

/// The rows of straight lines, and the buses. `None`: beyond the budget.
pub(super) fn cover(edges: &[(usize, usize)], budget: &mut Budget) -> Option<(Vec<usize>, Vec<Bus>)> {
    let mut left = Left { ends: Default::default(), shared: Default::default() };
    for (source, target) in edges {
        left.ends[0].entry(*source).or_default().push(*target);
        left.ends[1].entry(*target).or_default().push(*source);
    }
    left.ends.iter_mut().flat_map(|ends| ends.values_mut()).for_each(|rows| rows.sort_unstable());
    let mut buses = Vec::new();
    while let Some(bus) = left.largest(budget)? {
        left.take(&bus);
        buses.push(bus);
    }
    let single = |(source, targets): (&usize, &Vec<usize>)| targets.iter().map(|target| (*source, *target)).collect();
    let (straight, bent): (Vec<_>, Vec<_>) =
        left.ends[0].iter().flat_map::<Vec<_>, _>(single).partition(|(source, target)| source == target);
    buses.extend(bent.into_iter().map(|(source, target)| Bus::new(vec![source], vec![target])));
    Some((straight.into_iter().map(|(row, _)| row).collect(), buses))
}

impl Left {
    /// The bus of most edges that may be; `Some(None)`: there is none of two edges or more.
    fn largest(&self, budget: &mut Budget) -> Option<Option<Bus>> {
        let mut best: Option<(usize, Bus)> = None;
        for side in [0, 1] {
            for row in self.ends[side].keys() {
                let Some(bus) = self.grown(side, *row, budget)? else { continue };
                let many = bus.sources.len() * bus.targets.len();
                if many > best.as_ref().map_or(1, |(many, _)| *many) {
                    best = Some((many, bus));
                }
            }
        }
        Some(best.map(|(_, bus)| bus))
    }

    /// The bus with all of a vertex's other ends, and all vertices beside it that have those too.
    fn grown(&self, side: Side, row: usize, budget: &mut Budget) -> Option<Option<Bus>> {
        let ends = &self.ends[side][&row];
        budget.spend(1 + ends.len())?;
        let mut far: Vec<usize> = ends.iter().copied().filter(|far| self.may_share(1 - side, *far)).collect();
        if far.len() < 2 {
            return Some(None);
        }
        let mut near = vec![row];
        if self.may_share(side, row) {
            let beside = &self.ends[1 - side][&far[0]];
            budget.spend(beside.iter().map(|near| self.ends[side][near].len() + far.len()).sum())?;
            let alike = |near: &usize| self.may_share(side, *near) && self.has_all(side, *near, &far);
            near = beside.iter().copied().filter(alike).collect();
        }
        self.prune(&mut near, &mut far);
        let bus = if side == 0 { Bus::new(near, far) } else { Bus::new(far, near) };
        Some((!bus.sources.is_empty() && !bus.targets.is_empty()).then_some(bus))
    }

    fn may_share(&self, side: Side, row: usize) -> bool {
        !self.shared[side].contains(&row)
    }

    fn has_all(&self, side: Side, near: usize, far: &[usize]) -> bool {
        let own = &self.ends[side][&near];
        let mut rest = own.iter();
        far.iter().all(|far| rest.any(|own| own == far))
    }

    /// Leaves out those whose straight line would begin or end within the bus.
    fn prune(&self, near: &mut Vec<usize>, far: &mut Vec<usize>) {
        loop {
            let before = (near.len(), far.len());
            if far.len() > 1 {
                far.retain(|row| !self.straight(*row) || near.contains(row));
            }
            if near.len() > 1 {
                near.retain(|row| !self.straight(*row) || far.contains(row));
            }
            if (near.len(), far.len()) == before {
                break;
            }
        }
    }

    /// Whether the straight line on this row is on no bus.
    fn straight(&self, row: usize) -> bool {
        self.ends[0].get(&row).is_some_and(|ends| ends.binary_search(&row).is_ok())
    }

    /// Takes the edges of the bus out.
    fn take(&mut self, bus: &Bus) {
        for (side, near, far) in [(0, &bus.sources, &bus.targets), (1, &bus.targets, &bus.sources)] {
            for row in near {
                if let Some(ends) = self.ends[side].get_mut(row) {
                    ends.retain(|end| far.binary_search(end).is_err());
                }
            }
            if near.len() > 1 {
                self.shared[side].extend(near);
            }
        }
    }
}
