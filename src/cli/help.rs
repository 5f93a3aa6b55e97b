//! What `--help` teaches at the end of each command: examples first. Paragraphs are one line each: clap wraps them.

/// `hyrex --help`.
pub(crate) const TOP: &str = "\
Examples:
  hyrex demo --headless                see it work, on a SQLite file of its own
  export HYREX_DATABASE_URL=sqlite:hyrex.sqlite
  hyrex init-db                        make the tables
  hyrex tasks list --status troubled   what failed, was lost or stopped
  hyrex tasks show 4f2a9c              one run, by the end of its id

The database is that of --url, else of HYREX_DATABASE_URL, else of the same name in the nearest .env file upwards.

Exit codes: 0 done; 1 not done, with the reason on one line of standard error; 2 the command line makes no sense.";

/// `hyrex init-db --help`.
pub(crate) const INIT_DB: &str = "\
Examples:
  hyrex init-db --url sqlite:hyrex.sqlite
  hyrex init-db --url postgres://user:password@host/database

Only what is missing is made, so that it can be run again at any time, also while workers are at work.

JSON: {location, done: [what was done, in words]}.";

/// `hyrex run-worker --help`.
pub(crate) const RUN_WORKER: &str = "\
Examples:
  shop run-worker                           serve every queue
  shop run-worker -q default,mail-* -c 50   two patterns, 50 tasks at once
  HYREX_LOG=debug shop run-worker           more log lines (or RUST_LOG)

It runs in the binary of your application (here: shop), which knows its tasks:

  use hyrex::prelude::*;

  fn main() -> std::process::ExitCode {
      hyrex::cli::run(app())
  }

After SIGTERM or Ctrl-C no new task begins, and those that run have the grace period to end; a second one ends it at \
once.

JSON, at its end: {succeeded, failed, retried, canceled, given_back, stopped, unsettled, stuck}.";

/// `hyrex demo --help`.
pub(crate) const DEMO: &str = "\
Examples:
  hyrex demo --headless                   on a SQLite file of its own
  hyrex demo --headless --seconds 60 --rate 200
  hyrex demo --headless --url postgres://user@host/database

A shop takes orders: each fans out into children, payments fail and are tried again, mails go out through a queue with \
a limit, exports take their time, invoices block a thread, campaigns are called off, a warehouse times out. Then the \
database is held against the demo's own books; it ends with 1 when they do not agree.

With --url its queues and keys are called demo-…, and what it did stays there to be looked at.

JSON: {location, seconds, drain_seconds, acknowledged, runs_per_second, total, queues: {name: figures}, checks: [{what, \
ok, over, wrong, examples}], adds_up}; total and figures are {runs, succeeded, retried, failed, canceled, open, wait, \
run}, wait and run {p50_us, p95_us, p99_us, max_us}.";

/// `hyrex tasks --help`.
pub(crate) const TASKS: &str = "\
Examples:
  hyrex tasks list --status failed --queue mail
  hyrex tasks show 4f2a9c
  hyrex tasks logs 4f2a9c --follow
  hyrex tasks retry 4f2a9c
  hyrex tasks cancel 4f2a9c --subtree";

/// `hyrex tasks list --help`.
pub(crate) const TASKS_LIST: &str = "\
Examples:
  hyrex tasks list
  hyrex tasks list --status troubled --limit 100
  hyrex tasks list --status failed,lost --json | jq -r '.[].id'

JSON: an array of {id, attempt_id, task, queue, status, attempt, max_retries, priority, timeout_seconds, executor, \
root, parent_attempt, workflow_run, node, scheduled_start, queued, started, finished, idempotency_key, error}.";

/// `hyrex tasks show --help`.
pub(crate) const TASKS_SHOW: &str = "\
Examples:
  hyrex tasks show 4f2a9c
  hyrex tasks show 4f2a9c --attempt 0   what the first attempt failed of
  hyrex tasks show 4f2a9c --json | jq .result

JSON: the fields of `tasks list` for the attempt shown, and args, result, failure {kind, message, chain, place}, \
progress {fraction, message, at}, tree {runs, more, statuses}, attempts: [the fields of `tasks list`].";

/// `hyrex tasks logs --help`.
pub(crate) const TASKS_LOGS: &str = "\
Examples:
  hyrex tasks logs 4f2a9c
  hyrex tasks logs 4f2a9c --attempt 0
  hyrex tasks logs 4f2a9c --follow

An attempt keeps its first 200 and its last 800 lines.

JSON: an array of {attempt, claim, seq, at, level, target, message}; with --follow one such object a line.";

/// `hyrex tasks retry --help`.
pub(crate) const TASKS_RETRY: &str = "\
Examples:
  hyrex tasks retry 4f2a9c
  hyrex tasks list -s failed --json | jq -r '.[].id' | xargs hyrex tasks retry

JSON: an array of {id, outcome, attempt_id, new_run, status}; outcome is queued, sent_again, not_ended or \
workflow_node.";

/// `hyrex tasks cancel --help`.
pub(crate) const TASKS_CANCEL: &str = "\
Examples:
  hyrex tasks cancel 4f2a9c
  hyrex tasks cancel 4f2a9c --subtree

JSON: an array of {id, outcome, status, descendants_canceled, descendants_asked}; outcome is canceled, asked, \
asked_python, between_attempts, already_asked or already_ended.";

/// `hyrex queues --help`.
pub(crate) const QUEUES: &str = "\
Examples:
  hyrex queues list
  hyrex queues pause mail
  hyrex queues resume mail
  hyrex queues limit mail 3
  hyrex queues limit mail none
  hyrex queues limit mail application

A limit set here (also none) stands before the one that the application declares, until `limit NAME application`.

JSON of list: an array of {name, queued, held, scheduled (each {count, more}), oldest_seconds, concurrency_limit, \
app_limit, limit_by_operator, limit_by, paused_at, paused_by}; of the others: the queue's settings as they stand then.";

/// `hyrex executors --help`.
pub(crate) const EXECUTORS: &str = "\
Examples:
  hyrex executors list
  hyrex executors list --json | jq '.[] | select(.status == \"RUNNING\") | .host'

JSON: an array of {id, name, worker_name, status, queue_pattern, held, slots, stuck, host, pid, version, task_names, \
started, stopped, silent_seconds}.";

/// `hyrex kv --help`.
pub(crate) const KV: &str = "\
Examples:
  hyrex kv set rates/eur 1.08
  hyrex kv get rates/eur
  hyrex kv set report - < report.json
  hyrex kv list rates/
  hyrex kv delete rates/eur

get prints exactly the value's bytes into a pipe or a file; on a terminal it shows control characters as escapes.

JSON: get {key, value}; set {key, size}; delete {key, deleted}; list an array of {key, value, size, written}.";
