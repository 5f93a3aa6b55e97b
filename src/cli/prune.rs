//! `prune`: deletes runs that ended long ago, batch by batch.

use super::args::PruneArgs;
use super::error::{CliError, Doing};
use super::human;
use super::session::{Access, Session};
use crate::store::{PruneBatch, SharedStore};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Rows that a batch looks at: some milliseconds, in which SQLite's other writers wait.
const BATCH: u32 = 500;
/// How often it is said how far it is.
const TELL: Duration = Duration::from_secs(2);
/// Longest rest between two batches.
const REST: Duration = Duration::from_millis(50);

/// What was deleted, as scripts read it.
#[derive(Default, Serialize)]
struct PruneView {
    /// Runs that were deleted; of a dry run, that would have been.
    runs: u64,
    dry_run: bool,
    /// Whether it came to its end, or was stopped before.
    complete: bool,
}

/// Runs `hyrex prune`.
pub(crate) async fn run(args: PruneArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(if args.dry_run { Access::Read } else { Access::Act }).await?;
    let done = walk(&args, &store, session).await;
    store.close().await;
    let view = done?;
    let runs = human::counted(view.runs, "run", "runs");
    session.answer(&view, |_| match view.dry_run {
        true => format!("{runs} would be deleted\n"),
        false => format!("{runs} deleted\n"),
    })?;
    if view.complete { Ok(()) } else { Err(CliError::Stopped("run it again to go on")) }
}

/// Batch after batch, to the end of the table or until Ctrl-C: what a batch deleted stays deleted.
async fn walk(args: &PruneArgs, store: &SharedStore, session: &mut Session) -> Result<PruneView, CliError> {
    let (mut batch, mut told) = (first(args, session), Instant::now());
    let mut view = PruneView { dry_run: args.dry_run, ..PruneView::default() };
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    loop {
        let began = Instant::now();
        let pruned = store.prune(batch.clone()).await.doing("delete runs")?;
        view.runs += u64::from(pruned.runs);
        batch.after = pruned.next;
        if pruned.next.is_none() {
            view.complete = true;
            return Ok(view);
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            session.note(&format!("{} so far", human::counted(view.runs, "run", "runs")));
        }
        // As long a rest as the work took: workers come before it.
        let rest = if pruned.runs > 0 && !args.dry_run { began.elapsed().min(REST) } else { Duration::ZERO };
        tokio::select! {
            biased;
            _ = &mut stop => return Ok(view),
            () = tokio::time::sleep(rest) => {}
        }
    }
}

fn first(args: &PruneArgs, session: &Session) -> PruneBatch {
    let mut statuses: Vec<_> = args.status.iter().flat_map(|set| set.0.clone()).collect();
    statuses.sort();
    statuses.dedup();
    PruneBatch {
        id: uuid::Uuid::now_v7(),
        older_than: args.older_than,
        statuses,
        after: None,
        limit: BATCH,
        dry_run: args.dry_run,
        actor: session.actor(),
        now: None,
    }
}
