//! Reading a database that only the Python SDK ever touched: none of our columns, tables or indexes is there.
//!
//! Readers write their statements once, for our tables. Here, and nowhere else, such a statement gets what it lacks: a
//! table of ours is an empty one, a column of ours is null, and what our indexes find goes by those of the SDK. Nothing
//! is created: it is all in the text of the statement.

use crate::store::sql::{NO_NEXT, sql};
use std::sync::LazyLock;

/// The SDK's tables that we add to: its own columns, then ours.
const EXTENDED: [(&str, &str, &str); 6] = [
    (
        "hyrex_task_run",
        "id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies, task_name, args, queue, \
         max_retries, priority, timeout_seconds, status, attempt_number, scheduled_start, executor_id, queued, started, \
         finished, last_heartbeat, idempotency_key, log_link",
        "null::int as claim_number, null::varchar as node_name, null::boolean as superseded, \
         null::boolean as cancel_subtree, null::varchar as node_kind, null::int as deps_left",
    ),
    (
        "hyrex_executor",
        "id, name, worker_name, queue_pattern, queues, started, stopped, last_heartbeat, stats, status",
        "null::int as lease_ms, null::int as beat_interval_ms, null::bigint as beat_number, null::int as slots, \
         null::int as stuck, null::varchar as host, null::int as pid, null::varchar as boot_id, \
         null::varchar as version, null::varchar as app, null::varchar[] as task_names",
    ),
    (
        "hyrex_workflow_run",
        "id, parent_id, workflow_name, args, queue, timeout_seconds, status, scheduled_start, queued, started, finished, \
         last_heartbeat, idempotency_key",
        "null::varchar as reason, null::timestamptz as deadline, null::uuid as root_id, null::int as nodes_left, \
         null::int as ordinary_left, null::int as unsuccessful, null::uuid as repair_id",
    ),
    (
        "hyrex_cron_job",
        "jobid, schedule, command, active, jobname, job_source, activated_at, scheduled_jobs_confirmed_until, \
         should_backfill",
        "null::text as expression, null::text as time_zone, null::text as missed, null::boolean as enabled, \
         null::text as enabled_by, null::text as target_kind, null::text as target_name, null::json as target_args, \
         null::text as app",
    ),
    (
        "hyrex_cron_job_run_details",
        "jobid, runid, command, status, schedule_time, start_time, end_time",
        "null::uuid as run_id, null::text as error",
    ),
    (
        "hyrex_scheduler_lock",
        "lockid, worker_name, acquired_at, heartbeat_at, release_at, is_active",
        "null::bigint as fence",
    ),
];

/// Tables of ours, as empty ones.
const OURS: [(&str, &str); 7] = [
    (
        "hyrex_queue",
        "null::varchar as name, null::int as app_limit, null::int as operator_limit, null::boolean as operator_set, \
         null::varchar as limit_by, null::timestamptz as limit_at, null::timestamptz as paused_at, \
         null::varchar as paused_by, null::boolean as declared, null::timestamptz as created_at",
    ),
    (
        "hyrex_task_error",
        "null::uuid as attempt_id, null::varchar as kind, null::text as message, null::text[] as chain, \
         null::varchar as place, null::timestamptz as created_at",
    ),
    (
        "hyrex_task_log",
        "null::uuid as attempt_id, null::int as claim_number, null::int as seq, null::timestamptz as at, \
         null::varchar as level, null::varchar as target, null::text as message",
    ),
    (
        "hyrex_task_progress",
        "null::uuid as attempt_id, null::int as claim_number, null::real as fraction, null::text as message, \
         null::timestamptz as at",
    ),
    (
        "hyrex_workflow_key",
        "null::varchar as workflow_name, null::varchar as idempotency_key, null::uuid as workflow_run_id, \
         null::timestamptz as created_at",
    ),
    ("hyrex_workflow_edge", "null::uuid as workflow_run_id, null::uuid as from_id, null::uuid as to_id"),
    (
        "hyrex_counter",
        "null::timestamptz as minute, null::uuid as executor_id, null::varchar as queue, null::varchar as task_name, \
         null::bigint as succeeded, null::bigint as failed, null::bigint as retried, null::bigint as canceled, \
         null::bigint as stopped, null::bigint as lost, null::bigint as wait_us, null::bigint as run_us, \
         null::int[] as wait_hist, null::int[] as run_hist",
    ),
];

