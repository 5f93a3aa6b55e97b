//! `bench`: what this machine and this database give, beside what the database gives to a bare loop in the same minute.
//!
//! It works on tables of its own, in a schema or a directory that goes away with it (`place`); a worker that is
//! measured is a process of its own (`child`). Each figure is taken in rounds, ours and its base one after the other,
//! so that what disturbs the machine disturbs both; the shares are what counts. The bare loops name sqlx and rusqlite:
//! the only place outside the stores that does, since they measure just what a store adds to its driver. They stand
//! here, public and hidden, for `benches/hotpaths` as well.

mod catalogue;
mod child;
pub mod clock;
pub mod error;
mod machine;
pub mod pace;
pub mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
mod report;
pub mod rows;
mod screen;
pub mod sends;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod statistics;
mod work;
pub mod working;

use super::args::BenchArgs;
use super::error::CliError;
use super::session::Session;
use crate::runtime::Shutdown;
use crate::store::StoreUrl;
use catalogue::{Measure, WORKFLOWS, chosen};
use error::BenchError;
use machine::Machine;
use place::Place;
use report::{BUSY, Measured, Report};
use statistics::Summary;
use std::time::Instant;
use work::{Bench, Kept, Settings};

/// Runs `hyrex bench`.
pub(crate) async fn run(args: BenchArgs, session: &mut Session) -> Result<(), CliError> {
    if session.world.var(child::ROLE).is_some() {
        return Ok(child::serve().await?);
    }
    let only = if args.workflows { vec![WORKFLOWS.to_owned()] } else { args.only.clone() };
    let measures = chosen(&only).map_err(|error| CliError::Usage(error.to_string()))?;
    let (place, store) = open(session)?;
    let bench = Bench { place, settings: settings(&args) };
    let stop = Shutdown::on_signals().map_err(|error| CliError::System { doing: "listen for signals", error })?;
    let measured = tokio::select! {
        biased;
        () = stop.requested() => Err(CliError::Stopped("nothing was left behind")),
        report = measure(&bench, &measures, store, session) => report.map_err(CliError::from),
    };
    // Also where something broke off; what is wrong first is said first.
    let removed = bench.place.remove().await;
    let report = measured?;
    removed?;
    session.answer(&report, |screen| report.text(screen))
}

fn settings(args: &BenchArgs) -> Settings {
    let concurrency = args.concurrency.unwrap_or(crate::sdk::WorkerSettings::new().concurrency);
    Settings { jobs: args.jobs as usize, concurrency, rounds: args.rounds as usize, full: args.full }
}

/// Where it is measured, and which store that is, as targets count them.
fn open(session: &mut Session) -> Result<(Box<dyn Place>, usize), CliError> {
    let url = match session.url() {
        Ok(url) => url,
        Err(CliError::NoUrl) => return temporary(session),
        Err(error) => return Err(error),
    };
    match StoreUrl::parse(&url).map_err(BenchError::from)? {
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres { .. } => Ok((Box::new(postgres::Pg::new(&url)?), 0)),
        #[cfg(feature = "sqlite")]
        StoreUrl::SqliteFile(_) | StoreUrl::SqliteMemory => Ok((Box::new(sqlite::Lite::beside(&url)?), 1)),
        #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
        _ => {
            Err(BenchError::Said(format!("this build of hyrex has no backend for {}", crate::store::masked(&url)))
                .into())
        }
    }
}

/// No database is named: SQLite's own speed on this machine's temporary directory.
#[cfg(feature = "sqlite")]
fn temporary(session: &mut Session) -> Result<(Box<dyn Place>, usize), CliError> {
    let dir = std::env::temp_dir();
    let shown = dir.display();
    session.note(&format!("no database is named: it is SQLite in {shown} that is measured (--url names another)"));
    Ok((Box::new(sqlite::Lite::under(&dir)?), 1))
}

#[cfg(not(feature = "sqlite"))]
fn temporary(_session: &mut Session) -> Result<(Box<dyn Place>, usize), CliError> {
    Err(CliError::NoUrl)
}

async fn measure(
    bench: &Bench,
    measures: &[&'static Measure],
    store: usize,
    session: &mut Session,
) -> error::Result<Report> {
    let (began, start) = (chrono::Utc::now(), Instant::now());
    let database = bench.place.database().await?;
    let (mut measured, mut busy) = (Vec::new(), Vec::new());
    for (at, measure) in measures.iter().enumerate() {
        if !session.json() {
            session.note(&format!("{} of {}: {}, {}", at + 1, measures.len(), measure.name, measure.about));
        }
        let (mut rounds, mut kept) = (Vec::new(), Kept::None);
        for _ in 0..rounds_of(measure, bench) {
            busy.push(clock::busy_share().await);
            rounds.push(bench.round(measure.work, &mut kept).await?);
        }
        measured.push(Measured::new(measure, &rounds, store));
    }
    let others_took = Summary::of(busy).map_or(0.0, |summary| summary.median);
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        debug_build: cfg!(debug_assertions),
        began: began.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        seconds: start.elapsed().as_secs_f64(),
        machine: Machine::this(),
        database,
        settings: bench.settings,
        others_took,
        busy: others_took > BUSY,
        measures: measured,
    })
}

/// What nothing happens in is the same each time, and takes long.
fn rounds_of(measure: &Measure, bench: &Bench) -> usize {
    if measure.work == catalogue::Work::Idle { 1 } else { bench.settings.rounds }
}
