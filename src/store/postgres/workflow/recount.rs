//! A run counted anew from its rows: one of Python's making, or one of whose nodes Python's workers ended some.

use super::advance::{Followed, Over};
use super::cancel;
use crate::model::{AttemptId, RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::graph::{Graph, GraphNode, Recount};
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status, task_status};
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use sqlx::postgres::PgRow;
use uuid::Uuid;

statements! {
    NODES = "select distinct on (t.durable_id) t.durable_id, t.id, t.node_name::text as node_name, t.task_name::text as task_name,
            t.node_kind is not distinct from 'finally' as finally, t.status::text as status,
            t.attempt_number < t.max_retries as retries_left
        from hyrex_task_run t where t.workflow_run_id = $1 order by t.durable_id, t.attempt_number desc, t.id desc";
    EDGES = "select e.from_id, e.to_id from hyrex_workflow_edge e where e.workflow_run_id = $1";
    /// Python's rows tell of their predecessors, and nobody else does.
    ADOPT = "insert into hyrex_workflow_edge (workflow_run_id, from_id, to_id)
        select distinct $1, d.id, t.durable_id from hyrex_task_run t cross join lateral unnest(t.workflow_dependencies) d(id)
        where t.workflow_run_id = $1 and d.id is not null on conflict do nothing";
    NAME = "update hyrex_task_run t set node_name = u.name from unnest($1::uuid[], $2::text[]) u(id, name)
        where t.id = u.id and t.node_name is null";
    STATUS = "select w.status::text as status from hyrex_workflow_run w where w.id = $1";
    RELEASE = "update hyrex_task_run t set status = {QUEUED}, deps_left = 0, queued = coalesce($2::timestamptz, now())
        where t.id = any($1::uuid[]) and (t.status = {AWAIT_DEPS}) is true
        returning t.queue::text as queue, t.task_name::text as task_name";
    SKIP = "update hyrex_task_run t set status = {SKIPPED}, finished = coalesce($2::timestamptz, now())
        where t.id = any($1::uuid[]) and (t.status = {AWAIT_DEPS}) is true";
    WAIT = "update hyrex_task_run t set deps_left = u.waits from unnest($1::uuid[], $2::int[]) u(id, waits)
        where t.id = u.id and t.deps_left is distinct from u.waits";
    COUNTED = "update hyrex_workflow_run w set nodes_left = $2, ordinary_left = $3, unsuccessful = $4 where w.id = $1";
}

/// The graph of a run, whose row is locked.
pub(super) async fn graph(link: &mut Link<'_>, run: WorkflowRunId) -> Result<Graph> {
    let nodes = link.all(query(NODES.as_str()).bind(run.0)).await?;
    let nodes = nodes.iter().map(node).collect::<Result<Vec<_>>>()?;
    let mut edges = Vec::new();
    for row in link.all(query(EDGES.as_str()).bind(run.0)).await? {
        edges.push((RunId(get(&row, "from_id")?), RunId(get(&row, "to_id")?)));
    }
    let wrong = |why| StoreError::Database(format!("workflow run {run} cannot be understood: {why}"));
    Graph::new(nodes, &edges).map_err(wrong)
}

fn node(row: &PgRow) -> Result<GraphNode> {
    Ok(GraphNode {
        run: RunId(get(row, "durable_id")?),
        latest: AttemptId(get(row, "id")?),
        name: get(row, "node_name")?,
        task_name: get(row, "task_name")?,
        finally: get(row, "finally")?,
        status: task_status(row)?,
        retries_left: get(row, "retries_left")?,
    })
}

/// Counts a run anew, whose row is locked, and does what follows.
pub(super) async fn recount(link: &mut Link<'_>, run: WorkflowRunId, now: Option<Timestamp>) -> Result<Followed> {
    link.run(query(ADOPT.as_str()).bind(run.0)).await?;
    let row = link.one(query(STATUS.as_str()).bind(run.0)).await?;
    if status::<WorkflowStatus>(&row, "status")? == WorkflowStatus::UpForCancel {
        // What waits in it waits for nothing.
        cancel::nodes(link, run, cancel::Which::Ordinary, false, now).await?;
    }
    let graph = graph(link, run).await?;
    name(link, &graph).await?;
    let found = graph.recount();
    let mut followed = Followed::default();
    write(link, run, &found, now, &mut followed).await?;
    let mut over = Over::default();
    over.touch(run);
    followed.merge(over.write(link, now).await?);
    Ok(followed)
}

/// Rows of Python's get the names by which their nodes are found.
async fn name(link: &mut Link<'_>, graph: &Graph) -> Result<()> {
    let (ids, names): (Vec<Uuid>, Vec<String>) =
        graph.nodes.iter().map(|node| (node.run.0, node.name.clone().unwrap_or_default())).unzip();
    link.run(query(NAME.as_str()).bind(ids).bind(names)).await?;
    Ok(())
}

async fn write(
    link: &mut Link<'_>,
    run: WorkflowRunId,
    found: &Recount,
    now: Option<Timestamp>,
    followed: &mut Followed,
) -> Result<()> {
    let ids = |attempts: &[AttemptId]| attempts.iter().map(|attempt| attempt.0).collect::<Vec<_>>();
    if !found.released.is_empty() {
        for row in link.all(query(RELEASE.as_str()).bind(ids(&found.released)).bind(now)).await? {
            followed.signs.work.insert((get(&row, "queue")?, get(&row, "task_name")?));
        }
    }
    if !found.skipped.is_empty() {
        link.run(query(SKIP.as_str()).bind(ids(&found.skipped)).bind(now)).await?;
    }
    if !found.waiting.is_empty() {
        let (waiting, waits): (Vec<Uuid>, Vec<i32>) = found.waiting.iter().map(|(id, waits)| (id.0, *waits)).unzip();
        link.run(query(WAIT.as_str()).bind(waiting).bind(waits)).await?;
    }
    let counts = found.counts;
    let counted = query(COUNTED.as_str()).bind(run.0).bind(counts.left).bind(counts.ordinary).bind(counts.unsuccessful);
    link.run(counted).await?;
    Ok(())
}
