//! `workflows runs`.

use super::view::RunView;
use crate::cli::args::WorkflowsRunsArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::{human, ids};
use crate::model::{Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::{SharedStore, WorkflowRunRow, WorkflowRunsQuery};

/// Most rows that a store gives at once.
const PAGE: u32 = 1_000;

const COLUMNS: [Column; 8] = [
    Column::new("ID", ids::SHOWN),
    Column::new("WORKFLOW", 12),
    Column::new("STATUS", 7),
    Column::new("REASON", 8).rank(4),
    Column::new("QUEUE", 7).rank(3),
    Column::new("LEFT", 4).right().rank(2),
    Column::new("AGE", 5).right().rank(1),
    Column::new("TOOK", 5).right().rank(1),
];

/// What was found, and where it goes on.
struct Found {
    rows: Vec<WorkflowRunRow>,
    next: Option<WorkflowRunId>,
    looked_at: Option<u32>,
    now: Timestamp,
}

/// Runs `hyrex workflows runs`.
pub(crate) async fn run(args: WorkflowsRunsArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store, &args).await;
    store.close().await;
    let found = found?;
    let views: Vec<_> = found.rows.iter().map(RunView::new).collect();
    session.answer(&views, |screen| match found.rows.as_slice() {
        [] => "no such runs of workflows\n".into(),
        rows => table(rows, found.now).render(screen.width, screen.colours),
    })?;
    if let Some(line) = notes(&found) {
        session.note(&line);
    }
    Ok(())
}

async fn find(store: &SharedStore, args: &WorkflowsRunsArgs) -> Result<Found, CliError> {
    let next = args.before.map(WorkflowRunId);
    let mut found = Found { rows: Vec::new(), next, looked_at: None, now: Timestamp::default() };
    loop {
        let limit = (args.limit - found.rows.len() as u32).min(PAGE);
        let (workflow_name, statuses) = (args.workflow.clone(), args.status.clone());
        let query = WorkflowRunsQuery { workflow_name, statuses, before: found.next, limit };
        let page = store.workflow_runs(query).await.doing("list runs of workflows")?;
        found.rows.extend(page.items);
        (found.next, found.looked_at) = (page.next, page.looked_at);
        let enough = found.rows.len() as u32 >= args.limit;
        if enough || found.next.is_none() || found.looked_at.is_some() {
            found.now = store.now().await.doing("list runs of workflows")?;
            return Ok(found);
        }
    }
}

fn notes(found: &Found) -> Option<String> {
    let next = found.next?;
    Some(match found.looked_at {
        Some(rows) => {
            format!("looked at the newest {} runs from there; go on with --before {next}", human::number(rows))
        }
        None => format!("there are older ones: go on with --before {next}"),
    })
}

fn table(rows: &[WorkflowRunRow], now: Timestamp) -> Table {
    let mut table = Table::new(&COLUMNS);
    for row in rows {
        table.row(vec![
            Cell::new(ids::tail(row.id.0)),
            Cell::new(&row.workflow_name),
            Cell::new(row.status.as_str()).style(Style::of_workflow(row.status)),
            Cell::new(row.reason.as_deref().unwrap_or_default()).style(Style::Dim),
            Cell::new(&row.queue),
            Cell::maybe(row.nodes_left.filter(|_| !row.status.is_finished()).map(|left| left.to_string())),
            Cell::maybe(row.queued.map(|time| human::duration(human::between(time, now)))),
            Cell::maybe(took(row, now)),
        ]);
    }
    table
}

/// How long it ran, or has been running.
pub(super) fn took(row: &WorkflowRunRow, now: Timestamp) -> Option<String> {
    let until = match row.status {
        WorkflowStatus::Running | WorkflowStatus::UpForCancel => now,
        _ => row.finished?,
    };
    Some(human::duration(human::between(row.started?, until)))
}
