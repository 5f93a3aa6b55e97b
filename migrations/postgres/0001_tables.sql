-- The tables that Hyrex shares with its Python SDK, and what we add to them. Repeatable: on a database that the
-- SDK made, only the additions happen. What each column is for stands in docs/schema.md.

DO $$ BEGIN
    IF to_regtype('task_run_status') IS NULL THEN
        CREATE TYPE task_run_status AS ENUM ('SUCCESS', 'FAILED', 'RUNNING', 'QUEUED', 'UP_FOR_CANCEL', 'CANCELED',
            'LOST', 'STOPPED', 'SKIPPED', 'AWAIT_DEPS', 'AWAIT_START_TIME');
    END IF;
    IF to_regtype('workflow_run_status') IS NULL THEN
        CREATE TYPE workflow_run_status AS ENUM ('SUCCESS', 'FAILED', 'RUNNING', 'UP_FOR_CANCEL', 'CANCELED', 'ASLEEP');
    END IF;
    IF to_regtype('executor_status') IS NULL THEN
        CREATE TYPE executor_status AS ENUM ('SHUTDOWN', 'LOST', 'RUNNING', 'UNKNOWN');
    END IF;
    IF to_regtype('cron_job_status_enum') IS NULL THEN
        CREATE TYPE cron_job_status_enum AS ENUM ('SUCCESS', 'QUEUED', 'FAILED');
    END IF;
    IF to_regtype('job_source_type') IS NULL THEN
        CREATE TYPE job_source_type AS ENUM ('SYSTEM', 'TASK', 'APPLICATION');
    END IF;
    IF to_regtype('cron_job_run_input') IS NULL THEN
        CREATE TYPE cron_job_run_input AS (jobid bigint, command text, schedule_time timestamptz);
    END IF;
END $$;

-- Shared with the SDK -------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS hyrex_task_run (
    id uuid PRIMARY KEY,
    durable_id uuid NOT NULL,
    root_id uuid NOT NULL,
    parent_id uuid,
    workflow_run_id uuid,
    workflow_dependencies uuid[],
    task_name varchar NOT NULL,
    args json NOT NULL,
    queue varchar NOT NULL,
    max_retries smallint NOT NULL,
    priority smallint NOT NULL,
    timeout_seconds int CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    status task_run_status NOT NULL,
    attempt_number smallint NOT NULL,
    scheduled_start timestamptz,
    executor_id uuid,
    queued timestamptz,
    started timestamptz,
    finished timestamptz,
    last_heartbeat timestamptz,
    idempotency_key varchar,
    log_link varchar
);

