//! Arguments that a task's function does not know.

/// Most of them that a message names.
const NAMED: usize = 8;

/// The paths of keys for which a function's types have no place.
#[derive(Debug, Default)]
pub(super) struct PassedOver {
    named: Vec<String>,
    more: usize,
}

impl PassedOver {
    /// Notes a key.
    pub(super) fn note(&mut self, path: String) {
        if self.named.len() < NAMED { self.named.push(path) } else { self.more += 1 }
    }

    /// Says so in the attempt's log: whoever sends and whoever runs are of different versions.
    pub(super) fn log(&self, task: &str) {
        if !self.named.is_empty() {
            tracing::warn!("arguments that task '{}' does not know are passed over: {self}", super::shown(task));
        }
    }

    /// Refuses them.
    ///
    /// # Errors
    /// When there are any.
    pub(super) fn refuse(&self) -> Result<(), String> {
        if self.named.is_empty() { Ok(()) } else { Err(format!("have keys that it does not know: {self}")) }
    }
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::shown(&self.named.join(", ")))?;
        if self.more > 0 { write!(f, " and {} more", self.more) } else { Ok(()) }
    }
}
