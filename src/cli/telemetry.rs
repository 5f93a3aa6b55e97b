//! What a worker's process says while it works: one line an event on standard error, filtered by `HYREX_LOG`; and the
//! lines of tasks, kept with their attempts.

use super::clean;
use super::world::World;
use crate::runtime::LogLayer;
use crate::sdk::get_hyrex_context;
use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Installs the subscriber of this process, unless the application has one of its own: then that one stands, and
/// captures tasks' lines where it has a [`LogLayer`]. A filter that cannot be read is said and passed over.
pub(crate) fn install(world: &mut World, default: &str) {
    let wanted = ["HYREX_LOG", "RUST_LOG"].iter().find_map(|name| Some((*name, world.var(name)?.to_owned())));
    let filter = match wanted.map(|(name, text)| (name, EnvFilter::try_new(&text))) {
        None => EnvFilter::new(default),
        Some((_, Ok(filter))) => filter,
        Some((name, Err(error))) => {
            world.say(&format!("hyrex: {name} is passed over: {}", clean::line(&error.to_string())));
            EnvFilter::new(default)
        }
    };
    let lines = fmt::layer().with_writer(CleanLines).with_ansi(false).with_filter(filter);
    quiet_panics();
    let _ = tracing_subscriber::registry().with(lines).with(LogLayer::new()).try_init();
}

/// Makes one line of a task's panic, where the standard library would write its message as it is, and a backtrace.
/// Other panics are none of ours: for them, whatever the application installed is called.
fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| match get_hyrex_context() {
        Some(_) => {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(target: "panic", place, "panicked: {}", message(info.payload()));
        }
        None => before(info),
    }));
}

/// What a panic says.
fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// Standard error, an event a line: what tasks log cannot break out of it.
struct CleanLines;

impl MakeWriter<'_> for CleanLines {
    type Writer = CleanLine;

    fn make_writer(&self) -> CleanLine {
        CleanLine(Vec::new())
    }
}

/// One event, gathered and written at its end.
struct CleanLine(Vec<u8>);

impl Write for CleanLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for CleanLine {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        if !text.is_empty() {
            // Nobody to tell when standard error is gone.
            let _ = writeln!(io::stderr(), "{}", one_line(&text));
        }
    }
}

fn one_line(text: &str) -> String {
    clean::line(text.trim_end_matches('\n')).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_on_its_line() {
        assert_eq!(one_line("INFO shop: a\nb\x1b[2J\n"), "INFO shop: a\\nb\\x1b[2J");
    }
}
