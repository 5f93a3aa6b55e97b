//! What a task's function may return: a value, or a `Result` of one.

use super::super::codec;
use super::super::error::Error;
use super::super::handler::Returned;
use super::definition::Definition;
use serde::Serialize;
use std::marker::PhantomData;

/// What a task may give.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a task",
    label = "a result is stored as JSON: it needs `Serialize`, and `Deserialize` where it is read",
    note = "for a type of your own: `#[derive(Serialize, Deserialize)]`"
)]
pub trait TaskResult: Serialize + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> TaskResult for T {}

/// What a task may fail with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a task",
    label = "expected `hyrex::Error`, `anyhow::Error`, a `std::error::Error` that is `Send` and `Sync`, or a text"
)]
pub trait TaskFailure: 'static {
    /// The error, as it is kept.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static> TaskFailure for E {
    fn into_error(self) -> Error {
        Error::any(self)
    }
}

/// Finds what is inside a `Result`, whatever its alias.
pub trait IsResult {
    /// What it gives when all is well.
    type Ok;
}

impl<T, E> IsResult for Result<T, E> {
    type Ok = T;
}

/// Asks whether a type is a `Result`: [`Returns::IS_RESULT`] where it is, else [`IsNoResult::IS_RESULT`].
pub struct Returns<T>(PhantomData<T>);

impl<T, E> Returns<Result<T, E>> {
    /// It is.
    pub const IS_RESULT: bool = true;
}

/// For every type; what a type says of itself goes before it.
pub trait IsNoResult {
    /// It is none.
    const IS_RESULT: bool = false;
}

impl<T> IsNoResult for Returns<T> {}

/// What a function that returns a `Result` came to.
pub fn of_result<D: Definition, E: TaskFailure>(result: Result<D::Output, E>) -> Returned {
    // Not through `map_err`, which would be taken for the error's place.
    match result {
        Ok(value) => codec::encode_result(&value),
        Err(error) => Err(error.into_error().into_handler_error()),
    }
}

/// What a function that returns a value came to.
pub fn of_value<D: Definition>(value: D::Output) -> Returned {
    codec::encode_result(&value)
}
