//! `cron`: schedules, listed, tried, run and switched.

mod find;
mod history;
mod list;
mod next;
mod run;
mod switch;
mod view;

use super::args::CronCommand;
use super::error::CliError;
use super::session::Session;

/// Runs `hyrex cron …`.
pub(crate) async fn run(command: CronCommand, session: &mut Session) -> Result<(), CliError> {
    match command {
        CronCommand::List => list::run(session).await,
        CronCommand::Next(args) => next::run(&args, session),
        CronCommand::Run(args) => run::run(&args, session).await,
        CronCommand::Enable(args) => switch::run(&args, true, session).await,
        CronCommand::Disable(args) => switch::run(&args, false, session).await,
        CronCommand::History(args) => history::run(&args, session).await,
    }
}
