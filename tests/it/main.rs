//! The one integration-test binary.
mod arch;
