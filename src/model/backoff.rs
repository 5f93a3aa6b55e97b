//! How long a failed attempt waits before the next one.

use super::bounds::MAX_DELAY;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// The wait between a failed attempt and the next one; none by default.
///
/// ```
/// use hyrex::Backoff;
/// use std::time::Duration;
///
/// assert_eq!(Backoff::seconds(30).delay(0), Duration::from_secs(30));
/// assert_eq!(Backoff::function(|attempt| attempt * 10).delay(2), Duration::from_secs(20));
/// let doubling = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60));
/// assert_eq!(doubling.delay(3), Duration::from_secs(8));
/// assert_eq!(doubling.delay(30), Duration::from_secs(60));
/// ```
#[derive(Clone, Default)]
pub struct Backoff(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Fixed(Duration),
    Function(Arc<dyn Fn(u32) -> Duration + Send + Sync>),
    Exponential {
        base: Duration,
        cap: Duration,
        jitter: f64,
    },
}

impl Backoff {
    /// No wait: the next attempt is queued at once.
    pub const NONE: Backoff = Backoff(Kind::None);

    /// The same number of seconds after each failed attempt.
    pub fn seconds(seconds: u64) -> Self {
        Self::fixed(Duration::from_secs(seconds))
    }

    /// The same wait after each failed attempt.
    pub fn fixed(delay: Duration) -> Self {
        Self(Kind::Fixed(delay))
    }

    /// A wait that `function` tells from the failed attempt's number, 0 first: a [`Duration`], or a number of seconds.
    ///
    /// Where the function panics, there is no wait, and a warning is logged.
    pub fn function<D: IntoDelay>(function: impl Fn(u32) -> D + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(move |attempt| function(attempt).into_delay())))
    }

    /// `base` after the first failure, twice as much after each further one, at most `cap`.
    pub fn exponential(base: Duration, cap: Duration) -> Self {
        Self(Kind::Exponential { base, cap, jitter: 0.0 })
    }

    /// Shortens each exponential wait by a random part of it, up to `part` (0.0: not at all, 1.0: down to nothing), so
    /// that attempts that failed together are not repeated together. Without effect on other kinds.
    pub fn jitter(mut self, part: f64) -> Self {
        if let Kind::Exponential { jitter, .. } = &mut self.0 {
            *jitter = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
        }
        self
    }

    /// The wait after the failed attempt of this number, 0 first; at most [`MAX_DELAY`](super::bounds::MAX_DELAY).
    pub fn delay(&self, failed_attempt_number: u32) -> Duration {
        let delay = match &self.0 {
            Kind::None => Duration::ZERO,
            Kind::Fixed(delay) => *delay,
            Kind::Function(function) => guarded(function.as_ref(), failed_attempt_number),
            Kind::Exponential { base, cap, jitter } => {
                let factor = 1u32.checked_shl(failed_attempt_number).unwrap_or(u32::MAX);
                let whole = base.saturating_mul(factor).min(*cap).min(MAX_DELAY);
                whole.mul_f64(1.0 - jitter * fastrand::f64())
            }
        };
        delay.min(MAX_DELAY)
    }
}

fn guarded(function: &(dyn Fn(u32) -> Duration + Send + Sync), attempt: u32) -> Duration {
    catch_unwind(AssertUnwindSafe(|| function(attempt))).unwrap_or_else(|_| {
        tracing::warn!(attempt, "the retry_backoff function panicked: the next attempt is queued at once");
        Duration::ZERO
    })
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::None => f.write_str("Backoff::NONE"),
            Kind::Fixed(delay) => write!(f, "Backoff::fixed({delay:?})"),
            Kind::Function(_) => f.write_str("Backoff::function(..)"),
            Kind::Exponential { base, cap, jitter } => {
                write!(f, "Backoff::exponential({base:?}, {cap:?}).jitter({jitter})")
            }
        }
    }
}

