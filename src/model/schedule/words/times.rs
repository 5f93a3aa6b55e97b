//! The time of day in words.

use super::super::{Field, Values};
use super::{listed, spans};

/// Most times of a day that are listed one by one.
const LISTED: usize = 6;

/// `at 02:00`, `every 15 minutes from 09:00 to 17:45`, `every 10 seconds`, `at minute 5 of hours 1, 2 and 4`.
pub(super) fn phrase(seconds: Values, minutes: Values, hours: Values) -> String {
    let found = match (seconds.single(), minutes.single()) {
        (Some(second), Some(minute)) => of_one_minute(second, minute, hours),
        (Some(second), None) if minutes.len() * hours.len() <= LISTED => Some(clock_times(second, minutes, hours)),
        (Some(0), None) => every_minutes(minutes, hours),
        _ => every_seconds(seconds, minutes, hours),
    };
    found.unwrap_or_else(|| in_full(seconds, minutes, hours))
}

/// One time an hour.
fn of_one_minute(second: u32, minute: u32, hours: Values) -> Option<String> {
    let clock = |hour| clock(hour, minute, second);
    let every = |step| if step == 1 { "every hour".to_owned() } else { format!("every {step} hours") };
    match (even(hours, 24), hours.progression()) {
        (Some(step), _) if (minute, second) == (0, 0) => Some(every(step)),
        (Some(1), _) if second == 0 => Some(format!("every hour at minute {minute}")),
        (Some(1), _) => Some(format!("every hour at minute {minute}, second {second}")),
        (_, Some((first, last, step))) => Some(format!("{} from {} to {}", every(step), clock(first), clock(last))),
        _ if hours.len() <= LISTED => Some(clock_times(second, [minute].into_iter().collect(), hours)),
        _ => None,
    }
}

/// Each time of the day.
fn clock_times(second: u32, minutes: Values, hours: Values) -> String {
    let of_hour = |hour| minutes.iter().map(move |minute| clock(hour, minute, second));
    format!("at {}", listed(&hours.iter().flat_map(of_hour).collect::<Vec<_>>()))
}

/// Equal steps through each hour, by minutes.
fn every_minutes(minutes: Values, hours: Values) -> Option<String> {
    let step = even(minutes, 60)?;
    let every = if step == 1 { "every minute".to_owned() } else { format!("every {step} minutes") };
    match hours.runs()[..] {
        [(0, 23)] => Some(every),
        [(first, last)] => Some(format!("{every} from {first:02}:00 to {last:02}:{:02}", 60 - step)),
        _ => Some(format!("{every} of {}", named("hour", hours))),
    }
}

/// Equal steps through each minute, by seconds.
fn every_seconds(seconds: Values, minutes: Values, hours: Values) -> Option<String> {
    let step = even(seconds, 60)?;
    if minutes != Field::Minute.all() {
        return None;
    }
    let every = if step == 1 { "every second".to_owned() } else { format!("every {step} seconds") };
    match hours.runs()[..] {
        [(0, 23)] => Some(every),
        [(first, last)] => Some(format!("{every} from {first:02}:00:00 to {last:02}:59:{:02}", 60 - step)),
        _ => Some(format!("{every} of {}", named("hour", hours))),
    }
}

/// Any time, level by level.
fn in_full(seconds: Values, minutes: Values, hours: Values) -> String {
    let mut levels = Vec::new();
    if seconds.single() != Some(0) {
        levels.push(match even(seconds, 60) {
            Some(1) => "every second".to_owned(),
            Some(step) => format!("every {step} seconds"),
            None => format!("at {}", named("second", seconds)),
        });
    }
    levels.push(match (levels.is_empty(), minutes == Field::Minute.all()) {
        (true, _) => format!("at {}", named("minute", minutes)),
        (false, true) => "every minute".into(),
        (false, false) => named("minute", minutes),
    });
    match hours == Field::Hour.all() {
        true if minutes == Field::Minute.all() => {}
        true => levels.push("every hour".into()),
        false => levels.push(named("hour", hours)),
    }
    levels.join(" of ")
}

/// `minute 5`, `minutes 5, 10 and 20 to 30`.
fn named(unit: &str, values: Values) -> String {
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{unit}{plural} {}", spans(values, |value| value.to_string()))
}

/// The step, when the values go from 0 to `size` in equal steps.
fn even(values: Values, size: u32) -> Option<u32> {
    let steps = (1..=size / 2).filter(|step| size.is_multiple_of(*step));
    steps.into_iter().find(|step| (0..size).step_by(*step as usize).collect::<Values>() == values)
}

fn clock(hour: u32, minute: u32, second: u32) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}
