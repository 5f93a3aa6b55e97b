//! What SQLite complains of, as the errors of the stores.

use crate::store::StoreError;
use rusqlite::{Error, ErrorCode};
use std::time::Duration;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let text = message(&error);
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy("another process holds its lock".into())
            }
            Some(ErrorCode::OperationInterrupted) => StoreError::Unavailable("the query was interrupted".into()),
            Some(ErrorCode::DiskFull) => StoreError::Unavailable("the disk is full".into()),
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::FileLockingProtocolFailed,
            ) => StoreError::Unavailable(text),
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(text),
            Some(ErrorCode::NotADatabase) => StoreError::Url("the file is not a SQLite database".into()),
            _ if text.starts_with("no such table: hyrex_") => StoreError::NotInitialized,
            _ => StoreError::Database(text),
        }
    }
}

/// One line, without control characters: SQLite quotes names, and names may come from anywhere.
fn message(error: &Error) -> String {
    let text = match error {
        Error::SqliteFailure(code, None) => code.to_string(),
        Error::SqliteFailure(code, Some(text)) if text == "not an error" => code.to_string(),
        Error::SqliteFailure(_, Some(text)) => text.clone(),
        other => other.to_string(),
    };
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Whether another connection holds the lock that was asked for.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// How long to sleep before the `tries`-th next attempt to get a lock: short at first, since transactions are short,
/// and scattered, so that two who wait do not stay in step.
pub(super) fn backoff(tries: u32) -> Duration {
    let micros = match tries {
        0..10 => 200,
        10..50 => 1_000,
        _ => 5_000,
    };
    Duration::from_micros(fastrand::u64(micros / 2..=micros))
}
