-- A send for everyone else: a trigger, a migration, any language that speaks SQL. It keeps the bounds of a send from
-- the library, and its promises: the run stands when the caller's transaction commits, and workers wake then.
-- What is not given is as the task's definition says, which its workers wrote, else the default.

CREATE FUNCTION hyrex_send(
    task text, args json DEFAULT '{}', queue text DEFAULT NULL, priority int DEFAULT NULL, max_retries int DEFAULT NULL,
    timeout_seconds int DEFAULT NULL, delay interval DEFAULT NULL, idempotency_key text DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
    micros bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    -- UUIDv7 with the microseconds in the bits after its version, so that what is sent one after the other is also
    -- executed so. Not by uuid7(), whose body may be another's.
    run uuid := (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex(micros % 1000 * 4096 / 1000), 3, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid;
    defined hyrex_task_def;
    standing uuid;
    lane text;
    starts timestamptz := now() + coalesce(delay, interval '0');
    wrong text := CASE
        WHEN coalesce(task, '') = '' THEN 'the task name is empty: give it a name'
        WHEN octet_length(task) > 255
            THEN format('the task name has %s bytes, and at most 255 are allowed', octet_length(task))
        WHEN queue = '' THEN 'the queue name is empty: give it a name'
        WHEN octet_length(queue) > 255
            THEN format('the queue name has %s bytes, and at most 255 are allowed', octet_length(queue))
        WHEN idempotency_key = '' THEN 'the idempotency key is empty: give it a name'
        WHEN octet_length(idempotency_key) > 1024
            THEN format('the idempotency key has %s bytes, and at most 1024 are allowed', octet_length(idempotency_key))
        WHEN priority NOT BETWEEN 1 AND 10 THEN format('the priority is %s, and must be 1 to 10', priority)
        WHEN max_retries NOT BETWEEN 0 AND 1000 THEN format('max_retries is %s, and must be 0 to 1000', max_retries)
        WHEN timeout_seconds < 1
            THEN format('timeout_seconds is %s, and must be 1 to 2147483647, or left out for no timeout', timeout_seconds)
        WHEN delay < interval '0' OR delay > interval '3660 days'
            THEN format('the delay is %s, and must be nothing to ten years', delay)
        WHEN args IS NULL OR json_typeof(args) <> 'object'
            THEN 'the arguments must be one JSON object, a key a parameter, like {"to": "ada@example.com"}'
        WHEN octet_length(args::text) > 16777216
            THEN format('the arguments have %s bytes, and at most 16777216 are allowed', octet_length(args::text))
        WHEN length(args::text) - length(translate(args::text, '{[', '')) > 100 AND (
            SELECT max(b.depth) FROM (
                SELECT sum(CASE WHEN m.bracket[1] IN ('{', '[') THEN 1 ELSE -1 END) OVER (ORDER BY m.place) AS depth
                FROM regexp_matches(regexp_replace(args::text, '"(\\.|[^"\\])*"', '', 'g'), '[][{}]', 'g')
                    WITH ORDINALITY m(bracket, place)
            ) b) > 100
            THEN 'the arguments are nested more than 100 levels deep, and at most 100 are allowed'
    END;
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'hyrex_send: %', wrong USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO defined FROM hyrex_task_def d WHERE d.task_name = task;
    lane := coalesce(queue, defined.queue, 'default');
    -- Insert, then look, again if a twin went away between the two: one statement for both can answer nothing against
    -- a twin that is not committed yet.
    FOR round IN 1..20 LOOP
        INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority,
            timeout_seconds, idempotency_key, attempt_number, status, scheduled_start, queued)
        VALUES (run, run, run, task, args, lane, coalesce(hyrex_send.max_retries, defined.max_retries, 0),
            coalesce(hyrex_send.priority, defined.priority, 5),
            coalesce(hyrex_send.timeout_seconds, defined.timeout_seconds), hyrex_send.idempotency_key, 0,
            CASE WHEN starts > now() THEN 'AWAIT_START_TIME' ELSE 'QUEUED' END::task_run_status, starts,
            CASE WHEN starts > now() THEN NULL ELSE now() END)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            PERFORM pg_notify('hyrex', CASE WHEN starts > now() THEN '{"due":true}'
                ELSE json_build_object('work', json_build_array(json_build_array(lane, task)))::text END);
            RETURN run;
        END IF;
        SELECT t.durable_id INTO standing FROM hyrex_task_run t
        WHERE t.task_name = task AND t.idempotency_key = hyrex_send.idempotency_key;
        IF FOUND THEN
            RETURN standing;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'hyrex_send: runs with the same key come and go: try again' USING ERRCODE = 'serialization_failure';
END $$;
