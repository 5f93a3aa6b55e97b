//! The key-value store: strings, shared by everyone who uses the database.

use super::ambient;
use super::client::Client;
use super::client_error::ClientError;
use super::patience::patiently;
use crate::model::bounds;
use crate::store::{KvQuery, Swap};

/// The key-value store of the database that is meant where nothing is said (the running task's, else that of
/// [`init`](crate::init), else `HYREX_DATABASE_URL`'s): strings of at most 1 MiB under keys of 1 to 1,024 bytes.
/// [`Client::kv`] is that of a certain database.
///
/// ```no_run
/// # use hyrex::HyrexKV;
/// # async fn example() -> Result<(), hyrex::ClientError> {
/// HyrexKV::set("user:7:status", "processing").await?;
/// assert_eq!(HyrexKV::get("user:7:status").await?.as_deref(), Some("processing"));
/// assert!(HyrexKV::compare_and_set("user:7:status", Some("processing"), Some("done")).await?);
/// assert!(HyrexKV::delete("user:7:status").await?);
/// # Ok(()) }
/// ```
///
/// A blocking function calls it through [`block_on`](crate::block_on).
pub struct HyrexKV;

impl HyrexKV {
    /// Writes a key.
    ///
    /// # Errors
    /// A key or value out of bounds, with its size; a database that is away.
    pub async fn set(key: &str, value: &str) -> Result<(), ClientError> {
        Kv::ambient().await?.set(key, value).await
    }

    /// Reads a key; `None`: it is not there.
    ///
    /// # Errors
    /// A key out of bounds; a database that is away.
    pub async fn get(key: &str) -> Result<Option<String>, ClientError> {
        Kv::ambient().await?.get(key).await
    }

    /// Removes a key; whether it was there.
    ///
    /// # Errors
    /// As [`HyrexKV::get`].
    pub async fn delete(key: &str) -> Result<bool, ClientError> {
        Kv::ambient().await?.delete(key).await
    }

    /// The keys that start with `prefix`, in the order of their bytes.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn list(prefix: &str) -> Result<Vec<String>, ClientError> {
        Kv::ambient().await?.list(prefix).await
    }

    /// Writes `new` (`None`: removes the key) if the key holds `old` (`None`: is not there); whether it did.
    ///
    /// # Errors
    /// As [`HyrexKV::set`].
    pub async fn compare_and_set(key: &str, old: Option<&str>, new: Option<&str>) -> Result<bool, ClientError> {
        Kv::ambient().await?.compare_and_set(key, old, new).await
    }
}

/// The key-value store of one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Kv(Client);

/// Keys that one look at the database brings.
const PAGE: u32 = 1000;

impl Kv {
    pub(super) fn of(client: Client) -> Self {
        Self(client)
    }

    async fn ambient() -> Result<Self, ClientError> {
        ambient::resolve().await.map(Self)
    }

    /// As [`HyrexKV::set`].
    ///
    /// # Errors
    /// As [`HyrexKV::set`].
    pub async fn set(&self, key: &str, value: &str) -> Result<(), ClientError> {
        Ok(patiently(|| self.0.store().kv_set(key, value, None)).await?)
    }

    /// As [`HyrexKV::get`].
    ///
    /// # Errors
    /// As [`HyrexKV::get`].
    pub async fn get(&self, key: &str) -> Result<Option<String>, ClientError> {
        bounds::key("key", key)?;
        Ok(patiently(|| self.0.store().kv_get(key)).await?)
    }

    /// As [`HyrexKV::delete`].
    ///
    /// # Errors
    /// As [`HyrexKV::get`].
    pub async fn delete(&self, key: &str) -> Result<bool, ClientError> {
        bounds::key("key", key)?;
        Ok(self.0.store().kv_delete(key).await?)
    }

    /// As [`HyrexKV::list`].
    ///
    /// # Errors
    /// As [`HyrexKV::list`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, ClientError> {
        bounds::text_within("prefix", prefix, bounds::MAX_KEY)?;
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let query = KvQuery { prefix: prefix.to_owned(), after, limit: PAGE, preview: 0 };
            let page = patiently(|| self.0.store().kv_list(query.clone())).await?;
            keys.extend(page.items.into_iter().map(|row| row.key));
            if page.next.is_none() {
                return Ok(keys);
            }
            after = page.next;
        }
    }

    /// As [`HyrexKV::compare_and_set`].
    ///
    /// # Errors
    /// As [`HyrexKV::set`].
    pub async fn compare_and_set(&self, key: &str, old: Option<&str>, new: Option<&str>) -> Result<bool, ClientError> {
        Ok(self.0.store().kv_compare_and_set(key, old, new, None).await? == Swap::Done)
    }
}
