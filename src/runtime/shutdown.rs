//! How a worker is asked to stop: once to end cleanly, twice to end at once.

use tokio_util::sync::CancellationToken;

/// Asks a worker to stop. Clones ask the same worker.
///
/// ```
/// let shutdown = hyrex::runtime::Shutdown::new();
/// shutdown.request(); // no new claims, a grace period, then cancellation
/// shutdown.request(); // at once
/// assert!(shutdown.is_requested() && shutdown.is_at_once());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    gentle: CancellationToken,
    at_once: CancellationToken,
}

impl Shutdown {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a clean stop; when that was asked before, for an end at once.
    pub fn request(&self) {
        if self.gentle.is_cancelled() {
            self.at_once.cancel();
        }
        self.gentle.cancel();
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        self.gentle.is_cancelled()
    }

    /// Whether an end at once was asked for.
    pub fn is_at_once(&self) -> bool {
        self.at_once.is_cancelled()
    }

    /// Waits until a stop is asked for.
    pub async fn requested(&self) {
        self.gentle.cancelled().await;
    }

    /// Waits until an end at once is asked for.
    pub async fn at_once(&self) {
        self.at_once.cancelled().await;
    }

    /// A shutdown that SIGTERM and SIGINT (Ctrl-C) ask for; a second signal ends the worker at once.
    ///
    /// # Errors
    /// When the system does not let signals be caught.
    #[cfg(unix)]
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = Self::new();
        let asked = shutdown.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
                asked.request();
            }
        });
        Ok(shutdown)
    }
}
