//! A set of small numbers: the values of a field.

/// Numbers below 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values(u64);

impl Values {
    pub(super) fn iter(self) -> impl Iterator<Item = u32> {
        (0..u64::BITS).filter(move |value| self.contains(*value))
    }

    pub(super) fn contains(self, value: u32) -> bool {
        value < u64::BITS && self.0 & (1 << value) != 0
    }

    pub(super) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The value, when there is one only.
    pub(super) fn single(self) -> Option<u32> {
        (self.len() == 1).then_some(self.0.trailing_zeros())
    }

    /// First, last and distance, when there are at least three at equal distances.
    pub(super) fn progression(self) -> Option<(u32, u32, u32)> {
        let (first, last) = (self.iter().next()?, self.iter().last()?);
        let step = self.iter().nth(1)? - first;
        let even = (first..=last).step_by(step as usize).collect::<Self>() == self;
        (even && self.len() > 2).then_some((first, last, step))
    }

    /// The runs of numbers that follow each other: first and last of each.
    pub(super) fn runs(self) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for value in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == value => *last = value,
                _ => runs.push((value, value)),
            }
        }
        runs
    }
}

impl FromIterator<u32> for Values {
    fn from_iter<I: IntoIterator<Item = u32>>(values: I) -> Self {
        Self(values.into_iter().filter(|value| *value < u64::BITS).fold(0, |set, value| set | 1 << value))
    }
}
