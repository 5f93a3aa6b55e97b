//! The monitor as it is used: keys in, frames out, on a store that is real.

mod data;
mod driver;
mod flows;
mod operations;
mod page;
mod properties;
mod screens;
mod snap;
mod stories;
