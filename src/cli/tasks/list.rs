//! `tasks list`.

use super::view::RowView;
use crate::cli::args::TasksListArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::{human, ids};
use crate::model::{AttemptId, ExecutorId, Timestamp, WorkflowRunId};
use crate::store::{AttemptRow, RunFilter, RunsQuery, SharedStore};

/// Most rows that a store gives at once.
const PAGE: u32 = 1_000;

const COLUMNS: [Column; 8] = [
    Column::new("ID", ids::SHOWN),
    Column::new("TASK", 10),
    Column::new("STATUS", 7),
    Column::new("QUEUE", 7).rank(2),
    Column::new("TRY", 3).right().rank(3),
    Column::new("AGE", 5).right().rank(1),
    Column::new("TOOK", 5).right().rank(4),
    Column::new("ERROR", 12).rank(5),
];

/// What was found, and where it goes on.
struct Found {
    rows: Vec<AttemptRow>,
    next: Option<AttemptId>,
    /// Set where the search ended at its bound before there was enough: how far it looked.
    looked_at: Option<u32>,
    now: Timestamp,
}

/// Runs `hyrex tasks list`.
pub(crate) async fn run(args: TasksListArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store, &args).await;
    store.close().await;
    let found = found?;
    let views: Vec<_> = found.rows.iter().map(RowView::new).collect();
    session.answer(&views, |screen| match found.rows.as_slice() {
        [] => "no such runs\n".into(),
        rows => table(rows, found.now).render(screen.width, screen.colours),
    })?;
    if let Some(line) = notes(&found) {
        session.note(&line);
    }
    Ok(())
}

async fn find(store: &SharedStore, args: &TasksListArgs) -> Result<Found, CliError> {
    let filter = filter(args);
    let mut found =
        Found { rows: Vec::new(), next: args.before.map(AttemptId), looked_at: None, now: Timestamp::default() };
    loop {
        let limit = (args.limit - found.rows.len() as u32).min(PAGE);
        let query = RunsQuery { filter: filter.clone(), before: found.next, limit };
        let page = store.runs(query).await.doing("list runs")?;
        found.rows.extend(page.items);
        (found.next, found.looked_at) = (page.next, page.looked_at);
        let enough = found.rows.len() as u32 >= args.limit;
        if enough || found.next.is_none() || found.looked_at.is_some() {
            found.now = store.now().await.doing("list runs")?;
            return Ok(found);
        }
    }
}

fn filter(args: &TasksListArgs) -> RunFilter {
    let mut statuses: Vec<_> = args.status.iter().flat_map(|set| set.0.clone()).collect();
    statuses.sort();
    statuses.dedup();
    RunFilter {
        statuses,
        queue: args.queue.clone(),
        task_name: args.task.clone(),
        executor: args.executor.map(ExecutorId),
        workflow_run: args.workflow_run.map(WorkflowRunId),
    }
}

fn notes(found: &Found) -> Option<String> {
    let next = found.next?;
    Some(match found.looked_at {
        Some(rows) => {
            format!("looked at the newest {} attempts from there; go on with --before {next}", human::number(rows))
        }
        None => format!("there are older ones: go on with --before {next}"),
    })
}

fn table(rows: &[AttemptRow], now: Timestamp) -> Table {
    let mut table = Table::new(&COLUMNS);
    for row in rows {
        table.row(vec![
            Cell::new(ids::tail(row.run.0)),
            Cell::new(&row.task_name),
            Cell::new(row.status.as_str()).style(Style::of_task(row.status)),
            Cell::new(&row.queue),
            Cell::new(attempt(row)),
            Cell::maybe(age(row, now)),
            Cell::maybe(took(row, now)),
            Cell::new(row.error.as_deref().unwrap_or_default()).style(Style::Dim),
        ]);
    }
    table
}

/// Which attempt of how many: `2/4`.
pub(crate) fn attempt(row: &AttemptRow) -> String {
    let (number, retries) = (i32::from(row.attempt_number), i32::from(row.max_retries));
    format!("{}/{}", number + 1, retries.max(number) + 1)
}

/// How long ago it was sent, or how soon it starts.
fn age(row: &AttemptRow, now: Timestamp) -> Option<String> {
    let time = row.queued.or(row.scheduled_start).or(row.started)?;
    Some(if time > now {
        format!("in {}", human::duration(human::between(now, time)))
    } else {
        human::duration(human::between(time, now))
    })
}

/// How long it ran, or has been running.
pub(crate) fn took(row: &AttemptRow, now: Timestamp) -> Option<String> {
    let until = match row.status {
        status if status.is_held() => now,
        _ => row.finished?,
    };
    Some(human::duration(human::between(row.started?, until)))
}
