//! The one integration-test binary.

#![cfg(any(feature = "sqlite", feature = "postgres"))]

mod arch;
mod conformance;
mod roles;
mod sdk;
mod state_machine;
mod support;
mod faults;
#[cfg(feature = "postgres")]
mod python;
mod readme;
