//! `tasks`: runs, listed, looked at and acted on.

mod act;
mod list;
mod logs;
mod show;
mod tree;
mod view;

pub(crate) use list::{attempt, took};
pub(crate) use view::{JsonText, RowView};

use super::args::TasksCommand;
use super::error::CliError;
use super::session::Session;

/// Runs `hyrex tasks …`.
pub(crate) async fn run(command: TasksCommand, session: &mut Session) -> Result<(), CliError> {
    match command {
        TasksCommand::List(args) => list::run(args, session).await,
        TasksCommand::Show(args) => show::run(args, session).await,
        TasksCommand::Logs(args) => logs::run(args, session).await,
        TasksCommand::Tree(args) => tree::run(args, session).await,
        TasksCommand::Retry(runs) => act::retry(runs.ids, session).await,
        TasksCommand::Cancel(args) => act::cancel(args.runs.ids, args.subtree, session).await,
    }
}
