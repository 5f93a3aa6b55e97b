//! What sqlx reports, in the store's words: what went wrong, whether trying again helps, and never a password.

use crate::store::StoreError;
use std::time::Duration;

/// Longest text of the server's that is passed on, in characters.
const MAX_TEXT: usize = 300;

/// The store's error for one of sqlx's.
pub(super) fn from_sqlx(error: sqlx::Error, timeout: Duration) -> StoreError {
    match error {
        sqlx::Error::Database(error) => from_server(error.code().as_deref().unwrap_or(""), error.message(), timeout),
        sqlx::Error::Configuration(error) => StoreError::Url(format!(
            "the PostgreSQL URL cannot be read ({}): give postgres://user@host/database",
            clean(&error.to_string())
        )),
        sqlx::Error::Io(error) => StoreError::Unavailable(clean(&error.to_string())),
        sqlx::Error::Tls(error) => StoreError::Unavailable(format!("TLS: {}", clean(&error.to_string()))),
        sqlx::Error::PoolTimedOut => StoreError::TimedOut(timeout),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => StoreError::Unavailable("the store is closed".into()),
        sqlx::Error::Protocol(text) => StoreError::Unavailable(format!("unexpected answer: {}", clean(&text))),
        error => StoreError::Database(clean(&error.to_string())),
    }
}

/// The store's error for what the server said, by its SQLSTATE.
fn from_server(code: &str, message: &str, timeout: Duration) -> StoreError {
    let text = format!("{} ({code})", clean(message));
    match code {
        "42P01" => StoreError::NotInitialized,
        "42703" => StoreError::Schema(format!(
            "the tables are older than this program needs: run `hyrex init-db` ({})",
            clean(message)
        )),
        "25006" => StoreError::ReadOnly(text),
        "57014" => StoreError::TimedOut(timeout),
        // Deadlock, serialization, lock timeout, starting up or shutting down: nothing was applied.
        "40P01" | "40001" | "55P03" | "57P03" => StoreError::Busy(text),
        // The connection was ended: by an administrator, a crash, a dropped database, a limit on idling.
        "57P01" | "57P02" | "57P04" | "57P05" | "25P03" => StoreError::Unavailable(text),
        // Out of connections, memory or disk.
        _ if code.starts_with("53") => StoreError::Busy(text),
        _ if code.starts_with("08") => StoreError::Unavailable(text),
        _ => StoreError::Database(text),
    }
}

/// Whether the same transaction, run again at once, may well get through.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

/// Whether the connection is gone, as opposed to a statement that failed.
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P") || code == "25P03"),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        _ => false,
    }
}

/// Whether the server refused a value (not a connection, a lock or a table): the other items may be fine.
pub(super) fn is_data(error: &StoreError) -> bool {
    let StoreError::Database(text) = error else { return false };
    // Data exceptions, constraint violations, and what nested JSON runs into (statement too complex, program limit).
    let code = text.rsplit_once('(').map(|(_, code)| code).unwrap_or("");
    code.starts_with("22") || code.starts_with("23") || code.starts_with("54")
}

/// One line, bounded, without control characters.
pub(super) fn clean(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    line.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}
