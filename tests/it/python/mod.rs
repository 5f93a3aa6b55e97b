//! One database, two SDKs: the real Python SDK beside ours.

mod neighbours;
mod reading;
mod runs;
mod schedules;
mod schema;
mod sdk;

use crate::support::{Kind, postgres, raw::Raw};
use hyrex::store::{Options, SharedStore, open};

/// A database that nobody initialised, a store over it and the SDK beside it.
struct Shared {
    name: String,
    store: SharedStore,
    raw: Raw,
    python: sdk::Sdk,
}

impl Shared {
    async fn empty() -> Self {
        let name = postgres::empty_database().await;
        let url = postgres::url(&name);
        let store = open(&url, Options::default()).await.unwrap();
        Self { name, store, raw: Raw::open(Kind::Postgres, &url).await, python: sdk::Sdk::new(&url) }
    }

    /// A database that ours initialised.
    async fn ours() -> Self {
        let shared = Self::empty().await;
        shared.store.init_db().await.unwrap();
        shared
    }

    async fn finish(self) {
        self.store.close().await;
        self.raw.close().await;
        postgres::drop_database(&self.name).await;
    }
}
