//! What `bench` takes.

use super::up_to;
use clap::Args;

/// What to measure, and how much.
#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// Runs in a backlog, and at most in any other measurement
    #[arg(short, long, value_name = "N", default_value_t = 100_000, value_parser = up_to(10_000_000))]
    pub(crate) jobs: u32,
    /// Attempts at once in the worker [default: a worker's own, 100]
    #[arg(short, long, value_name = "N", value_parser = up_to(10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Only this measurement, or those with this in their names; separated by commas or given again [default: all]
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Only the measurements of workflows: the same as --only workflow-
    #[arg(long, conflicts_with = "only")]
    pub(crate) workflows: bool,
    /// Rounds, each of ours and its base one after the other; the median counts
    #[arg(short, long, value_name = "N", default_value_t = 3, value_parser = up_to(100))]
    pub(crate) rounds: u32,
    /// Drain beside 5,000,000 finished and 1,000,000 scheduled runs, not in proportion to --jobs
    #[arg(long)]
    pub(crate) full: bool,
}
