//! What every workflow has in common, whether a macro or [`Workflow::new`] made it.

use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::codec;
use super::super::config::HyrexQueue;
use super::super::config_error::ConfigError;
use super::super::registry::{CheckArguments, HyrexRegistry, RegisteredTask, Registrable};
use super::config::WorkflowConfig;
use super::dag::{Dag, Drawing};
use super::error::WorkflowError;
use super::send;
use crate::model::{NewWorkflow, dag};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// Arguments of type `T`, where there are none yet: a workflow's graph is drawn once, before it is sent.
///
/// Inside a node they are there.
pub struct OnlyInsideTasks<T>(PhantomData<fn() -> T>);

impl<T> Default for OnlyInsideTasks<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// A workflow: a graph of tasks under a name, with settings.
///
/// `W` is the form of its definition: [`PlainWorkflow`] for one that [`Workflow::new`] made, a type of its own for one
/// that [`#[hyrex::workflow]`](macro@crate::workflow) made. Cheap to clone.
#[derive(Clone)]
pub struct Workflow<W> {
    definition: W,
    overrides: Option<Box<Overrides>>,
}

/// What is different for the sends of one handle on a workflow.
#[derive(Clone, Default)]
struct Overrides {
    config: WorkflowConfig,
    client: Option<Client>,
}

/// A workflow's definition.
pub trait WorkflowDef: Clone + Send + Sync + 'static {
    /// What a run of it is sent with.
    type Args;

    /// The name under which it is stored.
    fn name(&self) -> &str;

    /// The settings of its definition.
    fn config(&self) -> Cow<'_, WorkflowConfig>;

    /// The definition with its graph.
    ///
    /// # Errors
    /// What is wrong with the graph.
    fn define(&self) -> Result<RegisteredWorkflow, ConfigError>;
}

/// A workflow as a registry keeps it.
#[derive(Clone)]
pub struct RegisteredWorkflow {
    /// The name under which it is stored.
    pub name: String,
    /// Its settings.
    pub config: WorkflowConfig,
    /// Its graph.
    pub dag: Arc<dag::Dag>,
    /// Where it is defined, in the application's source.
    pub place: Option<&'static Location<'static>>,
    identity: Option<TypeId>,
    check: CheckArguments,
    tasks: Vec<RegisteredTask>,
    queues: Vec<HyrexQueue>,
}

impl RegisteredWorkflow {
    fn new(name: &str, config: WorkflowConfig, drawing: Drawing, check: CheckArguments) -> Self {
        let Drawing { dag, tasks, queues } = drawing;
        Self { name: name.to_owned(), config, dag, place: None, identity: None, check, tasks, queues }
    }

    /// Whether a run can be sent with these arguments: JSON as text.
    ///
    /// # Errors
    /// [`WorkflowError::Arguments`].
    pub fn check_arguments(&self, args: &str) -> Result<(), ClientError> {
        let wrong = |why| WorkflowError::Arguments { workflow: self.name.clone(), why };
        Ok((self.check)(args).map_err(wrong)?)
    }

    /// The same, with the end of a sentence about them.
    pub(in super::super) fn check_stored(&self, args: &str) -> Result<(), String> {
        (self.check)(args)
    }

    /// A run with its own settings; its nodes have those that the registry completed.
    pub(in super::super) fn new_run(&self, args: String, registry: &HyrexRegistry) -> NewWorkflow {
        send::new_run(self, args, self.config.clone(), Some(registry))
    }

    /// The tasks of its nodes.
    pub fn tasks(&self) -> &[RegisteredTask] {
        &self.tasks
    }

    /// The queues with a limit that it, or a node of it, names.
    pub(in super::super) fn limited_queues(&self) -> impl Iterator<Item = &HyrexQueue> {
        self.queues.iter().chain(&self.config.queue)
    }

    /// Whether both are the same definition, met twice on different ways.
    pub(in super::super) fn is(&self, other: &Self) -> bool {
        match (self.identity, other.identity) {
            (None, None) => Arc::ptr_eq(&self.dag, &other.dag),
            (one, other) => one == other,
        }
    }

    /// Holds it against the bounds.
    ///
    /// # Errors
    /// The first setting that is out of bounds.
    pub(in super::super) fn check(&self) -> Result<(), ConfigError> {
        self.config.check_definition(&self.name)
    }
}

/// A graph that a macro's function drew, or what is wrong with it.
#[derive(Clone)]
pub struct Drawn(Result<Drawing, ConfigError>);

impl Drawn {
    pub(in super::super) fn new(workflow: &str, dag: Dag) -> Self {
        Self(dag.draw(workflow))
    }

    pub(in super::super) fn define(
        &self,
        name: &str,
        config: WorkflowConfig,
        place: &'static Location<'static>,
        identity: TypeId,
        check: CheckArguments,
    ) -> Result<RegisteredWorkflow, ConfigError> {
        let registered = RegisteredWorkflow::new(name, config, self.0.clone()?, check);
        Ok(RegisteredWorkflow { place: Some(place), identity: Some(identity), ..registered })
    }
}

