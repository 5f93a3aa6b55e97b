//! Reading runs of workflows: lists, one with its nodes, a node by its name.

use crate::model::dag::Cause;
use crate::model::{AttemptId, RunId, WorkflowRunId, WorkflowStatus};
use crate::store::graph::names;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::inspect::{LIMIT, MOST, page, read};
use crate::store::postgres::inspect_run::states;
use crate::store::postgres::inspect_runs::{ATTEMPT, attempt};
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status, time_or_none};
use crate::store::sql::statements;
use crate::store::{
    LOOK_BACK, Page, Result, RunState, WorkflowNodeRow, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery,
    WorkflowState,
};
use sqlx::postgres::PgRow;
use std::collections::HashMap;
use uuid::Uuid;

/// The columns that [`run_row`] reads, from `hyrex_workflow_run` as `w`.
const RUN: &str =
    "w.id, w.workflow_name::text as workflow_name, w.status::text as status, w.reason::text as reason, w.parent_id,
    w.root_id, w.queue::text as queue, w.timeout_seconds, w.deadline, w.queued, w.started, w.finished,
    w.idempotency_key::text as idempotency_key, w.nodes_left";
/// `$1` the page's start, `$2` its rows and one more, `$3` the workflow, `$4` statuses.
const FILTER: &str = "($1::uuid is null or w.id < $1) and ($3::text is null or w.workflow_name = $3)
    and ($4::text[] is null or w.status::text = any($4))";

statements! {
    OF_ONE = &format!("select {RUN} from (select * from hyrex_workflow_run w where w.workflow_name = $3
            and ($1::uuid is null or w.id < $1) order by w.id desc limit $5::bigint) w
        where {FILTER} order by w.id desc limit $2");
    /// Those that go on have an index of their own, however many have ended since.
    LIVE = &format!("select {RUN} from hyrex_workflow_run w where w.status in {{workflows_live}} and {FILTER}
        order by w.id desc limit $2");
    OF_ALL = &format!("select {RUN} from (select * from hyrex_workflow_run w where $1::uuid is null or w.id < $1
            order by w.id desc limit $5::bigint) w where {FILTER} order by w.id desc limit $2");
    /// Where the look back ended, when there is more behind.
    END = "select w.id from hyrex_workflow_run w where ($1::uuid is null or w.id < $1) and ($3::text is null or w.workflow_name = $3)
        order by w.id desc offset $2::bigint - 1 limit 1";
    ROW = &format!("select {RUN}, w.args::text as args from hyrex_workflow_run w where w.id = $1");
    NODES = &format!("select distinct on (t.durable_id) {ATTEMPT}, t.node_kind is not distinct from 'finally' as finally
        from hyrex_task_run t where t.workflow_run_id = $1 order by t.durable_id, t.attempt_number desc, t.id desc");
    EDGES = "select e.from_id, e.to_id from hyrex_workflow_edge e where e.workflow_run_id = $1
        union select d.id, t.durable_id from hyrex_task_run t cross join lateral unnest(t.workflow_dependencies) d(id)
        where t.workflow_run_id = $1 and t.durable_id = t.id";
    STATES = "select w.id, w.status::text as status, w.reason::text as reason from hyrex_workflow_run w
        where w.id = any($1::uuid[])";
    NAMED = "select t.durable_id from hyrex_task_run t where t.workflow_run_id = $1 and t.node_name = $2 limit 1";
    /// Only a run of Python's making has nodes without a name.
    UNNAMED = "select t.durable_id, t.task_name::text as task_name from hyrex_task_run t
        where t.workflow_run_id = $1 and t.node_name is null and t.durable_id = t.id order by t.id";
    BY_TAIL = "select t.id from (select w.id from hyrex_workflow_run w order by w.id desc limit $2) t
        where right(replace(t.id::text, '-', ''), length($1)) = $1 order by t.id desc limit 10";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn list_workflow_runs(
        &self,
        wanted: &WorkflowRunsQuery,
    ) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        read!(self, link => runs(link, wanted))
    }

    pub(in crate::store::postgres) async fn read_workflow_row(
        &self,
        run: WorkflowRunId,
    ) -> Result<Option<(WorkflowRunRow, String)>> {
        read!(self, link => row(link, run))
    }

    pub(in crate::store::postgres) async fn read_workflow_run(
        &self,
        run: WorkflowRunId,
    ) -> Result<Option<WorkflowRunDetail>> {
        read!(self, link => detail(link, run))
    }

    pub(in crate::store::postgres) async fn workflow_tail(&self, tail: &str) -> Result<Vec<WorkflowRunId>> {
        let tail = tail.to_ascii_lowercase();
        read!(self, link => by_tail(link, &tail))
    }

    pub(in crate::store::postgres) async fn read_workflow_states(
        &self,
        runs: &[WorkflowRunId],
    ) -> Result<Vec<Option<WorkflowState>>> {
        read!(self, link => states_of(link, runs))
    }

    pub(in crate::store::postgres) async fn read_workflow_node(
        &self,
        run: WorkflowRunId,
        name: &str,
    ) -> Result<Option<RunState>> {
        read!(self, link => node(link, run, name))
    }
}

