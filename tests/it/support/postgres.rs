//! A PostgreSQL for the tests: the one that `HYREX_TEST_POSTGRES_URL` names, else a private throw-away cluster,
//! started once a process from the binaries on the machine. Each test has a database of its own in it.

use hyrex::store::{Options, open};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Names the server to use instead of a private one.
pub const VARIABLE: &str = "HYREX_TEST_POSTGRES_URL";

/// What to do when there is none.
const HELP: &str = "install PostgreSQL's server (Debian, Ubuntu: `apt-get install postgresql`), or set \
    HYREX_TEST_POSTGRES_URL to a server whose user may create databases";

/// A server, and what keeps it alive.
struct Server {
    /// Its URL, without a database.
    url: url::Url,
    /// The cluster ends when this process' input closes: when we end, in whatever way.
    _keeper: Option<Child>,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The URL of a database on the test server.
///
/// # Panics
/// When there is no PostgreSQL; the message says how to get one.
pub fn url(database: &str) -> String {
    let server = SERVER.get_or_init(|| match std::env::var(VARIABLE) {
        Ok(text) => given(&text),
        Err(_) => private(),
    });
    match server {
        Ok(server) => {
            let mut url = server.url.clone();
            url.set_path(database);
            url.to_string()
        }
        Err(why) => panic!("there is no PostgreSQL to test with: {why}; {HELP}"),
    }
}

fn given(text: &str) -> Result<Server, String> {
    let url = url::Url::parse(text).map_err(|error| format!("{VARIABLE} cannot be read: {error}"))?;
    Ok(Server { url, _keeper: None })
}

/// Starts a cluster of our own.
fn private() -> Result<Server, String> {
    let bin = binaries()?;
    let mut last = String::new();
    for _ in 0..5 {
        match start(&bin, free_port()) {
            Ok(server) => return Ok(server),
            Err(why) => last = why,
        }
    }
    Err(format!("a cluster from {} does not start: {last}", bin.display()))
}

pub(super) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn start(bin: &Path, port: u16) -> Result<Server, String> {
    let mut keeper = keeper(bin, port)?.spawn().map_err(|error| error.to_string())?;
    let output = keeper.stdout.take().ok_or("no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() != format!("ready {port}") {
        return Err(line.trim().to_owned());
    }
    let url = url::Url::parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres"));
    Ok(Server { url: url.map_err(|error| error.to_string())?, _keeper: Some(keeper) })
}

/// The command that keeps the cluster; as another user where we are root, whom PostgreSQL refuses.
pub(super) fn keeper(bin: &Path, port: u16) -> Result<Command, String> {
    let mut words: Vec<String> = vec![];
    if rustix::process::geteuid().is_root() {
        let user = ["postgres", "nobody"].into_iter().find(|user| group_of(user).is_some());
        let user = user.ok_or("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")?;
        let group = group_of(user).unwrap_or_default();
        words.extend(["setpriv".into(), format!("--reuid={user}"), format!("--regid={group}"), "--init-groups".into()]);
    }
    words.extend(["sh", "-c", include_str!("keep_postgres.sh"), "keep_postgres"].map(str::to_owned));
    words.extend([bin.display().to_string(), port.to_string()]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(command)
}

fn group_of(user: &str) -> Option<String> {
    let output = Command::new("id").args(["-g", user]).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where `initdb` and its kin are: the newest of Debian's, else the search path.
pub(super) fn binaries() -> Result<PathBuf, String> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    let mut found: Vec<(u32, PathBuf)> =
        versions.map(|entry| entry.path()).filter_map(|path| Some((version(&path)?, path.join("bin")))).collect();
    found.sort();
    let searched = std::env::var_os("PATH").unwrap_or_default();
    let mut places = found.into_iter().rev().map(|(_, path)| path).chain(std::env::split_paths(&searched));
    let complete = |path: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| path.join(name).is_file());
    places.find(complete).ok_or_else(|| "no initdb, pg_ctl and postgres on this machine".to_owned())
}

/// What the databases of this process are called.
fn prefix(process: u32) -> String {
    let host: String =
        gethostname::gethostname().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("hyrex_test_{}_{process}_", host.to_lowercase())
}

/// A connection to the server's own database.
pub async fn admin() -> PgConnection {
    let url = url("postgres");
    PgConnection::connect(&url).await.unwrap_or_else(|error| panic!("the test server refuses: {error}; {HELP}"))
}

/// A database with our tables and nothing in them; its name.
pub async fn fresh_database() -> String {
    let template = TEMPLATE.get_or_init(template).await;
    let name = empty_name();
    let mut admin = admin().await;
    create(&mut admin, &name, template).await;
    let _ = admin.close().await;
    name
}

/// A database with nothing in it; its name.
pub async fn empty_database() -> String {
    let name = empty_name();
    let mut admin = admin().await;
    create(&mut admin, &name, "template0").await;
    let _ = admin.close().await;
    name
}

fn empty_name() -> String {
    format!("{}{}", prefix(std::process::id()), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// PostgreSQL copies no database that somebody is connected to, and an end of a connection takes a moment.
async fn create(admin: &mut PgConnection, name: &str, template: &str) {
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
    for _ in 0..200 {
        match admin.execute(AssertSqlSafe(sql.clone())).await {
            Ok(_) => return,
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55006") => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => panic!("no test database can be made: {error}; {HELP}"),
        }
    }
    panic!("the database {template} stays in use and cannot be copied");
}

/// Makes what all databases of this process are copied from.
async fn template() -> String {
    let mut admin = admin().await;
    remove_stale(&mut admin).await;
    let name = format!("{}template", prefix(std::process::id()));
    create(&mut admin, &name, "template0").await;
    let _ = admin.close().await;
    let store = open(&url(&name), Options::default()).await.expect("the template opens");
    store.init_db().await.expect("the template gets its tables");
    store.close().await;
    name
}

/// Removes databases that earlier processes on this machine left on a server that stays.
async fn remove_stale(admin: &mut PgConnection) {
    let ours = prefix(0).trim_end_matches("0_").to_owned();
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)")
        .bind(&ours)
        .fetch_all(&mut *admin)
        .await
        .expect("the list of databases");
    for name in names {
        let process = name[ours.len()..].split('_').next().unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            let _ = admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await;
        }
    }
}

/// Removes a test's database, whoever still uses it.
pub async fn drop_database(name: &str) {
    let mut admin = admin().await;
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    if let Err(error) = admin.execute(AssertSqlSafe(sql)).await {
        eprintln!("the test database {name} stays behind: {error}");
    }
    let _ = admin.close().await;
}
