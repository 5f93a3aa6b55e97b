//! Times that processes share, and processor time.

use crate::measure::Figures;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What a [`Watch`] gives: operations a second, and the processor time that each took, here and in the server.
pub const METRICS: &[&str] = &["runs/s", "µs of processor a run"];

/// The server's main process, where it runs on this machine.
static SERVER: OnceLock<u32> = OnceLock::new();

/// From now on the processor time of this server counts.
pub fn watch_server(main_process: u32) {
    // One server a run of the benchmark.
    let _ = SERVER.set(main_process);
}

/// Measures what is done from its start to its end. Processor time tells the ways apart even on a busy machine.
#[derive(Clone, Copy)]
pub struct Watch {
    start: Instant,
    used: Option<f64>,
}

impl Watch {
    /// Starts.
    pub fn start() -> Self {
        let used = used();
        Self { start: Instant::now(), used }
    }

    /// Ends: `count` operations were done.
    pub fn figures(self, count: usize) -> Figures {
        let elapsed = self.start.elapsed().as_secs_f64();
        let used = self.used.zip(used()).map_or(f64::NAN, |(before, after)| (after - before) * 1e6);
        vec![count as f64 / elapsed, used / count.max(1) as f64]
    }
}

fn used() -> Option<f64> {
    Some(cpu_seconds([std::process::id()])? + SERVER.get().map_or(Some(0.0), |pid| family_seconds(*pid))?)
}

/// Processor time of a process and its children, also those that have ended.
fn family_seconds(main: u32) -> Option<f64> {
    let mut sum = stat(main)?.ticks_with_ended_children;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        sum += pid.and_then(stat).filter(|stat| stat.parent == main).map_or(0, |stat| stat.ticks);
    }
    // The kernel tells these times in hundredths of a second on every system that we know.
    Some(sum as f64 / 100.0)
}

struct Stat {
    parent: u32,
    ticks: u64,
    ticks_with_ended_children: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    let parent = number(1)? as u32;
    Some(Stat { parent, ticks, ticks_with_ended_children: ticks + number(13)? + number(14)? })
}

/// The parent of a process of this machine, where that is called `postgres`.
pub fn postgres_parent(pid: u32) -> Option<u32> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    if name.trim() == "postgres" { stat(pid).map(|stat| stat.parent) } else { None }
}

/// Nanoseconds since 1970: comparable between processes of one machine.
pub fn nanos() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}

/// Processor time of processes so far, all threads, in seconds; `None` where the system does not tell.
pub fn cpu_seconds(pids: impl IntoIterator<Item = u32>) -> Option<f64> {
    let mut sum = 0;
    for pid in pids {
        for thread in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            sum += text.split_whitespace().next()?.parse::<u64>().ok()?;
        }
    }
    Some(sum as f64 / 1e9)
}
