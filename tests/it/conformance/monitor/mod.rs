//! What the monitor reads beyond lists.

mod activity;
mod failures;
mod names;
mod waiting;
mod workflows;
