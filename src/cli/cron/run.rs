//! `cron run`: what a schedule sends, now.

use super::find::find;
use crate::cli::args::CronNameArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::store::{RunSchedule, ScheduleRow, SharedStore};
use serde::Serialize;
use uuid::Uuid;

/// What was sent, as scripts read it.
#[derive(Serialize)]
struct SentView<'a> {
    job: &'a str,
    kind: Option<&'a str>,
    target: Option<&'a str>,
    run: Uuid,
}

/// Runs `hyrex cron run`.
pub(crate) async fn run(args: &CronNameArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Act).await?;
    let sent = send(&store, &args.name, session).await;
    store.close().await;
    let (job, run) = sent?;
    let (kind, target) = (job.target_kind.as_deref(), job.target_name.as_deref());
    session.answer(&SentView { job: &job.name, kind, target, run }, |_| format!("{run}\n"))
}

async fn send(store: &SharedStore, name: &str, session: &Session) -> Result<(ScheduleRow, Uuid), CliError> {
    let job = find(store, name).await?;
    let target = job.target().map_err(|error| CliError::UnreadJob { job: job.name.clone(), why: error.to_string() })?;
    let work = target.ok_or_else(|| CliError::SqlJob(job.name.clone()))?.fresh();
    let run = work.run_id();
    let order = RunSchedule { name: job.name.clone(), work, actor: session.actor(), now: None };
    match store.schedule_run(order).await.doing("send what the schedule sends")? {
        true => Ok((job, run)),
        false => Err(CliError::NoJob(job.name)),
    }
}
