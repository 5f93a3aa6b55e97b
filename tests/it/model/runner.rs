//! Plays random sequences to a store and to the model, on several stores at once, and shortens one that fails.
//!
//! `HYREX_TEST_SEED` replays, `HYREX_TEST_SEQUENCES` says how many sequences.

use super::coverage;
use super::ops::Op;
use super::player::Coverage;
use crate::support::{Kind, TestStore};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sequences a store.
const SEQUENCES: usize = 500;
/// How many times as many are played until all that must be reached has been: chance may leave a rare case out.
const ROUNDS: usize = 4;
/// Sequences at once.
const AT_ONCE: usize = 3;

/// What is played.
pub trait Game {
    /// What the sequences must reach: operation and outcome.
    const REQUIRED: &[&str];

    /// A sequence, from its seed alone.
    fn sequence(seed: u64) -> Vec<Op>;

    /// Plays one sequence on an empty store; where it fails, and why.
    async fn play(store: &TestStore, ops: &[Op], coverage: &mut Coverage) -> Result<(), (usize, String)>;
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Plays them, each thread on a store of its own.
pub fn play_all<G: Game>(kind: Kind) {
    let seed = setting("HYREX_TEST_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let count = setting("HYREX_TEST_SEQUENCES").map_or(SEQUENCES, |count| count as usize);
    println!("{kind:?}: {count} sequences, HYREX_TEST_SEED={seed}");
    let next = AtomicUsize::new(0);
    let mut coverage = Coverage::new();
    let rounds = if count >= SEQUENCES { ROUNDS } else { 1 };
    for round in 1..=rounds {
        let play = || on_a_runtime(play_some::<G>(kind, seed, round * count, &next));
        let parts: Vec<Coverage> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(play)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no mismatch, which is told above")).collect()
        });
        for (label, times) in parts.into_iter().flatten() {
            *coverage.entry(label).or_default() += times;
        }
        next.store(round * count, Ordering::Relaxed);
        let missing = coverage::missing(G::REQUIRED, &coverage);
        if missing.is_empty() {
            return;
        }
        println!("round {round}: reached too rarely: {missing:?}");
    }
    if count >= SEQUENCES {
        let missing = coverage::missing(G::REQUIRED, &coverage);
        panic!("HYREX_TEST_SEED={seed}: reached too rarely: {missing:?}; {coverage:#?}");
    }
}

fn on_a_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime of its own").block_on(work)
}

/// Plays sequences one after another on one store, emptied between them.
async fn play_some<G: Game>(kind: Kind, seed: u64, count: usize, next: &AtomicUsize) -> Coverage {
    let store = TestStore::new(kind).await;
    let mut coverage = Coverage::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            store.finish().await;
            return coverage;
        }
        let ops = G::sequence(seed.wrapping_add(number as u64));
        if let Err((at, why)) = G::play(&store, &ops, &mut coverage).await {
            let (short, why) = shorten::<G>(&store, ops[..=at.min(ops.len() - 1)].to_vec(), why).await;
            panic!(
                "{kind:?} does not do what the model does: {why}\nHYREX_TEST_SEED={} HYREX_TEST_SEQUENCES=1\n{short:#?}",
                seed.wrapping_add(number as u64)
            );
        }
    }
}

/// Leaves out what is not needed for the sequence to fail.
async fn shorten<G: Game>(store: &TestStore, mut ops: Vec<Op>, mut why: String) -> (Vec<Op>, String) {
    let mut width = ops.len() / 2;
    while width > 0 {
        let mut from = 0;
        while from < ops.len() {
            let mut shorter = ops.clone();
            shorter.drain(from..(from + width).min(ops.len()));
            match G::play(store, &shorter, &mut Coverage::new()).await {
                Err((_, still)) => (ops, why) = (shorter, still),
                Ok(()) => from += width,
            }
        }
        width /= 2;
    }
    (ops, why)
}
