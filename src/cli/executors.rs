//! `executors`: the processes that run tasks.

use super::args::ExecutorsCommand;
use super::error::{CliError, Doing};
use super::session::{Access, Session};
use super::style::Style;
use super::table::{Cell, Column, Table};
use super::{human, ids};
use crate::model::Timestamp;
use crate::store::ExecutorRow;

const COLUMNS: [Column; 9] = [
    Column::new("ID", ids::SHOWN),
    Column::new("WORKER", 14),
    Column::new("STATUS", 8),
    Column::new("HELD", 4).right(),
    Column::new("SLOTS", 5).right().rank(2),
    Column::new("QUEUES", 8).rank(1),
    Column::new("HOST", 8).rank(3),
    Column::new("UP", 5).right().rank(4),
    Column::new("LAST SIGN", 9).right().rank(2),
];

/// Runs `hyrex executors …`.
pub(crate) async fn run(command: ExecutorsCommand, session: &mut Session) -> Result<(), CliError> {
    let ExecutorsCommand::List { limit } = command;
    let store = session.open(Access::Read).await?;
    let found = async { Ok((store.executors(limit, None).await?, store.now().await?)) }.await;
    store.close().await;
    let (executors, now) = found.doing("list executors")?;
    session.answer(&executors, |screen| match executors.as_slice() {
        [] => "no executors yet: none was started on this database\n".into(),
        executors => table(executors, now).render(screen.width, screen.colours),
    })
}

fn table(executors: &[ExecutorRow], now: Timestamp) -> Table {
    let mut table = Table::new(&COLUMNS);
    for row in executors {
        table.row(vec![
            Cell::new(ids::tail(row.id.0)),
            Cell::new(&row.worker_name),
            Cell::new(row.status.as_str()).style(Style::of_executor(row.status)),
            Cell::new(human::number(row.held)),
            slots(row),
            Cell::new(&row.queue_pattern),
            Cell::maybe(row.host.as_ref().map(|host| process(host, row.pid))),
            Cell::maybe(row.started.map(|from| human::duration(human::between(from, row.stopped.unwrap_or(now))))),
            Cell::maybe(row.silent_for.map(human::duration)),
        ]);
    }
    table
}

fn slots(row: &ExecutorRow) -> Cell {
    match (row.slots, row.stuck) {
        (Some(slots), Some(stuck)) if stuck > 0 => Cell::new(format!("{slots} ({stuck} stuck)")).style(Style::Warn),
        (slots, _) => Cell::maybe(slots.map(human::number)),
    }
}

fn process(host: &str, pid: Option<u32>) -> String {
    pid.map_or_else(|| host.to_owned(), |pid| format!("{host}:{pid}"))
}
