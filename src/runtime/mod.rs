//! The worker: claims runs, executes them, settles how they end, and looks after its peers.
//!
//! One task, the hub, holds the state of a worker and is told everything; pure parts decide (shares, slots,
//! observation, the state of the connection), and what takes time runs beside it and reports back. The runtime uses
//! the library and the store's traits; nothing below knows it.

mod attempt;
mod blocking;
mod book;
mod capture;
mod counts;
mod dispatch;
mod events;
mod execute;
mod held;
mod hooks;
mod hub;
mod link;
mod machine;
mod observe;
mod panics;
mod park;
mod promote;
mod refused;
mod register;
mod report;
mod schedule;
mod shutdown;
mod slots;
mod stop;
mod sweep;
#[cfg(test)]
mod test_runs;
pub mod testing;
mod tick;
mod turns;
mod worker;
mod writing;

pub use capture::LogLayer;
pub(crate) use register::insist;
pub use report::Report;
pub use shutdown::Shutdown;
pub use worker::{Worker, WorkerError};
