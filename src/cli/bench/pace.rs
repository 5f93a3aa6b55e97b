//! Sends that come one by one at a given pace, and how long each waited.

use super::clock::nanos;
use super::error::Result;
use super::rows;
use super::statistics::quantile;
use crate::store::SharedStore;
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinSet;

/// Sends before the first that counts: connections are made, statements prepared.
pub const WARM_UP: usize = 10;

/// How often something is sent, and how many times.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Pace {
    /// The pause between two, in microseconds.
    pub micros: u64,
    /// How many count; [`WARM_UP`] more go before.
    pub samples: usize,
}

/// When something happened to the sends of these numbers: nanoseconds since 1970.
pub type Times = Vec<(u64, i64)>;

impl Pace {
    /// 15 to 25 ms apart, so that whoever waits is idle again each time.
    pub fn idle(samples: usize) -> Self {
        Self { micros: 20_000, samples }
    }

    /// So many a second.
    pub fn per_second(rate: u64, samples: usize) -> Self {
        Self { micros: 1_000_000 / rate.max(1), samples }
    }

    /// How many are sent in all.
    pub fn total(self) -> u64 {
        (self.samples + WARM_UP) as u64
    }

    /// When the one with this number goes, after the first: a quarter early or late, so that none is in step with anything.
    fn at(self, number: u64) -> Duration {
        let quarter = self.micros / 4;
        let jitter = number.wrapping_mul(7_919_993) % (2 * quarter + 1);
        Duration::from_micros(number * self.micros + self.micros + jitter - quarter)
    }

    /// Does `send` at this pace, whether or not the ones before were answered; when each was answered.
    pub async fn send<F>(self, send: impl Fn(u64) -> F) -> Result<Times>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (begin, mut sends) = (tokio::time::Instant::now(), JoinSet::new());
        for number in 0..self.total() {
            tokio::time::sleep_until(begin + self.at(number)).await;
            let sent = send(number);
            sends.spawn(async move {
                sent.await?;
                Ok((number, nanos()))
            });
        }
        sends.join_all().await.into_iter().collect()
    }

    /// Sends probes by a store, to these queues in turns.
    pub async fn probe(self, store: &SharedStore, queues: &[String]) -> Result<Times> {
        self.send(|number| {
            let queue = &queues[number as usize % queues.len()];
            let (store, run) = (store.clone(), rows::probe(number, queue));
            async move {
                store.enqueue(vec![run], None).await?;
                Ok(())
            }
        })
        .await
    }
}

/// The milliseconds from the answer to the start, of those that count.
pub fn waits(answered: &Times, started: &Times) -> Vec<f64> {
    let started: HashMap<u64, i64> = started.iter().copied().collect();
    let counted = answered.iter().filter(|(number, _)| *number >= WARM_UP as u64);
    let waits = counted.filter_map(|(number, answer)| Some((started.get(number)? - answer).max(0) as f64 / 1e6));
    waits.collect()
}

/// p50, p95 and p99.
pub fn quantiles(mut waits: Vec<f64>) -> [f64; 3] {
    [0.5, 0.95, 0.99].map(|share| quantile(&mut waits, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_from_the_answer_to_the_start_of_the_same_send() {
        let answered = vec![(10, 1_000_000), (3, 0), (11, 5_000_000), (12, 9_000_000)];
        let started = vec![(11, 8_000_000), (3, 1), (10, 900_000)];
        assert_eq!(waits(&answered, &started), [0.0, 3.0], "3 is of the warm-up, 12 never started");
    }

    #[test]
    fn sends_keep_their_order_and_their_pace() {
        let pace = Pace::per_second(100, 1_000);
        let times: Vec<_> = (0..pace.total()).map(|number| pace.at(number)).collect();
        assert!(times.is_sorted(), "{times:?}");
        assert!((times[1_000].as_secs_f64() - 10.01).abs() < 0.01);
    }
}
