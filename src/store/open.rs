//! From a URL to a store.

use super::failpoint::Failpoints;
use super::{Result, SharedStore, StoreError};
use crate::model::bounds;
use std::time::Duration;

/// A URL, read: which backend, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `postgres://…` or `postgresql://…`, as PostgreSQL's clients read it; `?pgbouncer=true` is ours.
    Postgres {
        /// The URL without what is ours.
        url: String,
        /// Whether a transaction-mode PgBouncer stands between.
        pgbouncer: bool,
    },
    /// `sqlite:path`.
    SqliteFile(std::path::PathBuf),
    /// `sqlite::memory:`.
    SqliteMemory,
}

impl StoreUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`StoreError::Url`]: what is wrong with it and what it may be, without its password.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres(text);
        }
        let known = "postgres://user@host/database, sqlite:path or sqlite::memory:";
        if text.is_empty() {
            return Err(StoreError::Url(format!("the database URL is empty: give {known}")));
        }
        match text.split_once(':') {
            Some((scheme, _)) if !scheme.contains(['/', '@', '.']) => Err(StoreError::Url(format!(
                "the database URL starts with '{}:', which is no store of ours: give {known}",
                scheme.chars().filter(|c| !c.is_control()).take(20).collect::<String>()
            ))),
            _ => Err(StoreError::Url(format!("the database URL has no scheme: give {known}"))),
        }
    }
}

fn sqlite(path: &str) -> Result<StoreUrl> {
    match path.strip_prefix("//").unwrap_or(path) {
        ":memory:" => Ok(StoreUrl::SqliteMemory),
        "" => Err(StoreError::Url("the SQLite URL names no file: give sqlite:path or sqlite::memory:".into())),
        path if path.contains('\0') => Err(StoreError::Url("the SQLite path contains U+0000".into())),
        path => Ok(StoreUrl::SqliteFile(path.into())),
    }
}

fn postgres(text: &str) -> Result<StoreUrl> {
    let mut url = url::Url::parse(text)
        .map_err(|error| StoreError::Url(format!("the PostgreSQL URL {} cannot be read: {error}", masked(text))))?;
    let mut pgbouncer = false;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| {
            let ours = name == "pgbouncer";
            pgbouncer |= ours && value != "false";
            !ours
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    Ok(StoreUrl::Postgres { url: url.to_string(), pgbouncer })
}

/// `url` with `***` for its password (also one in a query), and without control characters: fit for a screen.
pub fn masked(url: &str) -> String {
    let clean: String = url.chars().filter(|c| !c.is_control()).collect();
    let mut shown = mask_userinfo(&clean);
    for name in ["password=", "sslpassword="] {
        let mut from = 0;
        while let Some(at) = shown[from..].to_ascii_lowercase().find(name) {
            let start = from + at + name.len();
            let end = shown[start..].find(['&', '#']).map_or(shown.len(), |length| start + length);
            shown.replace_range(start..end, "***");
            from = start;
        }
    }
    shown
}

/// Masks between the first `:` after the scheme and the last `@`: also in URLs too broken to parse.
fn mask_userinfo(url: &str) -> String {
    let Some(start) = url.find("://").map(|at| at + 3) else { return url.to_owned() };
    let Some(at) = url[start..].rfind('@').map(|at| start + at) else { return url.to_owned() };
    match url[start..at].find(':') {
        Some(colon) => format!("{}:***{}", &url[..start + colon], &url[at..]),
        None => url.to_owned(),
    }
}

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Refuse every write, by the database.
    pub read_only: bool,
    /// Largest arguments or result, in bytes.
    pub max_json: usize,
    /// No call to the database takes longer.
    pub call_timeout: Duration,
    /// What connections call themselves (`application_name`).
    pub application_name: String,
    /// SQLite: `synchronous = FULL` (`true`: acknowledged is on disk) or NORMAL.
    pub durable: bool,
    /// PostgreSQL: the channel for signs, where tables in a schema of their own must not wake who works beside them.
    #[doc(hidden)]
    pub channel: Option<String>,
    /// For tests.
    #[doc(hidden)]
    pub failpoints: Failpoints,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read_only: false,
            max_json: bounds::MAX_JSON,
            call_timeout: Duration::from_secs(30),
            application_name: "hyrex".into(),
            durable: true,
            channel: None,
            failpoints: Failpoints::default(),
        }
    }
}

/// Opens the store that `url` names. Nothing is created but, for SQLite, the file.
///
/// # Errors
/// [`StoreError::Url`] for a URL that names none, or a backend that this build lacks;
/// [`StoreError::Unavailable`] when the database cannot be reached.
pub async fn open(url: &str, options: Options) -> Result<SharedStore> {
    match StoreUrl::parse(url)? {
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres { url, pgbouncer } => {
            Ok(std::sync::Arc::new(super::postgres::PostgresStore::open(&url, pgbouncer, options).await?))
        }
        #[cfg(feature = "sqlite")]
        StoreUrl::SqliteFile(path) => {
            Ok(std::sync::Arc::new(super::sqlite::SqliteStore::open(Some(&path), options).await?))
        }
        #[cfg(feature = "sqlite")]
        StoreUrl::SqliteMemory => Ok(std::sync::Arc::new(super::sqlite::SqliteStore::open(None, options).await?)),
        #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
        _ => Err(StoreError::Url(format!("this build of hyrex has no backend for {}", masked(url)))),
    }
}
