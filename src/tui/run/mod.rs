//! Everything that waits: terminal, keyboard, clock, signals, store; and the loop that brings them to the model.

mod canvas;
mod events;
pub(crate) mod once;
pub(crate) mod options;
pub(crate) mod poll;
mod reading;
pub(crate) mod source;
mod terminal;
mod text;

use crate::store::{SharedStore, StoreError};
use crate::tui::state::effect::Effect;
use crate::tui::state::model::Model;
use crate::tui::state::msg::Msg;
use crate::tui::state::update::{start, update};
use crate::tui::view::theme::Theme;
use canvas::Canvas;
use crossterm::event::EventStream;
use futures_util::StreamExt;
pub(crate) use options::MonitorOptions;
use poll::Poll;
use source::Source;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use terminal::Terminal;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// Why a monitor ended that was not left.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MonitorError {
    /// The terminal is none, or went away.
    #[error("the monitor needs a terminal: {0}; `--once SCREEN` prints one frame without")]
    Terminal(io::Error),
    /// The store does not answer; only where one frame is asked for, else it is waited for.
    #[error(transparent)]
    Store(StoreError),
    /// A screen, a size or a filter that is none.
    #[error("{0}")]
    Usage(String),
}

/// Shows the store until it is left.
///
/// # Errors
/// [`MonitorError::Terminal`].
pub(crate) async fn run(store: SharedStore, options: MonitorOptions) -> Result<(), MonitorError> {
    // Colours are decided by the theme; without them none is ever written.
    crossterm::style::force_color_output(true);
    let inside_tmux = options.env.get("TMUX").is_some_and(|tmux| !tmux.is_empty());
    let terminal = Terminal::take(inside_tmux, "hyrex", options.aside.as_deref()).map_err(MonitorError::Terminal)?;
    let now = chrono::Utc::now();
    let model = options.model(store.location(), options::first(), terminal.size(), now);
    let (to, messages) = unbounded_channel();
    let poll = Poll::new(Arc::new(Source::new(store, options.frozen)), to);
    let theme = options.looks();
    let mut monitor = Running { terminal, canvas: Canvas::new(options.sync), model, theme, poll, left: false };
    monitor.live(messages).await.map_err(MonitorError::Terminal)
}

/// A monitor at work.
struct Running {
    terminal: Terminal,
    canvas: Canvas,
    model: Model,
    theme: Theme,
    poll: Poll,
    left: bool,
}

impl Running {
    /// Takes messages until the monitor is left: all that wait, then a frame where something changed.
    async fn live(&mut self, mut messages: UnboundedReceiver<Msg>) -> io::Result<()> {
        let mut keys = EventStream::new();
        let mut clock = interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut signals = Signals::new()?;
        let mut drawn = Instant::now() - FRAME;
        let first = start(&mut self.model);
        self.carry_out(first, &mut keys)?;
        while !self.left {
            if self.model.dirty && drawn.elapsed() >= FRAME {
                self.draw()?;
                drawn = Instant::now();
            }
            let rest = FRAME.saturating_sub(drawn.elapsed());
            let msg = tokio::select! {
                biased;
                event = keys.next() => match event {
                    Some(Ok(event)) => events::message(event),
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                },
                () = signals.end() => Some(Msg::Terminate),
                msg = messages.recv() => msg,
                _ = clock.tick() => Some(Msg::Clock(chrono::Utc::now())),
                () = tokio::time::sleep(rest), if self.model.dirty => None,
            };
            if let Some(msg) = msg {
                self.take(msg, &mut keys)?;
            }
            while let Ok(msg) = messages.try_recv() {
                self.take(msg, &mut keys)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, msg: Msg, keys: &mut EventStream) -> io::Result<()> {
        let effects = update(&mut self.model, msg);
        self.carry_out(effects, keys)
    }

    fn draw(&mut self) -> io::Result<()> {
        let bytes = self.canvas.draw(&self.model, &self.theme)?;
        self.model.dirty = false;
        if bytes.is_empty() { Ok(()) } else { self.terminal.write(&bytes) }
    }

    fn carry_out(&mut self, effects: Vec<Effect>, keys: &mut EventStream) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Quit => self.left = true,
                Effect::Copy(text) => self.terminal.copy(&text)?,
                Effect::Suspend => {
                    self.terminal.suspend()?;
                    *keys = EventStream::new();
                    self.canvas.lose();
                    self.model.size = self.terminal.size();
                    self.model.dirty = true;
                }
                effect @ (Effect::Ask(_) | Effect::Hold(_)) => self.poll.on(effect),
            }
        }
        Ok(())
    }
}

/// Signals that end the process: the terminal is given back first.
struct Signals {
    #[cfg(unix)]
    of: [tokio::signal::unix::Signal; 3],
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let of = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?];
        Ok(Self { of })
    }

    #[cfg(unix)]
    async fn end(&mut self) {
        let [terminate, hangup, interrupt] = &mut self.of;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn end(&mut self) {
        std::future::pending().await
    }
}
