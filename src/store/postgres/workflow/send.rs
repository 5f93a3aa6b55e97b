//! Sending a workflow's run: its row, its nodes and its edges, by one statement.

use crate::model::{NewNode, NewWorkflow, Timestamp, WorkflowRunId, WorkflowSent, bounds};
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::enqueue::notify;
use crate::store::postgres::link::{Link, Query, query};
use crate::store::postgres::rows::get;
use crate::store::postgres::signals::Signs;
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use uuid::Uuid;

/// How often a twin may come and go between our two looks.
const ROUNDS: u32 = 20;

statements! {
    /// Insert, then look, again if both are empty: one statement for both can answer nothing against a twin that is
    /// not committed yet.
    KEY = "insert into hyrex_workflow_key (workflow_name, idempotency_key, workflow_run_id, created_at)
        values ($1, $2, $3, coalesce($4::timestamptz, now())) on conflict do nothing returning 1";
    TWIN = "select k.workflow_run_id from hyrex_workflow_key k where k.workflow_name = $1 and k.idempotency_key = $2";
    SEND = "with run as (
            insert into hyrex_workflow_run (id, parent_id, root_id, workflow_name, args, queue, timeout_seconds, status,
                scheduled_start, queued, started, deadline, idempotency_key, nodes_left, ordinary_left, unsuccessful)
            select $1, $2, $3, $4, $5::text::json, $6, $7, {workflow:RUNNING}, n.now, n.now, n.now,
                n.now + $7::int * interval '1 second', $8, cardinality($9::uuid[]), $10, 0
            from (select coalesce($11::timestamptz, now()) as now) n
            on conflict do nothing returning id, queued as now),
        edge as (
            insert into hyrex_workflow_edge (workflow_run_id, from_id, to_id)
            select run.id, e.from_id, e.to_id from run, unnest($12::uuid[], $13::uuid[]) e(from_id, to_id)),
        node as (
            insert into hyrex_task_run (id, durable_id, root_id, workflow_run_id, workflow_dependencies, node_name,
                node_kind, task_name, args, queue, max_retries, priority, timeout_seconds, attempt_number, status,
                deps_left, scheduled_start, queued)
            select u.id, u.id, coalesce($3, u.id), run.id, u.deps::uuid[], u.name, u.kind, u.task, u.args::json, u.queue,
                u.retries, u.priority, u.timeout, 0,
                case when u.free then {QUEUED} else {AWAIT_DEPS} end::task_run_status, u.waits, run.now,
                case when u.free then run.now end
            from run, unnest($9::uuid[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
                $20::smallint[], $21::smallint[], $22::int[], $23::bool[], $24::int[])
                u(id, deps, name, kind, task, args, queue, retries, priority, timeout, free, waits))
        select (select count(*) from run) as made";
}

impl PostgresStore {
    /// Sends a run; who stands then.
    pub(in crate::store::postgres) async fn send_workflow(
        &self,
        run: &NewWorkflow,
        now: Option<Timestamp>,
    ) -> Result<WorkflowSent> {
        let sent = call!(self.db.rest, link => async {
            link.begin().await?;
            let sent = send(link, run, now).await?;
            self.options.failpoints.pass("workflow_send.inserted")?;
            link.commit().await?;
            Ok(sent)
        })?;
        self.options.failpoints.answer("workflow_send.answered")?;
        if sent == WorkflowSent::New(run.id) {
            self.flusher.tell(signs(run));
        }
        Ok(sent)
    }
}

/// Sends a workflow's run within an application's own transaction, on its own connection: it stands, and its first
/// nodes may run, when that commits.
///
/// # Errors
/// [`StoreError::Bounds`] when the run or a node of it breaks a bound; else what the database says: then the transaction
/// is aborted, as after any error.
pub async fn workflow_send_in(
    conn: &mut sqlx::PgConnection,
    run: &NewWorkflow,
    max_json: usize,
) -> Result<WorkflowSent> {
    run.check(max_json)?;
    let mut link = Link::lent(conn);
    let sent = send(&mut link, run, None).await?;
    if sent == WorkflowSent::New(run.id) {
        notify(&mut link, &signs(run).payload(None)).await?;
    }
    Ok(sent)
}