/// What a backoff function may give: a [`Duration`], or a number of seconds. Negative and impossible numbers are 0.
pub trait IntoDelay {
    /// The wait.
    fn into_delay(self) -> Duration;
}

impl IntoDelay for Duration {
    fn into_delay(self) -> Duration {
        self
    }
}

macro_rules! seconds {
    ($($int:ty),*) => {$(
        impl IntoDelay for $int {
            fn into_delay(self) -> Duration {
                // A negative number does not convert, and is no wait.
                Duration::from_secs(u64::try_from(self).unwrap_or(0))
            }
        }
    )*};
}
seconds!(u8, u16, u32, u64, i32, i64);

macro_rules! fixed {
    ($($number:ty),*) => {$(
        impl From<$number> for Backoff {
            /// So many seconds after each failed attempt.
            fn from(seconds: $number) -> Self {
                Self::fixed(seconds.into_delay())
            }
        }
    )*};
}
fixed!(u32, u64, i32, f64);

impl IntoDelay for f64 {
    fn into_delay(self) -> Duration {
        let at_most = MAX_DELAY.as_secs_f64();
        if self.is_nan() { Duration::ZERO } else { Duration::from_secs_f64(self.clamp(0.0, at_most)) }
    }
}

impl From<Duration> for Backoff {
    fn from(delay: Duration) -> Self {
        Self::fixed(delay)
    }
}

impl<F, D> From<F> for Backoff
where
    F: Fn(u32) -> D + Send + Sync + 'static,
    D: IntoDelay,
{
    fn from(function: F) -> Self {
        Self::function(function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_no_wait() {
        assert_eq!(Backoff::default().delay(7), Duration::ZERO);
    }

    #[test]
    fn a_function_is_told_the_failed_attempts_number_from_zero() {
        let backoff = Backoff::function(|attempt| Duration::from_millis(u64::from(attempt) * 100 + 1));
        assert_eq!(backoff.delay(0), Duration::from_millis(1));
        assert_eq!(backoff.delay(3), Duration::from_millis(301));
        assert_eq!(Backoff::function(|_| -5).delay(0), Duration::ZERO);
        assert_eq!(Backoff::function(|_| 1.5).delay(0), Duration::from_millis(1500));
        assert_eq!(Backoff::function(|_| f64::NAN).delay(0), Duration::ZERO);
        assert_eq!(Backoff::function(|_| f64::INFINITY).delay(0), MAX_DELAY);
    }

    #[test]
    fn a_function_that_panics_is_no_wait() {
        let backoff = Backoff::function(|attempt| 10 / (attempt - 1));
        assert_eq!(backoff.delay(1), Duration::ZERO);
        assert_eq!(backoff.delay(2), Duration::from_secs(10));
    }

    #[test]
    fn exponential_waits_double_up_to_the_cap_for_every_attempt_number() {
        let backoff = Backoff::exponential(Duration::from_millis(500), Duration::from_secs(3));
        let millis: Vec<_> = (0..5).map(|n| backoff.delay(n).as_millis()).collect();
        assert_eq!(millis, [500, 1000, 2000, 3000, 3000]);
        assert_eq!(backoff.delay(1000), Duration::from_secs(3));
        assert_eq!(Backoff::exponential(Duration::MAX, Duration::MAX).delay(u32::MAX), MAX_DELAY);
    }

    #[test]
    fn jitter_only_shortens_and_by_no_more_than_its_part() {
        let backoff = Backoff::exponential(Duration::from_secs(8), Duration::from_secs(8)).jitter(0.25);
        let waits: Vec<_> = (0..200).map(|_| backoff.delay(0)).collect();
        assert!(waits.iter().all(|w| (Duration::from_secs(6)..=Duration::from_secs(8)).contains(w)), "{waits:?}");
        assert!(waits.iter().any(|w| *w != waits[0]), "all waits are the same");
        assert_eq!(Backoff::seconds(5).jitter(1.0).delay(0), Duration::from_secs(5));
    }
}
