//! Nets: the edges that a line stands for.

use super::items::Part;

/// The edges of a line: from each of some places to each of some others, by the places' numbers; where one end is a
/// single place, to all that follow it or from all that it waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// Where the line comes from.
    pub from: Vec<usize>,
    /// Where it leads to.
    pub to: Vec<usize>,
}

/// The nets of a picture: one out of each place, one into each place, and the buses between several and several.
#[derive(Clone, Debug, Default)]
pub(super) struct Nets {
    pub all: Vec<Net>,
    places: usize,
}

impl Nets {
    pub fn new(parts: &[Part]) -> Self {
        let mut nets = Self { places: parts.iter().map(|part| part.items.len()).sum(), ..Self::default() };
        for near in [|part: &Part| part.after.clone(), |part: &Part| part.before.clone()] {
            let mut first = 0;
            for part in parts {
                let ends = near(part).into_iter().enumerate();
                let numbered = |ends: Vec<usize>| ends.into_iter().map(|end| first + end).collect::<Vec<_>>();
                nets.all.extend(ends.map(|(item, ends)| Net { from: vec![first + item], to: numbered(ends) }));
                first += part.items.len();
            }
        }
        nets.all[nets.places..].iter_mut().for_each(|net| std::mem::swap(&mut net.from, &mut net.to));
        nets
    }

    /// The net out of a place.
    pub fn leaving(&self, place: usize) -> usize {
        place
    }

    /// The net into a place.
    pub fn reaching(&self, place: usize) -> usize {
        self.places + place
    }

    /// The net of a bus from several places to several.
    pub fn bus(&mut self, from: Vec<usize>, to: Vec<usize>) -> usize {
        self.all.push(Net { from, to });
        self.all.len() - 1
    }
}
