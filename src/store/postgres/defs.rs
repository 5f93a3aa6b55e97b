//! Definitions of tasks, for the tools that read them.

use super::PostgresStore;
use super::connect::call;
use super::link::query;
use crate::model::bounds;
use crate::store::sql::statements;
use crate::store::{Result, TaskDef};

statements! {
    /// Our columns only: what Python wrote beside them stays, and so does its schema where we have none. A definition
    /// that stands as it is is not written again: each start of a worker puts them all.
    PUT = "insert into hyrex_task_def as d (task_name, queue, priority, max_retries, timeout_seconds, arg_schema)
        select u.name, u.queue, u.priority, u.retries, u.timeout, u.schema::json
        from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::text[])
            u(name, queue, priority, retries, timeout, schema) order by u.name
        on conflict (task_name) do update set queue = excluded.queue, priority = excluded.priority,
            max_retries = excluded.max_retries, timeout_seconds = excluded.timeout_seconds,
            arg_schema = coalesce(excluded.arg_schema, d.arg_schema), last_updated = now()
        where (d.queue, d.priority, d.max_retries, d.timeout_seconds)
            is distinct from (excluded.queue, excluded.priority, excluded.max_retries, excluded.timeout_seconds)
            or excluded.arg_schema is not null and excluded.arg_schema::text is distinct from d.arg_schema::text";
}

impl PostgresStore {
    /// Writes or replaces definitions.
    pub(super) async fn put_defs(&self, defs: &[TaskDef]) -> Result<()> {
        let mut unique: Vec<&TaskDef> = Vec::with_capacity(defs.len());
        for def in defs {
            bounds::name("task name", &def.task_name)?;
            if let Some(schema) = &def.arg_schema {
                bounds::json("schema of the arguments", schema, bounds::MAX_KV_VALUE)?;
            }
            // The last word counts; one statement may touch a row only once.
            unique.retain(|other| other.task_name != def.task_name);
            unique.push(def);
        }
        call!(self.db.rest, link => async {
            let statement = query(PUT.as_str())
                .bind(unique.iter().map(|def| def.task_name.as_str()).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| def.queue.as_str()).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| i32::from(def.priority)).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| i32::from(def.max_retries)).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| def.timeout_seconds.map(|s| s as i32)).collect::<Vec<_>>())
                .bind(unique.iter().map(|def| def.arg_schema.as_deref()).collect::<Vec<_>>());
            link.run(statement).await
        })?;
        Ok(())
    }
}
