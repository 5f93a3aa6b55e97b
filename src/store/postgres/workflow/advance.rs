//! What follows from the ends of nodes, in the transaction that ends them.
//!
//! The run's row is locked before any of its nodes is touched, and what follows is done by later statements: two
//! predecessors that end at once must see each other. What is looked at is the edges of what ended, each once.

use super::recount;
use crate::model::dag::{Cause, RunEvent, RunState};
use crate::model::{ExecutorId, RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::Result;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status};
use crate::store::postgres::signals::Signs;
use crate::store::sql::statements;
use sqlx::postgres::PgRow;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The latest attempt of the run that the edge `edge` leads to.
fn latest(edge: &str) -> String {
    format!(
        "coalesce((select l.id from hyrex_task_run l where l.durable_id = {edge}.to_id and l.durable_id <> l.id \
         order by l.attempt_number desc limit 1), {edge}.to_id)"
    )
}

statements! {
    LOCK = "select w.id, w.nodes_left is null as uncounted from hyrex_workflow_run w
        where w.id = any($1::uuid[]) order by w.id for update";
    HELD_BY = "select distinct r.workflow_run_id from hyrex_task_run r
        where r.executor_id = $1 and r.status in {held} and r.workflow_run_id is not null";
    /// Lateral, so that each node's edges are found by their index however many there are.
    RELEASE = &format!("with hit as (
            select e.to_id, count(*)::int as n from unnest($1::uuid[]) u(id)
            cross join lateral (select x.to_id from hyrex_workflow_edge x where x.from_id = u.id offset 0) e
            group by e.to_id),
        waiting as materialized (select {} as id, h.n from hit h)
        update hyrex_task_run t set deps_left = t.deps_left - w.n,
            status = case when t.deps_left <= w.n then {{QUEUED}} else t.status::text end::task_run_status,
            queued = case when t.deps_left <= w.n then coalesce($2::timestamptz, now()) else t.queued end
        from waiting w where t.id = w.id and (t.status = {{AWAIT_DEPS}}) is true
        returning t.status = {{QUEUED}} as free, t.queue::text as queue, t.task_name::text as task_name",
        latest("h"));
    /// Nodes that wait only: what is over was passed before, so that no edge is looked at twice.
    SKIP = &format!("with recursive dead(id, attempt) as (
            select e.to_id, e.attempt from unnest($1::uuid[]) u(id) cross join lateral ({edge}) e
            union
            select e.to_id, e.attempt from dead d cross join lateral ({edge_of_dead}) e)
        update hyrex_task_run t set status = {{SKIPPED}}, finished = coalesce($2::timestamptz, now())
        from dead d where t.id = d.attempt and (t.status = {{AWAIT_DEPS}}) is true
        returning t.workflow_run_id, t.durable_id, t.node_kind is not distinct from 'finally' as finally",
        edge = waiting_successors("u"), edge_of_dead = waiting_successors("d"));
    COUNT = "update hyrex_workflow_run w set nodes_left = w.nodes_left - u.n, ordinary_left = w.ordinary_left - u.o,
            unsuccessful = w.unsuccessful + u.f
        from unnest($1::uuid[], $2::int[], $3::int[], $4::int[]) u(id, n, o, f)
        where w.id = u.id and w.nodes_left is not null
        returning w.id, w.nodes_left, w.ordinary_left, u.n as nodes, u.o as ordinary, w.unsuccessful, w.status::text as status,
            w.reason::text as reason";
    FINALLY = "update hyrex_task_run t set status = {QUEUED}, queued = coalesce($2::timestamptz, now())
        where t.workflow_run_id = any($1::uuid[]) and t.node_kind = 'finally' and t.deps_left = 0
            and (t.status = {AWAIT_DEPS}) is true
        returning t.queue::text as queue, t.task_name::text as task_name";
    END = "update hyrex_workflow_run w set status = u.status::workflow_run_status,
            finished = coalesce($3::timestamptz, now())
        from unnest($1::uuid[], $2::text[]) u(id, status) where w.id = u.id";
}

fn waiting_successors(of: &str) -> String {
    let latest = latest("x");
    format!(
        "select s.to_id, s.attempt from (select x.to_id, {latest} as attempt from hyrex_workflow_edge x \
         where x.from_id = {of}.id offset 0) s \
         where (select r.status from hyrex_task_run r where r.id = s.attempt) = {{AWAIT_DEPS}}"
    )
}

