//! This machine and this process, as executors tell of themselves, and whether another process here is gone.

use crate::store::Peer;

/// Where a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// The machine's name.
    pub host: String,
    /// What changes with each start of the machine.
    pub boot_id: String,
    /// This process.
    pub pid: u32,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let host = gethostname::gethostname().to_string_lossy().replace('\0', "\u{FFFD}");
        let boot_id = boot_id().unwrap_or_else(|| UNKNOWN_BOOT.to_owned());
        Self { host, boot_id, pid: std::process::id() }
    }

    /// Whether the peer ran on this machine and its process is gone. Unknown is "no".
    pub fn misses(&self, peer: &Peer) -> bool {
        let (Some(host), Some(boot_id), Some(pid)) = (&peer.host, &peer.boot_id, peer.pid) else { return false };
        if *host != self.host {
            return false;
        }
        let known = boot_id != UNKNOWN_BOOT && self.boot_id != UNKNOWN_BOOT;
        known && *boot_id != self.boot_id || pid != self.pid && !is_alive(pid)
    }
}

/// Stands where a machine does not tell of its starts.
const UNKNOWN_BOOT: &str = "unknown";

fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether a process of this number exists; one that we may not signal does.
fn is_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}
