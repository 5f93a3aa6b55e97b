//! What `cron` takes.

use super::{help, up_to};
use crate::model::Timestamp;
use clap::{Args, Subcommand};

/// What can be done with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum CronCommand {
    /// List schedules: when each comes, last and next, on or off
    #[command(after_help = help::CRON_LIST)]
    List,
    /// Tell when an expression comes; no database is needed
    #[command(after_help = help::CRON_NEXT)]
    Next(CronNextArgs),
    /// Send now what a schedule sends, beside its times
    #[command(after_help = help::CRON_RUN)]
    Run(CronNameArgs),
    /// Switch a schedule on; times that came while it was off are not made up
    #[command(after_help = help::CRON_ENABLE)]
    Enable(CronNameArgs),
    /// Switch a schedule off, whatever the application registers
    #[command(after_help = help::CRON_DISABLE)]
    Disable(CronNameArgs),
    /// List what a schedule did, the newest first
    #[command(after_help = help::CRON_HISTORY)]
    History(CronHistoryArgs),
}

/// One schedule.
#[derive(Clone, Debug, Args)]
pub(crate) struct CronNameArgs {
    /// The task or workflow that it sends, or the whole name that `cron list` shows
    pub(crate) name: String,
}

/// An expression to try.
#[derive(Clone, Debug, Args)]
pub(crate) struct CronNextArgs {
    /// A cron expression: five fields, six with the second first, or @daily and kin; in quotes
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) expression: String,
    /// Its time zone: a name of the IANA database, such as Europe/Berlin
    #[arg(long, value_name = "TZ", default_value = "UTC")]
    pub(crate) tz: String,
    /// Times after this one, as 2026-07-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Timestamp>,
    /// Times at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 5, value_parser = up_to(1_000))]
    pub(crate) limit: u32,
}

/// Which times of a schedule to list.
#[derive(Clone, Debug, Args)]
pub(crate) struct CronHistoryArgs {
    /// The task or workflow that it sends, or the whole name that `cron list` shows
    pub(crate) name: String,
    /// Times at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = up_to(1_000))]
    pub(crate) limit: u32,
    /// Only what is older than this time: that of the last row of the page before
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) before: Option<Timestamp>,
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "give a time with its offset, like 2026-07-01T12:00:00Z".to_owned())
}
