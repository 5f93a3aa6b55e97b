//! What the sequences must have reached: each operation with each of its outcomes, at least twenty times in all.

use super::player::Coverage;

/// How often at least.
const TIMES: u32 = 20;

/// Operation and outcome.
#[rustfmt::skip]
pub const REQUIRED: &[&str] = &[
    "enqueue: new", "enqueue: child", "enqueue: delayed", "enqueue: duplicate", "enqueue: repeated",
    "enqueue: refused",
    "register: done",
    "tick: RUNNING, beat", "tick: RUNNING, look", "tick: LOST, beat", "tick: SHUTDOWN, beat",
    "stop: nothing held", "stop: something held",
    "rescue: beat again", "rescue: nothing held", "rescue: lost", "rescue: lost and cancelled",
    "claim: free, some", "claim: free, none", "claim: limited, some", "claim: limited, none",
    "claim: limit unknown, none", "claim: paused, none",
    "success: SUCCESS", "success: already applied", "success: gone",
    "success: refused by RUNNING", "success: refused by QUEUED", "success: refused by FAILED",
    "success: refused by CANCELED", "success: refused by LOST", "success: refused by STOPPED",
    "failed: FAILED, next", "failed: FAILED", "failed: already applied", "failed: gone",
    "failed: refused by SUCCESS", "failed: refused by CANCELED", "failed: refused by QUEUED",
    "failed for good: FAILED", "failed for good: already applied", "failed for good: gone",
    "failed for good: refused by SUCCESS", "failed for good: refused by CANCELED",
    "canceled: CANCELED", "canceled: already applied", "canceled: gone", "canceled: refused by RUNNING",
    "canceled: refused by SUCCESS", "canceled: refused by FAILED",
    "interrupted: QUEUED", "interrupted: STOPPED", "interrupted: CANCELED", "interrupted: already applied",
    "interrupted: gone", "interrupted: refused by SUCCESS", "interrupted: refused by FAILED",
    "never begun: QUEUED", "never begun: CANCELED", "never begun: already applied", "never begun: gone",
    "never begun: refused by SUCCESS", "never begun: refused by FAILED",
    "promote: some", "promote: none",
    "log: kept", "log: dropped", "progress: kept", "progress: refused",
    "declare: limit", "declare: no limit", "limit: at", "limit: unlimited", "limit: application",
    "pause: paused", "pause: resumed",
    "cancel: cancelled", "cancel: asked", "cancel: already asked", "cancel: already ended", "cancel: not found",
    "cancel subtree: some below", "cancel subtree: none below",
    "retry: queued", "retry: sent again", "retry: not ended", "retry: not found",
    "retry again: queued", "retry again: sent again", "retry again: not ended", "retry again: not found",
    "kv set: done", "kv delete: done", "kv delete: absent", "kv swap: done", "kv swap: holds",
    "look: run", "look: tree", "look: states", "look: lists", "look: queues", "look: executors", "look: kv",
    "look: counts",
];

/// What was not reached often enough, and how often it was.
pub fn missing(required: &[&str], coverage: &Coverage) -> Vec<String> {
    let times = |label: &str| coverage.get(label).copied().unwrap_or(0);
    let rare = required.iter().filter(|label| times(label) < TIMES);
    rare.map(|label| format!("{label} ({})", times(label))).collect()
}
