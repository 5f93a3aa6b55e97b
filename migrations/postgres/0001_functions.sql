-- The functions that clients of the Python SDK call: name and arguments are the interface, the bodies are ours.
-- Each is made only where it is missing, and nothing of Hyrex itself calls one: a worker of the SDK puts its own
-- bodies here whenever it starts.

CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    -- 48 bits of milliseconds, version 7, then what gen_random_uuid() made random (its variant bits stand).
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

CREATE FUNCTION is_allowed(p_from task_run_status, p_to task_run_status) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(p_to::text = ANY (CASE p_from::text
        WHEN 'AWAIT_DEPS' THEN ARRAY['QUEUED', 'AWAIT_START_TIME', 'CANCELED', 'SKIPPED']
        WHEN 'AWAIT_START_TIME' THEN ARRAY['QUEUED', 'CANCELED']
        WHEN 'QUEUED' THEN ARRAY['RUNNING', 'CANCELED']
        WHEN 'RUNNING' THEN ARRAY['SUCCESS', 'FAILED', 'LOST', 'STOPPED', 'UP_FOR_CANCEL', 'QUEUED']
        WHEN 'UP_FOR_CANCEL' THEN ARRAY['CANCELED', 'FAILED', 'SUCCESS']
        ELSE ARRAY[]::text[] END), false)
$$;

