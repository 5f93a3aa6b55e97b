//! `workflows`: definitions and runs, listed, drawn, sent and acted on.

mod cancel;
mod drawing;
mod list;
mod retry;
mod runs;
mod send;
mod show;
mod view;

use super::args::WorkflowsCommand;
use super::error::CliError;
use super::session::Session;
use crate::sdk::HyrexApp;

/// Runs `hyrex workflows …`.
pub(crate) async fn run(
    command: WorkflowsCommand,
    app: Option<&HyrexApp>,
    session: &mut Session,
) -> Result<(), CliError> {
    match command {
        WorkflowsCommand::List => list::run(session).await,
        WorkflowsCommand::Runs(args) => runs::run(args, session).await,
        WorkflowsCommand::Show(args) => show::run(args, app, session).await,
        WorkflowsCommand::Send(args) => send::run(args, app, session).await,
        WorkflowsCommand::Cancel(args) => cancel::run(args, session).await,
        WorkflowsCommand::Retry(args) => retry::run(args, session).await,
    }
}