pub(in crate::store::postgres) fn signs(run: &NewWorkflow) -> Signs {
    let free = run.nodes.iter().filter(|node| node.is_free());
    Signs::work(free.map(|node| (node.queue.clone(), node.task_name.clone())))
}

/// In the caller's transaction.
pub(in crate::store::postgres) async fn send(
    link: &mut Link<'_>,
    run: &NewWorkflow,
    now: Option<Timestamp>,
) -> Result<WorkflowSent> {
    if let Some(key) = &run.idempotency_key {
        let stands = hold_key(link, run, key, now).await?;
        if stands != run.id {
            return Ok(WorkflowSent::Duplicate(stands));
        }
    }
    link.one(bound(run, now)).await?;
    Ok(WorkflowSent::New(run.id))
}

/// The run that has the key then.
async fn hold_key(link: &mut Link<'_>, run: &NewWorkflow, key: &str, now: Option<Timestamp>) -> Result<WorkflowRunId> {
    for _ in 0..ROUNDS {
        let insert = query(KEY.as_str()).bind(run.workflow_name.clone()).bind(key.to_owned()).bind(run.id.0).bind(now);
        if link.optional(insert).await?.is_some() {
            return Ok(run.id);
        }
        let twin = query(TWIN.as_str()).bind(run.workflow_name.clone()).bind(key.to_owned());
        if let Some(row) = link.optional(twin).await? {
            return Ok(WorkflowRunId(get(&row, "workflow_run_id")?));
        }
    }
    Err(StoreError::Unavailable("runs with the same key come and go: try again".into()))
}

fn bound(run: &NewWorkflow, now: Option<Timestamp>) -> Query<'_> {
    fn column<'n, T>(run: &'n NewWorkflow, of: impl Fn(&'n NewNode) -> T) -> Vec<T> {
        run.nodes.iter().map(of).collect()
    }
    let (from, to): (Vec<Uuid>, Vec<Uuid>) = edges(run).unzip();
    query(SEND.as_str())
        .bind(run.id.0)
        .bind(run.parent.map(|id| id.0))
        .bind(run.root.map(|id| id.0))
        .bind(run.workflow_name.as_str())
        .bind(run.args.as_str())
        .bind(run.queue.as_str())
        .bind(run.timeout_seconds.map(|seconds| seconds as i32))
        .bind(run.idempotency_key.as_deref())
        .bind(column(run, |node| node.run.0))
        .bind(run.ordinary() as i32)
        .bind(now)
        .bind(from)
        .bind(to)
        .bind(column(run, |node| dependencies(run, node)))
        .bind(column(run, |node| node.name.as_str()))
        .bind(column(run, |node| if node.finally { "finally" } else { "node" }))
        .bind(column(run, |node| node.task_name.as_str()))
        .bind(column(run, |node| node.args.as_str()))
        .bind(column(run, |node| node.queue.as_str()))
        .bind(column(run, |node| node.max_retries.min(bounds::MAX_RETRIES) as i16))
        .bind(column(run, |node| node.priority))
        .bind(column(run, |node| node.timeout_seconds.map(|seconds| seconds as i32)))
        .bind(column(run, NewNode::is_free))
        .bind(column(run, |node| node.waits_for.len() as i32))
}

/// The runs at the ends of each edge.
fn edges(run: &NewWorkflow) -> impl Iterator<Item = (Uuid, Uuid)> {
    run.nodes
        .iter()
        .flat_map(move |node| node.waits_for.iter().map(move |before| (run.nodes[*before].run.0, node.run.0)))
}

/// As the text of an array: an array of arrays would come apart in `unnest`.
fn dependencies(run: &NewWorkflow, node: &NewNode) -> String {
    let ids: Vec<String> = node.waits_for.iter().map(|before| run.nodes[*before].run.0.to_string()).collect();
    format!("{{{}}}", ids.join(","))
}
