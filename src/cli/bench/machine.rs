//! The machine, in the few words that tell figures of two machines apart.

use serde::Serialize;

/// What it is measured on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    /// The processor's model, where the system tells.
    pub(crate) cpu: Option<String>,
    /// Cores that this process may use.
    pub(crate) cores: usize,
    /// Memory in bytes, where the system tells.
    pub(crate) memory_bytes: Option<u64>,
    /// The operating system and, where it tells, its release.
    pub(crate) system: String,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: field("/proc/meminfo", "MemTotal").and_then(|text| kibibytes(&text)),
            system: format!("{} {}", std::env::consts::OS, release.trim()).trim().to_owned(),
        }
    }

    /// On one line.
    pub(crate) fn line(&self) -> String {
        let cores = format!("{} {}", self.cores, if self.cores == 1 { "core" } else { "cores" });
        let memory = self.memory_bytes.map(|bytes| format!("{} GiB", bytes.div_ceil(1 << 30)));
        let parts = [self.cpu.clone(), Some(cores), memory, Some(self.system.clone())];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The value of the first line `NAME : VALUE` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

fn kibibytes(text: &str) -> Option<u64> {
    Some(text.strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
