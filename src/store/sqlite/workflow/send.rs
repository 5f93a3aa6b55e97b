//! Sending a workflow's run: its row, its key, its nodes and the edges between them.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::rows;
use crate::model::{NewNode, NewWorkflow, RunId, TaskStatus, WorkflowRunId, WorkflowSent};
use crate::store::sql::statements;
use crate::store::{Options, Result};
use rusqlite::{Connection, params};
use std::time::Duration;

statements! {
    /// Takes the lock of a writer before anything is read: a transaction that has read cannot always become one that
    /// writes.
    LOCK = "UPDATE hyrex_workflow_run SET status = status WHERE rowid = -1";
    STANDS = "SELECT 1 FROM hyrex_workflow_run WHERE id = ?1";
    OF_KEY = "SELECT workflow_run_id FROM hyrex_workflow_key WHERE workflow_name = ?1 AND idempotency_key = ?2";
    KEY = "INSERT INTO hyrex_workflow_key (workflow_name, idempotency_key, workflow_run_id, created_at)
        VALUES (?1, ?2, ?3, ?4)";
    RUN = "INSERT INTO hyrex_workflow_run (id, parent_id, root_id, workflow_name, args, queue, timeout_seconds, status,
            scheduled_start, queued, started, idempotency_key, deadline, nodes_left, ordinary_left, unsuccessful)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, {workflow:RUNNING}, ?8, ?8, ?8, ?9, ?10, ?11, ?12, 0)";
    NODE = "INSERT INTO hyrex_task_run (id, durable_id, root_id, workflow_run_id, task_name, args, queue, max_retries,
            priority, timeout_seconds, status, attempt_number, scheduled_start, queued, node_name, node_kind, deps_left)
        VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?15, ?11, ?12, ?13, ?14)";
    EDGE = "INSERT INTO hyrex_workflow_edge (workflow_run_id, from_id, to_id) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
}

/// Sends a run that was checked.
pub fn send(tx: &mut Tx<'_>, run: &NewWorkflow, now: i64) -> Result<WorkflowSent> {
    if let Some(standing) = standing(tx.conn, run)? {
        return Ok(standing);
    }
    insert_run(tx.conn, run, now)?;
    tx.pass("workflow_send.run")?;
    for node in &run.nodes {
        insert_node(tx.conn, run, node, now)?;
        for from in before(run, node) {
            tx.conn.run(&EDGE, (run.id, from, node.run))?;
        }
        if node.is_free() {
            tx.signs.lane(&node.queue, &node.task_name);
        }
    }
    tx.pass("workflow_send.nodes")?;
    Ok(WorkflowSent::New(run.id))
}

/// What stands under its id, or its key.
fn standing(conn: &Connection, run: &NewWorkflow) -> Result<Option<WorkflowSent>> {
    if conn.one(&STANDS, [run.id], |_| Ok(()))?.is_some() {
        return Ok(Some(WorkflowSent::New(run.id)));
    }
    let Some(key) = &run.idempotency_key else { return Ok(None) };
    let found: Option<WorkflowRunId> = conn.one(&OF_KEY, (&run.workflow_name, key), |row| row.get(0))?;
    Ok(found.map(WorkflowSent::Duplicate))
}

fn insert_run(conn: &Connection, run: &NewWorkflow, now: i64) -> Result<()> {
    if let Some(key) = &run.idempotency_key {
        conn.run(&KEY, (&run.workflow_name, key, run.id, now))?;
    }
    let deadline = run.timeout_seconds.map(|seconds| deadline(now, seconds.into()));
    let values = params![
        run.id,
        run.parent,
        run.root,
        run.workflow_name,
        run.args,
        run.queue,
        run.timeout_seconds,
        now,
        run.idempotency_key,
        deadline,
        run.nodes.len() as i64,
        run.ordinary() as i64,
    ];
    conn.run(&RUN, values).map(drop)
}

/// When a run that begins now must have ended.
pub fn deadline(now: i64, seconds: u64) -> i64 {
    now.saturating_add(i64::try_from(Duration::from_secs(seconds).as_micros()).unwrap_or(i64::MAX))
}

/// The nodes that a node waits for.
fn before(run: &NewWorkflow, node: &NewNode) -> impl Iterator<Item = RunId> {
    node.waits_for.iter().filter_map(|number| run.nodes.get(*number)).map(|node| node.run)
}

fn insert_node(conn: &Connection, run: &NewWorkflow, node: &NewNode, now: i64) -> Result<()> {
    let status = if node.is_free() { TaskStatus::Queued } else { TaskStatus::AwaitDeps };
    let values = params![
        node.run,
        run.root.unwrap_or(node.run),
        run.id,
        node.task_name,
        node.args,
        node.queue,
        node.max_retries,
        node.priority,
        node.timeout_seconds,
        status,
        node.is_free().then_some(now),
        node.name,
        if node.finally { "finally" } else { "node" },
        node.waits_for.len() as i64,
        now,
    ];
    conn.run(&NODE, values).map(drop)
}

/// Sends a workflow's run in a transaction of the application's own, on its own connection to a database file of ours:
/// it stands when that transaction does. Workers are woken by the commit.
///
/// `max_json` is the largest size of arguments in bytes.
///
/// ```
/// use hyrex::model::dag::{Draft, Node};
/// use hyrex::model::{NewWorkflow, TaskSettings, WorkflowSent, bounds};
/// use hyrex::store::sqlite::{SqliteStore, workflow_send_in};
/// use hyrex::store::{Options, Store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.db");
/// let store = SqliteStore::open(Some(&path), Options::default()).await?;
/// store.prepare().await?;
/// let dag = Draft::from(Node::new("pack", "pack")).then(Node::new("ship", "ship").into()).build()?;
/// let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
/// let run = NewWorkflow::of("order", "{}", &dag, &Default::default(), task);
///
/// let mut own = rusqlite::Connection::open(&path)?;
/// let transaction = own.transaction()?;
/// assert_eq!(workflow_send_in(&transaction, &run, bounds::MAX_JSON)?, WorkflowSent::New(run.id));
/// transaction.commit()?;
/// # store.close().await;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`StoreError::Bounds`](crate::store::StoreError::Bounds) when the run breaks a bound,
/// [`StoreError::NotInitialized`](crate::store::StoreError::NotInitialized) when the tables are not there, or what the
/// database says: then roll the transaction back.
pub fn workflow_send_in(tx: &rusqlite::Transaction<'_>, run: &NewWorkflow, max_json: usize) -> Result<WorkflowSent> {
    run.check(max_json)?;
    tx.run(&LOCK, [])?;
    let options = Options::default();
    send(&mut Tx::new(tx, &options), run, rows::micros(None))
}
