//! `run-worker`: runs the application's tasks until it is told to stop.

use super::application;
use super::args::WorkerArgs;
use super::error::{CliError, Doing};
use super::session::{Access, Session};
use super::telemetry;
use crate::runtime::{Report, Shutdown, Worker, WorkerError, insist};
use crate::sdk::{HyrexApp, WorkerSettings};
use crate::store::{SharedStore, StoreUrl, masked};
use serde::Serialize;

/// What a worker did, as scripts read it.
#[derive(Serialize)]
struct Worked {
    succeeded: u64,
    failed: u64,
    retried: u64,
    canceled: u64,
    given_back: u64,
    stopped: u64,
    unsettled: u64,
    stuck: u32,
}

/// Runs `run-worker` of an application's binary.
pub(crate) async fn run(args: WorkerArgs, app: &HyrexApp, session: &mut Session) -> Result<(), CliError> {
    application::check_own(&args)?;
    let settings = settings(args, app)?;
    telemetry::install(&mut session.world, "info");
    let shutdown = Shutdown::on_signals().map_err(|error| CliError::System { doing: "listen for signals", error })?;
    let store = tokio::select! {
        store = await_store(session) => store?,
        () = shutdown.requested() => return answer(session, &Report::default()),
    };
    tracing::info!(location = %store.location(), "using the database");
    let worked = Worker::new(app.clone(), store.clone()).settings(settings).run(shutdown).await;
    store.close().await;
    let report = worked.map_err(|error| match error {
        WorkerError::Store(error) => CliError::Store { doing: "start the worker", error },
        error => CliError::Worker(error.to_string()),
    })?;
    answer(session, &report)
}

/// The store with its tables. A server that is away is waited for; what would not pass by itself is an error.
async fn await_store(session: &Session) -> Result<SharedStore, CliError> {
    let url = session.url()?;
    let is_server = matches!(StoreUrl::parse(&url), Ok(StoreUrl::Postgres { .. }));
    let open = || async {
        match open(session).await {
            Err(CliError::Store { error, .. }) if is_server && error.is_transient() => Err(error),
            answer => Ok(answer),
        }
    };
    insist(&masked(&url), open).await.doing("open the database")?
}

async fn open(session: &Session) -> Result<SharedStore, CliError> {
    let store = session.open_unchecked(Access::Create).await?;
    store.prepare().await.doing("prepare the database")?;
    Ok(store)
}

/// The application's settings, and before them what the command line says.
pub(super) fn settings(args: WorkerArgs, app: &HyrexApp) -> Result<WorkerSettings, CliError> {
    let mut settings = app.worker_settings().clone();
    if !args.queues.is_empty() {
        settings = settings.queues(&args.queues).map_err(|error| CliError::Usage(error.to_string()))?;
    }
    settings.concurrency = args.concurrency.unwrap_or(settings.concurrency);
    settings.blocking_threads = args.blocking.unwrap_or(settings.blocking_threads);
    settings.grace = args.grace.unwrap_or(settings.grace);
    settings.name = args.name.or(settings.name);
    Ok(settings)
}

/// Says what a worker did.
pub(super) fn answer(session: &mut Session, report: &Report) -> Result<(), CliError> {
    let worked = Worked {
        succeeded: report.succeeded,
        failed: report.failed,
        retried: report.retried,
        canceled: report.canceled,
        given_back: report.given_back,
        stopped: report.stopped,
        unsettled: report.unsettled,
        stuck: report.stuck,
    };
    session.answer(&worked, |_| {
        format!(
            "stopped: {} succeeded, {} failed ({} retried), {} canceled, {} given back, {} stopped\n",
            worked.succeeded, worked.failed, worked.retried, worked.canceled, worked.given_back, worked.stopped
        )
    })
}
