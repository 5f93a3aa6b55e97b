//! The hot paths, measured as ratios: each path of ours against the bare loop that a careful person would write by hand
//! with the same driver on the same tables, in turns (A B A B) within one run.
//!
//! What users want to know is `hyrex bench`, whose bare loops, tables and statistics these are; here stands what only
//! those who change Hyrex ask: batch sizes, turns without a worker around them, many lanes, stale statistics.
//!
//! `cargo bench --bench hotpaths -- --help` says what can be chosen. Absolute figures hold for one machine and one
//! moment; the ratios are what to look at.

mod cases;
mod cluster;
mod measure;
mod options;
mod ours;
mod pg;
mod report;
mod sqlite;

use anyhow::Result;
use clap::Parser;
use options::Options;

fn main() -> std::process::ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("hotpaths: could not start the runtime: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(options)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hotpaths: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let chosen = cases::chosen(&options.only)?;
    if options.list {
        chosen.iter().for_each(|case| println!("{:<26} {}", case.name, case.about));
        return Ok(());
    }
    let mut world = cases::World::open(options, &chosen).await?;
    let outcome = cases::run_all(&mut world, &chosen).await;
    world.close().await;
    outcome
}
