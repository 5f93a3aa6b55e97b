//! What applications use: tasks, workflows, registries, the app, the client, the context inside a task, the key-value store.
//!
//! Knows the stores by their traits, and nothing of the runtime that executes what it defines.

mod ambient;
pub mod app;
pub mod client;
mod client_error;
mod codec;
mod complete_in;
pub mod config;
mod config_error;
pub mod context;
mod cron;
mod error;
#[doc(hidden)]
pub mod generated;
pub mod handler;
pub mod hook;
mod kv;
mod passed_over;
mod patience;
mod plain;
mod progress;
pub mod registry;
mod route;
mod run;
mod send_in;
pub mod sending;
mod settings;
mod task;
mod under_way;
mod wait;
pub mod workflow;

pub use ambient::{DATABASE_URL, Source, block_on, init, spawn};
pub use app::{HyrexApp, StateMap, WorkerSettings};
pub use client::Client;
pub use client_error::{ClientError, ClientErrorKind};
pub use complete_in::CompleteIn;
pub use config::{HyrexQueue, TaskConfig};
pub use config_error::ConfigError;
pub use context::{ContextParts, LogSink, TaskContext, get_hyrex_context};
pub use cron::Cron;
pub use error::{Error, Result};
pub use handler::{ErrorHook, Failure, Handler, HandlerError, HandlerFuture, Invocation, Parameter, Returned};
pub use hook::IntoErrorHook;
pub use kv::{HyrexKV, Kv};
pub(crate) use patience::patiently;
pub use plain::Plain;
pub use registry::{HyrexRegistry, RegisteredTask, Registrable};
pub use run::DurableTaskRun;
pub use send_in::SendIn;
pub use sending::Sending;
pub use task::{Overrides, Task, TaskDef};
pub use workflow::{
    BrokenNode, Dag, OnlyInsideTasks, PlainWorkflow, RegisteredWorkflow, Workflow, WorkflowConfig, WorkflowContext,
    WorkflowError, WorkflowRun, group, workflow_context,
};

/// A text of someone else's, fit for a message on one line of a terminal: control and direction characters as escapes.
pub(crate) fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}
