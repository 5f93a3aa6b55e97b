//! What `dev` takes.

use super::WorkerArgs;
use super::looks::LooksArgs;
use clap::Args;

/// Options of `dev`: those of `run-worker`, and how the monitor looks.
#[derive(Clone, Debug, Args)]
pub(crate) struct DevArgs {
    /// The worker.
    #[command(flatten)]
    pub(crate) worker: WorkerArgs,
    /// The monitor.
    #[command(flatten)]
    pub(crate) looks: LooksArgs,
}
