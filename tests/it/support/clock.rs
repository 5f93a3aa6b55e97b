//! A clock that stands still until a test moves it: handed to the verbs as their `now`.

use hyrex::model::Timestamp;

/// So many seconds after an arbitrary moment in the future of any machine that runs the tests.
pub fn at(seconds: f64) -> Timestamp {
    let start = chrono::DateTime::from_timestamp(1_900_000_000, 0).expect("a time that the calendar has");
    start + chrono::Duration::microseconds((seconds * 1e6).round() as i64)
}
