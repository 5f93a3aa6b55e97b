//! Times that processes share, processor time, memory, and what others take of the machine.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a [`Watch`] gives: operations a second, and the processor time that each took.
pub const METRICS: &[&str] = &["runs/s", "µs cpu here", "µs cpu in the server"];

/// A figure for each of [`METRICS`].
pub type Figures = Vec<f64>;

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
    here: Option<f64>,
    server: Option<f64>,
}

impl Watch {
    /// Starts.
    pub fn start() -> Self {
        let (here, server) = used();
        Self { start: Instant::now(), here, server }
    }

    /// Ends: `count` operations were done.
    pub fn figures(self, count: usize) -> Figures {
        let elapsed = self.start.elapsed().as_secs_f64();
        let (here, server) = used();
        let each = |before: Option<f64>, after: Option<f64>| {
            before.zip(after).map_or(f64::NAN, |(before, after)| (after - before) * 1e6 / count.max(1) as f64)
        };
        vec![count as f64 / elapsed, each(self.here, here), each(self.server, server)]
    }
}

/// Processor seconds of this process and of the server, so far.
fn used() -> (Option<f64>, Option<f64>) {
    (cpu_seconds([std::process::id()]), SERVER.get().and_then(|pid| family_seconds(*pid)))
}

/// Processor time of a process and its children, also those that have ended.
fn family_seconds(main: u32) -> Option<f64> {
    let mut sum = stat(main)?.ticks_with_ended_children;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        sum += pid.and_then(stat).filter(|stat| stat.parent == main).map_or(0, |stat| stat.ticks);
    }
    Some(sum as f64 / TICKS)
}

/// The kernel tells processor time in hundredths of a second, on every system that we know.
const TICKS: f64 = 100.0;

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
    let ticks: Option<u64> = pids.into_iter().map(|pid| stat(pid).map(|stat| stat.ticks)).sum();
    Some(ticks? as f64 / TICKS)
}

/// The most memory that this process had at once, in bytes; `None` where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The share of the processors that is in use while we do nothing: what others take. 0 where it cannot be told.
pub async fn busy_share() -> f64 {
    let Some((busy, total)) = machine_time() else { return 0.0 };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let Some((busy_now, total_now)) = machine_time() else { return 0.0 };
    busy_now.saturating_sub(busy) as f64 / total_now.saturating_sub(total).max(1) as f64
}

/// Ticks of all processors since the machine started: in use, and in all.
fn machine_time() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = text.lines().next()?.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    let total: u64 = fields.iter().take(8).sum();
    let idle = fields.get(3)? + fields.get(4)?;
    Some((total.saturating_sub(idle), total))
}
