//! An application: its tasks, its state, and how its workers work.

use super::client::Client;
use super::config::HyrexQueue;
use super::config_error::ConfigError;
use super::registry::HyrexRegistry;
use crate::model::bounds;
use crate::store::SharedStore;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use super::settings::WorkerSettings;

/// What an application gives to its tasks: at most one value of a type.
#[derive(Clone, Default)]
pub struct StateMap(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl StateMap {
    /// Adds a value; one of the same type is replaced.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The value of this type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>()).and_then(|value| value.clone().downcast().ok())
    }
}

/// An application: a name, tasks, state, and how its workers work. Cheap to clone.
///
/// ```
/// use hyrex::prelude::*;
///
/// struct Mailer { from: String }
///
/// let welcome = Task::new("welcome", TaskConfig::new().max_retries(3), |()| async {
///     let context = get_hyrex_context().ok_or_else(|| Error::new("outside a task"))?;
///     let mailer = context.state::<Mailer>()?;
///     Ok(format!("a mail from {}", mailer.from))
/// });
/// let app = HyrexApp::new("shop")
///     .registry(HyrexRegistry::new().register(&welcome))
///     .state(Mailer { from: "shop@example.com".into() })
///     .worker(WorkerSettings::new().concurrency(20));
/// app.validate()?;
/// # Ok::<(), hyrex::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct HyrexApp(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: String,
    registry: HyrexRegistry,
    state: Arc<StateMap>,
    worker: WorkerSettings,
}

impl HyrexApp {
    /// An application without tasks. Its name, 1 to 255 bytes, is for people.
    pub fn new(name: impl Into<String>) -> Self {
        let (name, registry) = (name.into(), HyrexRegistry::new());
        Self(Arc::new(Inner { name, registry, state: Arc::default(), worker: WorkerSettings::default() }))
    }

    /// Adds the tasks and queues of a registry; several may be added.
    pub fn registry(mut self, registry: HyrexRegistry) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.registry = std::mem::take(&mut inner.registry).add_registry(&registry);
        self
    }

    /// Declares a queue, with its limit.
    pub fn queue(mut self, queue: impl Into<HyrexQueue>) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.registry = std::mem::take(&mut inner.registry).queue(queue);
        self
    }

    /// Adds a value that tasks ask for by its type ([`TaskContext::state`](super::TaskContext::state)): a pool, a
    /// client, settings. One of the same type is replaced.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut Arc::make_mut(&mut self.0).state).insert(value);
        self
    }

    /// How its workers work, where the command line does not say otherwise.
    pub fn worker(mut self, settings: WorkerSettings) -> Self {
        Arc::make_mut(&mut self.0).worker = settings;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its tasks.
    pub fn get_registry(&self) -> &HyrexRegistry {
        &self.0.registry
    }

    /// Its value of this type.
    pub fn get_state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.state.get()
    }

    /// All its values, as a [`TaskContext`](super::TaskContext) takes them.
    pub fn state_map(&self) -> Arc<StateMap> {
        self.0.state.clone()
    }

    /// How its workers work.
    pub fn worker_settings(&self) -> &WorkerSettings {
        &self.0.worker
    }

    /// A client of this application: it knows the settings of its tasks, and acts under its name.
    pub fn client(&self, store: SharedStore) -> Client {
        Client::new(store).with_registry(self.0.registry.clone()).named(self.0.name.clone())
    }

    /// Whether everything fits together.
    ///
    /// # Errors
    /// The first mistake, in words for the one who wrote the application.
    pub fn validate(&self) -> Result<(), ConfigError> {
        bounds::name("application's name", &self.0.name).map_err(ConfigError::AppName)?;
        self.0.registry.validate()?;
        self.0.worker.validate()
    }
}

impl fmt::Debug for HyrexApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyrexApp")
            .field("name", &self.0.name)
            .field("registry", &self.0.registry)
            .finish_non_exhaustive()
    }
}
