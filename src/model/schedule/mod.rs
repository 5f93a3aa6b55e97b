//! Schedules: when something comes, by a cron expression in a time zone. No clock is read here; time comes in.
//!
//! [`Schedule::parse`] reads what was written or says what is wrong with it; [`Schedule::after`] finds the next time,
//! [`Missed`] which times are made up after a gap, [`Schedule::describe`] what it is in words. The `cron` crate reads the
//! values of fields and searches readings of the clock; `crontab.rs` adds what crontab(5) has beyond it, and `clock.rs`
//! what cron(8) says of the days when the clock is moved.

mod clock;
mod crontab;
mod error;
mod field;
mod missed;
mod target;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::fmt;

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::model::Timestamp;
use crontab::Crontab;
pub use error::ScheduleError;
use field::Field;
pub use missed::Missed;
pub use target::{Target, TargetColumns};
use values::Values;

/// Longest expression, in bytes.
pub const MAX_EXPRESSION: usize = 1024;

/// When something comes: a cron expression in a time zone. It comes at whole seconds.
///
/// ```
/// use hyrex::model::schedule::Schedule;
///
/// let nightly = Schedule::parse("0 2 * * *", "Europe/Berlin")?;
/// let noon = "2026-07-01T12:00:00Z".parse()?;
/// assert_eq!(nightly.after(noon), Some("2026-07-02T00:00:00Z".parse()?));
/// assert_eq!(nightly.describe(), "at 02:00 every day");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    expression: String,
    zone: Tz,
    crontab: Crontab,
}

impl Schedule {
    /// Reads an expression of five fields as in crontab(5), of six with the second first, or a nickname such as `@daily`;
    /// `zone` is a name of the IANA database, such as `Europe/Berlin` or `UTC`.
    ///
    /// # Errors
    /// What is wrong, on one line: a field with its text and what it may hold, a day that no year has, an unknown zone.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, ScheduleError> {
        let crontab = Crontab::read(expression)?;
        let zone = zone.parse().map_err(|_| ScheduleError::Zone { zone: zone.to_owned() })?;
        let schedule = Self { expression: expression.trim_ascii().to_owned(), zone, crontab };
        match schedule.after(chrono::DateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never { expression: schedule.expression }),
        }
    }

    /// The first time after `after`; none after the year 2100.
    pub fn after(&self, after: Timestamp) -> Option<Timestamp> {
        match self.crontab.wildcard {
            true => clock::next_of_wildcard(self.zone, after, |wall| self.next_reading(wall)),
            false => clock::next_of_fixed(self.zone, after, |wall| self.next_reading(wall)),
        }
    }

    /// The times after `from` and up to `to`, ascending.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let next = |time: &Timestamp| self.after(*time);
        std::iter::successors(self.after(from), next).take_while(move |time| *time <= to)
    }

    /// What was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The schedule in plain words, without its zone: `at 02:00 every day`, `every 15 minutes on weekdays`.
    pub fn describe(&self) -> String {
        words::describe(&self.crontab)
    }

    /// The schedule in five fields of numbers, for a scheduler that knows no more than these and UTC, such as the Python
    /// SDK's; nothing, when it cannot be said so.
    pub fn portable(&self) -> Option<String> {
        let utc = matches!(self.zone, Tz::UTC | Tz::Etc__UTC | Tz::Zulu | Tz::Etc__Zulu | Tz::UCT | Tz::Etc__UCT);
        if utc { self.crontab.portable() } else { None }
    }

    /// The next reading of the clock, as if it were never moved.
    fn next_reading(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = |part: &cron::Schedule| part.after(&wall.and_utc()).next().map(|time| time.naive_utc());
        self.crontab.parts.iter().filter_map(next).min()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)
    }
}
