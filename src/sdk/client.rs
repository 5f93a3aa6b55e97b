//! A client: one database, as an application uses it.

use super::registry::HyrexRegistry;
use crate::store::{Actor, SharedStore};
use std::sync::Arc;

/// One database, as an application uses it: sends, asks, waits, cancels. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    store: SharedStore,
    registry: HyrexRegistry,
    actor: Actor,
}

impl Client {
    /// A client of an open store.
    pub fn new(store: SharedStore) -> Self {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let actor = Actor { user: program_name(), host, operator: false };
        Self(Arc::new(Inner { store, registry: HyrexRegistry::new(), actor }))
    }

    /// The same client, which knows the settings of these tasks.
    pub fn with_registry(mut self, registry: HyrexRegistry) -> Self {
        Arc::make_mut(&mut self.0).registry = registry;
        self
    }

    /// The same client, acting under this name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).actor.user = name.into();
        self
    }

    /// The store.
    pub fn store(&self) -> &SharedStore {
        &self.0.store
    }

    /// The tasks whose settings it knows.
    pub fn registry(&self) -> &HyrexRegistry {
        &self.0.registry
    }
}

fn program_name() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "application".into())
}
