//! Sending inside a transaction of the application's own.

use super::client_error::ClientError;
use crate::model::{Enqueued, NewRun, NewWorkflow, WorkflowSent};

/// A transaction (or connection) that runs of tasks and workflows can be sent in: of sqlx for PostgreSQL, of rusqlite for SQLite.
///
/// It must be one of the database that the workers use.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transaction that a task can be sent in",
    label = "expected `sqlx::Transaction<'_, sqlx::Postgres>`, `sqlx::PgConnection` or `rusqlite::Transaction<'_>`",
    note = "a pooled connection is dereferenced first: `&mut *connection`",
    note = "the features `postgres` and `sqlite` decide which of them are known"
)]
pub trait SendIn {
    /// What a send gives: a future of the result, or the result.
    type Sent<'t, T: 't>
    where
        Self: 't;

    /// Sends the runs, and makes of the answer what the caller asked for.
    #[doc(hidden)]
    fn enqueue_in<'t, T: 't>(
        &'t mut self,
        runs: Result<Vec<NewRun>, ClientError>,
        finish: impl FnOnce(Vec<Enqueued>) -> Result<T, ClientError> + Send + 't,
    ) -> Self::Sent<'t, T>;

    /// Sends a workflow's run, and makes of the answer what the caller asked for.
    #[doc(hidden)]
    fn workflow_in<'t, T: 't>(
        &'t mut self,
        run: Result<NewWorkflow, ClientError>,
        finish: impl FnOnce(WorkflowSent) -> T + Send + 't,
    ) -> Self::Sent<'t, T>;
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use crate::model::bounds::MAX_JSON;
    use crate::store::postgres::{enqueue_in, workflow_send_in};
    use sqlx::{PgConnection, Postgres, Transaction};
    use std::future::Future;
    use std::pin::Pin;

    impl SendIn for PgConnection {
        type Sent<'t, T: 't> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 't>>;

        fn enqueue_in<'t, T: 't>(
            &'t mut self,
            runs: Result<Vec<NewRun>, ClientError>,
            finish: impl FnOnce(Vec<Enqueued>) -> Result<T, ClientError> + Send + 't,
        ) -> Self::Sent<'t, T> {
            Box::pin(async move { finish(enqueue_in(self, &runs?, MAX_JSON).await?) })
        }

        fn workflow_in<'t, T: 't>(
            &'t mut self,
            run: Result<NewWorkflow, ClientError>,
            finish: impl FnOnce(WorkflowSent) -> T + Send + 't,
        ) -> Self::Sent<'t, T> {
            Box::pin(async move { Ok(finish(workflow_send_in(self, &run?, MAX_JSON).await?)) })
        }
    }

    impl SendIn for Transaction<'_, Postgres> {
        type Sent<'t, T: 't>
            = <PgConnection as SendIn>::Sent<'t, T>
        where
            Self: 't;

        fn enqueue_in<'t, T: 't>(
            &'t mut self,
            runs: Result<Vec<NewRun>, ClientError>,
            finish: impl FnOnce(Vec<Enqueued>) -> Result<T, ClientError> + Send + 't,
        ) -> Self::Sent<'t, T> {
            SendIn::enqueue_in(&mut **self, runs, finish)
        }

        fn workflow_in<'t, T: 't>(
            &'t mut self,
            run: Result<NewWorkflow, ClientError>,
            finish: impl FnOnce(WorkflowSent) -> T + Send + 't,
        ) -> Self::Sent<'t, T> {
            SendIn::workflow_in(&mut **self, run, finish)
        }
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use crate::model::bounds::MAX_JSON;
    use crate::store::sqlite::{enqueue_in, workflow_send_in};
    use rusqlite::Transaction;

    impl SendIn for Transaction<'_> {
        type Sent<'t, T: 't>
            = Result<T, ClientError>
        where
            Self: 't;

        fn enqueue_in<'t, T: 't>(
            &'t mut self,
            runs: Result<Vec<NewRun>, ClientError>,
            finish: impl FnOnce(Vec<Enqueued>) -> Result<T, ClientError> + Send + 't,
        ) -> Self::Sent<'t, T> {
            finish(enqueue_in(self, &runs?, MAX_JSON)?)
        }

        fn workflow_in<'t, T: 't>(
            &'t mut self,
            run: Result<NewWorkflow, ClientError>,
            finish: impl FnOnce(WorkflowSent) -> T + Send + 't,
        ) -> Self::Sent<'t, T> {
            Ok(finish(workflow_send_in(self, &run?, MAX_JSON)?))
        }
    }
}
