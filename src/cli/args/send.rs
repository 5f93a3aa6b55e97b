//! What `send` takes.

use super::duration::or_seconds;
use clap::Args;
use std::time::Duration;

/// A run to send.
#[derive(Clone, Debug, Args)]
pub(crate) struct SendArgs {
    /// The task's name
    pub(crate) task: String,
    /// Its arguments: one JSON object, a key a parameter; @FILE reads it from a file, - from standard input
    #[arg(short, long, value_name = "JSON", default_value = "{}", allow_hyphen_values = true)]
    pub(crate) args: String,
    /// The queue [default: the task's, else default]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// 1 to 10, higher first [default: the task's, else 5]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..=10))]
    pub(crate) priority: Option<i16>,
    /// Attempts that may follow the first [default: the task's, else 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub(crate) max_retries: Option<u16>,
    /// Seconds that an attempt may take [default: the task's, else no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub(crate) timeout: Option<u32>,
    /// Start so much later: seconds, or like 5m, 12h, 3d
    #[arg(long, value_name = "DURATION", value_parser = or_seconds)]
    pub(crate) delay: Option<Duration>,
    /// At most one run of the task has this key; where one stands, it is answered instead
    #[arg(short = 'k', long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Wait until the run is over, at most so long, and print its result
    #[arg(short, long, value_name = "SECONDS", num_args = 0..=1, value_parser = or_seconds)]
    pub(crate) wait: Option<Option<Duration>>,
}
