//! `demo`: a shop at work for some seconds, on a database of its own, and then the proof that nothing was lost.

mod books;
mod check;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod corrupt_tests;
mod figures;
mod flows;
mod kind;
#[cfg(feature = "tui")]
mod live;
mod load;
mod look;
mod orders;
mod place;
mod report;
mod schedules;
mod shop;

use super::args::DemoArgs;
use super::error::{CliError, Doing};
use super::session::Session;
use super::{clean, telemetry};
use crate::model::AttemptId;
use crate::runtime::{Shutdown, Worker, WorkerError};
use crate::sdk::{Client, WorkerSettings, patiently};
use crate::store::SharedStore;
use books::{Books, Entries};
use look::Found;
use place::Place;
use report::Report;
use shop::{Desk, Shop};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the drain goes on without any run ending before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a demo that breaks off waits for the database.
const FAREWELL: Duration = Duration::from_secs(5);

/// What one demo came to.
struct Played {
    books: Entries,
    found: Found,
    location: String,
    load: Duration,
    drain: Duration,
}

/// Orders a second where nobody looks.
const RATE: u32 = 40;

/// Runs `hyrex demo`.
pub(crate) async fn run(args: DemoArgs, session: &mut Session) -> Result<(), CliError> {
    #[cfg(feature = "tui")]
    if !args.headless && session.screen().terminal {
        return live::run(args, session).await;
    }
    if !args.headless {
        return Err(CliError::NeedsHeadless);
    }
    telemetry::install(&mut session.world, "off");
    let place = Place::new(session.given_url())?;
    let store = place.open().await?;
    begin(session, &store, &args)?;
    let played = tokio::select! {
        played = play(&place, &store, args.seconds, args.rate.unwrap_or(RATE)) => played,
        _ = tokio::signal::ctrl_c() => Err(CliError::Worker("interrupted: what the demo sent was not checked".into())),
    };
    if played.is_err() {
        // Others on the same database would send by them for ever.
        let app = shop::app_name(place.prefix());
        let withdrawn = schedules::withdraw(&store, &app);
        let _ = tokio::time::timeout(FAREWELL, withdrawn).await;
    }
    store.close().await;
    let report = report(played?);
    session.answer(&report, |screen| report.text(screen, place.prefix()))?;
    verdict(&report)
}

fn begin(session: &mut Session, store: &SharedStore, args: &DemoArgs) -> Result<(), CliError> {
    if session.json() {
        return Ok(());
    }
    let location = store.location();
    let (location, seconds, rate) = (clean::line(&location), args.seconds, args.rate.unwrap_or(RATE));
    session.world.print(format!(
        "A shop on {location}: {seconds} s of about {rate} orders a second, then all of it to its end.\n\n"
    ))
}

/// Plays the demo: a worker, the load, the drain, the look at what the database holds.
async fn play(place: &Place, store: &SharedStore, seconds: u32, rate: u32) -> Result<Played, CliError> {
    let since = AttemptId::new();
    let books = Arc::new(Books::default());
    let shop = Shop::new(Desk { books: books.clone(), prefix: place.prefix().into() });
    let shutdown = Shutdown::new();
    let worker = Worker::new(shop.app(), store.clone()).settings(settings(place)?);
    let mut working = tokio::spawn(worker.run(shutdown.clone()));
    let client = shop.app().client(store.clone());
    let seconds = Duration::from_secs(seconds.into());
    let begun = Instant::now();
    let ended = tokio::select! {
        sent = send_and_drain(&shop, &client, &books, seconds, rate) => sent,
        worked = &mut working => return Err(died(worked)),
    };
    shutdown.request();
    let worked = working.await;
    let drained = ended?;
    worked.map_err(|error| CliError::Worker(error.to_string()))?.map_err(failed)?;
    let found = look::look(store, place.prefix(), since).await.doing("read what the database holds")?;
    let (location, load) = (store.location(), drained - begun);
    Ok(Played { books: books.close(), found, location, load: load.min(seconds), drain: load.saturating_sub(seconds) })
}

/// Sends for the load's time, then waits until all is over; when that was.
async fn send_and_drain(
    shop: &Shop,
    client: &Client,
    books: &Books,
    seconds: Duration,
    rate: u32,
) -> Result<Instant, CliError> {
    let sent = load::Load::new(shop, client, seconds).run(rate).await;
    sent.map_err(|error| CliError::Worker(format!("the demo could not send: {error}")))?;
    schedules::close(client.store(), books, &shop::app_name(&shop.desk().prefix)).await?;
    drain(client, books).await
}

/// Waits until every run is over, or none has ended for a while: then the checks say what is missing.
async fn drain(client: &Client, books: &Books) -> Result<Instant, CliError> {
    let (mut open, mut last_end) = (usize::MAX, Instant::now());
    loop {
        let mut still = 0;
        for runs in books.runs().chunks(1_000) {
            let states = patiently(|| client.store().run_states(runs.to_vec())).await;
            let states = states.doing("ask how the runs stand")?;
            still += states.iter().filter(|state| !state.as_ref().is_some_and(|state| state.is_over())).count();
        }
        if still < open {
            (open, last_end) = (still, Instant::now());
        }
        if still == 0 || last_end.elapsed() > PATIENCE {
            return Ok(Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Serves the demo's queues and no others: somebody else's work may stand in the same database.
fn settings(place: &Place) -> Result<WorkerSettings, CliError> {
    // The prefix holds no character that means something in a pattern.
    WorkerSettings::new().queues([format!("{}*", place.prefix())]).map_err(|error| CliError::Worker(error.to_string()))
}

fn died(worked: Result<Result<crate::runtime::Report, WorkerError>, tokio::task::JoinError>) -> CliError {
    match worked {
        Ok(Err(error)) => failed(error),
        Ok(Ok(_)) => CliError::Worker("the demo's worker stopped by itself".into()),
        Err(error) => CliError::Worker(error.to_string()),
    }
}

fn failed(error: WorkerError) -> CliError {
    CliError::Worker(format!("the demo's worker could not work: {error}"))
}

fn report(played: Played) -> Report {
    let checks = check::all(&played.books, &played.found);
    let (total, queues) = figures::count(&played.found);
    let took = played.load + played.drain;
    Report {
        location: played.location,
        seconds: played.load.as_secs_f64(),
        drain_seconds: played.drain.as_secs_f64(),
        acknowledged: played.books.acknowledged,
        runs_per_second: (total.runs - total.open) as f64 / took.as_secs_f64().max(0.001),
        total,
        queues,
        adds_up: checks.iter().all(|check| check.ok),
        checks,
    }
}

fn verdict(report: &Report) -> Result<(), CliError> {
    match report.checks.iter().filter(|check| !check.ok).count() {
        0 => Ok(()),
        failed => Err(CliError::DoesNotAddUp { failed, checks: report.checks.len() }),
    }
}
