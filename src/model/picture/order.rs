//! The order within the layers, so that few lines cross: sweeps to and fro that put each vertex at the mean place of its
//! neighbours (barycentre), of which the best order is kept. What stays equal stands as it was written.

use super::layers::Layers;

/// Sweeps: each costs as much as the edges are many.
const SWEEPS: usize = 12;

impl Layers {
    /// Orders the layers.
    pub fn order(&mut self) {
        let (mut best, mut least) = (self.layers.clone(), self.crossings());
        for sweep in 0..SWEEPS {
            if least == 0 {
                break;
            }
            self.sweep(sweep % 2 == 0);
            let crossings = self.crossings();
            if crossings < least {
                (best, least) = (self.layers.clone(), crossings);
            }
        }
        self.layers = best;
    }

    fn sweep(&mut self, rightwards: bool) {
        let many = self.layers.len();
        let mut places = self.places();
        for step in 1..many {
            let layer = if rightwards { step } else { many - 1 - step };
            let near = if rightwards { &self.up } else { &self.down };
            let mean = |vertex: usize| match near[vertex].len() {
                0 => places[vertex] as f64,
                many => near[vertex].iter().map(|other| places[*other] as f64).sum::<f64>() / many as f64,
            };
            let mut keyed: Vec<(f64, usize)> = self.layers[layer].iter().map(|v| (mean(*v), *v)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            self.layers[layer] = keyed.into_iter().map(|(_, vertex)| vertex).collect();
            self.layers[layer].iter().enumerate().for_each(|(place, vertex)| places[*vertex] = place);
        }
    }

    /// The place of each vertex in its layer.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.vertices.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(place, vertex)| places[*vertex] = place);
        }
        places
    }

    /// How many pairs of edges cross.
    pub fn crossings(&self) -> usize {
        let places = self.places();
        let between = |layer: &Vec<usize>| -> usize {
            let ends = |vertex: &usize| {
                let mut ends: Vec<usize> = self.down[*vertex].iter().map(|to| places[*to]).collect();
                ends.sort_unstable();
                ends
            };
            inversions(&layer.iter().flat_map(ends).collect::<Vec<_>>())
        };
        self.layers.iter().map(between).sum()
    }
}

/// Pairs of which the greater stands first, counted with a Fenwick tree.
fn inversions(numbers: &[usize]) -> usize {
    let mut tree = vec![0; numbers.iter().max().map_or(0, |most| most + 1) + 1];
    let mut inversions = 0;
    for (seen, number) in numbers.iter().enumerate() {
        let (mut at, mut not_greater) = (number + 1, 0);
        while at > 0 {
            not_greater += tree[at];
            at &= at - 1;
        }
        inversions += seen - not_greater;
        at = number + 1;
        while at < tree.len() {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    inversions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn inversions_are_those_that_a_plain_count_finds(numbers in prop::collection::vec(0..12usize, 0..30)) {
            let pairs = numbers.iter().enumerate().flat_map(|(at, a)| numbers[at + 1..].iter().map(move |b| a > b));
            prop_assert_eq!(inversions(&numbers), pairs.filter(|crossed| *crossed).count());
        }
    }
}
