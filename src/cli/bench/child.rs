//! A worker in a process of its own, so that memory and processor time are its own: this program once more, with the
//! same arguments and a variable that says what it is. What it is to do comes by its standard input, one line of
//! JSON; what it says goes out by its standard output, a line each. It ends when its input closes, so that none
//! outlives the benchmark.

use super::clock::cpu_seconds;
use super::error::{BenchError, Result, said};
use super::working::{Spec, Worked, work};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Set in the process of a worker.
pub(crate) const ROLE: &str = "HYREX_BENCH_ROLE";
/// How long a worker has to begin, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a worker's process says.
#[derive(Serialize, Deserialize)]
enum Word {
    Ready,
    Done(Worked),
    Failed(String),
}

/// A worker's process; dropping it ends it.
pub(crate) struct Working {
    child: Child,
    input: Option<ChildStdin>,
    words: UnboundedReceiver<String>,
}

impl Working {
    /// Starts one, and waits until it is at work.
    pub(crate) async fn start(spec: &Spec) -> Result<Self> {
        let mut working = Self::spawn(spec)?;
        match working.word(PATIENCE).await? {
            Word::Ready => Ok(working),
            _ => said("a worker of the benchmark ended before it began"),
        }
    }

    fn spawn(spec: &Spec) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(std::env::args_os().skip(1)).env(ROLE, "worker");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the benchmark, which ends its workers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (said, words) = unbounded_channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                BufReader::new(output).lines().map_while(std::io::Result::ok).all(|line| said.send(line).is_ok())
            });
        }
        let mut input = child.stdin.take();
        if let Some(input) = &mut input {
            writeln!(input, "{}", serde_json::to_string(spec)?)?;
        }
        Ok(Self { child, input, words })
    }

    async fn word(&mut self, within: Duration) -> Result<Word> {
        let Ok(line) = tokio::time::timeout(within, self.words.recv()).await else {
            return said(format!("a worker of the benchmark did not answer within {within:?}"));
        };
        match serde_json::from_str(&line.ok_or_else(broke_off)?)? {
            Word::Failed(why) => Err(BenchError::Said(why)),
            word => Ok(word),
        }
    }

    /// Waits until it did all that it was to do.
    pub(crate) async fn done(mut self, within: Duration) -> Result<Worked> {
        match self.word(within).await? {
            Word::Done(worked) => Ok(worked),
            _ => Err(broke_off()),
        }
    }

    /// Tells it to stop; what it did.
    pub(crate) async fn stop(mut self) -> Result<Worked> {
        self.input.take();
        self.done(PATIENCE).await
    }

    /// Its processor time so far, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds([self.child.id()]).unwrap_or(f64::NAN)
    }
}

fn broke_off() -> BenchError {
    BenchError::Said("a worker of the benchmark broke off".into())
}

impl Drop for Working {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The worker's process itself.
pub(crate) async fn serve() -> Result<()> {
    let mut input = BufReader::new(std::io::stdin()).lines();
    let word = match input.next().transpose()?.map(|line| serde_json::from_str::<Spec>(&line)).transpose() {
        Ok(Some(spec)) => worked(&spec, input).await,
        Ok(None) => return said(format!("{ROLE} is set, which is for the benchmark's own processes: unset it")),
        Err(error) => Word::Failed(BenchError::from(error).to_string()),
    };
    tell(&word)
}

async fn worked(spec: &Spec, input: impl Iterator<Item = std::io::Result<String>> + Send + 'static) -> Word {
    let (closed, told) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        input.for_each(drop);
        drop(closed);
    });
    let ready = || {
        // A parent that is gone closes our input as well.
        let _ = tell(&Word::Ready);
    };
    let told = async {
        // Closed, not sent: that is the sign.
        let _ = told.await;
    };
    match work(spec, ready, told).await {
        Ok(worked) => Word::Done(worked),
        Err(error) => Word::Failed(error.to_string()),
    }
}

fn tell(word: &Word) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(word)?)?;
    Ok(output.flush()?)
}
