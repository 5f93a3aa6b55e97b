//! `queues`: what waits and runs in each, pause and limit.

use super::args::QueuesCommand;
use super::error::{CliError, Doing};
use super::human;
use super::session::{Access, Session};
use super::style::Style;
use super::table::{Cell, Column, Table};
use crate::model::{Timestamp, bounds};
use crate::store::{Capped, Limit, QueueRow, QueueSettings, SetLimit, SetPause};
use serde::Serialize;

/// A queue as scripts read it.
#[derive(Serialize)]
struct QueueView<'a> {
    name: &'a str,
    queued: Capped,
    held: Capped,
    scheduled: Capped,
    oldest_seconds: Option<f64>,
    concurrency_limit: Option<u32>,
    app_limit: Option<u32>,
    limit_by_operator: bool,
    limit_by: Option<&'a str>,
    paused_at: Option<Timestamp>,
    paused_by: Option<&'a str>,
}

const COLUMNS: [Column; 7] = [
    Column::new("QUEUE", 12),
    Column::new("QUEUED", 6).right(),
    Column::new("HELD", 4).right(),
    Column::new("LIMIT", 5).right(),
    Column::new("SCHEDULED", 9).right().rank(2),
    Column::new("OLDEST", 6).right().rank(1),
    Column::new("STATE", 8).rank(3),
];

/// Runs `hyrex queues …`.
pub(crate) async fn run(command: QueuesCommand, session: &mut Session) -> Result<(), CliError> {
    match command {
        QueuesCommand::List => list(session).await,
        QueuesCommand::Pause { name } => pause(session, name, true).await,
        QueuesCommand::Resume { name } => pause(session, name, false).await,
        QueuesCommand::Limit { name, limit } => set_limit(session, name, limit).await,
    }
}

async fn list(session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let queues = store.queues(None).await.doing("list queues");
    store.close().await;
    let queues = queues?;
    let views: Vec<_> = queues.iter().map(view).collect();
    session.answer(&views, |screen| match queues.as_slice() {
        [] => "no queues yet\n".into(),
        queues => table(queues).render(screen.width, screen.colours),
    })
}

fn view(row: &QueueRow) -> QueueView<'_> {
    QueueView {
        name: &row.settings.name,
        queued: row.queued,
        held: row.held,
        scheduled: row.scheduled,
        oldest_seconds: row.oldest.map(|oldest| oldest.as_secs_f64()),
        concurrency_limit: row.settings.concurrency_limit,
        app_limit: row.settings.app_limit,
        limit_by_operator: row.settings.limit_by_operator,
        limit_by: row.settings.limit_by.as_deref(),
        paused_at: row.settings.paused_at,
        paused_by: row.settings.paused_by.as_deref(),
    }
}

fn table(queues: &[QueueRow]) -> Table {
    let mut table = Table::new(&COLUMNS);
    for queue in queues {
        let limit = queue.settings.concurrency_limit.map(human::number);
        table.row(vec![
            Cell::new(&queue.settings.name),
            Cell::new(human::capped(queue.queued.count, queue.queued.more)),
            Cell::new(human::capped(queue.held.count, queue.held.more)),
            Cell::maybe(limit),
            Cell::new(human::capped(queue.scheduled.count, queue.scheduled.more)),
            Cell::maybe(queue.oldest.map(human::duration)),
            state(&queue.settings),
        ]);
    }
    table
}

fn state(settings: &QueueSettings) -> Cell {
    match (&settings.paused_at, &settings.paused_by) {
        (Some(_), Some(by)) => Cell::new(format!("paused by {by}")).style(Style::Warn),
        (Some(_), None) => Cell::new("paused").style(Style::Warn),
        (None, _) => Cell::new("open").style(Style::Dim),
    }
}

async fn pause(session: &mut Session, queue: String, paused: bool) -> Result<(), CliError> {
    bounds::name("queue name", &queue)?;
    let store = session.open(Access::Act).await?;
    let doing = if paused { "pause the queue" } else { "resume the queue" };
    let settings = store.queue_pause(SetPause { queue, paused, actor: session.actor(), now: None }).await.doing(doing);
    store.close().await;
    answer(session, &settings?)
}

async fn set_limit(session: &mut Session, queue: String, limit: Limit) -> Result<(), CliError> {
    bounds::name("queue name", &queue)?;
    let store = session.open(Access::Act).await?;
    let settings = store.queue_limit(SetLimit { queue, limit, actor: session.actor(), now: None }).await;
    store.close().await;
    answer(session, &settings.doing("limit the queue")?)
}

/// What stands after a change.
fn answer(session: &mut Session, settings: &QueueSettings) -> Result<(), CliError> {
    session.answer(settings, |_| {
        let name = Cell::new(&settings.name);
        let limit = settings.concurrency_limit.map_or("no limit".into(), |n| format!("limit {}", human::number(n)));
        let limit = if settings.limit_by_operator { limit } else { format!("{limit} (the application's word)") };
        format!("queue {}: {}, {limit}\n", name.text(), state(settings).text())
    })
}
