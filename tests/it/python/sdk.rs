//! The real Python SDK, run as its users run it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where `scripts/test` puts the SDK.
fn environment() -> PathBuf {
    let cache = || {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from)
    };
    let dir =
        std::env::var_os("HYREX_TEST_PYTHON").map_or_else(|| cache().join("hyrex-test/python-0.10.23"), PathBuf::from);
    let complete = dir.join("bin/hyrex").is_file();
    assert!(complete, "the Python SDK is not in {}: run scripts/test, which installs it there", dir.display());
    dir
}

/// The SDK, pointed at one database, in a directory with the application of `interop.py`.
pub struct Sdk {
    directory: tempfile::TempDir,
    url: String,
}

impl Sdk {
    pub fn new(url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("interop.py"), include_str!("interop.py")).unwrap();
        std::fs::write(directory.path().join("scheduled.py"), include_str!("scheduled.py")).unwrap();
        Self { directory, url: url.replacen("postgres://", "postgresql://", 1) }
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(environment().join("bin").join(program));
        command.args(arguments).current_dir(self.directory.path());
        command.env("HYREX_DATABASE_URL", &self.url).env("PYTHONUNBUFFERED", "1").env("PYTHONPATH", ".");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        command
    }

    /// `hyrex init-db`.
    pub async fn init_db(&self) {
        self.run("hyrex", &["init-db"]).await;
    }

    /// Runs a function of `interop.py` to its end; what it printed.
    pub async fn call(&self, function: &str) -> String {
        self.run("python", &["interop.py", function]).await
    }

    async fn run(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.command(program, arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?} failed:\n{said}\n{complaint}");
        said
    }

    /// `hyrex run-worker` with one executor process, for the queues of a pattern.
    pub fn worker(&self, queues: &str) -> Running {
        self.worker_of("interop:app", queues)
    }

    /// The same of another application.
    pub fn worker_of(&self, app: &str, queues: &str) -> Running {
        let arguments = ["run-worker", app, "-q", queues, "-p", "1"];
        let mut child = self.command("hyrex", &arguments).stderr(Stdio::inherit()).spawn().unwrap();
        // Read, so that the pipe never fills and stops it.
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| println!("python: {line}")));
        Running(child)
    }
}

/// A worker of the SDK with its processes; ended when it is dropped.
pub struct Running(Child);

impl Running {
    /// Whether its process has not ended.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id() as i32) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.wait();
    }
}
