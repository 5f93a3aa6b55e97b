//! Hyrex: task orchestration over PostgreSQL in production and SQLite embedded.

pub mod model;
pub mod store;
