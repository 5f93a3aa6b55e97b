//! What applications use: tasks, registries, the app, the client, the context inside a task, the key-value store.
//!
//! Knows the stores by their traits, and nothing of the runtime that executes what it defines.

pub mod app;
pub mod client;
mod client_error;
pub mod config;
mod config_error;
pub mod context;
mod error;
pub mod handler;
mod progress;
pub mod registry;
mod settings;
mod task;

pub use app::{HyrexApp, StateMap, WorkerSettings};
pub use client::Client;
pub use client_error::{ClientError, ClientErrorKind};
pub use config::{HyrexQueue, TaskConfig};
pub use config_error::ConfigError;
pub use context::{ContextParts, LogSink, TaskContext, get_hyrex_context};
pub use error::{Error, Result};
pub use handler::Failure;
pub use registry::{HyrexRegistry, RegisteredTask};
pub use task::{Overrides, Task, TaskDef};

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
