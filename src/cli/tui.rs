//! `tui`: the monitor, or one frame of it.

use super::args::TuiArgs;
use super::error::{CliError, Doing};
use super::session::Session;
use crate::tui::state::geometry::Size;
use crate::tui::{MonitorError, MonitorOptions, Once, once, run as monitor};

/// Runs `hyrex tui`.
pub(crate) async fn run(args: TuiArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open_for_monitor(args.read_only).await?;
    let options = options(&args, session);
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

fn options(args: &TuiArgs, session: &Session) -> MonitorOptions {
    let looks = args.looks.options(session.world.is_utf8(), &session.world.env);
    MonitorOptions { read_only: args.read_only, ..looks }
}
