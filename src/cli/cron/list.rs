//! `cron list`.

use super::view::{Handlers, JobView};
use crate::cli::error::{CliError, Doing};
use crate::cli::human;
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::model::Timestamp;
use crate::store::{ExecutorRow, ScheduleRow, ScheduleSource, SharedStore};

/// Executors that are looked at.
const EXECUTORS: u32 = 1_000;

const COLUMNS: [Column; 7] = [
    Column::new("SCHEDULE", 16),
    Column::new("EXPRESSION", 10),
    Column::new("COMES", 12).rank(1),
    Column::new("ZONE", 6).rank(3),
    Column::new("LAST", 8).right().rank(2),
    Column::new("NEXT", 8).right(),
    Column::new("STATE", 8),
];

/// Runs `hyrex cron list`.
pub(crate) async fn run(session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store).await;
    store.close().await;
    let (jobs, executors, now) = found?;
    let handlers = Handlers::of(executors);
    let views: Vec<_> = jobs.iter().map(|job| JobView::new(job, &handlers, now)).collect();
    session.answer(&views, |screen| match views.as_slice() {
        [] => "nothing is scheduled: a worker writes the schedules of its application when it starts\n".into(),
        views => table(views, now).render(screen.width, screen.colours),
    })
}

async fn find(store: &SharedStore) -> Result<(Vec<ScheduleRow>, Vec<ExecutorRow>, Timestamp), CliError> {
    let jobs = store.schedules(None).await.doing("list schedules")?;
    let executors = store.executors(EXECUTORS, None).await.doing("list executors")?;
    let now = store.now().await.doing("list schedules")?;
    Ok((jobs, executors, now))
}

fn table(views: &[JobView<'_>], now: Timestamp) -> Table {
    let mut table = Table::new(&COLUMNS);
    for view in views {
        table.row(vec![
            Cell::new(view.job),
            Cell::new(view.expression),
            Cell::maybe(view.words.as_deref()).style(Style::Dim),
            Cell::new(view.time_zone),
            Cell::maybe(view.last.map(|time| human::ago(time, now))),
            Cell::maybe(view.next.map(|time| human::ago(time, now))),
            state(view),
        ]);
    }
    table
}

fn state(view: &JobView<'_>) -> Cell {
    match (&view.error, view.enabled, view.enabled_by) {
        _ if view.source == ScheduleSource::System => Cell::new("upkeep of Python's").style(Style::Dim),
        (Some(error), ..) => Cell::new(error).style(Style::Bad),
        (None, false, Some(by)) => Cell::new(format!("off by {by}")).style(Style::Warn),
        (None, false, None) => Cell::new("off").style(Style::Warn),
        (None, true, _) if view.handled == Some(false) => Cell::new("on, no worker").style(Style::Bad),
        (None, true, Some(by)) => Cell::new(format!("on by {by}")),
        (None, true, None) => Cell::new("on"),
    }
}
