//! The model-based test of workflows: random graphs, and random things that happen to their runs. After each operation
//! all rows must be as the model says; at the end work goes on until each run has ended as it says.

mod coverage;
mod drain;
pub mod flows;
pub mod ops;
mod player;
mod rows;
mod shapes;
mod verbs;
mod view;

use super::ops::Op;
use super::player::{Coverage, Player};
use super::runner::{self, Game};
use crate::support::{Kind, TestStore};

/// Operations a sequence, before what is left is done.
const LENGTH: usize = 60;

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_runs_workflows_as_the_model_does() {
    runner::play_all::<Workflows>(Kind::Sqlite);
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_runs_workflows_as_the_model_does() {
    runner::play_all::<Workflows>(Kind::Postgres);
}

struct Workflows;

impl Game for Workflows {
    const REQUIRED: &[&str] = coverage::REQUIRED;

    fn sequence(seed: u64) -> Vec<Op> {
        ops::sequence(seed, LENGTH)
    }

    async fn play(store: &TestStore, ops: &[Op], coverage: &mut Coverage) -> Result<(), (usize, String)> {
        store.raw.clear().await;
        let mut player = Player::new(store, coverage);
        for (at, op) in ops.iter().enumerate() {
            player.play(op).await.map_err(|why| (at, why))?;
            rows::all(store, &mut player.book).await.map_err(|why| (at, why))?;
            see_counted(&mut player);
        }
        player.drain().await.map_err(|why| (ops.len(), why))?;
        view::all(&player.book, player.store).await.map_err(|why| (ops.len(), why))
    }
}

/// Notes which runs whose counts were forgotten have been counted again.
fn see_counted(player: &mut Player<'_>) {
    let counted = player.book.flows.iter_mut().filter(|flow| flow.forgotten && flow.counted);
    let times = counted.map(|flow| flow.forgotten = false).count();
    (0..times).for_each(|_| player.saw("forgotten", "counted again"));
}
