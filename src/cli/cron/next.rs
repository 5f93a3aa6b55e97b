//! `cron next`: when an expression comes.

use crate::cli::args::CronNextArgs;
use crate::cli::error::CliError;
use crate::cli::human;
use crate::cli::session::Session;
use crate::model::Timestamp;
use crate::model::schedule::Schedule;
use chrono::SecondsFormat;

/// Runs `hyrex cron next`.
pub(crate) fn run(args: &CronNextArgs, session: &mut Session) -> Result<(), CliError> {
    let schedule = Schedule::parse(&args.expression, &args.tz).map_err(|error| CliError::Usage(error.to_string()))?;
    let now = chrono::Utc::now();
    let from = args.from.unwrap_or(now);
    let next = |time: &Timestamp| schedule.after(*time);
    let times = std::iter::successors(schedule.after(from), next).take(args.limit as usize);
    let times: Vec<Timestamp> = times.collect();
    let views: Vec<String> = times.iter().map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).collect();
    session.answer(&views, |_| {
        let head = format!("{}, {}\n", schedule.describe(), schedule.zone());
        let lines = times.iter().map(|time| line(&schedule, *time, now));
        std::iter::once(head).chain(lines).collect()
    })
}

fn line(schedule: &Schedule, time: Timestamp, now: Timestamp) -> String {
    let local = time.with_timezone(&schedule.zone()).format("%a %Y-%m-%d %H:%M:%S %Z");
    format!("{local}  {}\n", human::ago(time, now))
}
