//! What every task has in common, whether a macro or [`Task::new`] made it.

use super::client::Client;
use super::config::TaskConfig;
use super::registry::RegisteredTask;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A task: what applications define, register and send.
///
/// `D` is the form of its definition: [`Plain`](super::Plain) for one that [`Task::new`] made, a type of its own for one
/// that [`#[hyrex::task]`](macro@crate::task) made. How it is sent
/// (`send`, `send_many`, `send_in`, `call`) stands there, since the definition knows the arguments.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Task<D>(D);

/// A task's definition.
pub trait TaskDef: Clone + Send + Sync + 'static {
    /// What its function gives.
    type Output;

    /// The name under which it is stored.
    fn name(&self) -> &str;

    /// The settings of its definition.
    fn config(&self) -> Cow<'_, TaskConfig>;

    /// The definition, as the worker needs it.
    fn define(&self) -> RegisteredTask;

    /// What `with_config` and `on` changed.
    fn overrides(&self) -> Option<&Overrides>;

    /// The same, to change it.
    fn overrides_mut(&mut self) -> &mut Overrides;
}

/// What is different for the sends of one handle on a task.
#[derive(Clone, Default)]
pub struct Overrides {
    /// Settings that go before those of the definition.
    pub config: TaskConfig,
    /// Where it is sent to.
    pub client: Option<Client>,
}

impl<D> Task<D> {
    /// The task of a definition.
    pub const fn of(definition: D) -> Self {
        Self(definition)
    }
}

impl<D: TaskDef> Task<D> {
    /// The name under which it is stored.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The same task with other settings for what is sent through it; what `config` leaves out stays as it is.
    pub fn with_config(&self, config: TaskConfig) -> Self {
        let mut task = self.clone();
        let overrides = task.0.overrides_mut();
        overrides.config = config.or(&overrides.config);
        task
    }

    /// The same task, sent through this client.
    pub fn on(&self, client: &Client) -> Self {
        let mut task = self.clone();
        task.0.overrides_mut().client = Some(client.clone());
        task
    }

    /// The definition as the worker needs it, with the settings of [`Task::with_config`].
    pub fn definition(&self) -> RegisteredTask {
        let mut task = self.0.define();
        if let Some(overrides) = self.0.overrides() {
            task.config = overrides.config.clone().or(&task.config);
            task.backoff = overrides.config.retry_backoff.clone().unwrap_or(task.backoff);
        }
        task
    }
}

impl<D> Deref for Task<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}

impl<D> Task<D> {
    pub(crate) fn definition_mut(&mut self) -> &mut D {
        &mut self.0
    }
}

impl<D: TaskDef> fmt::Debug for Task<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.name()).finish()
    }
}
