//! Claimed runs for unit tests.

use crate::model::{ClaimedRun, Fence, RunId, Timestamp};

/// The first attempt of a run of `task` from `queue`, as this claim got it.
pub(super) fn claimed_run(fence: Fence, queue: &str, task: &str) -> ClaimedRun {
    let run = RunId(fence.attempt.0);
    ClaimedRun {
        fence,
        run,
        root: run,
        parent: None,
        workflow_run: None,
        node_name: None,
        task_name: task.into(),
        args: "{}".into(),
        queue: queue.into(),
        priority: 5,
        max_retries: 0,
        attempt_number: 0,
        timeout_seconds: None,
        scheduled_start: None,
        queued: None,
        started: Timestamp::default(),
    }
}
