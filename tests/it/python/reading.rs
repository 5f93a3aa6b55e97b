//! A database that only the Python SDK ever touched: what its tables can answer is answered, and nothing is created.

use super::Shared;
use hyrex::model::{AttemptId, RunId, TaskStatus, Timestamp, WorkflowRunId, WorkflowStatus};
use hyrex::store::{
    ActivityQuery, ActivitySource, FailuresQuery, KvQuery, LogsQuery, Options, Reason, RunFilter, RunsQuery,
    SharedStore, Tables, WorkflowRunsQuery, open,
};
use std::time::Duration;
use uuid::Uuid;

/// Rows as the SDK writes them: a run that failed, then succeeded; one that failed for good; a child; one that waits;
/// one that runs; a workflow run of two nodes.
struct Rows {
    retried: RunId,
    failed: RunId,
    waits: RunId,
    runs: RunId,
    etl: WorkflowRunId,
    load: RunId,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_865_360 + second, 0).unwrap()
}

/// A row's own facts; the others are the same in all.
struct Row<'a> {
    id: Uuid,
    run: Uuid,
    root: Uuid,
    status: &'a str,
    attempt: i16,
    finished: Option<i64>,
    more: &'a str,
}

fn insert(row: &Row<'_>) -> String {
    let Row { id, run, root, status, attempt, finished, more } = row;
    let finished = finished.map_or("null".into(), |second| format!("'{}'", at(second).to_rfc3339()));
    let started = if *status == "QUEUED" || *status == "AWAIT_DEPS" {
        "null".into()
    } else {
        format!("'{}'", at(5).to_rfc3339())
    };
    let queued = at(0).to_rfc3339();
    format!(
        "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status,
            attempt_number, queued, started, finished {}) VALUES ('{id}', '{run}', '{root}', 'pay', '{{}}', 'money', 1, 5,
            '{status}', {attempt}, '{queued}', {started}, {finished} {});",
        if more.is_empty() { "" } else { ", workflow_run_id, workflow_dependencies" },
        more,
    )
}

impl Rows {
    async fn written(shared: &Shared) -> Rows {
        let id = Uuid::now_v7;
        let (retried, second, failed, failed_again, waits, runs) = (id(), id(), id(), id(), id(), id());
        let (executor, etl, extract, load) = (id(), id(), id(), id());
        let row = |id, run, status, attempt, finished| Row { id, run, root: run, status, attempt, finished, more: "" };
        let of_etl = format!(", '{etl}', '{{}}'");
        let after_extract = format!(", '{etl}', '{{{extract}}}'");
        let rows = [
            insert(&row(retried, retried, "FAILED", 0, Some(10))),
            insert(&row(second, retried, "SUCCESS", 1, Some(70))),
            insert(&row(failed, failed, "FAILED", 0, Some(20))),
            insert(&row(failed_again, failed, "FAILED", 1, Some(80))),
            insert(&Row { root: retried, ..row(waits, waits, "QUEUED", 0, None) }),
            insert(&row(runs, runs, "RUNNING", 0, None)),
            insert(&Row { more: &of_etl, ..row(extract, extract, "RUNNING", 0, None) }),
            insert(&Row { more: &after_extract, ..row(load, load, "AWAIT_DEPS", 0, None) }),
            format!("UPDATE hyrex_task_run SET parent_id = '{second}' WHERE id = '{waits}';"),
            format!("UPDATE hyrex_task_run SET executor_id = '{executor}' WHERE id = '{runs}';"),
            format!("UPDATE hyrex_task_run SET task_name = 'load' WHERE id = '{load}';"),
            format!("INSERT INTO hyrex_task_result (task_id, result) VALUES ('{second}', '7');"),
            format!(
                "INSERT INTO hyrex_executor (id, name, worker_name, queue_pattern, queues, started, last_heartbeat,
                    status) VALUES ('{executor}', 'E1', 'w', 'mon*', '{{money}}', now(), now(), 'RUNNING');
                 INSERT INTO hyrex_workflow_run (id, workflow_name, args, queue, status, queued, started)
                    VALUES ('{etl}', 'etl', '{{}}', 'money', 'RUNNING', now(), now());
                 INSERT INTO hyrex_workflow (workflow_name) VALUES ('etl');
                 INSERT INTO hyrex_kv (key, value) VALUES ('k', 'v');"
            ),
        ];
        shared.raw.execute(&rows.concat()).await;
        let [retried, failed, waits, runs, load] = [retried, failed, waits, runs, load].map(RunId);
        Rows { retried, failed, waits, runs, etl: WorkflowRunId(etl), load }
    }
}

