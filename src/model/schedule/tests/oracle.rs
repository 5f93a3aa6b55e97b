//! An oracle: crontab(5) and cron(8), typed anew and without haste. It knows neither the code beside it nor the crate.
//!
//! Each value of each field is tried against the text, then each day, hour, minute and second in turn.

use std::sync::LazyLock;

/// A reading of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    /// 0 is Sunday.
    pub(super) weekday: u32,
}

impl Reading {
    /// The reading in UTC at so many seconds after 1970 began.
    pub(super) fn utc(seconds: i64) -> Self {
        let rest = seconds.rem_euclid(86_400) as u32;
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        Self { hour, minute, second, ..CALENDAR[(seconds / 86_400) as usize] }
    }
}

/// Each day from 1 January 1970, a Thursday, counted off one by one.
static CALENDAR: LazyLock<Vec<Reading>> = LazyLock::new(|| {
    let mut days = Vec::new();
    let mut weekday = 4;
    for year in 1970..2150 {
        for month in 1..=12 {
            for day in 1..=length(year, month) {
                days.push(Reading { year, month, day, hour: 0, minute: 0, second: 0, weekday });
                weekday = (weekday + 1) % 7;
            }
        }
    }
    days
});

fn leap(year: i64) -> bool {
    year % 4 == 0 && year % 100 != 0 || year % 400 == 0
}

fn length(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The six fields of an expression: for each value, whether the text holds it.
#[derive(Clone, Debug)]
pub(super) struct Oracle {
    second: Vec<bool>,
    minute: Vec<bool>,
    hour: Vec<bool>,
    day: Vec<bool>,
    month: Vec<bool>,
    weekday: Vec<bool>,
    /// *"If both fields are restricted"*
    either_day: bool,
    /// *"with '*' in the hour or minute specifier"*
    pub(super) wildcard: bool,
}

impl Oracle {
    pub(super) fn new(expression: &str) -> Self {
        let long = match expression.to_lowercase().trim() {
            "@yearly" | "@annually" => "0 0 1 1 *".to_owned(),
            "@monthly" => "0 0 1 * *".to_owned(),
            "@weekly" => "0 0 * * 0".to_owned(),
            "@daily" | "@midnight" => "0 0 * * *".to_owned(),
            "@hourly" => "0 * * * *".to_owned(),
            other => other.to_owned(),
        };
        let mut fields: Vec<&str> = long.split_whitespace().collect();
        if fields.len() == 5 {
            fields.insert(0, "0");
        }
        let mut weekday = tried(fields[5], 0, 7, &DAYS);
        weekday[0] |= weekday[7];
        Self {
            second: tried(fields[0], 0, 59, &[]),
            minute: tried(fields[1], 0, 59, &[]),
            hour: tried(fields[2], 0, 23, &[]),
            day: tried(fields[3], 1, 31, &[]),
            month: tried(fields[4], 1, 12, &MONTHS),
            weekday,
            either_day: !fields[3].starts_with('*') && !fields[5].starts_with('*'),
            wildcard: fields[1].starts_with('*') || fields[2].starts_with('*'),
        }
    }

    /// Whether the day of this reading is one of its days.
    pub(super) fn has_day(&self, reading: Reading) -> bool {
        let (day, weekday) = (self.day[reading.day as usize], self.weekday[reading.weekday as usize]);
        self.month[reading.month as usize] && if self.either_day { day || weekday } else { day && weekday }
    }

    /// Whether the time of day of this reading is one of its times.
    pub(super) fn has_time(&self, reading: Reading) -> bool {
        let (hour, minute, second) = (reading.hour as usize, reading.minute as usize, reading.second as usize);
        self.hour[hour] && self.minute[minute] && self.second[second]
    }

    /// The first time after this one, in UTC, both in seconds after 1970 began; nothing within forty years.
    pub(super) fn next_utc(&self, after: i64) -> Option<i64> {
        let mut time = after + 1;
        while time < after + 40 * 366 * 86_400 {
            let reading = Reading::utc(time);
            if !self.has_day(reading) {
                time = (time / 86_400 + 1) * 86_400;
            } else if !self.hour[reading.hour as usize] {
                time = (time / 3600 + 1) * 3600;
            } else if !self.minute[reading.minute as usize] {
                time = (time / 60 + 1) * 60;
            } else if self.has_time(reading) {
                return Some(time);
            } else {
                time += 1;
            }
        }
        None
    }
}

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// For each value from 0 on, whether a field that reads `text` holds it.
fn tried(text: &str, low: u32, high: u32, names: &[&str]) -> Vec<bool> {
    let number = |word: &str| match names.iter().position(|name| *name == word) {
        Some(place) => place as u32 + low,
        None => word.parse().expect("a number"),
    };
    let mut held = vec![false; high as usize + 1];
    for element in text.split(',') {
        let mut halves = element.split('/');
        let (range, step) = (halves.next().expect("a range"), halves.next().map_or(1, |s| s.parse().expect("a step")));
        let (mut from, mut to) = (low, high);
        if range != "*" {
            let mut ends = range.split('-');
            from = number(ends.next().expect("an end"));
            to = ends.next().map_or(from, number);
        }
        for value in from..=to {
            held[value as usize] |= (value - from) % step == 0;
        }
    }
    held
}
