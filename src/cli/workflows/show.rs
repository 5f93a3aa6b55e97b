//! `workflows show`: a run with its nodes, or a definition.

use super::runs::took;
use super::view::{DefinitionView, DetailView};
use crate::cli::args::WorkflowsShowArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::page::Page;
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::tasks;
use crate::cli::world::Screen;
use crate::cli::{human, ids};
use crate::model::dag::Dag;
use crate::model::{TaskStatus, Timestamp};
use crate::sdk::HyrexApp;
use crate::store::{SharedStore, WorkflowNodeRow, WorkflowRunDetail};
use std::borrow::Cow;

const NODES: [Column; 7] = [
    Column::new("NODE", 12),
    Column::new("STATUS", 7),
    Column::new("ID", ids::SHOWN).rank(1),
    Column::new("TRY", 3).right().rank(4),
    Column::new("STARTED", 23).rank(3),
    Column::new("TOOK", 5).right().rank(2),
    Column::new("ERROR", 12),
];

/// What was asked for.
enum Found {
    Run(Box<WorkflowRunDetail>, Timestamp),
    Definition(String, Dag),
}

/// Runs `hyrex workflows show`.
pub(crate) async fn run(
    args: WorkflowsShowArgs,
    app: Option<&HyrexApp>,
    session: &mut Session,
) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store, &args.what, app).await;
    store.close().await;
    match found? {
        Found::Run(detail, now) => {
            session.answer(&DetailView::new(&detail), |screen| page(&detail, now, screen, args.full))
        }
        Found::Definition(name, dag) => {
            session.answer(&DefinitionView::new(&name, Some(&dag)), |screen| definition(&name, &dag, screen))
        }
    }
}

/// A run where there is one with that id, else a definition.
async fn find(store: &SharedStore, what: &str, app: Option<&HyrexApp>) -> Result<Found, CliError> {
    if ids::is_id(what)
        && let Some(run) = ids::look_for_workflow_run(store.as_ref(), what).await?
    {
        let detail = store.workflow_run(run).await.doing("read the run")?;
        let detail = detail.ok_or_else(|| CliError::NoWorkflowRun(what.to_owned()))?;
        return Ok(Found::Run(Box::new(detail), store.now().await.doing("read the run")?));
    }
    let registered = app.and_then(|app| app.get_registry().workflow(what));
    let dag = match registered {
        Some(workflow) => Some(Dag::clone(&workflow.dag)),
        None => stored(store, what).await?,
    };
    dag.map(|dag| Found::Definition(what.to_owned(), dag)).ok_or_else(|| CliError::NoWorkflow(what.to_owned()))
}

async fn stored(store: &SharedStore, name: &str) -> Result<Option<Dag>, CliError> {
    let defs = store.workflow_defs().await.doing("read the definition")?;
    let def = defs.into_iter().find(|def| def.workflow_name == name);
    let structure = def.and_then(|def| def.dag_structure);
    structure.map(|text| Dag::from_structure(&text)).transpose().map_err(|error| CliError::Usage(error.to_string()))
}

fn page(detail: &WorkflowRunDetail, now: Timestamp, screen: Screen, full: bool) -> String {
    let (row, mut page) = (&detail.row, Page::new(screen, full));
    let when = |time: Timestamp| format!("{}  ({})", human::time(time), human::ago(time, now));
    let reason = row.reason.as_deref().map(|reason| format!("  ({reason})")).unwrap_or_default();
    page.field("run", row.id.to_string());
    page.field("workflow", &row.workflow_name);
    page.styled("status", format!("{}{reason}", row.status), Style::of_workflow(row.status));
    page.field("queue", &row.queue);
    page.maybe("timeout", row.timeout_seconds.map(|seconds| format!("{seconds} s")));
    page.maybe("time up", row.deadline.filter(|_| !row.status.is_finished()).map(when));
    page.maybe("key", row.idempotency_key.as_deref());
    page.maybe("queued", row.queued.map(when));
    page.maybe("started", row.started.filter(|started| Some(*started) != row.queued).map(when));
    page.maybe("finished", row.finished.map(when));
    page.maybe("took", took(row, now));
    page.maybe("parent", row.parent.map(|id| format!("attempt {id}")));
    page.maybe("root", row.root.map(|root| root.to_string()));
    page.field("nodes", states(detail));
    page.json("arguments", &detail.args);
    page.finish(&nodes(detail, now))
}

/// How many nodes stand in each status.
fn states(detail: &WorkflowRunDetail) -> String {
    let count = |status: TaskStatus| detail.nodes.iter().filter(|node| node.row.status == status).count();
    let counts = TaskStatus::ALL.into_iter().map(|status| (status, count(status))).filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts.map(|(status, count)| format!("{} {status}", human::number(count as u64))).collect();
    counts.join(", ")
}

fn nodes(detail: &WorkflowRunDetail, now: Timestamp) -> Table {
    let mut table = Table::new(&NODES);
    for node in &detail.nodes {
        let row = &node.row;
        table.row(vec![
            Cell::new(name(node)),
            Cell::new(row.status.as_str()).style(Style::of_task(row.status)),
            Cell::new(ids::tail(row.run.0)),
            Cell::new(tasks::attempt(row)),
            Cell::maybe(row.started.map(human::clock)),
            Cell::maybe(tasks::took(row, now)),
            Cell::new(row.error.as_deref().unwrap_or_default()).style(Style::Dim),
        ]);
    }
    table
}

/// A node's name, with its task's where that is another.
fn name(node: &WorkflowNodeRow) -> Cow<'_, str> {
    match node.name == node.row.task_name {
        true => Cow::Borrowed(&node.name),
        false => Cow::Owned(format!("{} ({})", node.name, node.row.task_name)),
    }
}

fn definition(name: &str, dag: &Dag, screen: Screen) -> String {
    let mut page = Page::new(screen, true);
    page.field("workflow", name);
    let mut table = Table::new(&[Column::new("NODE", 12), Column::new("TASK", 12), Column::new("AFTER", 12)]);
    for number in dag.order() {
        let node = &dag.nodes()[*number];
        let before: Vec<_> = dag.predecessors(*number).iter().map(|before| dag.nodes()[*before].name.clone()).collect();
        let after = if node.finally && before.is_empty() { "all others".to_owned() } else { before.join(", ") };
        table.row(vec![Cell::new(&node.name), Cell::new(&node.task_name), Cell::new(after)]);
    }
    page.finish(&table)
}