/// All objects of the database.
async fn objects(shared: &Shared) -> Vec<Option<String>> {
    let sql = "SELECT relname || ' ' || relnatts FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    shared.raw.texts(sql).await
}

/// A database of the SDK's making with these rows, and a store that can only read it.
async fn readable() -> (Shared, Rows, SharedStore, Vec<Option<String>>) {
    let shared = Shared::empty().await;
    assert_eq!(shared.store.tables().await.unwrap(), Tables::None);
    shared.python.init_db().await;
    let rows = Rows::written(&shared).await;
    let url = crate::support::postgres::url(&shared.name);
    let reader = open(&url, Options { read_only: true, ..Options::default() }).await.unwrap();
    let before = objects(&shared).await;
    (shared, rows, reader, before)
}

async fn untouched(shared: Shared, reader: SharedStore, before: Vec<Option<String>>) {
    reader.close().await;
    assert_eq!(objects(&shared).await, before, "nothing was created");
    shared.finish().await;
}

#[tokio::test]
async fn runs_of_python_are_read_without_a_column_of_ours() {
    let (shared, rows, s, before) = readable().await;
    assert_eq!(s.tables().await.unwrap(), Tables::Python);
    let all = |filter| RunsQuery { filter, before: None, limit: 100 };
    let mut listed: Vec<_> = s.runs(all(RunFilter::default())).await.unwrap().items;
    listed.sort_by_key(|row| row.run);
    assert_eq!(listed.len(), 6, "a run stands there once");
    assert_eq!(listed[0].status, TaskStatus::Success, "by its latest attempt");
    let troubled = RunFilter { statuses: vec![TaskStatus::Failed], ..RunFilter::default() };
    let troubled = s.runs(all(troubled)).await.unwrap().items;
    assert_eq!(troubled.iter().map(|row| row.run).collect::<Vec<_>>(), [rows.failed]);
    let run = s.run(rows.retried).await.unwrap().unwrap();
    assert_eq!((run.attempts.len(), run.latest.result.as_deref()), (2, Some("7")));
    assert_eq!((run.latest.error, run.latest.progress), (None, None));
    let states = s.run_states(vec![rows.failed, rows.runs, RunId::new()]).await.unwrap();
    let statuses: Vec<_> = states.iter().map(|state| state.as_ref().map(|state| state.status)).collect();
    assert_eq!(statuses, [Some(TaskStatus::Failed), Some(TaskStatus::Running), None]);
    let tree = s.tree(rows.retried, 10).await.unwrap();
    assert_eq!(tree.runs.iter().map(|row| row.row.run).collect::<Vec<_>>(), [rows.retried, rows.waits]);
    assert_eq!(s.run_of(run.latest.row.id).await.unwrap(), Some(rows.retried));
    let tail = &rows.waits.0.simple().to_string()[20..];
    assert_eq!(s.runs_by_tail(tail).await.unwrap(), [rows.waits]);
    untouched(shared, s, before).await;
}

