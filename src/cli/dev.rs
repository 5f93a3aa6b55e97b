//! `dev`: the application's worker, its schedules and the monitor in one process, on SQLite unless told otherwise.

use super::args::DevArgs;
use super::error::{CliError, Doing};
use super::session::{Access, Session};
use super::{alongside, application, telemetry, worker};
use crate::runtime::Worker;
use crate::sdk::HyrexApp;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs `dev` of an application's binary.
pub(crate) async fn run(args: DevArgs, app: &HyrexApp, session: &mut Session) -> Result<(), CliError> {
    application::check_own(&args.worker)?;
    if !session.screen().terminal {
        return Err(CliError::Monitor("`dev` needs a terminal: `run-worker` works without".into()));
    }
    let settings = worker::settings(args.worker, app)?;
    session.url_or_own_file()?;
    let (path, log) = log(session)?;
    let looks = args.looks.options(session.world.is_utf8(), &session.world.env);
    telemetry::install(&mut session.world, "info");
    let store = session.open_unchecked(Access::Create).await?;
    store.prepare().await.doing("prepare the database")?;
    let options = crate::tui::MonitorOptions { aside: Some(Arc::new(log)), ..looks };
    let worker = Worker::new(app.clone(), store.clone()).settings(settings);
    let worked = alongside::run(worker, store.clone(), options, session).await;
    store.close().await;
    session.note(&format!("what the worker and its tasks said stands in {}", path.display()));
    worker::answer(session, &worked?)
}

/// What is said while the monitor is shown: this session's alone.
fn log(session: &Session) -> Result<(PathBuf, File), CliError> {
    let path = session.own_folder()?.join("dev.log");
    let file = File::create(&path).map_err(|error| CliError::System { doing: "write .hyrex/dev.log", error })?;
    Ok((path, file))
}
