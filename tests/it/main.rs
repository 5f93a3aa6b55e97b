//! The one integration-test binary.

#![cfg(any(feature = "sqlite", feature = "postgres"))]

mod arch;
mod cli;
mod conformance;
mod contention;
mod examples;
mod failpoints;
mod faults;
mod hostile;
mod macros;
mod messages;
mod model;
#[cfg(feature = "postgres")]
mod python;
mod readme;
mod roles;
mod sdk;
mod state_machine;
mod support;
mod worker;