#[tokio::test]
async fn queues_executors_and_counts_of_python_are_read() {
    let (shared, rows, s, before) = readable().await;
    let queues = s.queues(None).await.unwrap();
    let [money] = &queues[..] else { panic!("{queues:?}") };
    assert_eq!((money.settings.name.as_str(), money.queued.count, money.held.count), ("money", 1, 2));
    assert_eq!(money.settings.concurrency_limit, None);
    let executors = s.executors(10, None).await.unwrap();
    assert_eq!((executors[0].held, executors[0].slots, executors[0].lease), (1, None, None));
    let counts = s.status_counts().await.unwrap();
    let count = |status| counts.iter().find(|(s, _)| *s == status).unwrap().1.count;
    let seen = [TaskStatus::Success, TaskStatus::Failed, TaskStatus::Queued, TaskStatus::Running].map(count);
    assert_eq!(seen, [1, 1, 1, 2]);
    let names = s.names().await.unwrap();
    assert_eq!(
        (names.tasks, names.queues, names.workflows),
        (vec!["load".to_owned(), "pay".to_owned()], vec!["money".to_owned()], vec!["etl".to_owned()],)
    );
    assert_eq!(s.next_due().await.unwrap(), None);
    let logs = LogsQuery { attempt: AttemptId(rows.failed.0), after: None, limit: 10 };
    assert!(s.logs(logs).await.unwrap().items.is_empty());
    let keys = KvQuery { prefix: String::new(), after: None, limit: 10, preview: 10 };
    assert_eq!(s.kv_list(keys).await.unwrap().items[0].value, "v");
    s.system_events(None, 10).await.unwrap();
    untouched(shared, s, before).await;
}

#[tokio::test]
async fn figures_of_python_come_from_its_newest_rows() {
    let (shared, rows, s, before) = readable().await;
    let now = Some(at(90));
    let activity = s.activity(ActivityQuery { minutes: 15, now }).await.unwrap();
    assert!(matches!(activity.source, ActivitySource::LookBack { complete: true, .. }), "{:?}", activity.source);
    let sums = activity
        .minutes
        .iter()
        .fold((0, 0, 0), |sums, minute| (sums.0 + minute.succeeded, sums.1 + minute.failed, sums.2 + minute.retried));
    assert_eq!((sums, activity.durations[0].wait.total()), ((1, 3, 2), 4));
    let failures = s.failures(FailuresQuery { since: Duration::from_secs(3600), limit: 10, now }).await.unwrap();
    let [group] = &failures.groups[..] else { panic!("{failures:?}") };
    assert_eq!((group.task_name.as_str(), group.count.count, group.error_type.as_deref()), ("pay", 1, None));
    assert_eq!(group.last, at(80));
    let reasons = s.waiting(rows.waits, None).await.unwrap().unwrap().reasons();
    assert!(
        matches!(reasons[..], [Reason::HandlerUnknown { executors: 1, .. }, Reason::SlotsTaken { .. }]),
        "{reasons:?}"
    );
    untouched(shared, s, before).await;
}

#[tokio::test]
async fn workflows_of_python_are_read() {
    let (shared, rows, s, before) = readable().await;
    let workflows = s.workflows(None).await.unwrap();
    let [etl] = &workflows[..] else { panic!("{workflows:?}") };
    assert_eq!((etl.has_definition, etl.recent[0].id, etl.last_day.count, etl.live.count), (true, rows.etl, 1, 1));
    assert_eq!(s.workflow_defs().await.unwrap().len(), 1);
    let page = s.workflow_runs(WorkflowRunsQuery { limit: 10, ..WorkflowRunsQuery::default() }).await.unwrap();
    assert_eq!((page.items[0].id, page.items[0].nodes_left), (rows.etl, None));
    assert_eq!(s.workflow_states(vec![rows.etl]).await.unwrap()[0].as_ref().unwrap().status, WorkflowStatus::Running);
    let detail = s.workflow_run(rows.etl).await.unwrap().unwrap();
    let nodes: Vec<_> = detail.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!((nodes, detail.edges), (vec!["pay", "load"], vec![(0, 1)]));
    assert_eq!(s.workflow_node(rows.etl, "load").await.unwrap().unwrap().status, TaskStatus::AwaitDeps);
    let waiting = s.waiting(rows.load, None).await.unwrap().unwrap();
    assert_eq!(waiting.predecessors, [("pay".to_owned(), TaskStatus::Running)]);
    untouched(shared, s, before).await;
}

#[tokio::test]
async fn once_the_tables_are_completed_they_are_ours() {
    let (shared, _, s, _) = readable().await;
    assert_eq!(s.tables().await.unwrap(), Tables::Python);
    shared.store.init_db().await.unwrap();
    assert_eq!(s.tables().await.unwrap(), Tables::Ours);
    assert_eq!(
        s.runs(RunsQuery { filter: RunFilter::default(), before: None, limit: 100 }).await.unwrap().items.len(),
        6
    );
    s.close().await;
    shared.finish().await;
}
