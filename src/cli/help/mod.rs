//! What `--help` teaches at the end of each command: examples first. Paragraphs are one line each: clap wraps them.

mod cron;
#[cfg(feature = "tui")]
mod tui;
mod workflows;

pub(crate) use cron::*;
#[cfg(feature = "tui")]
pub(crate) use tui::*;
pub(crate) use workflows::*;

/// `hyrex --help`.
pub(crate) const TOP: &str = "\
Examples:
  hyrex demo --headless                see it work, on a SQLite file of its own
  export HYREX_DATABASE_URL=sqlite:hyrex.sqlite
  hyrex init-db                        make the tables
  hyrex send greet --args '{\"to\": \"Ada\"}'
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
  hyrex run-worker --release                build and run the application of this folder

It runs in the binary of your application (here: shop), which knows its tasks. The stand-alone one looks from the \
current directory upwards for a Cargo.toml that depends on hyrex, builds that application and becomes it:

  use hyrex::prelude::*;

  fn main() -> std::process::ExitCode {
      hyrex::cli::run(app())
  }

After SIGTERM or Ctrl-C no new task begins, and those that run have the grace period to end; a second one ends it at \
once.

JSON, at its end: {succeeded, failed, retried, canceled, given_back, stopped, unsettled, stuck}.";

/// `hyrex dev --help`.
#[cfg(feature = "tui")]
pub(crate) const DEV: &str = "\
Examples:
  hyrex dev                               builds and runs the application of this folder, and shows it
  cargo run -- dev                        the same in the application's own binary
  hyrex dev --url postgres://user@host/database --queues 'emails*'

Worker, scheduler and monitor in one process. Where no database is named (--url, HYREX_DATABASE_URL, .env) it is the \
SQLite file .hyrex/dev.sqlite of this folder. What tasks print and what the worker says goes to .hyrex/dev.log while the \
monitor is shown. Leaving the monitor (q, Ctrl-C, SIGTERM) stops the worker cleanly.";

/// `hyrex demo --help`.
pub(crate) const DEMO: &str = "\
Examples:
  hyrex demo                              the shop at work, and the monitor to watch it: q leaves
  hyrex demo --headless                   on a SQLite file of its own
  hyrex demo --headless --seconds 60 --rate 200
  hyrex demo --headless --url postgres://user@host/database

A shop takes orders: each fans out into children, payments fail and are tried again, mails go out through a queue with \
a limit, exports take their time, invoices block a thread, campaigns are called off, a warehouse times out; one \
workflow loads the sales, where validation fails now and then, and another trains on them in eight shards; \
the till is counted and the inventory taken by schedules. With \
--headless the database is then held against the demo's own books; it ends with 1 when they do not agree. With the \
monitor it goes on until you leave, and what ended more than ten minutes ago is deleted.

With --url its queues and keys are called demo-…, and what it did stays there to be looked at.

JSON: {location, seconds, drain_seconds, acknowledged, runs_per_second, total, queues: {name: figures}, checks: [{what, \
ok, over, wrong, examples}], adds_up}; total and figures are {runs, succeeded, retried, failed, canceled, open, wait, \
run}, wait and run {p50_us, p95_us, p99_us, max_us}.";

/// `hyrex send --help`.
pub(crate) const SEND: &str = "\
Examples:
  hyrex send greet --args '{\"to\": \"Ada\"}'
  hyrex send greet --args @ada.json --queue mail --priority 8 --delay 10m
  hyrex send report --idempotency-key report-2026-07   stands once, however often it is sent
  hyrex send report --args - --wait 60 < report.json   prints the result

The settings are those that the task has in the application, where this is an application's own binary; this one's \
defaults elsewhere. What is given here stands before both.

It prints the run's id. With --wait it prints the result as JSON, and ends with 0 only when the run succeeded; a run \
that is not over in time goes on.

JSON: {id, task, duplicate}; with --wait also {status, attempt, result, failure {kind, message, chain, place}}.";

/// `hyrex prune --help`.
pub(crate) const PRUNE: &str = "\
Examples:
  hyrex prune --older-than 30d --dry-run   how many it would be
  hyrex prune --older-than 30d
  hyrex prune --older-than 7d --status success,canceled

A run is deleted whole: its attempts, results, errors and log lines; its idempotency key is free then. What is not over \
stays, and so does every node of a workflow run that has not ended; with --status no node of a workflow is deleted. It \
goes batch by batch, slows down nobody, and can be stopped by Ctrl-C at any time: what was deleted by then is deleted.

JSON: {runs, dry_run, complete}.";

/// `hyrex bench --help`.
pub(crate) const BENCH: &str = "\
Examples:
  hyrex bench                                    SQLite, in the directory for temporary files
  hyrex bench --url postgres://user@host/database
  hyrex bench --only drain,send-1 --rounds 5
  hyrex bench --only drain --jobs 1000000        with it, the most memory that a worker takes
  hyrex bench --workflows                        nodes a second of large workflows
  hyrex bench --json > figures.json

