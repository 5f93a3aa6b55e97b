-- The index set of hyrex_task_run on a database of our making. It is fixed: each index costs every write.
-- All but the first two bear names of indexes that the Python SDK would make: its CREATE INDEX IF NOT EXISTS then
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
-- The nodes of a workflow run.
-- adopted: hyrex_task_run_workflow
CREATE INDEX IF NOT EXISTS idx_htr_queued_started_finished
    ON hyrex_task_run (workflow_run_id) WHERE workflow_run_id IS NOT NULL;
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
