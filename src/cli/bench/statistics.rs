//! What is made of samples: medians, spreads, quantiles, and shares of the same round.

/// Median, lowest and highest of some samples.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The middle one; of an even number the mean of the two in the middle.
    pub median: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

impl Summary {
    /// Of those values that are numbers; `None`: there is none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values = sorted(values.into_iter().filter(|value| value.is_finite()).collect());
        Some(Self { median: median(&values)?, low: *values.first()?, high: *values.last()? })
    }

    /// Of the shares of `base` that `ours` are, round by round: what disturbed a round disturbed both.
    pub fn of_shares(ours: &[f64], base: &[f64]) -> Option<Self> {
        Self::of(ours.iter().zip(base).map(|(ours, base)| ours / base))
    }
}

/// The `share` (0.0 to 1.0) quantile of `values`, which are sorted by it; NaN of none.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        length => values[((length as f64 * share) as usize).min(length - 1)],
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 0 => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
        _ => Some(sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(Summary::of([3.0, 1.0, 2.0]), Some(Summary { median: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!(Summary::of([4.0, 1.0]).map(|summary| summary.median), Some(2.5));
        assert_eq!(Summary::of([7.0]), Some(Summary { median: 7.0, low: 7.0, high: 7.0 }));
    }

    #[test]
    fn what_is_no_number_does_not_count() {
        assert_eq!(Summary::of([f64::NAN, 2.0, f64::INFINITY]), Some(Summary { median: 2.0, low: 2.0, high: 2.0 }));
        assert_eq!(Summary::of([f64::NAN]), None);
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn shares_are_of_the_same_round() {
        // Of the medians the share would be 1.0: but in each round ours was half of the bare loop's.
        let shares = Summary::of_shares(&[10.0, 50.0, 100.0], &[20.0, 100.0, 200.0]);
        assert_eq!(shares, Some(Summary { median: 0.5, low: 0.5, high: 0.5 }));
        let shares = Summary::of_shares(&[30.0, 10.0], &[10.0, 10.0]);
        assert_eq!(shares, Some(Summary { median: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!(Summary::of_shares(&[1.0], &[]), None);
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.5), 51.0);
        assert_eq!(quantile(&mut values, 0.99), 100.0);
        assert_eq!(quantile(&mut values, 1.0), 100.0);
        assert!(quantile(&mut [], 0.5).is_nan());
    }
}