/// A node that is over.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::postgres) struct NodeEnd {
    pub workflow: WorkflowRunId,
    pub run: RunId,
    pub finally: bool,
    pub succeeded: bool,
}

/// What others are to hear.
#[derive(Debug, Default)]
pub(in crate::store::postgres) struct Followed {
    /// Lanes of what may run now.
    pub signs: Signs,
    /// Runs of nodes that ended without a completion of theirs.
    pub runs: Vec<RunId>,
    /// Runs of workflows that ended.
    pub ended: Vec<WorkflowRunId>,
}

impl Followed {
    pub fn merge(&mut self, more: Followed) {
        self.signs.merge(more.signs);
        self.runs.extend(more.runs);
        self.ended.extend(more.ended);
    }
}

/// The runs of workflows that a transaction holds.
#[derive(Debug, Default)]
pub(in crate::store::postgres) struct Locked {
    counted: BTreeSet<WorkflowRunId>,
    /// Runs of Python's making: they are counted when a node of theirs has ended.
    uncounted: BTreeSet<WorkflowRunId>,
}

impl Locked {
    /// Locks the runs, in the order of their ids; those that are locked already are left alone.
    pub async fn lock(&mut self, link: &mut Link<'_>, runs: impl IntoIterator<Item = WorkflowRunId>) -> Result<()> {
        let new = |run: &WorkflowRunId| !self.counted.contains(run) && !self.uncounted.contains(run);
        let ids: BTreeSet<Uuid> = runs.into_iter().filter(new).map(|run| run.0).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for row in link.all(query(LOCK.as_str()).bind(ids)).await? {
            let of = if get::<bool>(&row, "uncounted")? { &mut self.uncounted } else { &mut self.counted };
            of.insert(WorkflowRunId(get(&row, "id")?));
        }
        Ok(())
    }

