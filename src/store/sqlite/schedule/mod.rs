//! Schedules: what is registered, who leads, what is run, what operators switch, what readers see.

mod fire;
mod lead;
mod operate;
mod put;
mod read;

pub(super) use fire::fire;
pub(super) use lead::{lead, release, renew, seen};
pub(super) use operate::{run, set};
pub(super) use put::{check, check_target, put};
pub(super) use read::{history, schedules};
