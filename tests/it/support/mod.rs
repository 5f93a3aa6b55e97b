//! What the tests stand on: real databases, a clock of their own, bounded waiting, processes of their own.

pub mod clock;
#[cfg(feature = "postgres")]
pub mod cluster;
pub mod crates;
pub mod effects;
pub mod make;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod processes;
pub mod raw;
pub mod stores;
pub mod wait;
pub mod worker;

pub use clock::at;
pub use make::{batch, run};
pub use stores::{Kind, TestStore};
pub use wait::wait_for;
pub use worker::Worker;
