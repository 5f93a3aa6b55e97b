//! What can be wrong with a schedule, in words for the one who wrote it.

use super::MAX_EXPRESSION;

/// Characters of a text that are shown.
const SHOWN: usize = 60;

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Nothing is written.
    #[error("the cron expression is empty: write five fields (minute hour day-of-month month day-of-week), or @daily")]
    Empty,
    /// Too many bytes.
    #[error("the cron expression has {size} bytes, and at most {MAX_EXPRESSION} are allowed")]
    TooLong {
        /// Its size in bytes.
        size: usize,
    },
    /// Not five fields, and not six.
    #[error(
        "the cron expression {} has {count} field{}, and needs five (minute hour day-of-month month day-of-week), or six with the second first",
        quoted(expression),
        if *count == 1 { "" } else { "s" }
    )]
    FieldCount {
        /// What was written.
        expression: String,
        /// How many fields that is.
        count: usize,
    },
    /// A field holds what it cannot.
    #[error(
        "the cron expression {}: {field} {}: {why}; this field takes {values}, as *, a value, a range a-b, a step */n or a-b/n, or a list of these with commas",
        quoted(expression),
        quoted(text)
    )]
    Field {
        /// What was written.
        expression: String,
        /// The name of the field.
        field: &'static str,
        /// Its text.
        text: String,
        /// What is wrong in it.
        why: String,
        /// The values that it may hold, in words.
        values: &'static str,
    },
    /// The `cron` crate does not take what crontab(5) does.
    #[error("the cron expression {} cannot be read: {}", quoted(expression), quoted(why))]
    Unreadable {
        /// The expression in the crate's terms.
        expression: String,
        /// What the crate says.
        why: String,
    },
    /// A word after `@` that is none.
    #[error(
        "the cron expression {} is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
        quoted(expression)
    )]
    Nickname {
        /// What was written.
        expression: String,
    },
    /// `@reboot`.
    #[error("@reboot is not a time: workers start and stop at any time, so send the task where your program starts")]
    Reboot,
    /// A day that no year has.
    #[error("the cron expression {} never comes: no year has such a day", quoted(expression))]
    Never {
        /// What was written.
        expression: String,
    },
    /// No such time zone.
    #[error("there is no time zone {}: use a name of the IANA database, such as Europe/Berlin or UTC", quoted(zone))]
    Zone {
        /// What was given.
        zone: String,
    },
    /// What a stored schedule sends cannot be read.
    #[error("what the schedule of {} sends cannot be read: {}", quoted(name), quoted(why))]
    Target {
        /// The task or workflow.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A word for missed times that is none.
    #[error("{} says nothing about missed times: use last, all or none", quoted(text))]
    Missed {
        /// What was given.
        text: String,
    },
}

/// A text of someone else's, fit for one line of a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    format!("'{shown}'")
}