-- On a database of our making results have no foreign key: it costs a quarter of the throughput.
CREATE TABLE IF NOT EXISTS hyrex_task_result (
    task_id uuid PRIMARY KEY,
    result json,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_task_def (
    task_name text PRIMARY KEY,
    cron_expr text,
    source_code text,
    arg_schema json,
    queue text,
    priority int,
    max_retries int,
    timeout_seconds int CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    last_updated timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_workflow (
    workflow_name text PRIMARY KEY,
    cron_expr text,
    source_code text,
    dag_structure jsonb,
    last_updated timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_workflow_run (
    id uuid PRIMARY KEY,
    parent_id uuid,
    workflow_name varchar NOT NULL,
    args json NOT NULL,
    queue varchar NOT NULL,
    timeout_seconds int CHECK (timeout_seconds IS NULL OR timeout_seconds > 0),
    status workflow_run_status NOT NULL,
    scheduled_start timestamptz,
    queued timestamptz,
    started timestamptz,
    finished timestamptz,
    last_heartbeat timestamptz,
    idempotency_key varchar
);

CREATE TABLE IF NOT EXISTS hyrex_executor (
    id uuid PRIMARY KEY,
    name varchar NOT NULL,
    worker_name varchar NOT NULL,
    queue_pattern varchar NOT NULL,
    queues varchar[] NOT NULL,
    started timestamptz,
    stopped timestamptz,
    last_heartbeat timestamptz,
    stats json,
    status executor_status NOT NULL DEFAULT 'UNKNOWN'
);

CREATE TABLE IF NOT EXISTS hyrex_app (
    id bigserial PRIMARY KEY,
    app_info json
);

CREATE TABLE IF NOT EXISTS hyrex_kv (
    key varchar PRIMARY KEY,
    value text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_cron_job (
    jobid bigserial PRIMARY KEY,
    schedule text,
    command text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    jobname text NOT NULL UNIQUE,
    job_source job_source_type NOT NULL,
    activated_at timestamptz DEFAULT now(),
    scheduled_jobs_confirmed_until timestamptz DEFAULT now(),
    should_backfill boolean DEFAULT true
);

CREATE TABLE IF NOT EXISTS hyrex_cron_job_run_details (
    jobid bigint NOT NULL,
    runid bigserial PRIMARY KEY,
    command text NOT NULL,
    status cron_job_status_enum,
    schedule_time timestamptz NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    UNIQUE (jobid, schedule_time)
);

CREATE TABLE IF NOT EXISTS hyrex_scheduler_lock (
    lockid bigserial PRIMARY KEY,
    worker_name text NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    release_at timestamptz NOT NULL,
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE IF NOT EXISTS hyrex_system_logs (
    id uuid PRIMARY KEY,
    timestamp timestamptz,
    event_name varchar NOT NULL,
    event_body json NOT NULL
);

CREATE TABLE IF NOT EXISTS hyrex_stats_task_status_counts (
    timepoint timestamptz PRIMARY KEY,
    queued int, running int, waiting int, failed int, success int, lost int, total int,
    queued_delta int, success_delta int, failed_delta int, lost_delta int
);

-- Columns of ours. All may be null: rows of the SDK's making have none of them. -----------------------------------

ALTER TABLE hyrex_task_run
    ADD COLUMN IF NOT EXISTS claim_number int,
    ADD COLUMN IF NOT EXISTS node_name varchar,
    ADD COLUMN IF NOT EXISTS superseded boolean,
    ADD COLUMN IF NOT EXISTS cancel_subtree boolean,
    ADD COLUMN IF NOT EXISTS node_kind varchar,
    ADD COLUMN IF NOT EXISTS deps_left int;

ALTER TABLE hyrex_executor
    ADD COLUMN IF NOT EXISTS lease_ms int,
    ADD COLUMN IF NOT EXISTS beat_interval_ms int,
    ADD COLUMN IF NOT EXISTS beat_number bigint,
    ADD COLUMN IF NOT EXISTS slots int,
    ADD COLUMN IF NOT EXISTS stuck int,
    ADD COLUMN IF NOT EXISTS host varchar,
    ADD COLUMN IF NOT EXISTS pid int,
    ADD COLUMN IF NOT EXISTS boot_id varchar,
    ADD COLUMN IF NOT EXISTS version varchar,
    ADD COLUMN IF NOT EXISTS app varchar,
    ADD COLUMN IF NOT EXISTS task_names varchar[];

ALTER TABLE hyrex_workflow_run
    ADD COLUMN IF NOT EXISTS reason varchar,
    ADD COLUMN IF NOT EXISTS deadline timestamptz,
    ADD COLUMN IF NOT EXISTS root_id uuid,
    ADD COLUMN IF NOT EXISTS nodes_left int,
    ADD COLUMN IF NOT EXISTS ordinary_left int,
    ADD COLUMN IF NOT EXISTS unsuccessful int,
    ADD COLUMN IF NOT EXISTS repair_id uuid;

ALTER TABLE hyrex_cron_job
    ADD COLUMN IF NOT EXISTS expression text,
    ADD COLUMN IF NOT EXISTS time_zone text,
    ADD COLUMN IF NOT EXISTS missed text,
    ADD COLUMN IF NOT EXISTS enabled boolean,
    ADD COLUMN IF NOT EXISTS enabled_by text,
    ADD COLUMN IF NOT EXISTS target_kind text,
    ADD COLUMN IF NOT EXISTS target_name text,
    ADD COLUMN IF NOT EXISTS target_args json,
    ADD COLUMN IF NOT EXISTS app text;

ALTER TABLE hyrex_cron_job_run_details
    ADD COLUMN IF NOT EXISTS run_id uuid,
    ADD COLUMN IF NOT EXISTS error text;

ALTER TABLE hyrex_scheduler_lock
    ADD COLUMN IF NOT EXISTS fence bigint;

-- Tables of ours --------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS hyrex_schema (
    id int PRIMARY KEY CHECK (id = 1),
    version int NOT NULL,
    compatible_from int NOT NULL,
    own boolean NOT NULL,
    migrated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_queue (
    name varchar PRIMARY KEY,
    app_limit int CHECK (app_limit >= 0),
    operator_limit int CHECK (operator_limit >= 0),
    operator_set boolean NOT NULL DEFAULT false,
    limit_by varchar,
    limit_at timestamptz,
    paused_at timestamptz,
    paused_by varchar,
    declared boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS hyrex_task_error (
    attempt_id uuid PRIMARY KEY,
    kind varchar NOT NULL,
    message text NOT NULL,
    chain text[] NOT NULL,
    place varchar,
    created_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS hyrex_task_log (
    attempt_id uuid NOT NULL,
    claim_number int NOT NULL,
    seq int NOT NULL,
    at timestamptz NOT NULL,
    level varchar NOT NULL,
    target varchar NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (attempt_id, claim_number, seq)
);

CREATE TABLE IF NOT EXISTS hyrex_task_progress (
    attempt_id uuid PRIMARY KEY,
    claim_number int NOT NULL,
    fraction real NOT NULL,
    message text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS hyrex_workflow_key (
    workflow_name varchar NOT NULL,
    idempotency_key varchar NOT NULL,
    workflow_run_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workflow_name, idempotency_key)
);

CREATE TABLE IF NOT EXISTS hyrex_workflow_edge (
    workflow_run_id uuid NOT NULL,
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    PRIMARY KEY (from_id, to_id)
);

CREATE TABLE IF NOT EXISTS hyrex_counter (
    minute timestamptz NOT NULL,
    executor_id uuid NOT NULL,
    queue varchar NOT NULL,
    task_name varchar NOT NULL,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    retried bigint NOT NULL,
    canceled bigint NOT NULL,
    stopped bigint NOT NULL,
    lost bigint NOT NULL DEFAULT 0,
    wait_us bigint NOT NULL,
    run_us bigint NOT NULL,
    wait_hist int[] NOT NULL,
    run_hist int[] NOT NULL,
    PRIMARY KEY (minute, executor_id, queue, task_name)
);
