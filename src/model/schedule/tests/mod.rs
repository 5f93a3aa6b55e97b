//! Schedules against literals, and against an oracle that tries every minute.

mod clock;
mod errors;
mod made_up;
mod oracle;
mod random;
mod shapes;
mod words;

use super::*;
use crate::model::Timestamp;

fn utc(expression: &str) -> Schedule {
    Schedule::parse(expression, "UTC").unwrap_or_else(|error| panic!("{expression}: {error}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
