//! Points in time as both stores keep them: UTC, in whole microseconds.

use chrono::{DateTime, Utc};

/// A point in time, UTC. The stores keep whole microseconds.
pub type Timestamp = DateTime<Utc>;

/// Microseconds since 1970-01-01T00:00:00Z, the form that SQLite stores.
pub fn to_micros(time: Timestamp) -> i64 {
    time.timestamp_micros()
}

/// The inverse of [`to_micros`]; a value that no calendar holds becomes the epoch.
pub fn from_micros(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// `time` without what is finer than a microsecond.
pub fn truncate(time: Timestamp) -> Timestamp {
    from_micros(to_micros(time))
}
