//! `cron enable` and `cron disable`.

use super::find::find;
use crate::cli::args::CronNameArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::table::Cell;
use crate::store::{SetSchedule, SharedStore};
use serde::Serialize;

/// What stands after a switch, as scripts read it.
#[derive(Serialize)]
struct SwitchedView {
    job: String,
    enabled: bool,
    enabled_by: String,
}

/// Runs `hyrex cron enable` or `hyrex cron disable`.
pub(crate) async fn run(args: &CronNameArgs, enabled: bool, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Act).await?;
    let switched = switch(&store, &args.name, enabled, session).await;
    store.close().await;
    let view = switched?;
    session.answer(&view, |_| {
        let word = if enabled { "on" } else { "off" };
        format!("schedule {}: {word}\n", Cell::new(&view.job).text())
    })
}

async fn switch(store: &SharedStore, name: &str, enabled: bool, session: &Session) -> Result<SwitchedView, CliError> {
    let (job, actor) = (find(store, name).await?.name, session.actor());
    let enabled_by = actor.user.clone();
    let set = SetSchedule { name: job.clone(), enabled, actor, now: None };
    match store.schedule_set(set).await.doing("switch the schedule")? {
        true => Ok(SwitchedView { job, enabled, enabled_by }),
        false => Err(CliError::NoJob(job)),
    }
}
