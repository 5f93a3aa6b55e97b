//! Days and months in words.

use super::super::{Field, Values};
use super::{listed, spans};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// `on the 1st and on Mondays`, `on weekdays`; nothing for every day.
pub(super) fn phrase(days: Values, weekdays: Values, either: bool) -> Option<String> {
    let (every_day, every_weekday) = (days == Field::DayOfMonth.all(), weekdays == Field::DayOfWeek.all());
    match (every_day, every_weekday) {
        (true, true) => None,
        (true, false) | (false, true) if either => None,
        (true, false) => Some(from_to(weekdays).unwrap_or_else(|| format!("on {}", plural(weekdays)))),
        (false, true) => Some(format!("on {}", of_month(days))),
        (false, false) if either => Some(format!("on {} and on {}", of_month(days), plural(weekdays))),
        (false, false) => Some(format!("on {} that are {}", plural(weekdays), of_month(days))),
    }
}

/// `in January and July`, `from March to May`; nothing for every month.
pub(super) fn months(months: Values) -> Option<String> {
    let name = |month: u32| MONTHS[month as usize - 1].to_owned();
    match months.runs()[..] {
        [(1, 12)] => None,
        [(first, last)] if last - first > 1 => Some(format!("from {} to {}", name(first), name(last))),
        _ => Some(format!("in {}", spans(months, name))),
    }
}

/// `the 1st, 10th and 20th to 25th`, `every 2nd day from the 1st to the 31st`.
fn of_month(days: Values) -> String {
    match days.progression() {
        Some((first, last, step)) if step > 1 && days.len() > 3 => {
            format!("every {} day from the {} to the {}", ordinal(step), ordinal(first), ordinal(last))
        }
        _ => format!("the {}", spans(days, ordinal)),
    }
}

/// `from Monday to Thursday`, for three days or more that follow each other.
fn from_to(weekdays: Values) -> Option<String> {
    let from_monday: Values = weekdays.iter().map(|day| (day + 6) % 7).collect();
    let name = |day: u32| WEEKDAYS[(day as usize + 1) % 7];
    match from_monday.runs()[..] {
        [(0, 4)] => None,
        [(first, last)] if last - first > 1 => Some(format!("from {} to {}", name(first), name(last))),
        _ => None,
    }
}

/// `weekdays`, `Mondays and Fridays`.
fn plural(weekdays: Values) -> String {
    let ordered = (1..=7).map(|day| day % 7).filter(|day| weekdays.contains(*day));
    let names: Vec<String> = ordered.map(|day| format!("{}s", WEEKDAYS[day as usize])).collect();
    match weekdays.iter().collect::<Vec<_>>()[..] {
        [1, 2, 3, 4, 5] => "weekdays".into(),
        [0, 6] => "weekends".into(),
        _ => listed(&names),
    }
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