/// What readers look up by an index of ours, and the same by one of the SDK's. It has none by run (`durable_id`), but
/// one by root, which attempts of a run share; and only what failed has a next attempt.
static BY_ITS_INDEXES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let later = |run: &str| {
        let own = format!("r.durable_id = {run} and r.durable_id <> r.id");
        let root = format!(
            "r.root_id = (select f.root_id from hyrex_task_run f where f.id = {run} and f.status in ({{FAILED}}, {{LOST}}))"
        );
        (own.clone(), sql(&format!("{root} and {own}")))
    };
    let no_next = "NOT (t.status IN ({FAILED}, {LOST}) AND t.attempt_number < t.max_retries AND EXISTS \
         (SELECT 1 FROM hyrex_task_run n WHERE n.root_id = t.root_id AND n.durable_id = t.durable_id \
         AND n.attempt_number = t.attempt_number + 1))";
    vec![(NO_NEXT.to_owned(), sql(no_next)), later("$1"), later("u.id")]
});

/// A reading statement of ours, for the SDK's tables.
pub(super) fn statement(own: &str) -> String {
    let mut text = own.to_owned();
    for (ours, theirs) in BY_ITS_INDEXES.iter() {
        text = text.replace(ours, theirs);
    }
    // Named like the tables that they stand for: within them a name still means the table itself. Not materialized,
    // so that the planner sees through them to the SDK's indexes.
    let extended = EXTENDED
        .iter()
        .filter(|(table, ..)| names(&text, table))
        .map(|(table, columns, more)| format!("{table} as not materialized (select {columns}, {more} from {table})"));
    let ours = OURS.iter().filter(|(table, _)| names(&text, table));
    let ours = ours.map(|(table, columns)| format!("{table} as not materialized (select {columns} where false)"));
    let tables: Vec<String> = extended.chain(ours).collect();
    match tables.is_empty() {
        true => text,
        false => format!("with {} select * from ({text}) as answer", tables.join(", ")),
    }
}

/// Whether a statement names a table.
fn names(text: &str, table: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(table).any(|(at, _)| !goes_on(&text[at + table.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = include_str!("../../../migrations/postgres/0001_tables.sql");

    /// The names of the columns of a list of expressions.
    fn columns(list: &str) -> Vec<&str> {
        list.split(", ").map(|column| column.split(' ').next_back().unwrap_or_default()).collect()
    }

    fn created(table: &str) -> Vec<&'static str> {
        let (_, rest) = TABLES.split_once(&format!("CREATE TABLE IF NOT EXISTS {table} (")).expect(table);
        let (body, _) = rest.split_once("\n);").expect(table);
        let words = body.lines().filter_map(|line| line.trim().split(' ').next());
        words.filter(|word| word.chars().next().is_some_and(|c| c.is_ascii_lowercase())).collect()
    }

    fn added(table: &str) -> Vec<&'static str> {
        let (_, rest) = TABLES.split_once(&format!("ALTER TABLE {table}\n")).expect(table);
        let (body, _) = rest.split_once(';').expect(table);
        body.split("ADD COLUMN IF NOT EXISTS ").skip(1).filter_map(|column| column.split(' ').next()).collect()
    }

    #[test]
    fn every_column_of_the_migration_is_there() {
        for (table, own, more) in EXTENDED {
            assert_eq!((columns(own), columns(more)), (created(table), added(table)), "{table}");
        }
        for (table, list) in OURS {
            assert_eq!(columns(list), created(table), "{table}");
        }
    }

    #[test]
    fn a_statement_gets_the_tables_that_it_names_and_no_others() {
        assert_eq!(statement("select now() as now"), "select now() as now");
        let text = statement("select e.kind from hyrex_task_error e");
        assert!(text.starts_with("with hyrex_task_error as") && !text.contains("hyrex_task_run"), "{text}");
        assert!(!names("select from hyrex_workflow_run", "hyrex_workflow"));
    }

    #[test]
    fn what_is_found_by_our_indexes_is_found_by_the_sdks() {
        let text = statement(&sql("select from hyrex_task_run t where {no_next}"));
        assert!(text.contains("n.root_id = t.root_id") && !text.contains(NO_NEXT), "{text}");
    }
}
