//! What a person has set for how things are shown.

use crate::model::Timestamp;
use crate::model::text::human;
use chrono::{Local, TimeZone};
use std::time::Duration;

/// Settings of the whole monitor.
#[derive(Clone, Debug)]
pub(crate) struct Prefs {
    /// How often the visible screen is read anew.
    pub(crate) refresh: Duration,
    /// No new readings.
    pub(crate) paused: bool,
    /// Every column, whatever its width.
    pub(crate) wide: bool,
    /// The header in one row.
    pub(crate) header_folded: bool,
    /// Nothing beyond ASCII is drawn.
    pub(crate) ascii: bool,
    /// How times are shown.
    pub(crate) times: Times,
}

impl Default for Prefs {
    fn default() -> Self {
        let refresh = Duration::from_secs(2);
        Self { refresh, paused: false, wide: false, header_folded: false, ascii: false, times: Times::Relative }
    }
}

/// How a point in time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// By its distance: `12s ago`.
    Relative,
    /// UTC.
    Utc,
    /// In the zone of this machine.
    Local,
}

impl Times {
    /// The one after this.
    pub(crate) fn next(self) -> Self {
        match self {
            Times::Relative => Times::Utc,
            Times::Utc => Times::Local,
            Times::Local => Times::Relative,
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Times::Relative => "relative",
            Times::Utc => "UTC",
            Times::Local => "local",
        }
    }

    /// A time in a column: `12s`, or `11-24 01:02:03` where it is another day, else `01:02:03`.
    pub(crate) fn column(self, time: Timestamp, now: Timestamp) -> String {
        match self {
            Times::Relative => age(time, now),
            Times::Utc => of_day(&time, &now),
            Times::Local => {
                of_day(&Local.from_utc_datetime(&time.naive_utc()), &Local.from_utc_datetime(&now.naive_utc()))
            }
        }
    }

    /// A time with its milliseconds, whole; relative ones stand beside it.
    pub(crate) fn whole(self, time: Timestamp) -> String {
        match self {
            Times::Local => Local.from_utc_datetime(&time.naive_utc()).format("%Y-%m-%d %H:%M:%S%.3f %z").to_string(),
            Times::Relative | Times::Utc => time.format("%Y-%m-%d %H:%M:%S%.3fZ").to_string(),
        }
    }

    /// The time of day of the header's clock.
    pub(crate) fn clock(self, time: Timestamp) -> String {
        match self {
            Times::Local => Local.from_utc_datetime(&time.naive_utc()).format("%H:%M:%S").to_string(),
            Times::Relative | Times::Utc => time.format("%H:%M:%SZ").to_string(),
        }
    }
}

fn of_day<Z: TimeZone>(time: &chrono::DateTime<Z>, now: &chrono::DateTime<Z>) -> String
where
    Z::Offset: std::fmt::Display,
{
    let form = if time.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%m-%d %H:%M" };
    time.format(form).to_string()
}

/// How long ago, in one unit from a minute on, so that a column of ages is still for most of the time.
pub(crate) fn age(time: Timestamp, now: Timestamp) -> String {
    if time > now {
        return format!("in {}", coarse(human::between(now, time)));
    }
    coarse(human::between(time, now))
}

/// A duration in one unit: `12s`, `4m`, `3h`, `5d`.
pub(crate) fn coarse(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        3_600..=86_399 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::from_micros;

    #[test]
    fn ages_are_in_one_unit() {
        let now = from_micros(1_700_000_000_000_000);
        let shown = |seconds: i64| age(now - chrono::TimeDelta::seconds(seconds), now);
        assert_eq!([shown(0), shown(59), shown(61), shown(7_200), shown(200_000)], ["0s", "59s", "1m", "2h", "2d"]);
        assert_eq!(shown(-300), "in 5m");
    }

    #[test]
    fn another_day_is_said() {
        let now = from_micros(1_700_000_000_000_000);
        assert_eq!(Times::Utc.column(now, now), "22:13:20");
        assert_eq!(Times::Utc.column(now - chrono::TimeDelta::days(2), now), "11-12 22:13");
    }
}
