-- The tables of migrations/postgres/0001_tables.sql in SQLite's types: uuid = BLOB of 16 bytes, timestamptz =
-- INTEGER microseconds since 1970, json and enums = TEXT, bool = 0/1, arrays = JSON text. Rowid tables with a
-- BLOB key: WITHOUT ROWID was measured 10 to 14 % slower.

CREATE TABLE IF NOT EXISTS hyrex_task_run (
    id BLOB PRIMARY KEY,
    durable_id BLOB NOT NULL,
    root_id BLOB NOT NULL,
    parent_id BLOB,
    workflow_run_id BLOB,
    workflow_dependencies TEXT,
    task_name TEXT NOT NULL,
    queue TEXT NOT NULL,
    max_retries INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    timeout_seconds INTEGER CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    status TEXT NOT NULL,
    attempt_number INTEGER NOT NULL,
    scheduled_start INTEGER,
    executor_id BLOB,
    queued INTEGER,
    started INTEGER,
    finished INTEGER,
    last_heartbeat INTEGER,
    idempotency_key TEXT,
    log_link TEXT,
    -- ours
    claim_number INTEGER,
    node_name TEXT,
    superseded INTEGER,
    cancel_subtree INTEGER,
    node_kind TEXT,
    deps_left INTEGER,
    -- Last, so that no query that leaves them alone reads over large arguments.
    args TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_task_result (
    task_id BLOB PRIMARY KEY,
    result TEXT,
    created_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_task_def (
    task_name TEXT PRIMARY KEY,
    cron_expr TEXT,
    source_code TEXT,
    arg_schema TEXT,
    queue TEXT,
    priority INTEGER,
    max_retries INTEGER,
    timeout_seconds INTEGER CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    last_updated INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_workflow (
    workflow_name TEXT PRIMARY KEY,
    cron_expr TEXT,
    source_code TEXT,
    dag_structure TEXT,
    last_updated INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_workflow_run (
    id BLOB PRIMARY KEY,
    parent_id BLOB,
    workflow_name TEXT NOT NULL,
    args TEXT NOT NULL,
    queue TEXT NOT NULL,
    timeout_seconds INTEGER CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    status TEXT NOT NULL,
    scheduled_start INTEGER,
    queued INTEGER,
    started INTEGER,
    finished INTEGER,
    last_heartbeat INTEGER,
    idempotency_key TEXT,
    -- ours
    reason TEXT,
    deadline INTEGER,
    root_id BLOB,
    nodes_left INTEGER,
    ordinary_left INTEGER,
    unsuccessful INTEGER,
    repair_id BLOB
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_executor (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    worker_name TEXT NOT NULL,
    queue_pattern TEXT NOT NULL,
    queues TEXT NOT NULL,
    started INTEGER,
    stopped INTEGER,
    last_heartbeat INTEGER,
    stats TEXT,
    status TEXT NOT NULL DEFAULT 'UNKNOWN',
    -- ours
    lease_ms INTEGER,
    beat_interval_ms INTEGER,
    beat_number INTEGER,
    slots INTEGER,
    stuck INTEGER,
    host TEXT,
    pid INTEGER,
    boot_id TEXT,
    version TEXT,
    app TEXT,
    task_names TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_app (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_info TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_kv (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_cron_job (
    jobid INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule TEXT,
    command TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    jobname TEXT NOT NULL UNIQUE,
    job_source TEXT NOT NULL,
    activated_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    scheduled_jobs_confirmed_until INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    should_backfill INTEGER DEFAULT 1,
    -- ours
    expression TEXT,
    time_zone TEXT,
    missed TEXT,
    enabled INTEGER,
    enabled_by TEXT,
    target_kind TEXT,
    target_name TEXT,
    target_args TEXT,
    app TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_cron_job_run_details (
    jobid INTEGER NOT NULL,
    runid INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    status TEXT,
    schedule_time INTEGER NOT NULL,
    start_time INTEGER,
    end_time INTEGER,
    -- ours
    run_id BLOB,
    error TEXT,
    UNIQUE (jobid, schedule_time)
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_scheduler_lock (
    lockid INTEGER PRIMARY KEY AUTOINCREMENT,
    worker_name TEXT NOT NULL,
    acquired_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    heartbeat_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    release_at INTEGER NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1,
    -- ours
    fence INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_system_logs (
    id BLOB PRIMARY KEY,
    timestamp INTEGER,
    event_name TEXT NOT NULL,
    event_body TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_stats_task_status_counts (
    timepoint INTEGER PRIMARY KEY,
    queued INTEGER, running INTEGER, waiting INTEGER, failed INTEGER, success INTEGER, lost INTEGER, total INTEGER,
    queued_delta INTEGER, success_delta INTEGER, failed_delta INTEGER, lost_delta INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_schema (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    compatible_from INTEGER NOT NULL,
    own INTEGER NOT NULL,
    migrated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_queue (
    name TEXT PRIMARY KEY,
    app_limit INTEGER CHECK (app_limit >= 0),
    operator_limit INTEGER CHECK (operator_limit >= 0),
    operator_set INTEGER NOT NULL DEFAULT 0,
    limit_by TEXT,
    limit_at INTEGER,
    paused_at INTEGER,
    paused_by TEXT,
    declared INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_task_error (
    attempt_id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    chain TEXT NOT NULL,
    place TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_task_log (
    attempt_id BLOB NOT NULL,
    claim_number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    target TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (attempt_id, claim_number, seq)
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_task_progress (
    attempt_id BLOB PRIMARY KEY,
    claim_number INTEGER NOT NULL,
    fraction REAL NOT NULL,
    message TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_workflow_key (
    workflow_name TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    workflow_run_id BLOB NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (workflow_name, idempotency_key)
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_workflow_edge (
    workflow_run_id BLOB NOT NULL,
    from_id BLOB NOT NULL,
    to_id BLOB NOT NULL,
    PRIMARY KEY (from_id, to_id)
) STRICT;

CREATE TABLE IF NOT EXISTS hyrex_counter (
    minute INTEGER NOT NULL,
    executor_id BLOB NOT NULL,
    queue TEXT NOT NULL,
    task_name TEXT NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    retried INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0,
    wait_us INTEGER NOT NULL,
    run_us INTEGER NOT NULL,
    wait_hist TEXT NOT NULL,
    run_hist TEXT NOT NULL,
    PRIMARY KEY (minute, executor_id, queue, task_name)
) STRICT;

-- Indexes: as on PostgreSQL, all partial where they can be.


CREATE UNIQUE INDEX IF NOT EXISTS ix_hyrex_task_run_idempotency_key
    ON hyrex_task_run (task_name, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- Later attempts of a run; the first one is found by its id, which is the run's.
CREATE UNIQUE INDEX IF NOT EXISTS hyrex_task_run_attempt
    ON hyrex_task_run (durable_id, attempt_number) WHERE durable_id <> id;
-- Claims: a lane is a (queue, task), so that runs without a handler never stand in front.
CREATE INDEX IF NOT EXISTS hyrex_task_run_claim
    ON hyrex_task_run (queue, task_name, priority DESC, queued, id) WHERE status = 'QUEUED';
-- Promotion.
CREATE INDEX IF NOT EXISTS hyrex_task_run_due
    ON hyrex_task_run (scheduled_start) WHERE status = 'AWAIT_START_TIME';
-- What an executor holds.
CREATE INDEX IF NOT EXISTS hyrex_task_run_held_by_executor
    ON hyrex_task_run (executor_id) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
-- How much of a limited queue is held.
CREATE INDEX IF NOT EXISTS hyrex_task_run_held_by_queue
    ON hyrex_task_run (queue) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
-- The nodes of a workflow run, and one of them by its name.
CREATE INDEX IF NOT EXISTS hyrex_task_run_workflow
    ON hyrex_task_run (workflow_run_id, node_name) WHERE workflow_run_id IS NOT NULL;
-- What an attempt sent.
CREATE INDEX IF NOT EXISTS hyrex_task_run_parent
    ON hyrex_task_run (parent_id) WHERE parent_id IS NOT NULL;
-- A tree; its root is found by its id.
CREATE INDEX IF NOT EXISTS hyrex_task_run_root
    ON hyrex_task_run (root_id) WHERE root_id <> id;
-- What needs attention, the newest first. For a list of three SQLite fills a temporary table with each update of a row,
-- for two it does not: measured, a tenth of a claim and of a completion.
CREATE INDEX IF NOT EXISTS hyrex_task_run_troubled
    ON hyrex_task_run (id) WHERE (status IN ('FAILED', 'LOST') OR status = 'STOPPED') AND superseded IS NOT TRUE;
-- What a Python worker failed and did not yet retry: the sweep looks at a window of it.
CREATE INDEX IF NOT EXISTS hyrex_task_run_gap
    ON hyrex_task_run (finished)
    WHERE status IN ('FAILED', 'LOST') AND attempt_number < max_retries AND superseded IS NOT TRUE;


-- Other tables.

CREATE INDEX IF NOT EXISTS hyrex_workflow_run_deadline
    ON hyrex_workflow_run (deadline) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_parent ON hyrex_workflow_run (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_root ON hyrex_workflow_run (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_name ON hyrex_workflow_run (workflow_name, id);
CREATE INDEX IF NOT EXISTS hyrex_workflow_edge_run ON hyrex_workflow_edge (workflow_run_id);
-- System events by time; the SDK's ids say nothing about it.
CREATE INDEX IF NOT EXISTS hyrex_system_logs_at ON hyrex_system_logs (timestamp, id);
-- Failures of the last hour: an attempt's id tells when it was made, not when it failed.
CREATE INDEX IF NOT EXISTS hyrex_task_error_at ON hyrex_task_error (created_at);
-- Who is at work, however many executors have ended.
CREATE INDEX IF NOT EXISTS hyrex_executor_running ON hyrex_executor (id) WHERE status = 'RUNNING';
CREATE INDEX IF NOT EXISTS hyrex_cron_job_run_details_queued
    ON hyrex_cron_job_run_details (schedule_time) WHERE status = 'QUEUED';
