//! Repeating a verb of the store while the database is away for a moment.

use crate::store::Result;
use std::future::Future;
use std::time::{Duration, Instant};

/// How long a verb is repeated.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Repeats a verb as long as it fails for a reason that may pass, for some seconds. Only for verbs that can be
/// repeated without a difference: those that read, and those that bring their ids.
pub(crate) async fn patiently<T, F>(verb: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    patiently_until(std::future::pending(), verb).await
}

/// The same, until nobody waits for the answer any more: then what the verb answers next stands.
pub(super) async fn patiently_until<T, F>(abandoned: impl Future<Output = ()>, mut verb: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let (since, mut pause) = (Instant::now(), FIRST_PAUSE);
    let mut abandoned = std::pin::pin!(abandoned);
    loop {
        match verb().await {
            Err(error) if error.is_transient() && since.elapsed() + pause < PATIENCE => {
                tokio::select! {
                    biased;
                    () = &mut abandoned => return Err(error),
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;
    use std::cell::Cell;

    fn away() -> StoreError {
        StoreError::Unavailable("connection refused".into())
    }

    #[tokio::test]
    async fn what_may_pass_is_repeated_until_it_has_passed() {
        let tries = Cell::new(0);
        let verb = || {
            tries.set(tries.get() + 1);
            std::future::ready(if tries.get() < 4 { Err(away()) } else { Ok(tries.get()) })
        };
        assert_eq!(patiently(verb).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_repeated() {
        let tries = Cell::new(0);
        let verb = || {
            tries.set(tries.get() + 1);
            std::future::ready(Err::<(), _>(away()))
        };
        assert!(patiently_until(std::future::ready(()), verb).await.is_err());
        assert_eq!(tries.get(), 1);
    }

    #[tokio::test]
    async fn what_stays_wrong_is_told_at_once() {
        let tries = Cell::new(0);
        let verb = || {
            tries.set(tries.get() + 1);
            std::future::ready(Err::<(), _>(StoreError::NotInitialized))
        };
        assert!(patiently(verb).await.is_err());
        assert_eq!(tries.get(), 1);
    }
}
