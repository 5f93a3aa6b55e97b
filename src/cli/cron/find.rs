//! Which job a name means.

use crate::cli::error::{CliError, Doing};
use crate::store::{ScheduleRow, SharedStore};

/// The job of this whole name, else the one that sends what is named so.
///
/// # Errors
/// No such job, or several.
pub(super) async fn find(store: &SharedStore, name: &str) -> Result<ScheduleRow, CliError> {
    let jobs = store.schedules(None).await.doing("list schedules")?;
    let (mut exact, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.name == name);
    if let Some(job) = exact.pop() {
        return Ok(job);
    }
    let mut named: Vec<_> = others.into_iter().filter(|job| job.target_name.as_deref() == Some(name)).collect();
    match named.len() {
        0 => Err(CliError::NoJob(name.to_owned())),
        1 => Ok(named.remove(0)),
        _ => {
            let found = named.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(CliError::ManyJobs { name: name.to_owned(), found })
        }
    }
}