CREATE FUNCTION create_task_run(
    p_id uuid, p_durable_id uuid, p_root_id uuid, p_parent_id uuid, p_status task_run_status, p_task_name varchar,
    p_args json, p_queue varchar, p_max_retries smallint, p_priority smallint, p_timeout_seconds int DEFAULT NULL,
    p_idempotency_key varchar DEFAULT NULL, p_scheduled_start timestamptz DEFAULT NULL,
    p_workflow_run_id uuid DEFAULT NULL, p_workflow_dependencies uuid[] DEFAULT NULL
) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    INSERT INTO hyrex_task_run AS t (id, durable_id, root_id, parent_id, status, task_name, args, queue, max_retries,
        priority, timeout_seconds, idempotency_key, scheduled_start, workflow_run_id, workflow_dependencies,
        attempt_number, queued)
    VALUES (p_id, p_durable_id, p_root_id, p_parent_id, p_status, p_task_name, p_args, p_queue, p_max_retries,
        p_priority, p_timeout_seconds, p_idempotency_key, p_scheduled_start, p_workflow_run_id,
        p_workflow_dependencies, 0, CASE WHEN p_status = 'QUEUED' THEN now() END)
    ON CONFLICT (task_name, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING t.id
$$;

CREATE FUNCTION transition_task_state(p_id uuid, p_next task_run_status) RETURNS hyrex_task_run
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found hyrex_task_run;
BEGIN
    SELECT * INTO found FROM hyrex_task_run t WHERE t.id = p_id FOR UPDATE;
    IF found.id IS NULL THEN
        RAISE EXCEPTION 'no task run %', p_id USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT is_allowed(found.status, p_next) THEN
        RAISE EXCEPTION 'task run % is %, and cannot become %', p_id, found.status, p_next
            USING ERRCODE = 'check_violation';
    END IF;
    UPDATE hyrex_task_run t SET status = p_next,
        queued = CASE WHEN p_next = 'QUEUED' THEN now() ELSE t.queued END,
        started = CASE WHEN p_next = 'RUNNING' THEN now() WHEN p_next = 'QUEUED' THEN NULL ELSE t.started END,
        finished = CASE WHEN p_next IN ('SUCCESS', 'FAILED', 'CANCELED', 'LOST', 'STOPPED', 'SKIPPED') THEN now()
            ELSE t.finished END
    WHERE t.id = p_id RETURNING t.* INTO found;
    RETURN found;
END $$;

CREATE FUNCTION conditionally_retry_task(
    p_existing_task_id uuid, p_new_task_id uuid, p_timeout_seconds int DEFAULT NULL
) RETURNS TABLE (success boolean, message text, new_task_id uuid) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    old hyrex_task_run;
BEGIN
    SELECT * INTO old FROM hyrex_task_run t WHERE t.id = p_existing_task_id FOR UPDATE;
    IF old.id IS NULL THEN
        RETURN QUERY SELECT false, format('no task run %s', p_existing_task_id), NULL::uuid;
    ELSIF old.status NOT IN ('FAILED', 'LOST') THEN
        RETURN QUERY SELECT false, format('task run %s is %s', old.id, old.status), NULL::uuid;
    ELSIF old.attempt_number >= old.max_retries THEN
        RETURN QUERY SELECT false, format('task run %s has no retries left', old.id), NULL::uuid;
    ELSIF EXISTS (SELECT FROM hyrex_task_run t WHERE t.durable_id = old.durable_id AND t.durable_id <> t.id
            AND t.attempt_number > old.attempt_number) THEN
        RETURN QUERY SELECT false, format('task run %s has been retried', old.id), NULL::uuid;
    ELSE
        INSERT INTO hyrex_task_run (id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            node_name, node_kind, task_name, args, queue, max_retries, priority, timeout_seconds, status, attempt_number,
            scheduled_start, queued)
        VALUES (p_new_task_id, old.durable_id, old.root_id, old.parent_id, old.workflow_run_id,
            old.workflow_dependencies, old.node_name, old.node_kind, old.task_name, old.args, old.queue, old.max_retries,
            old.priority, coalesce(p_timeout_seconds, old.timeout_seconds), 'QUEUED', old.attempt_number + 1, now(),
            now());
        UPDATE hyrex_task_run t SET superseded = true WHERE t.id = old.id;
        RETURN QUERY SELECT true, format('attempt %s is queued', old.attempt_number + 1), p_new_task_id;
    END IF;
END $$;

CREATE FUNCTION trigger_workflow_run(
    p_workflow_run_id uuid, p_workflow_name text, p_args json, p_queue text, p_timeout_seconds int,
    p_idempotency_key text
) RETURNS TABLE (workflow_run_id uuid, task_count int, success boolean, message text) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    dag jsonb;
    ordinary int;
    -- Ids tell the order of the nodes: after these milliseconds comes the node's place.
    began bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    made int;
BEGIN
    SELECT w.dag_structure INTO dag FROM hyrex_workflow w WHERE w.workflow_name = p_workflow_name;
    IF dag IS NULL OR coalesce(jsonb_array_length(dag -> 'nodes'), 0) = 0 THEN
        RETURN QUERY SELECT p_workflow_run_id, 0, false, format('no workflow named %s', p_workflow_name);
        RETURN;
    END IF;
    IF p_idempotency_key IS NOT NULL THEN
        -- Waits for a twin that is not committed yet, and then sees it.
        INSERT INTO hyrex_workflow_key (workflow_name, idempotency_key, workflow_run_id)
            VALUES (p_workflow_name, p_idempotency_key, p_workflow_run_id) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN QUERY SELECT k.workflow_run_id, 0, false, 'a run with this idempotency key stands already'
                FROM hyrex_workflow_key k
                WHERE k.workflow_name = p_workflow_name AND k.idempotency_key = p_idempotency_key;
            RETURN;
        END IF;
    END IF;
    SELECT count(*) INTO ordinary FROM jsonb_array_elements(dag -> 'nodes') n
        WHERE coalesce(n ->> 'finally', 'false') <> 'true';
    INSERT INTO hyrex_workflow_run (id, workflow_name, args, queue, timeout_seconds, status, scheduled_start, queued,
        started, deadline, idempotency_key, nodes_left, ordinary_left, unsuccessful)
    VALUES (p_workflow_run_id, p_workflow_name, p_args, coalesce(p_queue, 'default'), p_timeout_seconds, 'RUNNING',
        now(), now(), now(), now() + p_timeout_seconds * interval '1 second', p_idempotency_key,
        jsonb_array_length(dag -> 'nodes'), ordinary, 0);
    -- Materialised: one id a node, whoever asks for it.
    WITH written AS (
        SELECT n ->> 'id' AS node, n ->> 'name' AS task, coalesce(n ->> 'node', n ->> 'name') AS name,
            coalesce(n ->> 'finally', 'false') = 'true' AS last, n ->> 'queue' AS queue,
            (n ->> 'max_retries')::int AS max_retries, (n ->> 'priority')::int AS priority,
            (n ->> 'timeout_seconds')::int AS timeout_seconds, coalesce(n -> 'args', '{}')::json AS args, place
        FROM jsonb_array_elements(dag -> 'nodes') WITH ORDINALITY AS listed (n, place)
    ), new_node AS MATERIALIZED (
        SELECT w.*, (lpad(to_hex(began + (w.place >> 12)), 12, '0') || '7' || lpad(to_hex(w.place & 4095), 3, '0')
                || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid AS run,
            row_number() OVER (PARTITION BY w.name ORDER BY w.place) AS namesake
        FROM written w
    ), edge AS MATERIALIZED (
        SELECT DISTINCT f.run AS from_id, t.run AS to_id FROM jsonb_array_elements(dag -> 'edges') e
        JOIN new_node f ON f.node = e ->> 'from' JOIN new_node t ON t.node = e ->> 'to'
    ), kept AS (
        INSERT INTO hyrex_workflow_edge (workflow_run_id, from_id, to_id)
        SELECT p_workflow_run_id, e.from_id, e.to_id FROM edge e
    ), before AS (
        SELECT e.to_id, array_agg(e.from_id ORDER BY e.from_id) AS runs FROM edge e GROUP BY e.to_id
    )
    INSERT INTO hyrex_task_run (id, durable_id, root_id, workflow_run_id, workflow_dependencies, node_name, node_kind,
        deps_left, task_name, args, queue, max_retries, priority, timeout_seconds, status, attempt_number,
        scheduled_start, queued)
    SELECT n.run, n.run, n.run, p_workflow_run_id, coalesce(b.runs, '{}'),
        CASE WHEN n.namesake = 1 THEN n.name ELSE n.name || '#' || n.node END,
        CASE WHEN n.last THEN 'finally' ELSE 'node' END, coalesce(cardinality(b.runs), 0), n.task, n.args,
        coalesce(n.queue, p_queue, d.queue, 'default'), coalesce(n.max_retries, d.max_retries, 0),
        coalesce(n.priority, d.priority, 5), coalesce(n.timeout_seconds, d.timeout_seconds),
        CASE WHEN free.now THEN 'QUEUED' ELSE 'AWAIT_DEPS' END::task_run_status, 0, now(),
        CASE WHEN free.now THEN now() END
    FROM new_node n
    LEFT JOIN before b ON b.to_id = n.run
    LEFT JOIN hyrex_task_def d ON d.task_name = n.task
    CROSS JOIN LATERAL (SELECT b.runs IS NULL AND (ordinary = 0 OR NOT n.last) AS now) free;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN QUERY SELECT p_workflow_run_id, made, true, format('%s tasks', made);
END $$;

CREATE FUNCTION advance_workflow_run(p_workflow_run_id uuid)
RETURNS TABLE (task_id uuid, new_status task_run_status, workflow_run_id uuid) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    changed int;
BEGIN
    -- The lock first: two predecessors that end at once must not each miss the other.
    PERFORM FROM hyrex_workflow_run w WHERE w.id = p_workflow_run_id FOR UPDATE;
    LOOP
        RETURN QUERY
        WITH latest AS (
            SELECT DISTINCT ON (t.durable_id) t.* FROM hyrex_task_run t WHERE t.workflow_run_id = p_workflow_run_id
            ORDER BY t.durable_id, t.attempt_number DESC
        ), waiting AS (
            SELECT w.id, bool_and(d.status = 'SUCCESS') AS ready,
                bool_or(d.status IN ('CANCELED', 'STOPPED', 'SKIPPED')
                    OR d.status IN ('FAILED', 'LOST') AND d.attempt_number >= d.max_retries) AS hopeless
            FROM latest w LEFT JOIN latest d ON d.durable_id = ANY (w.workflow_dependencies)
            -- What runs last waits for all others, however they end.
            WHERE w.status = 'AWAIT_DEPS' AND (w.node_kind IS DISTINCT FROM 'finally'
                OR cardinality(w.workflow_dependencies) > 0
                OR NOT EXISTS (SELECT FROM latest o WHERE o.node_kind IS DISTINCT FROM 'finally'
                    AND (o.status IN ('RUNNING', 'UP_FOR_CANCEL', 'QUEUED', 'AWAIT_START_TIME', 'AWAIT_DEPS')
                        OR o.status IN ('FAILED', 'LOST') AND o.attempt_number < o.max_retries)))
            GROUP BY w.id
        )
        UPDATE hyrex_task_run t SET
            status = CASE WHEN w.hopeless THEN 'SKIPPED' ELSE 'QUEUED' END::task_run_status,
            queued = CASE WHEN w.hopeless THEN t.queued ELSE now() END,
            finished = CASE WHEN w.hopeless THEN now() END
        FROM waiting w WHERE t.id = w.id AND t.status = 'AWAIT_DEPS' AND (coalesce(w.ready, true) OR w.hopeless)
        RETURNING t.id, t.status, t.workflow_run_id;
        -- Skipping a node may make its successors hopeless too.
        GET DIAGNOSTICS changed = ROW_COUNT;
        EXIT WHEN changed = 0;
    END LOOP;
END $$;

CREATE FUNCTION set_workflow_run_status_based_on_task_runs(p_workflow_run_id uuid)
RETURNS TABLE (id uuid, status workflow_run_status) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    live boolean;
    fine boolean;
BEGIN
    PERFORM FROM hyrex_workflow_run w WHERE w.id = p_workflow_run_id FOR UPDATE;
    SELECT bool_or(l.status IN ('RUNNING', 'UP_FOR_CANCEL', 'QUEUED', 'AWAIT_START_TIME', 'AWAIT_DEPS')
            OR l.status IN ('FAILED', 'LOST') AND l.attempt_number < l.max_retries),
        bool_and(l.status = 'SUCCESS')
    INTO live, fine
    FROM (SELECT DISTINCT ON (t.durable_id) t.status, t.attempt_number, t.max_retries FROM hyrex_task_run t
        WHERE t.workflow_run_id = p_workflow_run_id ORDER BY t.durable_id, t.attempt_number DESC) l;
    RETURN QUERY
    UPDATE hyrex_workflow_run w
    SET status = CASE WHEN fine THEN 'SUCCESS' WHEN w.status = 'UP_FOR_CANCEL' THEN 'CANCELED'
            ELSE 'FAILED' END::workflow_run_status,
        finished = now()
    WHERE w.id = p_workflow_run_id AND w.status IN ('RUNNING', 'UP_FOR_CANCEL') AND live IS FALSE
    RETURNING w.id, w.status;
END $$;

CREATE FUNCTION schedule_cron_job_runs(p_runs cron_job_run_input[])
RETURNS TABLE (success boolean, message text, inserted_count int, runids bigint[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    made bigint[];
BEGIN
    WITH entered AS (
        INSERT INTO hyrex_cron_job_run_details AS d (jobid, command, status, schedule_time)
        SELECT r.jobid, r.command, 'QUEUED', r.schedule_time FROM unnest(p_runs) r
        ON CONFLICT (jobid, schedule_time) DO NOTHING RETURNING d.runid
    ) SELECT coalesce(array_agg(e.runid ORDER BY e.runid), '{}') INTO made FROM entered e;
    RETURN QUERY SELECT true, format('%s runs scheduled', cardinality(made)), cardinality(made), made;
END $$;

CREATE FUNCTION execute_queued_cron_job() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    due record;
    outcome cron_job_status_enum := 'SUCCESS';
    began timestamptz := clock_timestamp();
BEGIN
    SELECT d.runid, d.command, coalesce(j.jobname, d.jobid::text) AS jobname INTO due
    FROM hyrex_cron_job_run_details d LEFT JOIN hyrex_cron_job j ON j.jobid = d.jobid
    WHERE d.status = 'QUEUED' ORDER BY d.schedule_time, d.runid LIMIT 1 FOR UPDATE OF d SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    BEGIN
        EXECUTE due.command;
    EXCEPTION WHEN OTHERS THEN
        outcome := 'FAILED';
        RAISE WARNING 'cron job % failed: %', due.jobname, SQLERRM;
    END;
    UPDATE hyrex_cron_job_run_details d SET status = outcome, start_time = began, end_time = clock_timestamp()
    WHERE d.runid = due.runid;
    RETURN 'executed ' || due.jobname;
END $$;
