//! Signs for whoever sleeps: one listening connection a store, however many listen to it, and what this process
//! does itself without a detour over the database.

use super::connect::Connector;
use super::signals::Signs;
use crate::store::{Wakeup, Wakeups};
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, broadcast};
use tokio_util::sync::CancellationToken;

/// Signs that a slow subscriber may lag behind; beyond, it is told that something happened.
const BUFFER: usize = 1024;
/// A connection on which nothing came for so long is asked whether it lives.
const SILENCE: Duration = Duration::from_secs(30);
/// How soon a broken connection is made anew, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// Where signs come in and go out to subscribers.
pub(super) struct Hub {
    sender: broadcast::Sender<Wakeup>,
    /// Which signs are ours: those are told at once, and not again when they come back.
    pub(super) tag: String,
    connector: Connector,
    listening: OnceCell<()>,
    stop: CancellationToken,
}

impl Hub {
    pub(super) fn new(connector: Connector) -> Arc<Self> {
        let (sender, _) = broadcast::channel(BUFFER);
        let tag = format!("{:016x}", fastrand::u64(..));
        Arc::new(Self { sender, tag, connector, listening: OnceCell::new(), stop: CancellationToken::new() })
    }

    /// A new subscriber. The first one starts to listen; behind PgBouncer nobody does, since nothing would come.
    pub(super) async fn subscribe(self: &Arc<Self>) -> Box<dyn Wakeups> {
        let receiver = self.sender.subscribe();
        if !self.connector.pgbouncer {
            self.listening.get_or_init(|| self.start()).await;
        }
        Box::new(Subscriber { receiver, _hub: self.clone() })
    }

    /// Tries to listen before it answers, so that nothing is missed from then on; goes on trying where that fails.
    async fn start(self: &Arc<Self>) {
        let first = tokio::time::timeout(self.connector.timeout, self.connect()).await.ok().and_then(Result::ok);
        tokio::spawn(self.clone().listen(first));
    }

    /// Tells this process's own subscribers.
    pub(super) fn tell(&self, wakeup: Wakeup) {
        // Fails when nobody subscribes.
        let _ = self.sender.send(wakeup);
    }

    /// Tells them what a transaction that has committed did.
    pub(super) fn tell_signs(&self, signs: Signs) {
        if self.has_subscribers() {
            signs.wakeups().into_iter().for_each(|wakeup| self.tell(wakeup));
        }
    }

    /// Whether anyone in this process would hear.
    pub(super) fn has_subscribers(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    pub(super) fn close(&self) {
        self.stop.cancel();
    }

    async fn listen(self: Arc<Self>, first: Option<PgListener>) {
        let stop = self.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.listen_for_ever(first) => {}
        }
    }

    async fn listen_for_ever(&self, first: Option<PgListener>) {
        let mut backoff = BACKOFF.0;
        if let Some(listener) = first {
            self.relay(listener).await;
        }
        loop {
            if let Ok(listener) = self.connect().await {
                backoff = BACKOFF.0;
                // Whatever was told before now was not heard.
                self.tell(Wakeup::Something);
                self.relay(listener).await;
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    async fn connect(&self) -> Result<PgListener, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.connector.timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.connector.options());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(self.connector.channel()).await?;
        Ok(listener)
    }

    /// Until the connection breaks.
    async fn relay(&self, mut listener: PgListener) {
        loop {
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    Signs::read(notification.payload(), &self.tag).into_iter().for_each(|wakeup| self.tell(wakeup));
                }
                Ok(_) => return,
                Err(_) => {
                    let alive = tokio::time::timeout(self.connector.timeout, listener.execute("select 1")).await;
                    if !matches!(alive, Ok(Ok(_))) {
                        return;
                    }
                }
            }
        }
    }
}

struct Subscriber {
    receiver: broadcast::Receiver<Wakeup>,
    /// Keeps the sender, so that the stream never ends.
    _hub: Arc<Hub>,
}

#[async_trait::async_trait]
impl Wakeups for Subscriber {
    async fn next(&mut self) -> Wakeup {
        match self.receiver.recv().await {
            Ok(wakeup) => wakeup,
            Err(broadcast::error::RecvError::Lagged(_)) => Wakeup::Something,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
