//! Ending an attempt inside a transaction of the application's own: its effects and its success, exactly once.

use super::client_error::{ClientError, ClientErrorKind};
use super::codec;
use super::context::TaskContext;
use super::handler::HandlerError;
use crate::model::{Completed, Fence, LogLine, RunId, bounds};
use serde::Serialize;

/// A transaction (or connection) that an attempt can be ended in: of sqlx for PostgreSQL, of rusqlite for SQLite.
///
/// It must be one of the database that the attempt was claimed from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transaction that a task can be completed in",
    label = "expected `sqlx::Transaction<'_, sqlx::Postgres>`, `sqlx::PgConnection` or `rusqlite::Transaction<'_>`",
    note = "a pooled connection is dereferenced first: `&mut *connection`",
    note = "the features `postgres` and `sqlite` decide which of them are known"
)]
pub trait CompleteIn {
    /// What completing gives: a future of the answer, or the answer.
    type Done<'t>
    where
        Self: 't;

    /// Settles the attempt.
    #[doc(hidden)]
    fn settle_in(&mut self, success: Result<Success, ClientError>) -> Self::Done<'_>;
}

/// A success about to be written.
#[doc(hidden)]
pub struct Success {
    run: RunId,
    fence: Fence,
    result: Option<String>,
    lines: Vec<LogLine>,
}

impl TaskContext {
    /// Ends this attempt as a success with `result`, inside a transaction of your own: what the task did to the database
    /// and that it succeeded are committed together, or not at all. So its effects happen exactly once, also where the
    /// worker dies a moment later.
    ///
    /// Commit, and return from the function; what it returns then is not kept, and neither is what it logs after this
    /// call. Where you roll back, return an error: the attempt fails as any other. Until the commit the attempt's row is
    /// locked (in SQLite: the whole file), so let it follow soon, and send with
    /// [`send_in`](super::SendIn) in between.
    ///
    /// ```no_run
    /// # #[cfg(feature = "postgres")]
    /// # async fn example(pool: sqlx::PgPool) -> hyrex::Result<()> {
    /// use hyrex::prelude::*;
    ///
    /// let context = get_hyrex_context().ok_or_else(|| Error::new("outside a task"))?;
    /// let mut transaction = pool.begin().await?;
    /// sqlx::query("update account set balance = balance - 10 where id = 7").execute(&mut *transaction).await?;
    /// context.complete_in(&mut transaction, &"paid").await?;
    /// transaction.commit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ClientErrorKind::NotHeld`] when the attempt is no longer this worker's, a result that breaks its bounds, or what
    /// the database says. After each of them roll back, and return it.
    pub fn complete_in<'t, X: CompleteIn, R: Serialize>(&self, transaction: &'t mut X, result: &R) -> X::Done<'t> {
        transaction.settle_in(self.success(result))
    }

    fn success<R: Serialize>(&self, result: &R) -> Result<Success, ClientError> {
        let claimed = self.claimed();
        let result = codec::encode_result(result).map_err(|error| unencoded(claimed.run, error))?;
        if let Some(text) = &result {
            bounds::json("result", text, bounds::MAX_JSON)?;
        }
        Ok(Success { run: claimed.run, fence: claimed.fence, result, lines: self.log_so_far() })
    }
}

fn unencoded(run: RunId, error: HandlerError) -> ClientError {
    let why = match error {
        HandlerError::Failed(error) | HandlerError::FailedForGood(error) => error.message,
        HandlerError::Canceled => "the task was asked to end".into(),
    };
    ClientErrorKind::Result { run, why }.into()
}

impl Success {
    #[allow(dead_code)] // Without a backend nobody asks.
    fn answered(&self, completed: Completed) -> Result<(), ClientError> {
        let run = self.run;
        match completed {
            Completed::Applied { .. } | Completed::AlreadyApplied => Ok(()),
            Completed::Refused { stands } => Err(ClientErrorKind::NotHeld { run, stands: Some(stands) }.into()),
            Completed::Gone => Err(ClientErrorKind::NotHeld { run, stands: None }.into()),
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use crate::store::postgres::complete_in;
    use sqlx::{PgConnection, Postgres, Transaction};
    use std::future::Future;
    use std::pin::Pin;

    impl CompleteIn for PgConnection {
        type Done<'t> = Pin<Box<dyn Future<Output = Result<(), ClientError>> + Send + 't>>;

        fn settle_in(&mut self, success: Result<Success, ClientError>) -> Self::Done<'_> {
            Box::pin(async move {
                let success = success?;
                let completed = complete_in(self, success.fence, success.result.as_deref(), &success.lines).await?;
                success.answered(completed)
            })
        }
    }

    impl CompleteIn for Transaction<'_, Postgres> {
        type Done<'t>
            = <PgConnection as CompleteIn>::Done<'t>
        where
            Self: 't;

        fn settle_in(&mut self, success: Result<Success, ClientError>) -> Self::Done<'_> {
            CompleteIn::settle_in(&mut **self, success)
        }
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use crate::store::sqlite::complete_in;
    use rusqlite::Transaction;

    impl CompleteIn for Transaction<'_> {
        type Done<'t>
            = Result<(), ClientError>
        where
            Self: 't;

        fn settle_in(&mut self, success: Result<Success, ClientError>) -> Self::Done<'_> {
            let success = success?;
            let completed = complete_in(self, success.fence, success.result.as_deref(), &success.lines)?;
            success.answered(completed)
        }
    }
}
