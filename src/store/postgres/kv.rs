//! The key-value store.

use super::connect::call;
use super::link::{Link, query};
use super::rows::get;
use super::{PostgresStore, events};
use crate::model::{Timestamp, bounds};
use crate::store::sql::statements;
use crate::store::{KvWrite, Result, StoreError, Swap};

/// How often a key may change back between our write and our look.
const ROUNDS: u32 = 10;
/// Class of the advisory locks on keys.
const KEY_LOCK: i32 = 0x6879_6b76;

statements! {
    GET = "select value from hyrex_kv where key = $1";
    SET = "insert into hyrex_kv (key, value, created_at) values ($1, $2, coalesce($3::timestamptz, now()))
        on conflict (key) do update set value = excluded.value, created_at = excluded.created_at";
    DELETE = "delete from hyrex_kv where key = $1";
    ADD = "insert into hyrex_kv (key, value, created_at) values ($1, $2, coalesce($3::timestamptz, now()))
        on conflict do nothing";
    REPLACE = "update hyrex_kv set value = $2, created_at = coalesce($3::timestamptz, now())
        where key = $1 and value = $4";
    LOCK_KEY = "select pg_advisory_xact_lock($1, hashtext($2))::text";
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
        let deleted = call!(self.db.rest, link => async { link.run(query(DELETE.as_str()).bind(key)).await })?;
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

    /// An operator's write: like the others, and written down who did it.
    pub(super) async fn write_key(&self, write: &KvWrite) -> Result<Swap> {
        check(&write.key, write.value.as_deref())?;
        let swap = call!(self.db.rest, link => self.write_key_on(link, write))?;
        self.options.failpoints.answer("kv.answered")?;
        Ok(swap)
    }

    async fn write_key_on(&self, link: &mut Link<'_>, write: &KvWrite) -> Result<Swap> {
        link.begin().await?;
        let holds = match &write.expect {
            None => None,
            Some(expected) => {
                // Nobody else writes the key between our look and our write; an absent key has no row to lock.
                link.run(query(LOCK_KEY.as_str()).bind(KEY_LOCK).bind(write.key.as_str())).await?;
                let holds = read(link, &write.key).await?;
                (holds != *expected).then_some(holds)
            }
        };
        let swap = match holds {
            Some(holds) => Swap::Holds(holds),
            None => put(link, write).await?,
        };
        self.options.failpoints.pass("kv.written")?;
        let what = serde_json::json!({"key": write.key, "removed": write.value.is_none(), "done": swap == Swap::Done});
        events::write(link, "kv_write", &write.actor, what, write.now).await?;
        link.commit().await?;
        Ok(swap)
    }
}

async fn put(link: &mut Link<'_>, kv: &KvWrite) -> Result<Swap> {
    let done = match (&kv.expect, &kv.value) {
        (Some(old), new) if old.is_some() || new.is_some() => {
            write(link, &kv.key, old.as_deref(), new.as_deref(), kv.now).await?
        }
        (_, Some(value)) => {
            link.run(query(SET.as_str()).bind(kv.key.as_str()).bind(value.as_str()).bind(kv.now)).await?;
            true
        }
        (_, None) => {
            link.run(query(DELETE.as_str()).bind(kv.key.as_str())).await?;
            true
        }
    };
    if done { Ok(Swap::Done) } else { Ok(Swap::Holds(read(link, &kv.key).await?)) }
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
