//! The command line, run as a process, on real databases.

mod acting;
mod broken;
mod command;
mod demo;
mod hostile;
mod keys;
mod reading;
mod usage;
pub mod worker;

use command::hyrex;
