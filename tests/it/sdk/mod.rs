//! The library as an application uses it, on both stores, without a worker: what a worker does is played here.

mod ambient;
mod completing;
mod inside;
mod kv;
mod play;
mod sends;
#[cfg(feature = "postgres")]
mod sql;
mod transactions;
mod waits;
mod workflows;
