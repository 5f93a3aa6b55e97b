//! Whose tables a database holds: looked up once a store, and again now and then while they are not ours.

use super::link::Link;
use super::{PostgresStore, migrate};
use crate::store::{Result, Tables};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long it is believed that the tables are not ours: `init-db` may complete them at any time.
const BELIEVED: Duration = Duration::from_secs(10);

/// What was found the last time.
#[derive(Default)]
pub(super) struct Whose(Option<(Tables, Instant)>);

impl PostgresStore {
    /// Whose tables these are, looked up now.
    pub(super) async fn find_tables(&self, link: &mut Link<'_>) -> Result<Tables> {
        let found = match migrate::found(link).await? {
            migrate::Found::Ours { .. } => Tables::Ours,
            migrate::Found::Foreign => Tables::Python,
            migrate::Found::Nothing => Tables::None,
        };
        self.whose.lock().unwrap_or_else(PoisonError::into_inner).0 = Some((found, Instant::now()));
        Ok(found)
    }

    /// Lets a reading transaction know whose tables it reads.
    pub(super) async fn look_whose(&self, link: &mut Link<'_>) -> Result<()> {
        let tables = match self.believed() {
            Some(tables) => tables,
            None => self.find_tables(link).await?,
        };
        if tables == Tables::Python {
            link.read_foreign();
        }
        Ok(())
    }

    fn believed(&self) -> Option<Tables> {
        let whose = self.whose.lock().unwrap_or_else(PoisonError::into_inner);
        let (tables, at) = whose.0?;
        let holds = match tables {
            Tables::Ours => true,
            Tables::Python => at.elapsed() < BELIEVED,
            Tables::None => false,
        };
        holds.then_some(tables)
    }
}
