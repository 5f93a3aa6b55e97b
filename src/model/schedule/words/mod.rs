//! A schedule in plain words: short ones for what is common, complete ones for the rest. Two expressions that differ in
//! when they come never read the same.

mod days;
mod times;

use super::crontab::Crontab;
use super::{Field, Values};

/// The schedule in words.
pub(super) fn describe(crontab: &Crontab) -> String {
    let of = |field| crontab.of(field);
    let time = times::phrase(of(Field::Second), of(Field::Minute), of(Field::Hour));
    let daily = time.starts_with("at ") && of(Field::Hour) != Field::Hour.all();
    let days = days::phrase(of(Field::DayOfMonth), of(Field::DayOfWeek), crontab.either_day);
    let days = days.or_else(|| daily.then(|| "every day".to_owned()));
    let parts = [Some(time), days, days::months(of(Field::Month))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The values as [`listed`], three or more that follow each other as `a to c`.
fn spans(values: Values, show: impl Fn(u32) -> String) -> String {
    let mut items = Vec::new();
    for (first, last) in values.runs() {
        match last - first {
            0 | 1 => items.extend((first..=last).map(&show)),
            _ => items.push(format!("{} to {}", show(first), show(last))),
        }
    }
    listed(&items)
}
