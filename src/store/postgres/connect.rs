//! Connections: how they are made, lent, timed and given up.
//!
//! A [`Pool`] of ours and not sqlx's: that one asks the server whether a connection lives each time that it is given
//! back, which costs a round trip where a turn has one in all.
//!
//! Invariant: a connection goes back to its pool only when nothing is under way on it. Whatever is dropped in the
//! middle (a timeout, a caller that went away) is closed, and the server rolls back.

use super::errors;
use super::link::Link;
use super::signals::{CHANNEL, CHANNEL_SETTING};
use crate::store::{Options, Result, StoreError};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How connections of this store are made.
#[derive(Clone)]
pub(super) struct Connector {
    options: PgConnectOptions,
    /// Behind a transaction-mode PgBouncer: nothing may outlive a transaction.
    pub(super) pgbouncer: bool,
    pub(super) timeout: Duration,
    read_only: bool,
    channel: Option<String>,
}

impl Connector {
    /// Reads the URL (without `pgbouncer`, which is ours).
    ///
    /// # Errors
    /// [`StoreError::Url`], without the password.
    pub(super) fn new(url: &str, pgbouncer: bool, options: &Options) -> Result<Self> {
        let url: PgConnectOptions = url.parse().map_err(|e| errors::from_sqlx(e, options.call_timeout))?;
        // sqlx writes statements, with their parameters, to the log unless it is told not to.
        let url = url.disable_statement_logging();
        let options_of_url = url.application_name(&options.application_name);
        let timeout = options.call_timeout;
        let (read_only, channel) = (options.read_only, options.channel.clone());
        let base = Self { options: options_of_url, pgbouncer, timeout, read_only, channel };
        Ok(if pgbouncer { base.for_pgbouncer() } else { base.with_settings() })
    }