    /// Counts the runs of Python's making among them; what followed.
    pub async fn count(&mut self, link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Followed> {
        let mut followed = Followed::default();
        for run in std::mem::take(&mut self.uncounted) {
            followed.merge(recount::recount(link, run, now).await?);
            self.counted.insert(run);
        }
        Ok(followed)
    }

    /// All that follows from these ends. The runs are locked.
    pub async fn follow(&self, link: &mut Link<'_>, ends: &[NodeEnd], now: Option<Timestamp>) -> Result<Followed> {
        let mut followed = Followed::default();
        let new: BTreeSet<WorkflowRunId> =
            ends.iter().map(|end| end.workflow).filter(|run| self.uncounted.contains(run)).collect();
        for run in new {
            followed.merge(recount::recount(link, run, now).await?);
        }
        let counted: Vec<&NodeEnd> = ends.iter().filter(|end| self.counted.contains(&end.workflow)).collect();
        if counted.is_empty() {
            return Ok(followed);
        }
        let mut over = Over::default();
        counted.iter().for_each(|end| over.add(end.workflow, end.finally, end.succeeded));
        release(link, &counted, now, &mut followed.signs).await?;
        skip(link, &counted, now, &mut over).await?;
        followed.merge(over.write(link, now).await?);
        Ok(followed)
    }
}

/// The runs of workflows of which an executor, whose row is locked, holds nodes.
pub(in crate::store::postgres) async fn held_by(
    link: &mut Link<'_>,
    executor: ExecutorId,
) -> Result<Vec<WorkflowRunId>> {
    let rows = link.all(query(HELD_BY.as_str()).bind(executor.0)).await?;
    rows.iter().map(|row| Ok(WorkflowRunId(get(row, "workflow_run_id")?))).collect()
}

async fn release(link: &mut Link<'_>, ends: &[&NodeEnd], now: Option<Timestamp>, signs: &mut Signs) -> Result<()> {
    let ids: Vec<Uuid> = ends.iter().filter(|end| end.succeeded).map(|end| end.run.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in link.all(query(RELEASE.as_str()).bind(ids).bind(now)).await? {
        if get::<bool>(&row, "free")? {
            signs.work.insert((get(&row, "queue")?, get(&row, "task_name")?));
        }
    }
    Ok(())
}

async fn skip(link: &mut Link<'_>, ends: &[&NodeEnd], now: Option<Timestamp>, over: &mut Over) -> Result<()> {
    let ids: Vec<Uuid> = ends.iter().filter(|end| !end.succeeded).map(|end| end.run.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in link.all(query(SKIP.as_str()).bind(ids).bind(now)).await? {
        let (workflow, run) = (WorkflowRunId(get(&row, "workflow_run_id")?), RunId(get(&row, "durable_id")?));
        over.end(workflow, run, get(&row, "finally")?);
    }
    Ok(())
}

/// How many nodes of each run are over now.
#[derive(Debug, Default)]
pub(super) struct Over {
    changes: BTreeMap<WorkflowRunId, Change>,
    /// Nodes that ended without a completion of theirs.
    runs: Vec<RunId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Change {
    nodes: i32,
    ordinary: i32,
    unsuccessful: i32,
}

impl Over {
    /// One more.
    pub fn add(&mut self, workflow: WorkflowRunId, finally: bool, succeeded: bool) {
        let change = self.changes.entry(workflow).or_default();
        change.nodes += 1;
        change.ordinary += i32::from(!finally);
        change.unsuccessful += i32::from(!succeeded);
    }

    /// One more that ended without a completion of its own: it is skipped, or cancelled while it waited.
    pub fn end(&mut self, workflow: WorkflowRunId, run: RunId, finally: bool) {
        self.add(workflow, finally, false);
        self.runs.push(run);
    }

    /// Looks at a run though nothing of it is over: its counts may be zero.
    pub fn touch(&mut self, workflow: WorkflowRunId) {
        self.changes.entry(workflow).or_default();
    }

    /// Writes it; lets the `finally` nodes go where they need not wait any more, and ends the runs of which nothing is left.
    pub async fn write(self, link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Followed> {
        let statement = query(COUNT.as_str())
            .bind(self.changes.keys().map(|run| run.0).collect::<Vec<_>>())
            .bind(self.changes.values().map(|change| change.nodes).collect::<Vec<_>>())
            .bind(self.changes.values().map(|change| change.ordinary).collect::<Vec<_>>())
            .bind(self.changes.values().map(|change| change.unsuccessful).collect::<Vec<_>>());
        let rows = link.all(statement).await?;
        let signs = let_finally_go(link, &rows, now).await?;
        Ok(Followed { signs, runs: self.runs, ended: end(link, &rows, now).await? })
    }
}

async fn let_finally_go(link: &mut Link<'_>, rows: &[PgRow], now: Option<Timestamp>) -> Result<Signs> {
    let mut signs = Signs::default();
    let mut runs: Vec<Uuid> = Vec::new();
    for row in rows {
        let (left, ordinary) = (get::<i32>(row, "nodes_left")?, get::<i32>(row, "ordinary_left")?);
        // Only when the last of the others has ended: else each end of a `finally` node would look at all nodes.
        let begins = get::<i32>(row, "ordinary")? > 0 || get::<i32>(row, "nodes")? == 0;
        if begins && ordinary <= 0 && left > 0 {
            runs.push(get(row, "id")?);
        }
    }
    if !runs.is_empty() {
        for row in link.all(query(FINALLY.as_str()).bind(runs).bind(now)).await? {
            signs.work.insert((get(&row, "queue")?, get(&row, "task_name")?));
        }
    }
    Ok(signs)
}

async fn end(link: &mut Link<'_>, rows: &[PgRow], now: Option<Timestamp>) -> Result<Vec<WorkflowRunId>> {
    let (mut ids, mut statuses) = (Vec::new(), Vec::new());
    for row in rows {
        if get::<i32>(row, "nodes_left")? > 0 {
            continue;
        }
        let cause = get::<Option<&str>>(row, "reason")?.and_then(Cause::read);
        let stands = RunState { status: status::<WorkflowStatus>(row, "status")?, cause };
        let event = RunEvent::NodesEnded { all_succeeded: get::<i32>(row, "unsuccessful")? == 0 };
        // One that somebody else has ended stays as it is.
        if let Ok(after) = stands.after(event) {
            ids.push(get::<Uuid>(row, "id")?);
            statuses.push(after.status.as_str());
        }
    }
    if !ids.is_empty() {
        link.run(query(END.as_str()).bind(ids.clone()).bind(statuses).bind(now)).await?;
    }
    Ok(ids.into_iter().map(WorkflowRunId).collect())
}
