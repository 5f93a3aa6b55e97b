//! What applications use: tasks, registries, the app, the client, the context inside a task, the key-value store.

pub(crate) mod handler;
