//! `trigger_workflow_run`: a workflow of ours started by whoever speaks SQL, the Python SDK's tools among them.

use crate::support::stores::check;
use crate::support::{Kind, TestStore};
use hyrex::model::dag::{Draft, Node, NodeSettings};
use sqlx::{Connection, Executor, PgConnection, Row};
use uuid::Uuid;

async fn connection(store: &TestStore) -> PgConnection {
    PgConnection::connect(&store.url).await.expect("a connection of the application's own")
}

/// extract >> (shard-1, shard-2) >> merge, and tidy last.
fn structure() -> String {
    let node = |name: &str, task: &str| Node::new(name, task);
    let mut first = node("shard-1", "shard");
    first.args = Some(r#"{"number": 1}"#.into());
    first.settings =
        NodeSettings { queue: Some("big".into()), max_retries: Some(7), timeout_seconds: Some(9), priority: Some(2) };
    let shards = Draft::from(first).beside(node("shard-2", "shard").into());
    let work = Draft::from(node("extract", "extract")).then(shards).then(node("merge", "merge").into());
    work.finally(node("tidy", "tidy").into()).build().unwrap().to_structure()
}

async fn define(connection: &mut PgConnection, structure: &str) {
    let define = "INSERT INTO hyrex_workflow (workflow_name, dag_structure) VALUES ('etl', $1::jsonb)";
    sqlx::query(define).bind(structure).execute(&mut *connection).await.unwrap();
    let task = "INSERT INTO hyrex_task_def (task_name, queue, priority, max_retries, timeout_seconds)
        VALUES ('shard', 'theirs', 8, 3, 40)";
    connection.execute(task).await.unwrap();
}

async fn trigger(
    connection: &mut PgConnection,
    run: Uuid,
    queue: Option<&str>,
    key: Option<&str>,
) -> (Uuid, i32, bool) {
    let call = "SELECT * FROM trigger_workflow_run($1, 'etl', '{\"source\": \"s3\"}', $2, 60, $3)";
    let row = sqlx::query(call).bind(run).bind(queue).bind(key).fetch_one(connection).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

/// The nodes as text, in the order of their ids.
async fn nodes(connection: &mut PgConnection, run: Uuid) -> Vec<String> {
    let look = "SELECT format('%s %s %s %s %s wait=%s of=%s args=%s retries=%s priority=%s timeout=%s', node_name,
            task_name, node_kind, status, queue, deps_left, cardinality(workflow_dependencies), args, max_retries,
            priority, timeout_seconds)
        FROM hyrex_task_run WHERE workflow_run_id = $1 ORDER BY id";
    let rows = sqlx::query_scalar::<_, String>(look).bind(run).fetch_all(connection).await.unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn a_workflow_of_ours_is_started_with_all_that_its_definition_says() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        define(&mut connection, &structure()).await;
        let run = Uuid::now_v7();
        assert_eq!(trigger(&mut connection, run, None, None).await, (run, 5, true));
        assert_eq!(
            nodes(&mut connection, run).await,
            [
                "extract extract node QUEUED default wait=0 of=0 args={} retries=0 priority=5 timeout=",
                r#"shard-1 shard node AWAIT_DEPS big wait=1 of=1 args={"number": 1} retries=7 priority=2 timeout=9"#,
                "shard-2 shard node AWAIT_DEPS theirs wait=1 of=1 args={} retries=3 priority=8 timeout=40",
                "merge merge node AWAIT_DEPS default wait=2 of=2 args={} retries=0 priority=5 timeout=",
                "tidy tidy finally AWAIT_DEPS default wait=0 of=0 args={} retries=0 priority=5 timeout=",
            ]
        );
        let row = "SELECT format('%s %s left=%s ordinary=%s unsuccessful=%s in %s', status, args, nodes_left,
            ordinary_left, unsuccessful, deadline - started) FROM hyrex_workflow_run";
        let row: String = sqlx::query_scalar(row).fetch_one(&mut connection).await.unwrap();
        assert_eq!(row, r#"RUNNING {"source": "s3"} left=5 ordinary=4 unsuccessful=0 in 00:01:00"#);
        let edges = "SELECT string_agg(format('%s >> %s', f.node_name, t.node_name), ', ' ORDER BY f.id, t.id)
            FROM hyrex_workflow_edge e JOIN hyrex_task_run f ON f.id = e.from_id JOIN hyrex_task_run t ON t.id = e.to_id";
        let edges: String = sqlx::query_scalar(edges).fetch_one(&mut connection).await.unwrap();
        assert_eq!(edges, "extract >> shard-1, extract >> shard-2, shard-1 >> merge, shard-2 >> merge");
    })
    .await;
}

