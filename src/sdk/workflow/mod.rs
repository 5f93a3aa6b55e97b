//! Workflows: tasks bound to each other by `>>`, under a name.
//!
//! What is written becomes a [`Dag`]; a [`Workflow`] gives it a name and settings. The rules of graphs stand in
//! [`crate::model::dag`].

mod config;
mod dag;
mod definition;
mod node;
mod operators;
mod part;

pub use config::WorkflowConfig;
pub use dag::Dag;
pub use definition::{Drawn, OnlyInsideTasks, PlainWorkflow, RegisteredWorkflow, Workflow, WorkflowDef};
pub use node::{EveryArgumentHasADefault, FilledNode, Give, GiveAll, Node, TakesArguments};
pub use part::{DagPart, Group, group};
