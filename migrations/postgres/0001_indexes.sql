-- Indexes. The set of hyrex_task_run is fixed: each index costs every write. On a database of our making
-- eight of them bear names of indexes that the Python SDK would make: its CREATE INDEX IF NOT EXISTS then
-- makes nothing. On a database that the SDK made, the same indexes are built under names of ours, concurrently
-- (store/postgres/migrate.rs replaces the names after `-- adopted:`).

-- adopted: ix_hyrex_task_run_idempotency_key
CREATE UNIQUE INDEX IF NOT EXISTS ix_hyrex_task_run_idempotency_key
    ON hyrex_task_run (task_name, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- Later attempts of a run; the first one is found by its id, which is the run's.
-- adopted: hyrex_task_run_attempt
CREATE UNIQUE INDEX IF NOT EXISTS hyrex_task_run_attempt
    ON hyrex_task_run (durable_id, attempt_number) WHERE durable_id <> id;
-- Claims: a lane is a (queue, task), so that runs without a handler never stand in front.
-- adopted: hyrex_task_run_claim
CREATE INDEX IF NOT EXISTS idx_hyrex_task_run_queue_status_priority_queued
    ON hyrex_task_run (queue, task_name, priority DESC, queued, id) WHERE status = 'QUEUED';
-- Promotion.
-- adopted: hyrex_task_run_due
CREATE INDEX IF NOT EXISTS ix_hyrex_task_run_scheduled_start
    ON hyrex_task_run (scheduled_start) WHERE status = 'AWAIT_START_TIME';
-- What an executor holds.
-- adopted: hyrex_task_run_held_by_executor
CREATE INDEX IF NOT EXISTS index_queue_status
    ON hyrex_task_run (executor_id) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
-- How much of a limited queue is held.
-- adopted: hyrex_task_run_held_by_queue
CREATE INDEX IF NOT EXISTS ix_hyrex_task_run_queue
    ON hyrex_task_run (queue) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
-- The nodes of a workflow run, and one of them by its name.
-- adopted: hyrex_task_run_workflow
CREATE INDEX IF NOT EXISTS idx_htr_queued_started_finished
    ON hyrex_task_run (workflow_run_id, node_name) WHERE workflow_run_id IS NOT NULL;
-- What an attempt sent.
-- adopted: hyrex_task_run_parent
CREATE INDEX IF NOT EXISTS ix_hyrex_task_run_task_name
    ON hyrex_task_run (parent_id) WHERE parent_id IS NOT NULL;
-- A tree; its root is found by its id.
-- adopted: hyrex_task_run_root
CREATE INDEX IF NOT EXISTS idx_hyrex_task_run_root_id
    ON hyrex_task_run (root_id) WHERE root_id <> id;
-- What needs attention, the newest first.
-- adopted: hyrex_task_run_troubled
CREATE INDEX IF NOT EXISTS ix_hyrex_task_run_status
    ON hyrex_task_run (id) WHERE status IN ('FAILED', 'LOST', 'STOPPED') AND superseded IS NOT TRUE;
-- What a Python worker failed and did not yet retry: the sweep looks at a window of it.
CREATE INDEX IF NOT EXISTS hyrex_task_run_gap
    ON hyrex_task_run (finished)
    WHERE status IN ('FAILED', 'LOST') AND attempt_number < max_retries AND superseded IS NOT TRUE;

-- Other tables. Names of ours on every database.

CREATE INDEX IF NOT EXISTS hyrex_workflow_run_deadline
    ON hyrex_workflow_run (deadline) WHERE status IN ('RUNNING', 'UP_FOR_CANCEL');
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_parent ON hyrex_workflow_run (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_root ON hyrex_workflow_run (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hyrex_workflow_run_name ON hyrex_workflow_run (workflow_name, id);
CREATE INDEX IF NOT EXISTS hyrex_workflow_edge_run ON hyrex_workflow_edge (workflow_run_id);
-- System events by time; the SDK's ids say nothing about it.
CREATE INDEX IF NOT EXISTS hyrex_system_logs_at ON hyrex_system_logs (timestamp, id);
-- Keys in the order of their bytes, whatever the database's collation.
CREATE INDEX IF NOT EXISTS hyrex_kv_bytes ON hyrex_kv (key COLLATE "C");
-- Failures of the last hour: an attempt's id tells when it was made, not when it failed.
CREATE INDEX IF NOT EXISTS hyrex_task_error_at ON hyrex_task_error (created_at);
-- Who is at work, however many executors have ended.
CREATE INDEX IF NOT EXISTS hyrex_executor_running ON hyrex_executor (id) WHERE status = 'RUNNING';
CREATE INDEX IF NOT EXISTS hyrex_cron_job_run_details_queued
    ON hyrex_cron_job_run_details (schedule_time) WHERE status = 'QUEUED';
