//! Text for people: what tasks wrote made fit for a terminal, and figures in the few characters that a column has.
//!
//! What the command line and the monitor say alike stands here once.

pub(crate) mod clean;
pub(crate) mod clip;
pub(crate) mod human;
pub(crate) mod indent;
pub(crate) mod tree;