#[tokio::test]
async fn what_runs_last_is_released_when_all_others_have_ended() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        define(&mut connection, &structure()).await;
        let run = Uuid::now_v7();
        trigger(&mut connection, run, None, None).await;
        let ends = [("extract", "SUCCESS"), ("shard-1", "SUCCESS"), ("shard-2", "FAILED")];
        let mut released = Vec::new();
        for (node, status) in ends {
            let end = "UPDATE hyrex_task_run SET status = $2::task_run_status, attempt_number = max_retries WHERE node_name = $1";
            sqlx::query(end).bind(node).bind(status).execute(&mut connection).await.unwrap();
            let advance = "SELECT format('%s %s', t.node_name, a.new_status) FROM advance_workflow_run($1) a
                JOIN hyrex_task_run t ON t.id = a.task_id ORDER BY t.id";
            released.push(sqlx::query_scalar::<_, String>(advance).bind(run).fetch_all(&mut connection).await.unwrap());
        }
        assert_eq!(released[0], ["shard-1 QUEUED", "shard-2 QUEUED"]);
        assert!(released[1].is_empty(), "{released:?}");
        assert_eq!(released[2], ["merge SKIPPED", "tidy QUEUED"]);
    })
    .await;
}

#[tokio::test]
async fn the_queue_of_the_call_stands_before_the_tasks_and_a_key_starts_one_run() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        define(&mut connection, &structure()).await;
        let (run, twin) = (Uuid::now_v7(), Uuid::now_v7());
        assert_eq!(trigger(&mut connection, run, Some("urgent"), Some("k")).await, (run, 5, true));
        let queues: Vec<_> = nodes(&mut connection, run).await;
        let queues: Vec<_> = queues.iter().filter_map(|node| node.split(' ').nth(4)).collect();
        assert_eq!(queues, ["urgent", "big", "urgent", "urgent", "urgent"]);
        assert_eq!(trigger(&mut connection, twin, None, Some("k")).await, (run, 0, false));
        assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_task_run").await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_definition_of_pythons_with_a_task_twice_is_started_with_names_of_its_own() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        let structure = r#"{"nodes": [{"id": 1, "name": "load"}, {"id": 2, "name": "load"}, {"id": 3, "name": "end"}],
            "edges": [{"from": 1, "to": 3}, {"from": 2, "to": 3}, {"from": 1, "to": 3}]}"#;
        define(&mut connection, structure).await;
        let run = Uuid::now_v7();
        assert_eq!(trigger(&mut connection, run, None, None).await, (run, 3, true));
        let nodes = nodes(&mut connection, run).await;
        let told: Vec<_> = nodes.iter().map(|node| node.split(" args").next().unwrap()).collect();
        assert_eq!(
            told,
            [
                "load load node QUEUED default wait=0 of=0",
                "load#2 load node QUEUED default wait=0 of=0",
                "end end node AWAIT_DEPS default wait=2 of=2"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_nodes_are_started_in_their_order_and_at_once() {
    check(Kind::Postgres, async |store| {
        let mut connection = connection(store).await;
        let nodes = (0..10_000).map(|n| Draft::from(Node::new(format!("n{n}"), "shard")));
        let chain = nodes.reduce(Draft::then).unwrap();
        define(&mut connection, &chain.build().unwrap().to_structure()).await;
        let (run, began) = (Uuid::now_v7(), std::time::Instant::now());
        assert_eq!(trigger(&mut connection, run, None, None).await, (run, 10_000, true));
        // Quadratic work would take minutes.
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
        let out_of_order = "SELECT count(*) FROM (SELECT node_name, row_number() OVER (ORDER BY id) - 1 AS place
            FROM hyrex_task_run) n WHERE node_name <> 'n' || place";
        assert_eq!(store.raw.count(out_of_order).await, 0);
        assert_eq!(store.raw.count("SELECT count(*) FROM hyrex_workflow_edge").await, 9_999);
    })
    .await;
}
