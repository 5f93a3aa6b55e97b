//! A private PostgreSQL with default settings (fsync on), thrown away at the end.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A running cluster; dropping it stops and removes it.
pub struct Cluster {
    bin: PathBuf,
    dir: tempfile::TempDir,
    /// Where it listens.
    pub url: String,
}

impl Cluster {
    /// Makes and starts one under `dir`.
    pub fn start(dir: &Path) -> Result<Self> {
        let bin = bin().context("no PostgreSQL server on this machine: install one (Debian: apt-get install postgresql), or give --url postgres://…")?;
        let dir = tempfile::Builder::new().prefix("hyrex-bench-").tempdir_in(dir)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self { bin, dir, url };
        if is_root() {
            done("chown", &Command::new("chown").arg(server_user()).arg(cluster.dir.path()).output()?)?;
        }
        let data = cluster.data();
        let init = cluster
            .tool("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()?;
        done("initdb", &init)?;
        let settings = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=");
        let log = cluster.dir.path().join("log");
        // Its output goes to a file: a server that inherits a pipe keeps whoever reads it waiting.
        let start = cluster
            .tool("pg_ctl")
            .args(["-w", "-t", "60", "-o", &settings, "-l"])
            .arg(&log)
            .arg("-D")
            .arg(&data)
            .arg("start")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()?;
        if !start.success() {
            bail!("PostgreSQL does not start: {}", std::fs::read_to_string(&log).unwrap_or_default().trim());
        }
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A tool of the server's; it refuses to run as root.
    fn tool(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        let mut command = match is_root() {
            false => Command::new(path),
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", server_user(), "--regid", server_user(), "--clear-groups", "--"]).arg(path);
                command
            }
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let stopped = self.tool("pg_ctl").args(["-m", "immediate", "-w", "-D"]).arg(&data).arg("stop").output();
        if let Err(error) = stopped {
            eprintln!("hotpaths: could not stop the cluster in {}: {error}", data.display());
        }
    }
}

fn done(what: &str, output: &Output) -> Result<()> {
    match output.status.success() {
        true => Ok(()),
        false => bail!("{what} failed: {}", String::from_utf8_lossy(&output.stderr).trim()),
    }
}

/// The newest server on this machine.
fn bin() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    found.sort();
    found.reverse();
    found.push("/usr/local/pgsql/bin".into());
    found.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    found.into_iter().find(|dir| dir.join("initdb").is_file() && dir.join("pg_ctl").is_file())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn server_user() -> &'static str {
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    if known.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }
}
