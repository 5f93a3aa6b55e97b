//! The definition of a workflow that a macro made.

use super::super::codec;
use super::super::config_error::ConfigError;
use super::super::workflow::{Dag, Drawn, RegisteredWorkflow, WorkflowConfig, WorkflowDef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::TypeId;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::OnceLock;

/// What a workflow can be sent with. Without supertraits: a mistake is then one message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a workflow",
    label = "they are stored as JSON and read back inside its nodes: it needs `Serialize`, `Deserialize` and `Send`",
    note = "for a type of your own: `#[derive(Serialize, Deserialize)]`"
)]
pub trait WorkflowArguments: Send + 'static {
    /// Whether arguments, as they would be stored, are these.
    ///
    /// # Errors
    /// What does not fit, as the end of a sentence about them.
    fn check(text: &str) -> Result<(), String>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> WorkflowArguments for T {
    fn check(text: &str) -> Result<(), String> {
        codec::check_args::<T>(text)
    }
}

/// What the macro knows of a workflow. Its type is the workflow's own.
pub trait WorkflowDefinition: Clone + Send + Sync + 'static {
    /// What a run is sent with.
    type Args: WorkflowArguments;
    /// The name under which it is stored.
    const NAME: &'static str;

    /// Where it is defined.
    fn place() -> &'static Location<'static>;
    /// The settings in its attribute.
    fn settings() -> &'static WorkflowConfig;
    /// Draws its graph.
    fn draw() -> Dag;
    /// Keeps its graph, which is drawn once.
    fn drawn() -> &'static OnceLock<Drawn>;
}

impl<W: WorkflowDefinition> WorkflowDef for W {
    type Args = W::Args;

    fn name(&self) -> &str {
        W::NAME
    }

    fn config(&self) -> Cow<'_, WorkflowConfig> {
        Cow::Borrowed(W::settings())
    }

    fn define(&self) -> Result<RegisteredWorkflow, ConfigError> {
        let drawn = W::drawn().get_or_init(|| Drawn::new(W::NAME, W::draw()));
        drawn.define(W::NAME, W::settings().clone(), W::place(), TypeId::of::<W>(), W::Args::check)
    }
}
