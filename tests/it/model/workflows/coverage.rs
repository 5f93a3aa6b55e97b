//! What the sequences with workflows must have reached.

/// Operation and outcome; of attempts, those of nodes.
#[rustfmt::skip]
pub const REQUIRED: &[&str] = &[
    "workflow: new", "workflow: child", "workflow: duplicate", "workflow: repeated", "workflow: refused",
    "workflow cancel: cancelled", "workflow cancel: asked", "workflow cancel: already asked",
    "workflow cancel: already ended", "workflow cancel: not found",
    "workflow cancel subtree: some below", "workflow cancel subtree: none below",
    "sweep: timed out", "sweep: counted anew", "sweep: nothing",
    "ended in Python: swept", "forgotten: counted again",
    "repair: failed nodes run", "repair: node runs", "repair: from node on runs", "repair: with arguments",
    "repair: not broken", "repair: nothing to try", "repair: no such node", "repair: succeeded",
    "repair: waits in vain", "repair: not again", "repair: not found", "repair: bounds",
    "repair again: repeated", "repair again: something else",
    "node success: SUCCESS", "node success: already applied", "node success: refused by RUNNING",
    "node success: refused by QUEUED", "node success: refused by FAILED", "node success: refused by CANCELED",
    "node success: refused by LOST", "node success: refused by STOPPED",
    "node failed: FAILED, next", "node failed: FAILED", "node failed: already applied",
    "node failed: refused by SUCCESS", "node failed for good: FAILED",
    "node canceled: CANCELED", "node canceled: refused by RUNNING",
    "node interrupted: QUEUED", "node interrupted: STOPPED", "node interrupted: CANCELED",
    "node never begun: QUEUED", "node never begun: CANCELED",
    "node cancel: cancelled", "node cancel: asked", "node cancel: already asked", "node cancel: already ended",
    "cancel: asked", "cancel subtree: some below", "node cancel subtree: some below",
    "retry: workflow node",
    "rescue: lost", "rescue: lost and cancelled", "stop: something held",
    "promote: some", "claim: free, some", "claim: free, none",
    "run: SUCCESS", "run: FAILED", "run: CANCELED", "run: FAILED, timeout", "run: SUCCESS, repaired",
    "nodes: SKIPPED", "nodes: LOST", "nodes: STOPPED", "nodes: CANCELED", "nodes: FAILED", "nodes: finally after failure",
];
