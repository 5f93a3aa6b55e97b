//! What the shop does by the clock: the till is counted, and the inventory taken, by a schedule each.

use super::books::{Books, Times};
use super::kind::{Kind, Must};
use super::shop::{Desk, ShopTask};
use crate::cli::error::{CliError, Doing};
use crate::model::{RunId, WorkflowRunId, WorkflowStatus};
use crate::sdk::{Cron, OnlyInsideTasks, PlainWorkflow, TaskConfig, Workflow, WorkflowConfig, patiently};
use crate::store::{ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, SharedStore};
use std::time::Duration;

/// Seconds between two counts of the till.
const TILL_EVERY: i64 = 2;
/// Seconds between two inventories.
const INVENTORY_EVERY: i64 = 3;
/// Rows of a history that are read at once.
const PAGE: u32 = 1_000;

/// What schedules of the shop send.
pub(crate) struct Scheduled {
    /// Counts the till.
    pub(crate) till: ShopTask<(), u64>,
    /// Takes the inventory.
    pub(crate) inventory: Workflow<PlainWorkflow<()>>,
}

impl Scheduled {
    /// The task and the workflow, each with its schedule.
    pub(crate) fn new(desk: &Desk) -> Self {
        let step = |kind| {
            desk.task(kind, |_, _, ()| async {
                tokio::time::sleep(Duration::from_millis(40)).await;
                Ok(1)
            })
        };
        let till = step(Kind::CountTill).with_config(TaskConfig::new().cron(every(TILL_EVERY)));
        let (take, reorder) = (step(Kind::TakeInventory), step(Kind::Reorder));
        let config = WorkflowConfig::new().cron(every(INVENTORY_EVERY));
        let inventory = Workflow::new(desk.unique("shop_inventory"), config, |_: OnlyInsideTasks<()>| take >> reorder);
        Self { till, inventory }
    }
}

/// Every so many seconds.
fn every(seconds: i64) -> Cron {
    Cron::new(format!("*/{seconds} * * * * *"))
}

/// Withdraws the schedules of the application `app`: nothing of theirs is sent after the answer.
///
/// # Errors
/// Whatever the store says.
pub(crate) async fn withdraw(store: &SharedStore, app: &str) -> Result<(), CliError> {
    let put = || store.schedules_put(app.to_owned(), Vec::new(), None);
    patiently(put).await.map(drop).doing("withdraw the demo's schedules")
}

/// Withdraws them, and notes in the books what they sent.
///
/// # Errors
/// Whatever the store says.
pub(crate) async fn close(store: &SharedStore, books: &Books, app: &str) -> Result<(), CliError> {
    let jobs = patiently(|| store.schedules(None)).await.doing("list the demo's schedules")?;
    withdraw(store, app).await?;
    for job in jobs.into_iter().filter(|job| job.app.as_deref() == Some(app)) {
        let rows = history(store, &job).await?;
        for run in rows.iter().filter_map(|row| row.run) {
            note(store, books, &job, run).await?;
        }
        let every = if job.target_kind.as_deref() == Some("task") { TILL_EVERY } else { INVENTORY_EVERY };
        let sent = rows.iter().rev().map(|row| (row.time, row.run)).collect();
        books.schedule(job.name, Times { every, sent });
    }
    Ok(())
}

/// All that a job did, the newest first.
async fn history(store: &SharedStore, job: &ScheduleRow) -> Result<Vec<ScheduleRunRow>, CliError> {
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let query = ScheduleHistoryQuery { job: job.id, before, limit: PAGE };
        let page = patiently(|| store.schedule_history(query.clone())).await.doing("read a schedule's history")?;
        rows.extend(page.items);
        before = page.next;
        if before.is_none() {
            return Ok(rows);
        }
    }
}

async fn note(store: &SharedStore, books: &Books, job: &ScheduleRow, run: uuid::Uuid) -> Result<(), CliError> {
    if job.target_kind.as_deref() == Some("task") {
        books.has_run(RunId(run), Kind::CountTill);
        return Ok(());
    }
    let id = WorkflowRunId(run);
    let Some(detail) = patiently(|| store.workflow_run(id)).await.doing("read a workflow's run")? else {
        return Ok(());
    };
    let kind = |task: &str| Kind::of(task).unwrap_or(Kind::TakeInventory);
    let nodes = detail.nodes.iter().map(|node| (node.row.run, kind(&node.row.task_name), Must::Succeed));
    books.has_workflow(id, WorkflowStatus::Success, nodes);
    Ok(())
}
