//! Workflows: tasks bound to each other by `>>`, under a name.
//!
//! What is written becomes a [`Dag`]; a [`Workflow`] gives it a name and settings, and sends it; a [`WorkflowRun`] is
//! the handle on what was sent, a [`WorkflowContext`] what a node sees of it. The rules of graphs stand in
//! [`crate::model::dag`].

mod broken;
mod by_name;
mod config;
mod context;
mod dag;
mod definition;
mod error;
mod facts;
mod node;
mod nodes;
mod operators;
mod part;
mod run;
mod send;

pub use config::WorkflowConfig;
pub use context::{WorkflowContext, workflow_context};
pub use dag::Dag;
pub use definition::{Drawn, OnlyInsideTasks, PlainWorkflow, RegisteredWorkflow, Workflow, WorkflowDef};
pub use error::{BrokenNode, WorkflowError};
pub(super) use facts::{KnownRuns, WorkflowFacts};
pub use node::{EveryArgumentHasADefault, FilledNode, Give, GiveAll, Node, TakesArguments};
pub use nodes::AsTask;
pub use part::{DagPart, Group, group};
pub use run::WorkflowRun;
