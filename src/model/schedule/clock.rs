//! From the wall clock of a time zone to points in time, across the days when the clock is moved.
//!
//! The rule is that of cron(8) of Debian's cron 3.0pl1, *"Special considerations exist when the clock is changed by less
//! than 3 hours"*: jobs *"that run at a particular time (not specified as @hourly, nor with '\*' in the hour or minute
//! specifier)"* which *"would have run in the time that was skipped will be run soon after the change"*, and *"those jobs
//! that fall into the repeated time will not be re-run"*; *"jobs which are specified with wildcards are run based on the
//! new time immediately"*; *"clock changes of more than 3 hours are considered to be corrections"*.
//!
//! So a fixed time that is skipped comes at the jump, several of them as one; a fixed time that repeats comes the first
//! time. Schedules with a wildcard come whenever the clock shows their time.

use chrono::{DateTime, Datelike, Days, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use crate::model::Timestamp;

/// A longer jump is a correction: what it skips is not made up.
const CORRECTION: TimeDelta = TimeDelta::hours(3);
const SECOND: TimeDelta = TimeDelta::seconds(1);
/// Years that a schedule is looked for in: those that the `cron` crate knows.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;

/// The first point in time after `after` at which the clock of `zone` shows a time of the schedule. `next` finds the first
/// such reading of the clock after one.
pub(super) fn next_of_wildcard(
    zone: Tz,
    after: Timestamp,
    next: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
) -> Option<Timestamp> {
    let mut from = within_years(after)?;
    let mut wall = from.with_timezone(&zone).naive_local();
    loop {
        let offset = offset(zone, from);
        let time = (next(wall)? - offset).and_utc();
        let Some(change) = first_change(zone, from, time) else { return Some(time) };
        wall = change.with_timezone(&zone).naive_local() - SECOND;
        from = change;
    }
}

/// The same for a schedule of fixed times.
pub(super) fn next_of_fixed(
    zone: Tz,
    after: Timestamp,
    next: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
) -> Option<Timestamp> {
    let mut wall = within_years(after)?.with_timezone(&zone).naive_local();
    loop {
        wall = next(wall)?;
        let time = match zone.from_local_datetime(&wall).earliest() {
            Some(time) => time.to_utc(),
            None => {
                let (jump, length) = jump(zone, wall)?;
                if length > CORRECTION {
                    wall = jump.naive_local() - SECOND;
                    continue;
                }
                jump.to_utc()
            }
        };
        if time > after {
            return Some(time);
        }
    }
}

/// `after`, but not before the first year.
fn within_years(after: Timestamp) -> Option<Timestamp> {
    let first = DateTime::UNIX_EPOCH - SECOND;
    (after.year() <= *YEARS.end()).then_some(after.max(first))
}

fn offset(zone: Tz, at: Timestamp) -> TimeDelta {
    TimeDelta::seconds(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into())
}

/// The first point after `from` and up to `to` at which the clock is moved. No zone moves it twice within a day.
fn first_change(zone: Tz, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
    let before = offset(zone, from);
    let (mut low, mut high) = (from, from);
    while offset(zone, high) == before {
        if high >= to {
            return None;
        }
        (low, high) = (high, high.checked_add_days(Days::new(1))?.min(to));
    }
    while high - low > SECOND {
        let middle = low + (high - low) / 2;
        if offset(zone, middle) == before { low = middle } else { high = middle }
    }
    // The clock is moved at whole seconds, and `high` is less than one past it.
    DateTime::from_timestamp(high.timestamp(), 0)
}

/// When the gap ends that a reading of the clock falls into, and how long it is.
fn jump(zone: Tz, wall: NaiveDateTime) -> Option<(DateTime<Tz>, TimeDelta)> {
    let gap = GapInfo::new(&wall, &zone)?;
    let (begin, end) = (gap.begin?.0, gap.end?);
    let length = end.naive_local() - begin;
    Some((end, length))
}
