//! `tasks tree`: the runs of one root, as who sent what.

use super::list::{attempt, took};
use super::view::RowView;
use crate::cli::args::TasksTreeArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::world::Screen;
use crate::cli::{human, ids};
use crate::model::text::tree::{Line, Strokes, lines};
use crate::model::{RunId, Timestamp};
use crate::store::{SharedStore, Tree};
use serde::Serialize;

const COLUMNS: [Column; 7] = [
    Column::new("", 1),
    Column::new("TASK", 24),
    Column::new("ID", ids::SHOWN),
    Column::new("STATUS", 7),
    Column::new("TRY", 3).right().rank(2),
    Column::new("TOOK", 5).right().rank(1),
    Column::new("ERROR", 12).rank(3),
];

#[derive(Serialize)]
struct TreeView<'a> {
    root: RunId,
    /// The run that was asked for.
    run: RunId,
    runs: Vec<NodeView<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct NodeView<'a> {
    #[serde(flatten)]
    row: RowView<'a>,
    parent: Option<RunId>,
    depth: usize,
}

/// What is drawn, and whose tree was asked for.
struct Found {
    run: RunId,
    tree: Tree,
    now: Timestamp,
}

/// Runs `hyrex tasks tree`.
pub(crate) async fn run(args: TasksTreeArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store, &args).await;
    store.close().await;
    let found = found?;
    let strokes = if args.ascii || !session.world.is_utf8() { Strokes::ASCII } else { Strokes::BOX };
    let runs: Vec<_> = found.tree.runs.iter().map(|row| (row.row.run, row.parent_run)).collect();
    let lines = lines(found.tree.root, &runs, strokes);
    let view = TreeView {
        root: found.tree.root,
        run: found.run,
        runs: lines.iter().map(|line| node(&found.tree, line)).collect(),
        more: found.tree.more,
    };
    session.answer(&view, |screen| table(&found, &lines, strokes, screen))?;
    if let Some(note) = left_out(&found, args.limit) {
        session.note(&note);
    }
    Ok(())
}

async fn find(store: &SharedStore, args: &TasksTreeArgs) -> Result<Found, CliError> {
    let run = ids::find_run(store.as_ref(), &args.id).await?;
    let missing = || CliError::NoRun(args.id.clone());
    let detail = store.run(run).await.doing("read the run")?.ok_or_else(missing)?;
    let tree = store.tree(detail.latest.row.root, args.limit).await.doing("read the run's tree")?;
    let now = store.now().await.doing("read the run")?;
    Ok(Found { run, tree, now })
}

fn node<'a>(tree: &'a Tree, line: &Line) -> NodeView<'a> {
    let found = &tree.runs[line.index];
    NodeView { row: RowView::new(&found.row), parent: found.parent_run, depth: line.depth }
}

fn table(found: &Found, lines: &[Line], strokes: Strokes, screen: Screen) -> String {
    let mut table = Table::new(&COLUMNS);
    for line in lines {
        let row = &found.tree.runs[line.index].row;
        let asked = row.run == found.run;
        let name = Cell::new(format!("{}{}", line.prefix, row.task_name));
        table.row(vec![
            Cell::new(if asked { strokes.mark } else { "" }).style(Style::Bold),
            if asked { name.style(Style::Bold) } else { name },
            Cell::new(ids::tail(row.run.0)),
            Cell::new(row.status.as_str()).style(Style::of_task(row.status)),
            Cell::new(attempt(row)),
            Cell::maybe(took(row, found.now)),
            Cell::new(row.error.as_deref().unwrap_or_default()).style(Style::Dim),
        ]);
    }
    table.render(screen.width, screen.colours)
}

/// What is said where the tree is not whole.
fn left_out(found: &Found, limit: u32) -> Option<String> {
    let missing = match found.tree.runs.iter().any(|row| row.row.run == found.run) {
        true => "",
        false => ", and the run asked for is not among them",
    };
    let first = human::counted(found.tree.runs.len() as u64, "run", "runs");
    match found.tree.more {
        false => None,
        true if limit < 10_000 => {
            Some(format!("the first {first} that were sent{missing}; there are more: --limit 10000 shows them"))
        }
        true => Some(format!("the first {first} that were sent{missing}; there are more")),
    }
}
