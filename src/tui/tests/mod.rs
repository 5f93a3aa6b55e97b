//! The monitor as it is used: keys in, frames out, on a store that is real.
