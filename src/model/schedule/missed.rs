//! What happens to the times at which no scheduler was there.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use super::{Schedule, ScheduleError};
use crate::model::Timestamp;

/// What happens to the times at which no scheduler was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missed {
    /// The last of them is made up.
    #[default]
    Last,
    /// All are made up, the newest [`Missed::MOST`] at most.
    All,
    /// None is made up.
    None,
}

impl Missed {
    /// Each.
    pub const EACH: [Self; 3] = [Self::Last, Self::All, Self::None];

    /// Most times that are made up at once.
    pub const MOST: usize = 1000;

    /// A time is not missed before it is this long past: what is younger runs in any case, so that a schedule of every
    /// second loses nothing while one scheduler takes over from another.
    pub const LATE: TimeDelta = TimeDelta::seconds(60);

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::All => "all",
            Self::None => "none",
        }
    }

    /// The times after `confirmed` and up to `now` at which the schedule is to run, ascending.
    ///
    /// ```
    /// use hyrex::model::Timestamp;
    /// use hyrex::model::schedule::{Missed, Schedule};
    ///
    /// let hourly = Schedule::parse("0 * * * *", "UTC")?;
    /// let (confirmed, now): (Timestamp, Timestamp) = ("2026-03-01T06:00:00Z".parse()?, "2026-03-01T09:30:00Z".parse()?);
    /// assert_eq!(Missed::All.due(&hourly, confirmed, now).len(), 3);
    /// assert_eq!(Missed::Last.due(&hourly, confirmed, now), ["2026-03-01T09:00:00Z".parse::<Timestamp>()?]);
    /// assert!(Missed::None.due(&hourly, confirmed, now).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn due(self, schedule: &Schedule, confirmed: Timestamp, now: Timestamp) -> Vec<Timestamp> {
        let recent: Vec<Timestamp> = schedule.between(confirmed.max(now - Self::LATE), now).take(Self::MOST).collect();
        match self {
            Self::None => recent,
            Self::Last if recent.is_empty() => newest(1, schedule, confirmed, now),
            Self::Last => recent,
            Self::All => newest(Self::MOST, schedule, confirmed, now),
        }
    }
}

/// The newest times after `from` and up to `to`, `most` at most: found by halving, since a schedule is only searched
/// forward, and a year of every second has 31 million.
fn newest(most: usize, schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let enough = |from: Timestamp| schedule.between(from, to).nth(most).is_some();
    let (mut low, mut high) = (from, to);
    while enough(low) && high - low > TimeDelta::seconds(1) {
        let middle = low + (high - low) / 2;
        if enough(middle) { low = middle } else { high = middle }
    }
    let from = if enough(low) { high } else { low };
    schedule.between(from, to).collect()
}

impl AsRef<str> for Missed {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Missed {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let found = Self::EACH.into_iter().find(|missed| missed.as_str() == text);
        found.ok_or_else(|| ScheduleError::Missed { text: text.to_owned() })
    }
}
