//! Definitions of workflows, and the definitions of tasks as workflows need them.

use crate::model::bounds;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::inspect::{LIMIT, read};
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::get;
use crate::store::sql::statements;
use crate::store::{Result, TaskDef, WorkflowDef};

statements! {
    /// The graph only. A definition that stands as it is is not written again: each start of a worker puts them all.
    PUT = "insert into hyrex_workflow as w (workflow_name, dag_structure)
        select u.name, u.dag::jsonb from unnest($1::text[], $2::text[]) u(name, dag) order by u.name
        on conflict (workflow_name) do update set dag_structure = excluded.dag_structure, last_updated = now()
        where excluded.dag_structure is not null and w.dag_structure is distinct from excluded.dag_structure";
    DEFS = "select w.workflow_name, w.dag_structure::text as dag from hyrex_workflow w
        order by w.workflow_name collate \"C\" limit 1000";
    TASKS = "select d.task_name, d.queue, d.priority, d.max_retries, d.timeout_seconds, d.arg_schema::text as arg_schema
        from hyrex_task_def d where d.task_name = any($1::text[])";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn put_workflow_defs(&self, defs: &[WorkflowDef]) -> Result<()> {
        let mut unique: Vec<&WorkflowDef> = Vec::with_capacity(defs.len());
        for def in defs {
            bounds::name("workflow name", &def.workflow_name)?;
            if let Some(dag) = &def.dag_structure {
                bounds::json("graph", dag, bounds::MAX_JSON)?;
            }
            // The last word counts; one statement may touch a row only once.
            unique.retain(|other| other.workflow_name != def.workflow_name);
            unique.push(def);
        }
        call!(self.db.rest, link => async {
            let statement = query(PUT.as_str())
                .bind(unique.iter().map(|def| def.workflow_name.as_str()).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| def.dag_structure.as_deref()).collect::<Vec<_>>());
            link.run(statement).await
        })?;
        Ok(())
    }

    pub(in crate::store::postgres) async fn read_workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        read!(self, link => workflows(link))
    }

    pub(in crate::store::postgres) async fn read_task_defs(&self, names: &[String]) -> Result<Vec<TaskDef>> {
        read!(self, link => tasks(link, names))
    }
}

async fn workflows(link: &mut Link<'_>) -> Result<Vec<WorkflowDef>> {
    let rows = link.all(query(DEFS.as_str())).await?;
    rows.iter()
        .map(|row| Ok(WorkflowDef { workflow_name: get(row, "workflow_name")?, dag_structure: get(row, "dag")? }))
        .collect()
}

async fn tasks(link: &mut Link<'_>, names: &[String]) -> Result<Vec<TaskDef>> {
    let rows = link.all(query(TASKS.as_str()).bind(names.to_vec())).await?;
    let def = |row: &sqlx::postgres::PgRow| {
        let number = |column: &str| get::<Option<i32>>(row, column);
        Ok(TaskDef {
            task_name: get(row, "task_name")?,
            queue: get::<Option<String>>(row, "queue")?.unwrap_or_else(|| crate::model::DEFAULT_QUEUE.to_owned()),
            priority: number("priority")?.map_or(crate::model::DEFAULT_PRIORITY, |priority| priority as i16),
            max_retries: number("max_retries")?.unwrap_or_default().clamp(0, bounds::MAX_RETRIES.into()) as u16,
            timeout_seconds: number("timeout_seconds")?.map(|seconds| seconds as u32),
            arg_schema: get(row, "arg_schema")?,
        })
    };
    rows.iter().map(def).collect()
}
