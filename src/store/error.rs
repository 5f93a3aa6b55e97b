//! What can go wrong between us and a database, and whether trying again helps.

use crate::model::BoundsError;

/// What a verb of a store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a verb of a store failed. Fragments that compose, with what to do about it; never a password.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, or went away: the verb may or may not have been applied; try again.
    #[error("the database is away: {0}")]
    Unavailable(String),
    /// The database is there, and cannot do it just now (deadlock, lock timeout, shutting down, too many
    /// connections): nothing was applied; try again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database did not answer in time: as [`StoreError::Unavailable`].
    #[error("the database did not answer within {0:?}")]
    TimedOut(std::time::Duration),
    /// The input breaks a bound.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A URL that names no store.
    #[error("{0}")]
    Url(String),
    /// The database has no tables of ours.
    #[error("the database is not initialised: run `hyrex init-db`")]
    NotInitialized,
    /// The tables are older than this program needs, or newer than it knows.
    #[error("{0}")]
    Schema(String),
    /// A store opened read-only was asked to write.
    #[error("this connection is read-only: {0}")]
    ReadOnly(String),
    /// The database refused the statement.
    #[error("the database refused: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same verb may succeed later without anything being changed.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::TimedOut(_) | StoreError::Busy(_))
    }
}
