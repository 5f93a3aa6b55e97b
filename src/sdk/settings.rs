//! How a worker works, where the command line does not say otherwise.

use super::config_error::ConfigError;
use crate::model::{PatternError, QueueSet};
use std::time::Duration;

/// Settings of a worker process.
///
/// ```
/// use hyrex::WorkerSettings;
/// use std::time::Duration;
///
/// let settings = WorkerSettings::new().concurrency(20).grace(Duration::from_secs(60)).queues(["mail", "export-*"])?;
/// assert!(settings.queues.serves("export-7") && !settings.queues.serves("default"));
/// # Ok::<(), hyrex::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkerSettings {
    /// The queues served; by default all.
    pub queues: QueueSet,
    /// Attempts at once; by default 100.
    pub concurrency: u32,
    /// Threads for blocking functions; by default twice the cores, at least 4.
    pub blocking_threads: u32,
    /// How long a clean stop lets attempts go on before it cancels them; by default 25 s.
    pub grace: Duration,
    /// How long others wait for a sign of life before they declare this worker lost; by default 15 s.
    pub lease: Duration,
    /// How often the worker gives one; by default 5 s.
    pub beat_interval: Duration,
    /// The worker's name, shared by its processes; by default made of host and process.
    pub name: Option<String>,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
        Self {
            queues: QueueSet::all(),
            concurrency: 100,
            blocking_threads: cores.saturating_mul(2).max(4),
            grace: Duration::from_secs(25),
            lease: Duration::from_secs(15),
            beat_interval: Duration::from_secs(5),
            name: None,
        }
    }
}

impl WorkerSettings {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves the queues that one of these names or globs covers.
    ///
    /// # Errors
    /// [`ConfigError::Pattern`] when a pattern cannot be read, or there is none.
    pub fn queues<T: AsRef<str>>(mut self, patterns: impl IntoIterator<Item = T>) -> Result<Self, ConfigError> {
        self.queues = QueueSet::new(patterns).map_err(|error: PatternError| ConfigError::Pattern(error))?;
        Ok(self)
    }

    /// So many attempts at once, 1 to 10,000.
    pub fn concurrency(mut self, attempts: u32) -> Self {
        self.concurrency = attempts;
        self
    }

    /// So many threads for blocking functions, 1 to 1,000.
    pub fn blocking_threads(mut self, threads: u32) -> Self {
        self.blocking_threads = threads;
        self
    }

    /// A clean stop lets attempts go on for so long.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Others declare this worker lost after so long without a sign of life: at least twice the beat interval.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// The worker gives a sign of life so often, 100 ms to 2 min.
    pub fn beat_interval(mut self, interval: Duration) -> Self {
        self.beat_interval = interval;
        self
    }

    /// The worker's name, for people.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether a worker can work so.
    ///
    /// # Errors
    /// [`ConfigError::Worker`]: the first setting that cannot be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let wrong = |setting, value: String, rule| Err(ConfigError::Worker { setting, value, rule });
        let (lease, beat) = (self.lease, self.beat_interval);
        if !(1..=10_000).contains(&self.concurrency) {
            return wrong("the concurrency", self.concurrency.to_string(), "must be 1 to 10,000");
        }
        if !(1..=1_000).contains(&self.blocking_threads) {
            return wrong("the number of blocking threads", self.blocking_threads.to_string(), "must be 1 to 1,000");
        }
        if !(Duration::from_millis(100)..=Duration::from_secs(120)).contains(&beat) {
            // The Python SDK takes an executor for lost after five minutes without a beat.
            return wrong("the beat interval", format!("{beat:?}"), "must be 100 ms to 2 min");
        }
        if lease < beat * 2 || lease > Duration::from_secs(24 * 3600) {
            return wrong(
                "the lease",
                format!("{lease:?}"),
                "must be at least twice the beat interval, and at most a day",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(settings: WorkerSettings) -> String {
        settings.validate().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_can_work() {
        let settings = WorkerSettings::new();
        settings.validate().unwrap();
        assert_eq!((settings.concurrency, settings.grace.as_secs()), (100, 25));
        assert!(settings.blocking_threads >= 4 && settings.queues.serves("anything"));
    }

    #[test]
    fn what_cannot_work_is_told_with_what_it_must_be() {
        let settings = WorkerSettings::new;
        assert_eq!(wrong(settings().concurrency(0)), "the concurrency is 0: must be 1 to 10,000");
        assert_eq!(
            wrong(settings().blocking_threads(1001)),
            "the number of blocking threads is 1001: must be 1 to 1,000"
        );
        assert!(wrong(settings().beat_interval(Duration::from_secs(300))).starts_with("the beat interval is 300s"));
        assert!(wrong(settings().lease(Duration::from_secs(9))).starts_with("the lease is 9s: must be at least twice"));
        assert!(settings().queues(["mail", "[a"]).unwrap_err().to_string().contains("[a"));
        assert!(settings().queues(Vec::<String>::new()).is_err());
    }
}
