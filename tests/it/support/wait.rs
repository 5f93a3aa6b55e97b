//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Asks again and again until `condition` answers something; fails, naming `what`, when `bound` is over.
///
/// # Panics
/// When the condition does not come about in time.
#[track_caller]
pub fn wait_for<'a, T>(
    what: &'a str,
    bound: Duration,
    mut condition: impl AsyncFnMut() -> Option<T> + 'a,
) -> impl Future<Output = T> + 'a
where
    T: 'a,
{
    let caller = std::panic::Location::caller();
    async move {
        let start = Instant::now();
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            assert!(start.elapsed() < bound, "{caller}: waited {bound:?} in vain for {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
