//! The runs of one root.

use super::inspect::MOST;
use super::inspect_run::LATEST;
use super::inspect_runs::{ATTEMPT, attempt};
use super::link::{Link, query};
use super::rows::get;
use crate::model::RunId;
use crate::store::sql::statements;
use crate::store::{Result, Tree, TreeRow};
use uuid::Uuid;

statements! {
    /// First attempts in the order of their ids, which is that in which they were sent.
    TREE = &format!("select {ATTEMPT}, (select r.durable_id from hyrex_task_run r
            where r.id = coalesce(t.parent_id, (select w.parent_id from hyrex_workflow_run w where w.id = t.workflow_run_id)))
            as parent_run
        from (
            select r.id from hyrex_task_run r where r.id = $1 and r.durable_id = r.id
            union all
            (select r.id from hyrex_task_run r where r.root_id = $1 and r.root_id <> r.id and r.durable_id = r.id
            order by r.id limit $2)
        ) u cross join {LATEST} join hyrex_task_run t on t.id = a.id
        order by t.durable_id <> $1, t.durable_id limit $2");
}

/// The root, and what was sent under it.
pub(super) async fn tree(link: &mut Link<'_>, root: RunId, limit: u32) -> Result<Tree> {
    let limit = limit.clamp(1, 10 * MOST);
    let mut runs = Vec::new();
    for row in link.all(query(TREE.as_str()).bind(root.0).bind(i64::from(limit) + 1)).await? {
        let parent_run = get::<Option<Uuid>>(&row, "parent_run")?.map(RunId);
        runs.push(TreeRow { row: attempt(&row)?, parent_run });
    }
    let more = runs.len() > limit as usize;
    runs.truncate(limit as usize);
    Ok(Tree { root, runs, more })
}