impl<W> Workflow<W> {
    /// The workflow of a definition.
    pub const fn of(definition: W) -> Self {
        Self { definition, overrides: None }
    }
}

impl<W: WorkflowDef> Workflow<W> {
    /// The name under which it is stored.
    pub fn name(&self) -> &str {
        self.definition.name()
    }

    /// The same workflow with other settings for what is sent through it; what `config` leaves out stays as it is.
    pub fn with_config(&self, config: WorkflowConfig) -> Self {
        let mut workflow = self.clone();
        let overrides = workflow.overrides.get_or_insert_default();
        overrides.config = config.or(&overrides.config);
        workflow
    }

    /// The same workflow, sent through this client.
    pub fn on(&self, client: &Client) -> Self {
        let mut workflow = self.clone();
        workflow.overrides.get_or_insert_default().client = Some(client.clone());
        workflow
    }

    /// Where it is sent to, if that was said.
    pub(super) fn client(&self) -> Option<&Client> {
        self.overrides.as_ref().and_then(|overrides| overrides.client.as_ref())
    }

    /// The settings of its sends that do not stand in its definition.
    pub(super) fn own_config(&self) -> WorkflowConfig {
        self.overrides.as_ref().map(|overrides| overrides.config.clone()).unwrap_or_default()
    }

    /// The definition with its graph, and with the settings of [`Workflow::with_config`].
    ///
    /// # Errors
    /// What is wrong with the graph: a cycle, two different nodes of one name, contradicting settings of a node, an
    /// argument that nothing fills, no node, or a bound that is broken; with the names.
    pub fn definition(&self) -> Result<RegisteredWorkflow, ConfigError> {
        let mut registered = self.definition.define()?;
        if let Some(overrides) = &self.overrides {
            registered.config = overrides.config.clone().or(&registered.config);
        }
        Ok(registered)
    }
}

/// The definition that [`Workflow::new`] makes.
pub struct PlainWorkflow<A> {
    inner: Arc<Inner>,
    _args: PhantomData<fn() -> A>,
}

struct Inner {
    name: String,
    config: WorkflowConfig,
    drawing: Result<Drawing, ConfigError>,
    check: CheckArguments,
    place: &'static Location<'static>,
}

impl<A: Serialize + DeserializeOwned + 'static> Workflow<PlainWorkflow<A>> {
    /// A workflow without a macro: its graph is drawn at once. `A` is what a run is sent with.
    ///
    /// ```
    /// use hyrex::prelude::*;
    /// use hyrex::OnlyInsideTasks;
    ///
    /// let shard = Task::new("shard", TaskConfig::new(), |_: std::collections::BTreeMap<String, u32>| async { Ok(()) });
    /// let merge = Task::new("merge", TaskConfig::new(), |()| async { Ok(()) });
    /// let workflow = Workflow::new("rebuild", WorkflowConfig::new().queue("etl"), |_: OnlyInsideTasks<()>| {
    ///     let one = |number: u32| shard.node(format!("shard-{number}")).args([("number".into(), number)].into());
    ///     (0..8).map(one).collect::<Vec<_>>() >> merge
    /// });
    /// assert_eq!(workflow.definition()?.dag.nodes().len(), 9);
    /// # Ok::<(), hyrex::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn new<G: Into<Dag>>(
        name: impl Into<String>,
        config: WorkflowConfig,
        graph: impl FnOnce(OnlyInsideTasks<A>) -> G,
    ) -> Self {
        let name = name.into();
        let drawing = graph(OnlyInsideTasks::default()).into().draw(&name);
        let check = codec::check_args::<A>;
        let inner = Arc::new(Inner { name, config, drawing, check, place: Location::caller() });
        Self::of(PlainWorkflow { inner, _args: PhantomData })
    }
}

impl<A: 'static> WorkflowDef for PlainWorkflow<A> {
    type Args = A;

    fn name(&self) -> &str {
        &self.inner.name
    }

    fn config(&self) -> Cow<'_, WorkflowConfig> {
        Cow::Borrowed(&self.inner.config)
    }

    fn define(&self) -> Result<RegisteredWorkflow, ConfigError> {
        let Inner { name, config, drawing, check, place } = &*self.inner;
        let registered = RegisteredWorkflow::new(name, config.clone(), drawing.clone()?, *check);
        Ok(RegisteredWorkflow { place: Some(place), ..registered })
    }
}

impl<A> Clone for PlainWorkflow<A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), _args: PhantomData }
    }
}

impl<W: WorkflowDef> Registrable for Workflow<W> {
    fn add_to(&self, registry: HyrexRegistry) -> HyrexRegistry {
        registry.add_workflow(self.definition())
    }
}

impl<W: WorkflowDef> fmt::Debug for Workflow<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Workflow").field(&self.name()).finish()
    }
}
