//! `workflows show`: a run with its nodes, or a definition.

use super::drawing::Drawing;
use super::runs::took;
use super::view::{DefinitionView, DetailView};
use crate::cli::args::WorkflowsShowArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::page::Page;
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::tasks;
use crate::cli::{human, ids};
use crate::model::dag::Dag;
use crate::model::picture::{Mark, symbol};
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
    let (ascii, full) = (args.ascii || !session.world.is_utf8(), args.full);
    let drawing = |screen| Drawing { screen, ascii, full };
    match found? {
        Found::Run(detail, now) => {
            session.answer(&DetailView::new(&detail), |screen| page(&detail, now, drawing(screen)))
        }
        Found::Definition(name, dag) => session.answer(&DefinitionView::new(&name, Some(&dag)), |screen| {
            let mut page = Page::new(screen, full);
            page.field("workflow", &name);
            page.drawing(&drawing(screen).draw(&dag, &[]));
            page.end()
        }),
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

fn page(detail: &WorkflowRunDetail, now: Timestamp, drawing: Drawing) -> String {
    let mut page = Page::new(drawing.screen, drawing.full);
    head(&mut page, detail, now);
    page.field("nodes", states(detail, drawing.ascii));
    page.json("arguments", &detail.args);
    // A graph that cannot be read, of rows that are not of our making, is told as a list.
    let drawn = detail.dag().map(|dag| drawing.draw(&dag, &marks(detail, now)));
    match &drawn {
        Ok(drawn) => page.drawing(drawn),
        Err(error) => page.field("graph", error.to_string()),
    }
    let listed = |node: &&WorkflowNodeRow| drawing.full || drawn.is_err() || is_broken(node);
    let listed: Vec<_> = detail.nodes.iter().filter(listed).collect();
    if listed.is_empty() { page.end() } else { page.finish(&table(&listed, now)) }
}

fn head(page: &mut Page, detail: &WorkflowRunDetail, now: Timestamp) {
    let row = &detail.row;
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
}

/// How many nodes stand in each status, each with the symbol that the picture has for it.
fn states(detail: &WorkflowRunDetail, ascii: bool) -> String {
    let count = |status: TaskStatus| detail.nodes.iter().filter(|node| node.row.status == status).count();
    let counts = TaskStatus::ALL.into_iter().map(|status| (status, count(status))).filter(|(_, count)| *count > 0);
    let told = |(status, count): (TaskStatus, usize)| {
        format!("{} {} {status}", symbol(status, ascii), human::number(count as u64))
    };
    counts.map(told).collect::<Vec<_>>().join("   ")
}

fn marks(detail: &WorkflowRunDetail, now: Timestamp) -> Vec<Option<Mark>> {
    let mark = |node: &WorkflowNodeRow| {
        Some(Mark { status: node.row.status, note: tasks::took(&node.row, now).unwrap_or_default() })
    };
    detail.nodes.iter().map(mark).collect()
}

/// Whether a node ended without success by itself, and not because of one before it.
fn is_broken(node: &WorkflowNodeRow) -> bool {
    let status = node.row.status;
    status.is_finished() && !matches!(status, TaskStatus::Success | TaskStatus::Skipped)
}

fn table(nodes: &[&WorkflowNodeRow], now: Timestamp) -> Table {
    let mut table = Table::new(&NODES);
    for node in nodes {
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
