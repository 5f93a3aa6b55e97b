//! The key-value store.

use super::PostgresStore;
use super::connect::call;
use super::link::{Link, query};
use super::rows::get;
use crate::model::{Timestamp, bounds};
use crate::store::sql::statements;
use crate::store::{Result, StoreError, Swap};

/// How often a key may change back between our write and our look.
const ROUNDS: u32 = 10;

statements! {
    GET = "select value from hyrex_kv where key = $1";
    SET = "insert into hyrex_kv (key, value, created_at) values ($1, $2, coalesce($3::timestamptz, now()))
        on conflict (key) do update set value = excluded.value, created_at = excluded.created_at";
    DELETE = "delete from hyrex_kv where key = $1";
    ADD = "insert into hyrex_kv (key, value, created_at) values ($1, $2, coalesce($3::timestamptz, now()))
        on conflict do nothing";
    REPLACE = "update hyrex_kv set value = $2, created_at = coalesce($3::timestamptz, now())
        where key = $1 and value = $4";
    REMOVE = "delete from hyrex_kv where key = $1 and value = $2";
}

impl PostgresStore {
    pub(super) async fn get_key(&self, key: &str) -> Result<Option<String>> {
        bounds::key("key", key)?;
        call!(self.db.rest, link => read(link, key))
    }

    pub(super) async fn set_key(&self, key: &str, value: &str, now: Option<Timestamp>) -> Result<()> {
        check(key, Some(value))?;
        call!(self.db.rest, link => async {
            link.run(query(SET.as_str()).bind(key).bind(value).bind(now)).await
        })?;
        self.options.failpoints.answer("kv.answered")
    }

    pub(super) async fn delete_key(&self, key: &str) -> Result<bool> {
        bounds::key("key", key)?;
        let deleted =
            call!(self.db.rest, link => async { link.run(query(DELETE.as_str()).bind(key)).await })?;
        self.options.failpoints.answer("kv.answered")?;
        Ok(deleted > 0)
    }

    pub(super) async fn swap_key(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap> {
        check(key, new)?;
        let swap = call!(self.db.rest, link => self.swap_on(link, key, old, new, now))?;
        self.options.failpoints.answer("kv.answered")?;
        Ok(swap)
    }

    /// Writes on the condition; where it does not hold, says what does.
    async fn swap_on(
        &self,
        link: &mut Link<'_>,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap> {
        for _ in 0..ROUNDS {
            link.begin().await?;
            let changed = write(link, key, old, new, now).await?;
            self.options.failpoints.pass("kv.written")?;
            let holds = if changed { None } else { read(link, key).await? };
            link.commit().await?;
            if changed {
                return Ok(Swap::Done);
            }
            // It may hold by now what was asked for.
            match (old, new) {
                (None, None) if holds.is_none() => return Ok(Swap::Done),
                _ if holds.as_deref() != old => return Ok(Swap::Holds(holds)),
                _ => {}
            }
        }
        Err(StoreError::Unavailable("the key changes all the time: try again".into()))
    }
}

fn check(key: &str, value: Option<&str>) -> Result<()> {
    bounds::key("key", key)?;
    if let Some(value) = value {
        bounds::text_within("value", value, bounds::MAX_KV_VALUE)?;
    }
    Ok(())
}

async fn read(link: &mut Link<'_>, key: &str) -> Result<Option<String>> {
    let row = link.optional(query(GET.as_str()).bind(key.to_owned())).await?;
    row.map(|row| get(&row, "value")).transpose()
}

async fn write(
    link: &mut Link<'_>,
    key: &str,
    old: Option<&str>,
    new: Option<&str>,
    now: Option<Timestamp>,
) -> Result<bool> {
    let statement = match (old, new) {
        (None, None) => return Ok(false),
        (None, Some(new)) => query(ADD.as_str()).bind(key).bind(new).bind(now),
        (Some(old), Some(new)) => query(REPLACE.as_str()).bind(key).bind(new).bind(now).bind(old),
        (Some(old), None) => query(REMOVE.as_str()).bind(key).bind(old),
    };
    Ok(link.run(statement).await? > 0)
}
