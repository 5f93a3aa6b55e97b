//! A bus: an upright line between two layers, or two and a bridge between them.

/// A bus, by the rows that it meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model::picture) struct Bus {
    /// Rows of the vertices that lead into it, ascending.
    pub sources: Vec<usize>,
    /// Rows of the vertices that it leads to, ascending.
    pub targets: Vec<usize>,
    /// The row on which it goes over to its second track.
    pub dogleg: Option<usize>,
    /// The track that the sources lead into.
    pub first: usize,
    /// The track that the targets are led to from: the same one, without a dogleg.
    pub last: usize,
    /// Whether its end is to show its direction: else it could be taken for a branch of the line that it joins.
    pub pointed: bool,
}

impl Bus {
    pub fn new(sources: Vec<usize>, targets: Vec<usize>) -> Self {
        Self { sources, targets, ..Self::default() }
    }

    /// The rows that it meets on its first track, and those on its last; with a dogleg both hold the dogleg's row.
    pub fn halves(&self) -> [Vec<usize>; 2] {
        match self.dogleg {
            Some(row) => [&self.sources, &self.targets].map(|rows| rows.iter().copied().chain([row]).collect()),
            None => {
                let all: Vec<usize> = self.sources.iter().chain(&self.targets).copied().collect();
                [all.clone(), all]
            }
        }
    }

    /// The uppermost and the lowest row of each half.
    pub fn spans(&self) -> [(usize, usize); 2] {
        let span = |rows: Vec<usize>| (rows.iter().min().copied(), rows.iter().max().copied());
        self.halves().map(|rows| match span(rows) {
            (Some(least), Some(most)) => (least, most),
            _ => (0, 0),
        })
    }
}
