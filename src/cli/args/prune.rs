//! What `prune` takes.

use super::duration::with_unit;
use super::{StatusSet, statuses};
use crate::model::TaskStatus;
use clap::Args;
use std::time::Duration;

/// Which runs to delete.
#[derive(Clone, Debug, Args)]
pub(crate) struct PruneArgs {
    /// Runs that ended longer ago than this: like 30d, 12h, 90s
    #[arg(long, value_name = "DURATION", value_parser = with_unit)]
    pub(crate) older_than: Duration,
    /// Only runs that ended so, separated by commas: success, failed, … or troubled [default: however they ended]
    #[arg(short, long, value_name = "STATUS", value_delimiter = ',', value_parser = ended)]
    pub(crate) status: Vec<StatusSet>,
    /// Delete nothing, say what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn ended(text: &str) -> Result<StatusSet, String> {
    let set = statuses(text)?;
    match set.0.iter().find(|status| !status.is_finished()) {
        Some(_) => Err(format!("only runs that have ended are deleted: give one of {}, or troubled", names())),
        None => Ok(set),
    }
}

fn names() -> String {
    let names: Vec<_> = TaskStatus::FINISHED.iter().map(|status| status.as_str().to_ascii_lowercase()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_ended_is_named() {
        assert_eq!(ended("troubled").unwrap().0, TaskStatus::TROUBLED);
        assert_eq!(ended("Success").unwrap().0, [TaskStatus::Success]);
        for text in ["running", "waiting", "held", "queued"] {
            assert!(ended(text).unwrap_err().contains("success"), "{text}");
        }
    }
}
