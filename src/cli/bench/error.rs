//! What can go wrong while it is measured.

use crate::store::StoreError;

/// Why nothing, or not all, was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Said as it is.
    #[error("{0}")]
    Said(String),
    /// A store of ours.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server, on a bare connection.
    #[cfg(feature = "postgres")]
    #[error("the PostgreSQL server could not be asked: {0}")]
    Postgres(#[from] sqlx::Error),
    /// SQLite, on a bare connection.
    #[cfg(feature = "sqlite")]
    #[error("SQLite could not be asked: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The machine.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// A part that ran beside the others.
    #[error("a part of the measurement broke off: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// What one process of the benchmark told another.
    #[error("the benchmark's worker said something else than expected: {0}")]
    Json(#[from] serde_json::Error),
}

/// What measurements answer.
pub type Result<T> = std::result::Result<T, BenchError>;

/// An error of these words.
pub fn said<T>(words: impl Into<String>) -> Result<T> {
    Err(BenchError::Said(words.into()))
}
