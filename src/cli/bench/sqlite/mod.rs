//! On SQLite: files of the benchmark's own, in a directory of its own beside the file that was named.

mod bare;
mod file;
mod pick_up;

pub use file::File;

use super::error::{BenchError, Result, said};
use super::place::{Database, Place, Tables, Which};
use crate::store::StoreUrl;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A directory for database files, each sample in a file of its own; removed when it is dropped.
pub struct Lite {
    dir: PathBuf,
    next: AtomicUsize,
}

impl Lite {
    /// Beside the file that `url` names, which is not touched and need not be there. Nothing is made yet.
    ///
    /// # Errors
    /// When the URL names no file.
    pub fn beside(url: &str) -> Result<Self> {
        match StoreUrl::parse(url)? {
            StoreUrl::SqliteFile(path) => Self::under(path.parent().unwrap_or(Path::new(""))),
            StoreUrl::SqliteMemory => said(
                "a database in memory cannot be shared with a worker's process: give sqlite:path, and a file of its own \
                 is made beside it",
            ),
            StoreUrl::Postgres { .. } => said("the URL names no SQLite file"),
        }
    }

    /// In a directory.
    pub fn under(dir: &Path) -> Result<Self> {
        let dir = if dir.as_os_str().is_empty() { std::env::current_dir()? } else { std::path::absolute(dir)? };
        if !dir.is_dir() {
            return said(format!("there is no directory {}", dir.display()));
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self { dir: dir.join(format!("hyrex-bench-{}", &id[..8])), next: AtomicUsize::new(0) })
    }

    /// A new file, with tables.
    pub async fn file(&self) -> Result<File> {
        std::fs::create_dir_all(&self.dir).map_err(|error| {
            BenchError::Said(format!("could not make the directory {}: {error}", self.dir.display()))
        })?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        File::create(self.dir.join(format!("{number}.db"))).await
    }
}

#[async_trait::async_trait]
impl Place for Lite {
    async fn tables(&self, _which: Which) -> Result<Box<dyn Tables>> {
        Ok(Box::new(self.file().await?))
    }

    async fn database(&self) -> Result<Database> {
        let settings = self.file().await?.settings()?;
        let location = format!("sqlite:{}", self.dir.display());
        Ok(Database { name: format!("SQLite {}", rusqlite::version()), location, settings })
    }

    async fn remove(&self) -> Result<()> {
        match std::fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                said(format!("the directory {} could not be removed: {error}", self.dir.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Lite {
    fn drop(&mut self) {
        // Most often it is gone already.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
