//! The handle on a run that was sent.

use super::ambient;
use super::client::Client;
use super::client_error::{ClientError, ClientErrorKind};
use super::codec;
use super::patience::patiently;
use crate::model::{Enqueued, RunId, TaskStatus};
use crate::store::{AttemptRow, CancelAnswer, RetryOutcome, RunState};
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A run that was sent, with a result of type `T`. Cheap to clone; the id alone is enough to have it again
/// ([`Client::run`]).
///
/// ```no_run
/// # use hyrex::prelude::*;
/// # use std::time::Duration;
/// # async fn example(greet: Task<hyrex::Plain<(), String>>) -> Result<(), ClientError> {
/// let run = greet.send(()).await?;
/// let hello: String = run.wait(Duration::from_secs(60)).await?;
/// # let _ = hello; Ok(()) }
/// ```
pub struct DurableTaskRun<T> {
    id: RunId,
    duplicate: bool,
    client: Option<Client>,
    result: PhantomData<fn() -> T>,
}

impl<T> DurableTaskRun<T> {
    pub(super) fn sent(sent: Enqueued, client: Option<Client>) -> Self {
        let duplicate = matches!(sent, Enqueued::Duplicate(_));
        Self { id: sent.run(), duplicate, client, result: PhantomData }
    }

    pub(super) fn known(id: RunId, client: Client) -> Self {
        Self { id, duplicate: false, client: Some(client), result: PhantomData }
    }

    /// The run's id (`durable_id`).
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Whether the send met a run with the same idempotency key: then this is that run.
    pub fn is_duplicate(&self) -> bool {
        self.duplicate
    }

    /// Where the run stands, by its latest attempt.
    ///
    /// # Errors
    /// [`ClientErrorKind::NotFound`] where it is not there (any more); a database that is away.
    pub async fn state(&self) -> Result<RunState, ClientError> {
        self.client().await?.state(self.id).await
    }

    /// The status of its latest attempt.
    ///
    /// # Errors
    /// As [`DurableTaskRun::state`].
    pub async fn status(&self) -> Result<TaskStatus, ClientError> {
        Ok(self.state().await?.status)
    }

    /// Its attempts, the first one first; the newest 1,001 at most.
    ///
    /// # Errors
    /// As [`DurableTaskRun::state`].
    pub async fn attempts(&self) -> Result<Vec<AttemptRow>, ClientError> {
        let client = self.client().await?;
        let detail = patiently(|| client.store().run(self.id)).await?;
        Ok(detail.ok_or(ClientErrorKind::NotFound { run: self.id })?.attempts)
    }

    /// Cancels it: at once while it waits, else its worker is asked. What it sent goes on.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel(&self) -> Result<CancelAnswer, ClientError> {
        self.client().await?.cancel(self.id).await
    }

    /// Cancels it and everything that it sent, or still sends.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel_tree(&self) -> Result<CancelAnswer, ClientError> {
        self.client().await?.cancel_tree(self.id).await
    }

    /// Gives it one more attempt, if it ended; sends it again, as a run of its own, if it succeeded.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn retry(&self) -> Result<RetryOutcome, ClientError> {
        self.client().await?.retry(self.id).await
    }

    async fn client(&self) -> Result<Client, ClientError> {
        match &self.client {
            Some(client) => Ok(client.clone()),
            None => ambient::resolve().await,
        }
    }
}

impl<T: DeserializeOwned> DurableTaskRun<T> {
    /// Its result; `None` as long as it has not succeeded.
    ///
    /// # Errors
    /// As [`DurableTaskRun::state`]; [`ClientErrorKind::Result`] when it is not of type `T`.
    pub async fn result(&self) -> Result<Option<T>, ClientError> {
        let state = self.state().await?;
        match state.status {
            TaskStatus::Success => codec::decode_result(self.id, state.result.as_deref()).map(Some),
            _ => Ok(None),
        }
    }

    /// Its result, once it has ended; retries are waited for. Many may wait at once: they share one look at the
    /// database.
    ///
    /// # Errors
    /// [`ClientErrorKind::Failed`] and [`ClientErrorKind::Ended`] when it ended otherwise;
    /// [`ClientErrorKind::TimedOut`] when it has not ended within `timeout`; it goes on. As
    /// [`DurableTaskRun::result`] for the rest.
    pub async fn wait(&self, timeout: Duration) -> Result<T, ClientError> {
        let state = self.client().await?.wait_over(self.id, timeout).await?;
        match state.status {
            TaskStatus::Success => codec::decode_result(self.id, state.result.as_deref()),
            TaskStatus::Failed => Err(ClientErrorKind::Failed { run: self.id, error: state.error }.into()),
            status => Err(ClientErrorKind::Ended { run: self.id, status }.into()),
        }
    }
}

impl<T> Clone for DurableTaskRun<T> {
    fn clone(&self) -> Self {
        Self { id: self.id, duplicate: self.duplicate, client: self.client.clone(), result: PhantomData }
    }
}

impl<T> fmt::Debug for DurableTaskRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableTaskRun").field("id", &self.id).field("duplicate", &self.duplicate).finish()
    }
}