fn run_row(row: &PgRow) -> Result<WorkflowRunRow> {
    Ok(WorkflowRunRow {
        id: WorkflowRunId(get(row, "id")?),
        workflow_name: get(row, "workflow_name")?,
        status: status(row, "status")?,
        reason: get(row, "reason")?,
        parent: get::<Option<Uuid>>(row, "parent_id")?.map(AttemptId),
        root: get::<Option<Uuid>>(row, "root_id")?.map(RunId),
        queue: get(row, "queue")?,
        timeout_seconds: get(row, "timeout_seconds")?,
        deadline: time_or_none(row, "deadline")?,
        queued: time_or_none(row, "queued")?,
        started: time_or_none(row, "started")?,
        finished: time_or_none(row, "finished")?,
        idempotency_key: get(row, "idempotency_key")?,
        nodes_left: get(row, "nodes_left")?,
    })
}

async fn runs(link: &mut Link<'_>, wanted: &WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
    let limit = wanted.limit.clamp(1, MOST);
    let before = wanted.before.map(|id| id.0);
    let name = wanted.workflow_name.clone();
    let statuses: Vec<&'static str> = wanted.statuses.iter().map(|status| status.as_str()).collect();
    let live = !wanted.statuses.is_empty() && wanted.statuses.iter().all(|status| status.is_live());
    let text = match &name {
        _ if live => LIVE.as_str(),
        Some(_) => OF_ONE.as_str(),
        None => OF_ALL.as_str(),
    };
    let mut statement = query(text)
        .bind(before)
        .bind(i64::from(limit) + 1)
        .bind(name.clone())
        .bind((!statuses.is_empty()).then_some(statuses));
    if !live {
        statement = statement.bind(i64::from(LOOK_BACK));
    }
    let found = link.all(statement).await?.iter().map(run_row).collect::<Result<Vec<_>>>()?;
    let mut page = page(found, limit, |row| row.id);
    if page.next.is_none() && !live {
        let end = query(END.as_str()).bind(before).bind(i64::from(LOOK_BACK)).bind(name);
        if let Some(row) = link.optional(end).await? {
            (page.next, page.looked_at) = (Some(WorkflowRunId(get(&row, "id")?)), Some(LOOK_BACK));
        }
    }
    Ok(page)
}

async fn row(link: &mut Link<'_>, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
    let found = link.optional(query(ROW.as_str()).bind(run.0)).await?;
    found.map(|row| Ok((run_row(&row)?, get(&row, "args")?))).transpose()
}

async fn detail(link: &mut Link<'_>, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
    let Some((row, args)) = row(link, run).await? else { return Ok(None) };
    let mut nodes = Vec::new();
    for found in link.all(query(NODES.as_str()).bind(run.0)).await? {
        let row = attempt(&found)?;
        nodes.push(WorkflowNodeRow { name: String::new(), finally: get(&found, "finally")?, row });
    }
    let of = |node: &'_ WorkflowNodeRow| (node.row.node_name.clone(), node.row.task_name.clone(), node.row.run);
    let known: Vec<_> = nodes.iter().map(of).collect();
    let named = names(known.iter().map(|(name, task, run)| (name.as_deref(), task.as_str(), *run)));
    nodes.iter_mut().zip(named).for_each(|(node, name)| node.name = name);
    let mut detail = WorkflowRunDetail { row, args, nodes, edges: Vec::new() };
    let numbers = detail.numbers();
    for found in link.all(query(EDGES.as_str()).bind(run.0)).await? {
        let number = |column: &str| -> Result<Option<usize>> { Ok(numbers.get(&RunId(get(&found, column)?)).copied()) };
        if let (Some(from), Some(to)) = (number("from_id")?, number("to_id")?) {
            detail.edges.push((from, to));
        }
    }
    detail.edges.sort_unstable();
    Ok(Some(detail))
}

async fn states_of(link: &mut Link<'_>, runs: &[WorkflowRunId]) -> Result<Vec<Option<WorkflowState>>> {
    let ids: Vec<Uuid> = runs.iter().map(|run| run.0).collect();
    let mut found = HashMap::new();
    for row in link.all(query(STATES.as_str()).bind(ids)).await? {
        let cause = get::<Option<&str>>(&row, "reason")?.and_then(Cause::read);
        let state = WorkflowState { status: status::<WorkflowStatus>(&row, "status")?, cause };
        found.insert(WorkflowRunId(get(&row, "id")?), state);
    }
    Ok(runs.iter().map(|run| found.get(run).cloned()).collect())
}

async fn node(link: &mut Link<'_>, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
    let named = query(NAMED.as_str()).bind(run.0).bind(name.to_owned());
    let found = match link.optional(named).await? {
        Some(row) => Some(RunId(get(&row, "durable_id")?)),
        None => unnamed(link, run, name).await?,
    };
    let Some(found) = found else { return Ok(None) };
    Ok(states(link, &[found]).await?.pop().flatten())
}

async fn unnamed(link: &mut Link<'_>, run: WorkflowRunId, name: &str) -> Result<Option<RunId>> {
    let mut nodes = Vec::new();
    for row in link.all(query(UNNAMED.as_str()).bind(run.0)).await? {
        nodes.push((get::<String>(&row, "task_name")?, RunId(get(&row, "durable_id")?)));
    }
    let names = names(nodes.iter().map(|(task, run)| (None, task.as_str(), *run)));
    Ok(names.iter().position(|known| known == name).map(|at| nodes[at].1))
}

async fn by_tail(link: &mut Link<'_>, tail: &str) -> Result<Vec<WorkflowRunId>> {
    if tail.is_empty() || tail.len() > 32 || !tail.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Vec::new());
    }
    let rows = link.all(query(BY_TAIL.as_str()).bind(tail.to_owned()).bind(i64::from(LOOK_BACK))).await?;
    rows.iter().map(|row| Ok(WorkflowRunId(get(row, "id")?))).collect()
}
