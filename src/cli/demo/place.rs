//! Where a demo plays: on a SQLite file of its own that goes away with it, or in a database that was named.

use crate::cli::error::{CliError, Doing};
use crate::sdk::patiently;
use crate::store::{Options, SharedStore, open};
use std::path::PathBuf;

/// A place, and what the names of the demo's queues and keys begin with there.
pub(crate) struct Place {
    url: String,
    prefix: String,
    /// Removed at the end.
    dir: Option<PathBuf>,
}

impl Place {
    /// A fresh SQLite file, or the database of `url`, where every demo has names of its own.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub(crate) fn new(url: Option<&str>) -> Result<Self, CliError> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        if let Some(url) = url {
            return Ok(Self { url: url.to_owned(), prefix: format!("demo-{}-", &id[..6]), dir: None });
        }
        let dir = std::env::temp_dir().join(format!("hyrex-demo-{}", &id[..12]));
        std::fs::create_dir(&dir)
            .map_err(|error| CliError::System { doing: "make a directory for the demo's SQLite file", error })?;
        let url = format!("sqlite:{}", dir.join("shop.sqlite").display());
        Ok(Self { url, prefix: String::new(), dir: Some(dir) })
    }

    /// Opens the store, and makes its tables where that needs no decision.
    ///
    /// # Errors
    /// Whatever the store says.
    pub(crate) async fn open(&self) -> Result<SharedStore, CliError> {
        let options = Options { application_name: "hyrex demo".into(), ..Options::default() };
        let store = open(&self.url, options).await.doing("open the demo's database")?;
        patiently(|| store.prepare()).await.doing("prepare the demo's database")?;
        Ok(store)
    }

    /// Where it is.
    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is the demo's own, and goes away with it.
    #[cfg(feature = "tui")]
    pub(crate) fn is_own(&self) -> bool {
        self.dir.is_some()
    }

    /// What names begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            // A directory that cannot be removed is left to whoever clears the temporary ones.
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}