It works in a schema (PostgreSQL) or in files (SQLite, beside the file named) of its own, which go away at its end, also \
after Ctrl-C; what stands in the database is not touched, nor its workers woken. It keeps server and machine busy, for \
about five minutes.

Measurements: send-1, send-10, send-100, send-many, drain, drain-finished, drain-scheduled, queues, pickup-idle, \
pickup-100, pickup-1000, pickup-inside, pickup-inside-1000, idle, \
workflow-chain, workflow-fan, workflow-lattice. What each means: docs/benchmarks.md.

JSON: {version, debug_build, began, seconds, machine {cpu, cores, memory_bytes, system}, database {name, location, \
settings}, settings {jobs, concurrency, rounds, full}, others_took, busy, measures}; measures are [{name, about, figures: \
[{name, unit, ours {median, low, high}, samples, base {what, median, low, high, samples}, share {median, low, high}, \
target {kind, value, met}}]}].";

/// `hyrex completions --help`.
pub(crate) const COMPLETIONS: &str = "\
Examples:
  hyrex completions bash > ~/.local/share/bash-completion/completions/hyrex
  hyrex completions zsh > ~/.zfunc/_hyrex
  hyrex completions fish > ~/.config/fish/completions/hyrex.fish
  shop completions bash > ~/.local/share/bash-completion/completions/shop

An application's own binary prints them for its own name. zsh: ~/.zfunc must stand in fpath before compinit.";

/// `hyrex tasks --help`.
pub(crate) const TASKS: &str = "\
Examples:
  hyrex tasks list --status failed --queue mail
  hyrex tasks show 4f2a9c
  hyrex tasks logs 4f2a9c --follow
  hyrex tasks tree 4f2a9c
  hyrex tasks retry 4f2a9c
  hyrex tasks cancel 4f2a9c --subtree";

/// `hyrex tasks list --help`.
pub(crate) const TASKS_LIST: &str = "\
Examples:
  hyrex tasks list
  hyrex tasks list --status troubled --limit 100
  hyrex tasks list --status failed,lost --json | jq -r '.[].id'
  hyrex tasks list --workflow-run 0198c9a2-5b1e-7d20-9c3f-1a2b3c4d5e6f

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

/// `hyrex tasks tree --help`.
pub(crate) const TASKS_TREE: &str = "\
Examples:
  hyrex tasks tree 4f2a9c
  hyrex tasks tree 4f2a9c --limit 10000
  hyrex tasks tree 4f2a9c --json | jq '.runs[] | select(.status == \"FAILED\") | .id'

The tree is that of the run's root. The run that was asked for is marked.

JSON: {root, run, runs, more}; runs are in the order drawn, each with the fields of `tasks list`, and parent and depth; \
more: whether runs were left out.";

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

/// `hyrex queues list --help`.
pub(crate) const QUEUES_LIST: &str = "\
Examples:
  hyrex queues list
  hyrex queues list --json | jq '.[] | select(.paused_at) | .name'";

/// `hyrex queues pause --help`.
pub(crate) const QUEUES_PAUSE: &str = "\
Examples:
  hyrex queues pause mail

What runs goes on. No run begins once this is answered.";

/// `hyrex queues resume --help`.
pub(crate) const QUEUES_RESUME: &str = "\
Examples:
  hyrex queues resume mail";

/// `hyrex queues limit --help`.
pub(crate) const QUEUES_LIMIT: &str = "\
Examples:
  hyrex queues limit mail 3             three at once, over all workers
  hyrex queues limit mail none          no limit, whatever the application says
  hyrex queues limit mail application   what the application says";

/// `hyrex executors --help`.
pub(crate) const EXECUTORS: &str = "\
Examples:
  hyrex executors list
  hyrex executors list --json | jq '.[] | select(.status == \"RUNNING\") | .host'

JSON: an array of {id, name, worker_name, status, queue_pattern, held, slots, stuck, host, pid, version, task_names, \
started, stopped, silent_seconds}.";

/// `hyrex executors list --help`.
pub(crate) const EXECUTORS_LIST: &str = "\
Examples:
  hyrex executors list
  hyrex executors list --limit 1000 --json | jq length";

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

/// `hyrex kv get --help`.
pub(crate) const KV_GET: &str = "\
Examples:
  hyrex kv get rates/eur
  hyrex kv get report > report.json
  hyrex kv get banner --raw";

/// `hyrex kv set --help`.
pub(crate) const KV_SET: &str = "\
Examples:
  hyrex kv set rates/eur 1.08
  hyrex kv set report - < report.json";

/// `hyrex kv delete --help`.
pub(crate) const KV_DELETE: &str = "\
Examples:
  hyrex kv delete rates/eur";

/// `hyrex kv list --help`.
pub(crate) const KV_LIST: &str = "\
Examples:
  hyrex kv list
  hyrex kv list rates/ --limit 10
  hyrex kv list rates/ --after rates/eur --json";
