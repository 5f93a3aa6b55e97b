//! A worker and the monitor in one process: the worker works while the monitor is looked at, and is told to stop, as a
//! worker always is, when the monitor is left.

use super::error::CliError;
use super::session::Session;
use crate::runtime::{Report, Shutdown, Worker, WorkerError};
use crate::store::SharedStore;
use crate::tui::{MonitorError, MonitorOptions, run as monitor};
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};

/// What a clean stop takes without a word about it.
const SILENT: Duration = Duration::from_millis(500);

/// Works and shows until the monitor is left, the worker cannot go on, or a signal comes; what the worker did.
///
/// # Errors
/// A worker that could not work; a monitor that could not be shown.
pub(crate) async fn run(
    worker: Worker,
    store: SharedStore,
    options: MonitorOptions,
    session: &mut Session,
) -> Result<Report, CliError> {
    let shutdown = Shutdown::on_signals().map_err(|error| CliError::System { doing: "listen for signals", error })?;
    let mut working = tokio::spawn(worker.run(shutdown.clone()));
    let shown = tokio::select! {
        shown = monitor(store, options) => shown,
        worked = &mut working => return ended(worked),
    };
    if !shutdown.is_requested() {
        shutdown.request();
    }
    let report = stopped(working, session).await?;
    shown.map_err(not_shown)?;
    Ok(report)
}

/// Waits for the worker's clean stop, with a word where that takes a while.
async fn stopped(
    mut working: JoinHandle<Result<Report, WorkerError>>,
    session: &mut Session,
) -> Result<Report, CliError> {
    if let Ok(worked) = tokio::time::timeout(SILENT, &mut working).await {
        return ended(worked);
    }
    session.note("waiting for the tasks that still run; Ctrl-C ends them at once");
    ended(working.await)
}

fn ended(worked: Result<Result<Report, WorkerError>, JoinError>) -> Result<Report, CliError> {
    match worked {
        Ok(Ok(report)) => Ok(report),
        Ok(Err(WorkerError::Store(error))) => Err(CliError::Store { doing: "start the worker", error }),
        Ok(Err(error)) => Err(CliError::Worker(error.to_string())),
        Err(error) => Err(CliError::Worker(error.to_string())),
    }
}

fn not_shown(error: MonitorError) -> CliError {
    match error {
        MonitorError::Store(error) => CliError::Store { doing: "read what the screen shows", error },
        MonitorError::Usage(why) => CliError::Usage(why),
        error @ MonitorError::Terminal(_) => CliError::Monitor(error.to_string()),
    }
}
