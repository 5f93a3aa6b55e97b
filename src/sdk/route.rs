//! Where a send goes to, and whose child it is: decided where it is called, and not at its await.

use super::ambient;
use super::client::Client;
use super::client_error::ClientError;
use super::context::{TaskContext, get_hyrex_context};
use super::patience::{patiently, patiently_until};
use crate::model::{AttemptId, RunId};
use crate::store::{Result, SharedStore};
use std::future::Future;

/// `client`: where to, unless the environment is still to be asked; `sender`: the attempt whose child it becomes.
pub(super) struct Route {
    pub client: Option<Client>,
    sender: Option<TaskContext>,
}

impl Route {
    /// From here, to the client that was chosen or the one that is meant here.
    ///
    /// # Errors
    /// [`ClientErrorKind::SeveralStores`](super::ClientErrorKind::SeveralStores) where several could be meant.
    pub fn from_here(chosen: Option<&Client>) -> std::result::Result<Self, ClientError> {
        let client = chosen.map_or_else(ambient::current, |client| Ok(Some(client.clone())))?;
        let sender = get_hyrex_context().filter(|context| is_at_home(context, client.as_ref()));
        Ok(Self { client, sender })
    }

    /// The attempt that sends.
    pub fn parent(&self) -> Option<AttemptId> {
        self.sender.as_ref().map(TaskContext::task_id)
    }

    /// Its root.
    pub fn root(&self) -> Option<RunId> {
        self.sender.as_ref().map(TaskContext::root_id)
    }

    /// Opens the way, where it is still to be asked for.
    ///
    /// # Errors
    /// No database is named, or it cannot be opened.
    pub async fn open(&mut self) -> std::result::Result<Client, ClientError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => ambient::from_environment().await?,
        };
        self.client = Some(client.clone());
        Ok(client)
    }

    /// Sends; repeats while the database is away, which is safe because what is sent brings its ids. What an attempt
    /// has begun to send is answered before the attempt ends.
    ///
    /// # Errors
    /// As [`Route::open`], and what the store says.
    pub async fn send<T, F>(
        mut self,
        mut verb: impl FnMut(SharedStore) -> F + Send + 'static,
    ) -> std::result::Result<(Client, T), ClientError>
    where
        F: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let client = self.open().await?;
        let store = client.store().clone();
        let mut again = move || verb(store.clone());
        let answer = match &self.sender {
            None => patiently(again).await?,
            Some(sender) => {
                let send = sender.sends().send(|abandoned| async move {
                    let abandoned = async { abandoned.await.unwrap_or_default() };
                    patiently_until(abandoned, &mut again).await
                });
                send.await?
            }
        };
        Ok((client, answer))
    }
}

/// Whether a run goes to the database that the sending attempt stands in: only there can it be its child.
fn is_at_home(context: &TaskContext, client: Option<&Client>) -> bool {
    let Some(client) = client else { return true };
    ambient::is_same(client.store(), context.client().store())
}
