//! The sends of an attempt that have begun and are not answered yet.
//!
//! An attempt may end at any await, also at that of a send, which the database may apply all the same. So a send whose
//! caller is dropped goes on by itself, and whoever settles the attempt waits for it: then everything that the attempt
//! sent stands before its end does, and a cancel of its subtree finds it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

/// Counts the sends of one attempt.
pub(super) struct Sends {
    /// Where a send goes on whose caller is gone.
    runtime: Option<Handle>,
    count: AtomicUsize,
    none_left: Notify,
}

/// Comes when nobody waits for a send any more.
pub(super) type Abandoned = oneshot::Receiver<()>;

impl Sends {
    pub(super) fn new(runtime: Option<Handle>) -> Arc<Self> {
        Arc::new(Self { runtime, count: AtomicUsize::new(0), none_left: Notify::new() })
    }

    /// A send that, once it has begun, goes on to its answer, whether its caller waits for it or not.
    pub(super) fn send<T, F>(self: &Arc<Self>, work: impl FnOnce(Abandoned) -> F) -> UnderWay<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (caller, abandoned) = oneshot::channel();
        UnderWay { sends: self.clone(), work: Some(Box::pin(work(abandoned))), counted: None, _caller: caller }
    }

    /// Whether a send is under way.
    pub(super) fn any(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// Waits until all that are under way are answered.
    pub(super) async fn answered(&self) {
        let none_left = self.none_left.notified();
        if self.any() {
            none_left.await;
        }
    }

    fn count(self: &Arc<Self>) -> Counted {
        self.count.fetch_add(1, Ordering::SeqCst);
        Counted(self.clone())
    }
}

/// A send that is counted.
struct Counted(Arc<Sends>);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none_left.notify_waiters();
        }
    }
}

/// One send of an attempt.
pub(super) struct UnderWay<T: Send + 'static> {
    sends: Arc<Sends>,
    /// Absent once it is answered.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    /// Present once it has begun.
    counted: Option<Counted>,
    /// Dropped with the caller.
    _caller: oneshot::Sender<()>,
}

impl<T: Send + 'static> Future for UnderWay<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        if self.counted.is_none() {
            self.counted = Some(self.sends.count());
        }
        let answer = work.as_mut().poll(context);
        match answer.is_ready() {
            true => self.counted = None,
            false => self.work = Some(work),
        }
        answer
    }
}

impl<T: Send + 'static> Drop for UnderWay<T> {
    fn drop(&mut self) {
        if let (Some(work), Some(counted), Some(runtime)) = (self.work.take(), self.counted.take(), &self.sends.runtime)
        {
            runtime.spawn(async move {
                let _nobody_waits = work.await;
                drop(counted);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_send_goes_on_without_its_caller_and_is_waited_for() {
        let sends = Sends::new(Handle::try_current().ok());
        let (answer, answered) = oneshot::channel::<()>();
        let mut send = sends.send(|_| answered);
        assert!(!sends.any(), "it has not begun");
        assert!((&mut send).now_or_never().is_none());
        drop(send);
        let mut all = Box::pin(sends.answered());
        assert!(sends.any() && all.as_mut().now_or_never().is_none());
        answer.send(()).expect("the send goes on");
        all.await;
        assert!(!sends.any());
    }

    #[tokio::test]
    async fn a_send_learns_that_nobody_waits_for_it() {
        let sends = Sends::new(Handle::try_current().ok());
        let mut send = sends.send(|abandoned| abandoned);
        assert!((&mut send).now_or_never().is_none());
        drop(send);
        sends.answered().await;
    }

    #[tokio::test]
    async fn a_send_that_is_answered_or_never_began_is_not_counted() {
        let sends = Sends::new(Handle::try_current().ok());
        drop(sends.send(|_| std::future::pending::<()>()));
        assert_eq!(sends.send(|_| async { 7 }).await, 7);
        sends.answered().await;
        assert!(!sends.any());
    }
}