    /// Settings of the connection itself. JIT compilation costs more than any statement of ours gains.
    fn with_settings(mut self) -> Self {
        let ms = self.timeout.as_millis().clamp(1, i32::MAX as u128);
        self.options = self.options.options([
            (PROBE, PROBE_VALUE.to_owned()),
            ("jit", "off".to_owned()),
            ("statement_timeout", ms.to_string()),
            ("lock_timeout", ms.to_string()),
            ("idle_in_transaction_session_timeout", (2 * ms).min(i32::MAX as u128).to_string()),
            ("tcp_keepalives_idle", "30".to_owned()),
            ("tcp_keepalives_interval", "10".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
        ]);
        if let Some(channel) = &self.channel {
            self.options = self.options.options([(CHANNEL_SETTING, channel)]);
        }
        if self.read_only {
            self.options = self.options.options([("default_transaction_read_only", "on")]);
        }
        self
    }

    /// PgBouncer refuses start-up settings, and named statements belong to whichever server connection is next.
    fn for_pgbouncer(mut self) -> Self {
        self.options = self.options.extra_float_digits(None).statement_cache_capacity(0);
        self
    }

    /// What opens a transaction.
    pub(super) fn begin(&self) -> String {
        let mode = if self.read_only { "BEGIN READ ONLY" } else { "BEGIN" };
        let ms = self.timeout.as_millis().clamp(1, i32::MAX as u128);
        match self.pgbouncer {
            false => mode.to_owned(),
            true => format!(
                "{mode}; SET LOCAL jit = off; SET LOCAL statement_timeout = {ms}; SET LOCAL lock_timeout = {ms}; \
                 SET LOCAL idle_in_transaction_session_timeout = {}",
                (2 * ms).min(i32::MAX as u128)
            ),
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Database`] when the server refuses it (password, database).
    pub(super) async fn connect(&self) -> Result<Link<'static>> {
        let pg = within(self.timeout, async {
            self.options.connect().await.map_err(|error| errors::from_sqlx(error, self.timeout))
        });
        Ok(Link::own(pg.await?, self))
    }

    /// For the listener, which brings its own way of connecting.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Where signs are sent and heard.
    pub(super) fn channel(&self) -> &str {
        self.channel.as_deref().unwrap_or(CHANNEL)
    }

    /// Host, port and database: fit for a screen.
    pub(super) fn location(&self) -> String {
        let options = &self.options;
        let place = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        format!("postgres://{}@{place}/{}", options.get_username(), options.get_database().unwrap_or_default())
    }
}

/// The connector to use for `url`: as it says, or for a PgBouncer where one is found.
///
/// A pooler keeps our start-up settings from the server: it refuses them, or (told to ignore them) drops them.
/// Either tells that it is there; in its transaction mode nothing could be kept on a connection, and so nothing is.
pub(super) async fn find(url: &str, pgbouncer: bool, options: &Options) -> Result<(Connector, Link<'static>)> {
    let connector = Connector::new(url, pgbouncer, options)?;
    if pgbouncer {
        let link = connector.connect().await?;
        return Ok((connector, link));
    }
    match connector.connect().await {
        Ok(mut link) => {
            if within(options.call_timeout, link.setting(PROBE)).await?.as_deref() == Some(PROBE_VALUE) {
                return Ok((connector, link));
            }
            link.close().await;
        }
        Err(StoreError::Unavailable(text)) if text.contains("startup parameter") => {}
        Err(error) => return Err(error),
    }
    let connector = Connector::new(url, true, options)?;
    let link = connector.connect().await?;
    Ok((connector, link))
}

/// A start-up setting of ours that nobody else sets, and its value: the server has it, or a pooler kept it.
const PROBE: &str = "hyrex.direct";
const PROBE_VALUE: &str = "yes";

/// What a call may take.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::TimedOut(limit)),
    }
}

/// A few connections, made when they are needed.
pub(super) struct Pool {
    pub(super) connector: Connector,
    permits: Semaphore,
    idle: Mutex<Vec<Link<'static>>>,
    closed: AtomicBool,
}

impl Pool {
    pub(super) fn new(connector: Connector, size: usize) -> Self {
        Self { connector, permits: Semaphore::new(size), idle: Mutex::default(), closed: AtomicBool::new(false) }
    }

    /// A connection, for one call.
    ///
    /// # Errors
    /// As [`Connector::connect`]; [`StoreError::TimedOut`] when all stay lent.
    pub(super) async fn lease(&self) -> Result<Lease<'_>> {
        let closed = || StoreError::Unavailable("the store is closed".into());
        let permit = within(self.connector.timeout, async { self.permits.acquire().await.map_err(|_| closed()) });
        let permit = permit.await?;
        let idle = self.idle().pop();
        let link = match idle {
            Some(link) => link.again(),
            None if self.closed.load(Ordering::Relaxed) => return Err(closed()),
            None => self.connector.connect().await?,
        };
        Ok(Lease { pool: self, link: Some(link), _permit: permit })
    }

    /// Takes in a connection that was made elsewhere.
    pub(super) fn with(self, link: Link<'static>) -> Self {
        self.put_back(link);
        self
    }

    /// Closes what is idle, and lends no more.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.permits.close();
        let idle: Vec<_> = self.idle().drain(..).collect();
        for link in idle {
            link.close().await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Link<'static>>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn put_back(&self, link: Link<'static>) {
        if !self.closed.load(Ordering::Relaxed) {
            self.idle().push(link);
        }
    }
}

/// A connection lent for one call. Dropped before [`Lease::settle`], it is closed.
pub(super) struct Lease<'p> {
    pool: &'p Pool,
    link: Option<Link<'static>>,
    _permit: SemaphorePermit<'p>,
}

/// An answer, and whether the call should be made again.
pub(super) struct Settled<T> {
    pub(super) answer: Result<T>,
    pub(super) again: bool,
}

impl Lease<'_> {
    /// The connection.
    pub(super) fn link(&mut self) -> &mut Link<'static> {
        // Taken only by `settle`, which consumes the lease.
        self.link.as_mut().expect("a lease has its connection until it is settled")
    }

    /// Gives the connection back as the answer allows: at once, after a rollback, or not at all.
    pub(super) async fn settle<T>(mut self, answer: Result<T>) -> Settled<T> {
        let Some(mut link) = self.link.take() else { return Settled { answer, again: false } };
        let again = answer.is_err() && link.should_repeat();
        match &answer {
            Ok(_) if !link.in_transaction() => self.pool.put_back(link),
            Err(error) if error.is_transient() && !link.conflicted() => {
                // What broke one connection has most likely broken those that lie idle.
                self.pool.idle().clear();
            }
            _ => {
                let limit = self.pool.connector.timeout;
                if within(limit, link.rollback()).await.is_ok() {
                    self.pool.put_back(link);
                }
            }
        }
        Settled { answer, again }
    }
}

/// Makes a call on a connection of a pool, under the time limit, again (a few times) when it lost a conflict or met
/// a connection that had died while it lay idle. The body must be repeatable: every verb of the store is.
macro_rules! call {
    ($pool:expr, $link:ident => $work:expr) => {{
        let pool = &$pool;
        let mut tries = 0;
        loop {
            let mut lease = pool.lease().await?;
            let answer = crate::store::postgres::connect::within(pool.connector.timeout, async {
                let $link = lease.link();
                $work.await
            })
            .await;
            let settled = lease.settle(answer).await;
            tries += 1;
            if !settled.again || tries > 5 {
                break settled.answer;
            }
        }
    }};
}
pub(super) use call;
