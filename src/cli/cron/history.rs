//! `cron history`: what a schedule did.

use super::find::find;
use crate::cli::args::CronHistoryArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::{human, ids};
use crate::model::{TaskStatus, Timestamp};
use crate::store::{Page, ScheduleHistoryQuery, ScheduleRunRow, SharedStore};

const COLUMNS: [Column; 5] = [
    Column::new("TIME", 19),
    Column::new("STATUS", 7),
    Column::new("LATE", 5).right().rank(1),
    Column::new("RUN", ids::SHOWN),
    Column::new("ERROR", 10).rank(2),
];

/// Runs `hyrex cron history`.
pub(crate) async fn run(args: &CronHistoryArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let page = read(&store, args).await;
    store.close().await;
    let page = page?;
    session.answer(&page.items, |screen| match page.items.as_slice() {
        [] => "no time of it has come yet\n".into(),
        rows => table(rows).render(screen.width, screen.colours),
    })?;
    if let Some(next) = page.next {
        session.note(&format!("there are older ones: go on with --before {}", rfc(next)));
    }
    Ok(())
}

async fn read(store: &SharedStore, args: &CronHistoryArgs) -> Result<Page<ScheduleRunRow, Timestamp>, CliError> {
    let job = find(store, &args.name).await?.id;
    let query = ScheduleHistoryQuery { job, before: args.before, limit: args.limit };
    store.schedule_history(query).await.doing("read the schedule's history")
}

fn rfc(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

fn table(rows: &[ScheduleRunRow]) -> Table {
    let mut table = Table::new(&COLUMNS);
    for row in rows {
        let (status, style) = status(row);
        table.row(vec![
            Cell::new(rfc(row.time)),
            Cell::new(status).style(style),
            Cell::maybe(row.done.map(|done| human::duration(human::between(row.time, done)))),
            Cell::maybe(row.run.map(ids::tail)),
            Cell::maybe(row.error.as_deref()).style(Style::Bad),
        ]);
    }
    table
}

/// What came of it: sent, not sent, or left to Python's scheduler.
fn status(row: &ScheduleRunRow) -> (&'static str, Style) {
    match row.status.as_deref().and_then(|status| status.parse().ok()) {
        Some(TaskStatus::Success) => ("sent", Style::Good),
        Some(TaskStatus::Failed) => ("failed", Style::Bad),
        _ => ("waiting", Style::Dim),
    }
}
