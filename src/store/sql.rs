//! Statements get the names of statuses from the model: `{RUNNING}` is `'RUNNING'`, `{held}` a list of literals.
//!
//! Literals, not parameters: a partial index does not match a parameter.

use crate::model::{ExecutorStatus, TaskStatus, WorkflowStatus};

/// No later attempt of `t`'s run stands: `t` is its latest. The unique index on attempts is partial, and is used
/// only where its predicate is repeated.
pub(crate) const NO_NEXT: &str = "NOT EXISTS (SELECT 1 FROM hyrex_task_run n WHERE n.durable_id = t.durable_id \
     AND n.durable_id <> n.id AND n.attempt_number = t.attempt_number + 1)";

/// `j` is a job that a leader of ours runs: one that is on, and no upkeep of Python's.
const JOBS_TO_RUN: &str = "(coalesce(j.expression, j.schedule) IS NOT NULL AND coalesce(j.enabled, true) \
     AND (j.expression IS NOT NULL OR j.active AND j.job_source <> 'SYSTEM'))";

/// `text` with `{jobs_to_run}` (about the alias `j`), `{no_next}` ([`NO_NEXT`], about the alias `t`), `{STATUS}` and the sets `{held}`, `{waiting}`, `{finished}`, `{troubled}`,
/// `{workflows_live}` filled in;
/// an executor's are `{executor:RUNNING}`, a workflow run's `{workflow:RUNNING}` and so on.
pub(crate) fn sql(text: &str) -> String {
    let list = |set: &[TaskStatus]| {
        let names: Vec<_> = set.iter().map(|status| format!("'{status}'")).collect();
        format!("({})", names.join(", "))
    };
    let mut text = text
        .replace("{no_next}", NO_NEXT)
        .replace("{jobs_to_run}", JOBS_TO_RUN)
        .replace("{held}", &list(&TaskStatus::HELD))
        .replace("{waiting}", &list(&TaskStatus::WAITING))
        .replace("{finished}", &list(&TaskStatus::FINISHED))
        .replace("{troubled}", &list(&TaskStatus::TROUBLED))
        .replace("{workflows_live}", &workflows_live());
    for status in ExecutorStatus::ALL {
        text = text.replace(&format!("{{executor:{status}}}"), &format!("'{status}'"));
    }
    for status in WorkflowStatus::ALL {
        text = text.replace(&format!("{{workflow:{status}}}"), &format!("'{status}'"));
    }
    for status in TaskStatus::ALL {
        text = text.replace(&format!("{{{status}}}"), &format!("'{status}'"));
    }
    text
}

/// The statuses of workflow runs that have not ended.
fn workflows_live() -> String {
    let live = WorkflowStatus::ALL.iter().filter(|status| status.is_live());
    let names: Vec<_> = live.map(|status| format!("'{status}'")).collect();
    format!("({})", names.join(", "))
}

/// Declares statements: `statements! { CLAIM = "update …"; }` gives `static CLAIM: LazyLock<String>`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* static $name: std::sync::LazyLock<String> =
            std::sync::LazyLock::new(|| crate::store::sql::sql($text));)*
    };
}
pub(crate) use statements;
