//! The row of each vertex: near the median of its neighbours, in the order of its layer, none upon another.

use super::layers::Layers;

/// Sweeps, the last one leftwards.
const SWEEPS: usize = 16;
/// How much more a dummy pulls than an item: long lines are to be straight.
const DUMMY: i64 = 4;

/// Where the vertices of a part stand, from above.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The uppermost row of each vertex.
    pub tops: Vec<usize>,
    /// The row of each vertex that lines come to and leave from.
    pub mids: Vec<usize>,
    /// Rows of all.
    pub height: usize,
}

impl Rows {
    /// Items are `tall` rows high, dummies one.
    pub fn new(layers: &Layers, tall: usize) -> Self {
        let sizes: Vec<i64> = layers.vertices.iter().map(|v| if v.dummy { 1 } else { tall as i64 }).collect();
        let mut mids = vec![0; sizes.len()];
        for layer in &layers.layers {
            settle(layer, &vec![(0, 1); layer.len()], &sizes, &mut mids);
        }
        for sweep in 0..SWEEPS {
            sweep_once(layers, &sizes, &mut mids, sweep % 2 == 0);
        }
        Self::packed(mids, &sizes)
    }

    /// Counted from 0, without the rows in which nothing stands.
    fn packed(mids: Vec<i64>, sizes: &[i64]) -> Self {
        let mut tops: Vec<i64> = mids.iter().zip(sizes).map(|(mid, size)| mid - size / 2).collect();
        let mut order: Vec<usize> = (0..tops.len()).collect();
        order.sort_unstable_by_key(|vertex| tops[*vertex]);
        // All above it is settled: `end` is the first row below that, `less` what it moves up by.
        let (mut end, mut less) = (0, 0);
        for vertex in order {
            let top = tops[vertex] - less;
            less += (top - end).max(top.min(0));
            tops[vertex] -= less;
            end = end.max(tops[vertex] + sizes[vertex]);
        }
        let mids = tops.iter().zip(sizes).map(|(top, size)| (top + size / 2) as usize).collect();
        Self { mids, tops: tops.into_iter().map(|top| top as usize).collect(), height: end as usize }
    }
}

fn sweep_once(layers: &Layers, sizes: &[i64], mids: &mut [i64], rightwards: bool) {
    let many = layers.layers.len();
    for step in 0..many {
        let layer = if rightwards { step } else { many - 1 - step };
        let near = if rightwards { &layers.up } else { &layers.down };
        let wish = |vertex: &usize| {
            let weight = if layers.vertices[*vertex].dummy { DUMMY } else { 1 };
            let mut ends: Vec<i64> = near[*vertex].iter().map(|other| mids[*other]).collect();
            ends.sort_unstable();
            match ends.len() {
                0 => (2 * mids[*vertex], 1),
                many => (ends[(many - 1) / 2] + ends[many / 2], weight),
            }
        };
        let wishes: Vec<(i64, i64)> = layers.layers[layer].iter().map(wish).collect();
        settle(&layers.layers[layer], &wishes, sizes, mids);
    }
}

/// Gives each vertex of a layer the row that it wishes, twice, with a weight; where they would meet, the rows that are
/// nearest to the wishes (isotonic regression by pooling adjacent violators).
fn settle(layer: &[usize], wishes: &[(i64, i64)], sizes: &[i64], mids: &mut [i64]) {
    // Counted from where each would stand if all were packed, the rows must not descend.
    let mut packed = Vec::with_capacity(layer.len());
    let mut top = 0;
    for vertex in layer {
        packed.push(top + sizes[*vertex] / 2);
        top += sizes[*vertex];
    }
    let mut pools: Vec<(i64, i64, usize)> = Vec::new();
    for ((twice, weight), packed) in wishes.iter().copied().zip(&packed) {
        let mut pool = ((twice - 2 * packed) * weight, 2 * weight, 1);
        while let Some(last) = pools.last().filter(|last| last.0 * pool.1 >= pool.0 * last.1) {
            pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let rows = pools.into_iter().flat_map(|(sum, weight, many)| std::iter::repeat_n(sum.div_euclid(weight), many));
    layer.iter().zip(packed).zip(rows).for_each(|((vertex, packed), row)| mids[*vertex] = row + packed);
}
