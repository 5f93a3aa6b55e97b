//! What the help of `workflows` teaches.

/// `hyrex workflows --help`.
pub(crate) const WORKFLOWS: &str = "\
Examples:
  hyrex workflows list
  hyrex workflows show etl_workflow
  hyrex workflows send etl_workflow --args '{\"source\": \"s3://input\"}'
  hyrex workflows runs --status failed
  hyrex workflows show 4f2a9c
  hyrex workflows retry 4f2a9c
  hyrex workflows cancel 4f2a9c --subtree";

/// `hyrex workflows list --help`.
pub(crate) const WORKFLOWS_LIST: &str = "\
Examples:
  hyrex workflows list
  hyrex workflows list --json | jq -r '.[].workflow'

A worker writes the workflows of its application when it starts; a later one replaces them.

JSON: an array of {workflow, nodes, edges}, as of `workflows show` for a definition.";

/// `hyrex workflows runs --help`.
pub(crate) const WORKFLOWS_RUNS: &str = "\
Examples:
  hyrex workflows runs
  hyrex workflows runs --workflow etl_workflow --status failed,canceled
  hyrex workflows runs --status running --json | jq -r '.[].id'

JSON: an array of {id, workflow, status, reason, queue, timeout_seconds, deadline, parent_attempt, root, queued, \
started, finished, idempotency_key, nodes_left}; reason is canceled or timeout.";

/// `hyrex workflows show --help`.
pub(crate) const WORKFLOWS_SHOW: &str = "\
Examples:
  hyrex workflows show 4f2a9c
  hyrex workflows show etl_workflow
  hyrex workflows show 4f2a9c --json | jq '.nodes[] | select(.status == \"FAILED\")'

A run is drawn as it was sent, whatever has become of the definition since; each node stands with its latest attempt.

JSON of a run: the fields of `workflows runs`, and args, nodes: [{name, finally, waits_for, and the fields of `tasks \
list`}], edges: [[from, to]], by names. JSON of a definition: {workflow, nodes: [{name, task, finally, waits_for, args, \
queue, max_retries, timeout_seconds, priority}], edges}.";

/// `hyrex workflows send --help`.
pub(crate) const WORKFLOWS_SEND: &str = "\
Examples:
  hyrex workflows send etl_workflow --args '{\"source\": \"s3://input\"}'
  hyrex workflows send etl_workflow --args @july.json --queue nightly --timeout 3600
  hyrex workflows send etl_workflow --idempotency-key 2026-07   stands once, however often it is sent
  hyrex workflows send etl_workflow --wait 600

In an application's own binary the graph and the settings are those of the application; elsewhere those that a worker \
wrote to the database.

It prints the run's id. With --wait it ends with 0 only when the run succeeded; a run that has not ended in time goes on.

JSON: {id, workflow, duplicate}; with --wait also {status, reason}.";

/// `hyrex workflows cancel --help`.
pub(crate) const WORKFLOWS_CANCEL: &str = "\
Examples:
  hyrex workflows cancel 4f2a9c
  hyrex workflows cancel 4f2a9c --subtree

The finally nodes run once all others have ended; a second cancel ends them too.

JSON: an array of {id, outcome, status, nodes_canceled, nodes_asked, descendants_canceled, descendants_asked}; outcome \
is canceled, asked, already_asked, already_ended or not_found.";

/// `hyrex workflows retry --help`.
pub(crate) const WORKFLOWS_RETRY: &str = "\
Examples:
  hyrex workflows retry 4f2a9c                     all that did not succeed
  hyrex workflows retry 4f2a9c --node transform
  hyrex workflows retry 4f2a9c --from extract      extract and all after it, also what succeeded
  hyrex workflows retry 4f2a9c --node load --args '{\"table\": \"copy\"}'
  hyrex workflows retry 4f2a9c --args shard-7=@shard.json

The run goes on with a new deadline. The finally nodes run once more.

JSON: {id, outcome, nodes, status, why}; outcome is running (so many nodes have a new attempt), not_broken or refused.";
