//! The model-based test: random operations to a store and to a small model of it; every answer, and at the end all
//! that can be seen, must be the same.

mod book;
mod coverage;
mod ops;
mod player;
mod runner;
mod verbs;
mod view;
mod workflows;

use crate::support::{Kind, TestStore};
use ops::Op;
use player::{Coverage, Player};
use runner::Game;

/// Operations a sequence.
const LENGTH: usize = 64;

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_does_what_the_model_does() {
    runner::play_all::<Tasks>(Kind::Sqlite);
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_does_what_the_model_does() {
    runner::play_all::<Tasks>(Kind::Postgres);
}

struct Tasks;

impl Game for Tasks {
    const REQUIRED: &[&str] = coverage::REQUIRED;

    fn sequence(seed: u64) -> Vec<Op> {
        ops::sequence(seed, LENGTH)
    }

    async fn play(store: &TestStore, ops: &[Op], coverage: &mut Coverage) -> Result<(), (usize, String)> {
        store.raw.clear().await;
        let mut player = Player::new(store, coverage);
        for (at, op) in ops.iter().enumerate() {
            player.play(op).await.map_err(|why| (at, why))?;
        }
        view::all(&player.book, player.store).await.map_err(|why| (ops.len(), why))
    }
}
