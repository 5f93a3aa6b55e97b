//! A store for each test: a SQLite file, or a PostgreSQL database, of its own.

use super::raw::Raw;
use futures_util::FutureExt;
use hyrex::store::failpoint::Failpoints;
use hyrex::store::{Options, SharedStore, Store, open};
use std::panic::AssertUnwindSafe;

/// Which backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// A store with its tables, and nothing in them.
pub struct TestStore {
    pub kind: Kind,
    pub store: SharedStore,
    pub url: String,
    pub failpoints: Failpoints,
    /// A connection past the store.
    pub raw: Raw,
    keeps: Keeps,
}

/// What goes with the store.
enum Keeps {
    #[cfg(feature = "sqlite")]
    Directory(#[allow(dead_code, reason = "removed when it is dropped")] tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Database(String),
}

impl std::ops::Deref for TestStore {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

/// How tests open stores: what they write need not outlive the machine.
pub fn options(failpoints: &Failpoints) -> Options {
    Options { durable: false, failpoints: failpoints.clone(), ..Options::default() }
}

impl TestStore {
    /// A fresh store.
    pub async fn new(kind: Kind) -> TestStore {
        let (url, keeps) = match kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => {
                let directory = tempfile::tempdir().expect("a directory for a test");
                (format!("sqlite:{}/hyrex.db", directory.path().display()), Keeps::Directory(directory))
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres => {
                let name = super::postgres::fresh_database().await;
                (super::postgres::url(&name), Keeps::Database(name))
            }
        };
        let failpoints = Failpoints::enabled();
        let store = open(&url, options(&failpoints)).await.expect("the store opens");
        store.prepare().await.expect("the tables are made");
        let raw = Raw::open(kind, &url).await;
        TestStore { kind, store, url, failpoints, raw, keeps }
    }

    /// A second store over the same database, as another process has.
    pub async fn another(&self) -> SharedStore {
        let store = open(&self.url, options(&Failpoints::default())).await;
        store.expect("the same database opens once more")
    }

    /// Closes it and clears up.
    pub async fn finish(self) {
        self.store.close().await;
        drop(self.store);
        self.raw.close().await;
        match self.keeps {
            #[cfg(feature = "sqlite")]
            Keeps::Directory(_) => {}
            #[cfg(feature = "postgres")]
            Keeps::Database(name) => super::postgres::drop_database(&name).await,
        }
    }
}

/// Runs one case on a fresh store, and clears up also when it fails.
pub async fn check(kind: Kind, case: impl AsyncFnOnce(&TestStore)) {
    let store = TestStore::new(kind).await;
    let ended = AssertUnwindSafe(case(&store)).catch_unwind().await;
    store.finish().await;
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

/// Makes of each case (an `async fn(&TestStore)` in scope) one test a store, named by both.
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                crate::support::stores::check(crate::support::Kind::Sqlite, super::$case).await;
            })*
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                crate::support::stores::check(crate::support::Kind::Postgres, super::$case).await;
            })*
        }
    };
}
pub(crate) use on_both;
