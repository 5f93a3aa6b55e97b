//! A pool of threads for blocking tasks, apart from the one that the application and the store use.

use tokio::runtime::{Builder, Handle, Runtime};

/// The pool. Dropping it waits for nobody: a function that never returns must not keep a worker from leaving.
pub(crate) struct BlockingPool {
    /// Only its threads for blocking work are used; `None` only while it is dropped.
    runtime: Option<Runtime>,
    /// The application's runtime: inside a blocking task, `Handle::current()` is this one.
    outer: Handle,
}

impl BlockingPool {
    /// A pool of at most so many threads, which are started as they are needed.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn new(threads: u32) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(threads.max(1) as usize)
            .thread_name("hyrex-blocking")
            .build()?;
        Ok(Self { runtime: Some(runtime), outer: Handle::current() })
    }

    /// Runs `work` on a thread of the pool.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let outer = self.outer.clone();
        if let Some(runtime) = &self.runtime {
            runtime.handle().spawn_blocking(move || {
                let _inside = outer.enter();
                work();
            });
        }
    }
}

impl Drop for BlockingPool {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
