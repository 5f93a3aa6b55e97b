//! Panics of tasks become errors with message and place.
//!
//! A hook that goes before the application's own remembers where the last panic of each thread arose; the
//! application's own hook is called after it, as ever.

use crate::model::TaskError;
use crate::store::StoreError;
use futures_util::FutureExt;
use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Once;

thread_local! {
    /// Message and place of the thread's last panic.
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Puts the hook in place, once a process.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let last = Some((message(info.payload()), place));
            // The thread may be on its way out: then nobody asks either.
            let _ = LAST.try_with(|cell| cell.try_borrow_mut().map(|mut cell| *cell = last));
            before(info);
        }));
    });
}

/// The answer of a call to the store, also where it panics: whoever asked must hear of it, or waits for ever.
pub(super) async fn answer<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|payload| {
        let error = error(payload.as_ref());
        let place = error.place.unwrap_or_default();
        Err(StoreError::Database(format!(
            "the call panicked ({}) at {place}: this is a defect of Hyrex",
            error.message
        )))
    })
}

/// The error of a panic that was caught on this thread.
pub(crate) fn error(payload: &(dyn Any + Send)) -> TaskError {
    let message = message(payload);
    let last = LAST.with(|cell| cell.borrow_mut().take());
    let place = last.filter(|(said, place)| *said == message && !place.is_empty()).map(|(_, place)| place);
    TaskError { kind: "panic".into(), message, chain: Vec::new(), place }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_message_and_place() {
        install();
        let payload = std::panic::catch_unwind(|| panic!("no {}", "good")).expect_err("it panics");
        let error = error(payload.as_ref());
        assert_eq!((error.kind.as_str(), error.message.as_str()), ("panic", "no good"));
        let place = error.place.expect("a place");
        assert!(place.contains("panics.rs:"), "{place}");
    }

    #[test]
    fn the_place_of_another_panic_is_not_taken() {
        install();
        let _ = std::panic::catch_unwind(|| panic!("caught by the task itself"));
        let payload =
            std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new("passed on"))).expect_err("it unwinds");
        assert_eq!(error(payload.as_ref()).place, None);
    }
}
