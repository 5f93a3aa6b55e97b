//! Sends through the store, and work that several do at once.

use super::error::Result;
use super::place::Until;
use super::rows;
use crate::store::SharedStore;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// `senders` of one process send one run after the other, each after its answer; runs a second.
pub async fn one_by_one(store: &SharedStore, senders: usize, until: Until) -> Result<f64> {
    store.enqueue(vec![rows::run()], None).await?;
    let until = until.each_of(senders);
    together(senders, |_| {
        let store = store.clone();
        async move {
            let mut count = 0;
            while until.goes_on(count) {
                store.enqueue(vec![rows::run()], None).await?;
                count += 1;
            }
            Ok(count)
        }
    })
    .await
    .map(|(_, rate)| rate)
}

/// Sends `count` runs in one call; runs a second.
pub async fn many(store: &SharedStore, count: usize) -> Result<f64> {
    store.enqueue(vec![rows::run()], None).await?;
    let runs: Vec<_> = (0..count).map(|_| rows::run()).collect();
    let start = Instant::now();
    let sent = store.enqueue(runs, None).await?;
    let rate = count as f64 / start.elapsed().as_secs_f64();
    if sent.len() == count { Ok(rate) } else { super::error::said("a send of many was not answered whole") }
}

/// Runs `count` copies of `work` at once: the sum of what they answer, and that a second.
pub async fn together<F>(count: usize, work: impl Fn(usize) -> F) -> Result<(usize, f64)>
where
    F: Future<Output = Result<usize>> + Send + 'static,
{
    let start = Instant::now();
    let mut tasks: JoinSet<Result<usize>> = (0..count).map(work).collect();
    let mut sum = 0;
    while let Some(done) = tasks.join_next().await {
        sum += done??;
    }
    Ok((sum, sum as f64 / start.elapsed().as_secs_f64()))
}

/// What one of several does.
#[derive(Clone, Copy)]
pub struct Share {
    end: Instant,
    count: usize,
}

impl Until {
    /// The part of one of `several`, from now on.
    pub fn each_of(self, several: usize) -> Share {
        Share {
            end: Instant::now() + Duration::from_secs_f64(self.seconds),
            count: self.count.div_ceil(several.max(1)),
        }
    }
}

impl Share {
    /// Whether there is another one to do after `done`.
    pub fn goes_on(self, done: usize) -> bool {
        done < self.count && Instant::now() < self.end
    }
}
