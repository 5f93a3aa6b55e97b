//! What `workflows` takes.

use super::duration::or_seconds;
use super::{help, up_to};
use crate::model::WorkflowStatus;
use clap::{Args, Subcommand};
use std::time::Duration;

/// What can be done with workflows and their runs.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowsCommand {
    /// List the workflows that workers have defined
    #[command(after_help = help::WORKFLOWS_LIST)]
    List,
    /// List runs of workflows, the newest first
    #[command(after_help = help::WORKFLOWS_RUNS)]
    Runs(WorkflowsRunsArgs),
    /// Draw a run with the state of each node, or a workflow's definition
    #[command(after_help = help::WORKFLOWS_SHOW)]
    Show(WorkflowsShowArgs),
    /// Send a run of a workflow by the workflow's name
    #[command(after_help = help::WORKFLOWS_SEND)]
    Send(WorkflowsSendArgs),
    /// Cancel runs: what waits at once, what runs is asked to end; last come the finally nodes
    #[command(after_help = help::WORKFLOWS_CANCEL)]
    Cancel(WorkflowsCancelArgs),
    /// Try nodes of a run that failed or was cancelled again; results that stand are kept
    #[command(after_help = help::WORKFLOWS_RETRY)]
    Retry(WorkflowsRetryArgs),
}

/// Which runs to list.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WorkflowsRunsArgs {
    /// Only of this workflow
    #[arg(short, long, value_name = "NAME")]
    pub(crate) workflow: Option<String>,
    /// Only these statuses, separated by commas: running, up_for_cancel, success, failed, canceled
    #[arg(short, long, value_name = "STATUS", value_delimiter = ',', value_parser = status)]
    pub(crate) status: Vec<WorkflowStatus>,
    /// Runs at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = up_to(100_000))]
    pub(crate) limit: u32,
    /// Only what is older than this run: the id of the last row of the page before
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<uuid::Uuid>,
}

fn status(text: &str) -> Result<WorkflowStatus, String> {
    text.replace('-', "_")
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| "give one of running, up_for_cancel, success, failed, canceled".to_owned())
}

/// Which run or workflow to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorkflowsShowArgs {
    /// A run (a whole id, or its last 6 or more digits), or a workflow's name
    #[arg(value_name = "RUN|WORKFLOW")]
    pub(crate) what: String,
    /// Draw with - | and + also where the locale is UTF-8
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Show long arguments whole, and every node
    #[arg(long)]
    pub(crate) full: bool,
}

/// A run to send.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorkflowsSendArgs {
    /// The workflow's name
    pub(crate) workflow: String,
    /// Its arguments: one JSON object; @FILE reads it from a file, - from standard input
    #[arg(short, long, value_name = "JSON", default_value = "{}", allow_hyphen_values = true)]
    pub(crate) args: String,
    /// The queue of the nodes that name none themselves [default: the workflow's, else each task's]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// The priority of its nodes, 1 to 10, higher first [default: the workflow's, else each task's]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..=10))]
    pub(crate) priority: Option<i16>,
    /// Seconds that the whole run may take [default: the workflow's, else no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub(crate) timeout: Option<u32>,
    /// At most one run of the workflow has this key; where one stands, it is answered instead
    #[arg(short = 'k', long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Wait until the run has ended, at most so long
    #[arg(short, long, value_name = "SECONDS", num_args = 0..=1, value_parser = or_seconds)]
    pub(crate) wait: Option<Option<Duration>>,
}

/// Which runs to cancel, and how far.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorkflowsCancelArgs {
    /// The runs: whole ids, or their last 6 or more digits
    #[arg(required = true, value_name = "RUN")]
    pub(crate) ids: Vec<String>,
    /// Also everything that their nodes sent, and what they still send
    #[arg(long)]
    pub(crate) subtree: bool,
}

/// What of a run to try again.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorkflowsRetryArgs {
    /// The run: a whole id, or its last 6 or more digits
    #[arg(value_name = "RUN")]
    pub(crate) id: String,
    /// Only this node, which did not succeed, and what did not succeed after it [default: all that did not succeed]
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub(crate) node: Option<String>,
    /// This node and all after it, also what succeeded
    #[arg(long, value_name = "NAME")]
    pub(crate) from: Option<String>,
    /// Other arguments for a node: NODE=JSON, or JSON alone for the node of --node or --from; the JSON may be @FILE or -
    #[arg(short, long, value_name = "[NODE=]JSON", allow_hyphen_values = true)]
    pub(crate) args: Vec<String>,
}
