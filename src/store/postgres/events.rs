//! What operators did: rows of `hyrex_system_logs`, written in the transaction of the deed.

use super::PostgresStore;
use super::connect::call;
use super::link::{Link, query};
use crate::model::{Timestamp, bounds};
use crate::store::sql::statements;
use crate::store::{Actor, Result};

statements! {
    INSERT = "insert into hyrex_system_logs (id, timestamp, event_name, event_body)
        values ($1, coalesce($4::timestamptz, now()), $2, $3::text::json)";
}

/// Writes who did what with what outcome, within the transaction of the deed. U+0000 in names is replaced.
pub(super) async fn write(
    link: &mut Link<'_>,
    name: &str,
    actor: &Actor,
    mut what: serde_json::Value,
    now: Option<Timestamp>,
) -> Result<()> {
    what["actor"] = serde_json::json!({"user": actor.user, "host": actor.host});
    insert(link, name, what.to_string(), now).await
}

/// Writes an event that nobody asked for, within the transaction of what happened.
pub(super) async fn insert(link: &mut Link<'_>, name: &str, body: String, now: Option<Timestamp>) -> Result<()> {
    let id = uuid::Uuid::now_v7();
    link.run(query(INSERT.as_str()).bind(id).bind(name.to_owned()).bind(body).bind(now)).await?;
    Ok(())
}

impl PostgresStore {
    /// Writes an event of somebody else's words.
    pub(super) async fn log_event(&self, name: &str, body: &str) -> Result<()> {
        bounds::name("event name", name)?;
        bounds::json("event body", body, bounds::MAX_KV_VALUE)?;
        call!(self.db.rest, link => insert(link, name, body.to_owned(), None))
    }
}
