//! The error of a task's body.

use super::handler::HandlerError;
use crate::model::TaskError;
use std::any::{Any, TypeId, type_name};
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

/// A result whose error is [`hyrex::Error`](Error) where nothing else is said.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// Why a task's body failed. `?` makes one of every ordinary error, and notes its type and its place.
///
/// It is no [`std::error::Error`] itself, since it takes them all in; [`Error::any`] takes in what is none either
/// (`anyhow::Error`, a text, a box).
///
/// ```
/// fn body(text: &str) -> hyrex::Result<u32> {
///     let number: u32 = text.parse()?;
///     if number == 0 {
///         return Err(hyrex::Error::fatal("zero is of no use, however often it is tried"));
///     }
///     Ok(number)
/// }
/// let error = body("many").unwrap_err();
/// assert_eq!(error.kind(), "core::num::error::ParseIntError");
/// assert_eq!(error.message(), "invalid digit found in string");
/// assert!(!error.is_fatal() && body("0").unwrap_err().is_fatal());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: String,
    source: Source,
    place: Option<&'static Location<'static>>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Retry,
    GiveUp,
    Canceled,
}

impl Error {
    /// An error that is only a text.
    #[track_caller]
    pub fn new(message: impl fmt::Display) -> Self {
        Self::from_source("error".into(), message.to_string().into(), Location::caller(), Then::Retry)
    }

    /// Any error, also one that is no [`std::error::Error`]: `.map_err(hyrex::Error::any)?`.
    #[track_caller]
    pub fn any<E: Into<Source> + 'static>(error: E) -> Self {
        let mut error = Some(error);
        if let Some(own) = (&mut error as &mut dyn Any).downcast_mut::<Option<Error>>().and_then(Option::take) {
            return own;
        }
        match error {
            Some(error) => Self::from_source(kind::<E>(), error.into(), Location::caller(), Then::Retry),
            // Only an error of our own type is taken out above.
            None => Self::new("error"),
        }
    }

    /// As [`Error::any`], and not to be retried, whatever retries are left.
    #[track_caller]
    pub fn fatal<E: Into<Source> + 'static>(error: E) -> Self {
        Self::any(error).no_retry()
    }

    /// The body saw that it is to be cancelled, and ended. Of a run that nobody asked to cancel it is a failure.
    #[track_caller]
    pub fn canceled() -> Self {
        let mut error = Self::new("the task was asked to end, and did");
        error.0.then = Then::Canceled;
        error
    }

    /// The same error, not to be retried.
    pub fn no_retry(mut self) -> Self {
        self.0.then = Then::GiveUp;
        self
    }

    /// Whether no retry is to follow, whatever retries are left.
    pub fn is_fatal(&self) -> bool {
        self.0.then == Then::GiveUp
    }

    /// What kind: the type's name, or `error` for a text.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What it says, without its causes.
    pub fn message(&self) -> String {
        self.0.source.to_string()
    }

    /// The messages of its causes, the outermost first.
    pub fn chain(&self) -> Vec<String> {
        std::iter::successors(self.0.source.source(), |cause| (*cause).source()).map(ToString::to_string).collect()
    }

    /// Where it arose, as `file:line:column`, where that is known.
    pub fn place(&self) -> Option<String> {
        self.0.place.map(ToString::to_string)
    }

    /// The error inside, when it is of this type.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.downcast_ref()
    }

    /// What is stored of it.
    pub fn to_task_error(&self) -> TaskError {
        let (kind, message) = (self.0.kind.clone(), self.message());
        TaskError { kind, message, chain: self.chain(), place: self.place() }
    }

    pub(crate) fn into_handler_error(self) -> HandlerError {
        match self.0.then {
            Then::Retry => HandlerError::Failed(self.to_task_error()),
            Then::GiveUp => HandlerError::FailedForGood(self.to_task_error()),
            Then::Canceled if is_canceled() => HandlerError::Canceled,
            Then::Canceled => HandlerError::Failed(self.to_task_error()),
        }
    }

    fn from_source(kind: String, source: Source, at: &'static Location<'static>, then: Then) -> Self {
        // Through `map_err` the caller is the standard library: no place rather than that one.
        let place = Some(at).filter(|at| !at.file().starts_with("/rustc/"));
        Self(Box::new(Inner { kind, source, place, then }))
    }
}

fn is_canceled() -> bool {
    super::context::get_hyrex_context().is_some_and(|context| context.is_canceled())
}

/// A type's name; `error` for those that only carry a text or hide what they hold.
fn kind<E: 'static>() -> String {
    let hidden = [TypeId::of::<String>(), TypeId::of::<&'static str>(), TypeId::of::<Source>()];
    if hidden.contains(&TypeId::of::<E>()) { "error".into() } else { type_name::<E>().into() }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::from_source(kind::<E>(), Box::new(error), Location::caller(), Then::Retry)
    }
}

impl From<Error> for Source {
    fn from(error: Error) -> Self {
        error.0.source
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.source)?;
        for cause in self.chain() {
            write!(f, ": {cause}")?;
        }
        self.0.place.map_or(Ok(()), |place| write!(f, " (at {place})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the order cannot be shipped")]
    struct Outer(#[source] std::num::ParseIntError);

    fn parse() -> Result<u32> {
        Ok("x".parse::<u32>()?)
    }

    #[test]
    fn the_question_mark_notes_type_and_place() {
        let error = parse().unwrap_err();
        assert_eq!(error.kind(), "core::num::error::ParseIntError");
        assert!(error.place().is_some_and(|place| place.contains("src/sdk/error.rs:")), "{error:?}");
    }

    #[test]
    fn causes_are_kept_in_order() {
        let outer = Outer("x".parse::<u32>().unwrap_err());
        let stored = Error::from(outer).to_task_error();
        assert_eq!(stored.message, "the order cannot be shipped");
        assert_eq!(stored.chain, ["invalid digit found in string"]);
        assert!(stored.kind.ends_with("Outer"), "{}", stored.kind);
    }

    #[test]
    fn errors_that_are_no_std_errors_are_taken_in() {
        let inner = anyhow::anyhow!("disk").context("upload");
        let error = Error::any(inner);
        assert_eq!(
            (error.kind(), error.message().as_str(), error.chain()),
            ("anyhow::Error", "upload", vec!["disk".into()])
        );
        assert_eq!(Error::any("plain").kind(), "error");
        assert_eq!(Error::any(String::from("plain")).message(), "plain");
    }

    #[test]
    fn an_error_of_ours_passes_through_any_unchanged() {
        let again = Error::any(Error::fatal("never again"));
        assert!(again.is_fatal());
        assert_eq!(again.message(), "never again");
    }

    #[test]
    fn map_err_gives_no_place_inside_the_standard_library() {
        let failed: std::result::Result<(), &'static str> = Err("no");
        let error = failed.map_err(Error::any).unwrap_err();
        assert_eq!(error.place(), None);
        assert!(Error::any("no").place().is_some());
    }

    #[test]
    fn a_body_that_ends_as_canceled_without_being_asked_has_failed() {
        assert!(matches!(Error::canceled().into_handler_error(), HandlerError::Failed(_)));
        assert!(matches!(Error::fatal("x").into_handler_error(), HandlerError::FailedForGood(_)));
    }
}
