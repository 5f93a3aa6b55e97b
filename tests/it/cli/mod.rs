//! The command line, run as a process, on real databases.

mod acting;
mod bench;
mod broken;
mod building;
mod command;
mod demo;
mod hostile;
mod keys;
mod pruning;
mod reading;
mod schedules;
mod sending;
mod trees;
mod usage;
#[cfg(feature = "postgres")]
mod waiting;
pub mod worker;
mod workflows;

use command::hyrex;
