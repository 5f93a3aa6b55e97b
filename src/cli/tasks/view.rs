//! Runs and attempts as scripts read them: the documented names, whatever the stores' structs are called inside.

use crate::model::{AttemptId, ExecutorId, RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::AttemptRow;
use serde::Serialize;
use serde_json::value::RawValue;

/// An attempt, as every list shows it.
#[derive(Serialize)]
pub(crate) struct RowView<'a> {
    id: RunId,
    attempt_id: AttemptId,
    task: &'a str,
    queue: &'a str,
    status: TaskStatus,
    attempt: i16,
    max_retries: i16,
    priority: i16,
    timeout_seconds: Option<i32>,
    executor: Option<ExecutorId>,
    root: RunId,
    parent_attempt: Option<AttemptId>,
    workflow_run: Option<WorkflowRunId>,
    node: Option<&'a str>,
    scheduled_start: Option<Timestamp>,
    queued: Option<Timestamp>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    idempotency_key: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> RowView<'a> {
    /// The documented view of a row.
    pub(crate) fn new(row: &'a AttemptRow) -> Self {
        Self {
            id: row.run,
            attempt_id: row.id,
            task: &row.task_name,
            queue: &row.queue,
            status: row.status,
            attempt: row.attempt_number,
            max_retries: row.max_retries,
            priority: row.priority,
            timeout_seconds: row.timeout_seconds,
            executor: row.executor,
            root: row.root,
            parent_attempt: row.parent,
            workflow_run: row.workflow_run,
            node: row.node_name.as_deref(),
            scheduled_start: row.scheduled_start,
            queued: row.queued,
            started: row.started,
            finished: row.finished,
            idempotency_key: row.idempotency_key.as_deref(),
            error: row.error.as_deref(),
        }
    }
}

/// JSON as it was stored: embedded as it stands, or as a string where it is not JSON.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum JsonText<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl<'a> JsonText<'a> {
    /// Reads `text` only so far as to know whether it is JSON.
    pub(crate) fn new(text: &'a str) -> Self {
        serde_json::from_str(text).map_or(Self::Text(text), Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_json_is_embedded_as_it_stands() {
        let shown = |text| serde_json::to_string(&JsonText::new(text)).unwrap();
        assert_eq!(shown(r#"{"n":12345678901234567890123,"n":1.0}"#), r#"{"n":12345678901234567890123,"n":1.0}"#);
        assert_eq!(shown("not json"), r#""not json""#);
        assert_eq!(shown(""), r#""""#);
    }
}
