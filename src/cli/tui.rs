//! `tui`: the monitor, or one frame of it.

use super::args::TuiArgs;
use super::error::{CliError, Doing};
use super::session::Session;
use crate::store::SharedStore;
use crate::tui::state::geometry::Size;
use crate::tui::{MonitorError, MonitorOptions, Once, once, run as monitor};
#[cfg(feature = "sqlite")]
use crate::{
    model::text::clean,
    store::fixture::{self, Fixture},
};
#[cfg(feature = "sqlite")]
use std::borrow::Cow;

/// Runs `hyrex tui`.
pub(crate) async fn run(args: TuiArgs, session: &mut Session) -> Result<(), CliError> {
    let (store, options) = open(&args, session).await?;
    let shown = match args.once {
        Some(screen) => {
            let size = Size::new(args.size.0, args.size.1);
            once(store.clone(), options, Once { screen, filter: args.filter, size }).await.map(Some)
        }
        None if !session.screen().terminal => {
            Err(MonitorError::Terminal(std::io::Error::other("standard output is none")))
        }
        None => monitor(store.clone(), options).await.map(|()| None),
    };
    store.close().await;
    match shown {
        Ok(Some(frame)) => session.world.print(frame),
        Ok(None) => Ok(()),
        Err(MonitorError::Store(error)) => Err(error).doing("read what the screen shows"),
        Err(MonitorError::Usage(why)) => Err(CliError::Usage(why)),
        Err(error @ MonitorError::Terminal(_)) => Err(CliError::Monitor(error.to_string())),
    }
}

/// The store that is looked at, and how.
async fn open(args: &TuiArgs, session: &Session) -> Result<(SharedStore, MonitorOptions), CliError> {
    let looks = args.looks.options(session.world.is_utf8(), &session.world.env);
    #[cfg(feature = "sqlite")]
    if let Some(name) = &args.fixture {
        let fixture = fixture(name).await?;
        return Ok((fixture.store, MonitorOptions { read_only: true, frozen: Some(fixture.now), ..looks }));
    }
    let store = session.open_for_monitor(args.read_only).await?;
    Ok((store, MonitorOptions { read_only: args.read_only, ..looks }))
}

/// The data set of this name, else of this file.
#[cfg(feature = "sqlite")]
async fn fixture(name: &str) -> Result<Fixture, CliError> {
    let text = match fixture::named(name) {
        Some(own) => own.into(),
        None => Cow::from(std::fs::read_to_string(name).map_err(|error| {
            let (own, name) = (fixture::names().join(", "), clean::line(name));
            CliError::Usage(format!("there is no data set '{name}' ({own}), and as a file it cannot be read: {error}"))
        })?),
    };
    fixture::open_fixture(&text).await.doing("load the data set")
}
