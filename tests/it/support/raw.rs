//! A way past the store: rows as they are, statements as no verb makes them.

use super::Kind;
use hyrex::model::{AttemptId, RunId, TaskStatus, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A connection of the test's own.
pub enum Raw {
    #[cfg(feature = "sqlite")]
    Sqlite(std::sync::Mutex<rusqlite::Connection>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

impl Raw {
    pub async fn open(kind: Kind, url: &str) -> Raw {
        match kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => Raw::Sqlite(std::sync::Mutex::new(sqlite(url))),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Raw::Postgres(
                sqlx::postgres::PgPoolOptions::new()
                    .max_connections(2)
                    // Tests ask much, and their server stays.
                    .test_before_acquire(false)
                    .connect_lazy(url)
                    .expect("a URL that sqlx reads"),
            ),
        }
    }

    pub async fn close(&self) {
        #[cfg(feature = "postgres")]
        if let Raw::Postgres(pool) = self {
            pool.close().await;
        }
    }

    /// Runs statements; they must fit the store.
    pub async fn execute(&self, sql: &str) {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(connection) => lock(connection).execute_batch(sql).expect(sql),
            #[cfg(feature = "postgres")]
            Raw::Postgres(pool) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.expect(sql);
            }
        }
    }

    /// The rows of a query whose one column is text.
    pub async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(connection) => {
                let connection = lock(connection);
                let mut statement = connection.prepare(sql).expect(sql);
                let rows = statement.query_map([], |row| row.get(0)).expect(sql);
                rows.collect::<Result<_, _>>().expect(sql)
            }
            #[cfg(feature = "postgres")]
            Raw::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.expect(sql),
        }
    }

    /// The one number that a query answers.
    pub async fn count(&self, sql: &str) -> i64 {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(connection) => lock(connection).query_row(sql, [], |row| row.get(0)).expect(sql),
            #[cfg(feature = "postgres")]
            Raw::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await.expect(sql),
        }
    }

    /// An id as this store's SQL writes it.
    pub fn id(&self, id: Uuid) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => format!("x'{}'", id.simple()),
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => format!("'{id}'::uuid"),
        }
    }

    /// A time as this store's SQL writes it.
    pub fn time(&self, time: Timestamp) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => hyrex::model::time::to_micros(time).to_string(),
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => format!("'{}'::timestamptz", time.to_rfc3339()),
        }
    }

    /// A list of ids, as the column `workflow_dependencies` keeps one.
    pub fn ids(&self, ids: &[Uuid]) -> String {
        let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => format!("'{}'", serde_json::json!(texts)),
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => format!("'{{{}}}'::uuid[]", texts.join(",")),
        }
    }

    /// Puts an attempt into a status whatever the state machine says.
    pub async fn put_status(&self, attempt: AttemptId, status: TaskStatus) {
        let id = self.id(attempt.0);
        self.execute(&format!("UPDATE hyrex_task_run SET status = '{status}' WHERE id = {id}")).await;
    }

    /// The status of an attempt's row.
    pub async fn status(&self, attempt: AttemptId) -> TaskStatus {
        let id = self.id(attempt.0);
        let texts = self.texts(&format!("SELECT CAST(status AS text) FROM hyrex_task_run WHERE id = {id}")).await;
        let text = texts.into_iter().next().flatten().expect("the attempt has a row");
        text.parse().expect("a status")
    }

    /// The attempt of a run with this number.
    pub async fn attempt_of(&self, run: RunId, number: i16) -> Option<AttemptId> {
        let (run, id) = match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => (self.id(run.0), "hex(id)"),
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => (self.id(run.0), "CAST(id AS text)"),
        };
        let sql = format!("SELECT {id} FROM hyrex_task_run WHERE durable_id = {run} AND attempt_number = {number}");
        let text = self.texts(&sql).await.into_iter().next().flatten()?;
        Some(AttemptId(Uuid::parse_str(&text).expect("an id")))
    }

    /// Empties the tables.
    pub async fn clear(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => {
                let deletes: Vec<String> = TABLES.iter().map(|table| format!("DELETE FROM {table};")).collect();
                self.execute(&format!("BEGIN IMMEDIATE; {} COMMIT", deletes.concat())).await;
            }
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => {
                // The rows of queues stay: claims share a lock on them, and know for a while that they are there.
                let tables: Vec<&str> = TABLES.into_iter().filter(|table| *table != "hyrex_queue").collect();
                let reset = "UPDATE hyrex_queue SET declared = false, app_limit = NULL, operator_limit = NULL,
                    operator_set = false, limit_by = NULL, limit_at = NULL, paused_at = NULL, paused_by = NULL";
                self.execute(&format!("TRUNCATE {}; {reset}", tables.join(", "))).await;
            }
        }
    }

    /// Everything that stands, table by table, as text: two of them are equal when nothing was written between.
    pub async fn everything(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut all = BTreeMap::new();
        for table in TABLES {
            let sql = self.rows_as_text(table).await;
            let mut rows: Vec<String> = self.texts(&sql).await.into_iter().flatten().collect();
            rows.sort();
            all.insert(table, rows);
        }
        all
    }

    async fn rows_as_text(&self, table: &str) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Raw::Sqlite(_) => {
                let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let quoted: Vec<String> = columns.into_iter().flatten().map(|c| format!("quote(\"{c}\")")).collect();
                format!("SELECT {} FROM {table}", quoted.join(" || ',' || "))
            }
            #[cfg(feature = "postgres")]
            // Rows of queues that claims made say nothing.
            Raw::Postgres(_) if table == "hyrex_queue" => "SELECT t::text FROM hyrex_queue t WHERE declared".into(),
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => format!("SELECT t::text FROM {table} t"),
        }
    }
}

/// The tables that verbs of the stores write.
pub const TABLES: [&str; 18] = [
    "hyrex_task_run",
    "hyrex_task_result",
    "hyrex_task_error",
    "hyrex_task_log",
    "hyrex_task_progress",
    "hyrex_task_def",
    "hyrex_executor",
    "hyrex_queue",
    "hyrex_kv",
    "hyrex_counter",
    "hyrex_system_logs",
    "hyrex_workflow",
    "hyrex_workflow_run",
    "hyrex_workflow_key",
    "hyrex_workflow_edge",
    "hyrex_cron_job",
    "hyrex_cron_job_run_details",
    "hyrex_scheduler_lock",
];

#[cfg(feature = "sqlite")]
fn sqlite(url: &str) -> rusqlite::Connection {
    let path = url.strip_prefix("sqlite:").expect("a SQLite URL");
    let connection = rusqlite::Connection::open(path).expect("the file opens");
    connection.busy_timeout(std::time::Duration::from_secs(20)).expect("a busy timeout");
    connection
}

#[cfg(feature = "sqlite")]
fn lock(connection: &std::sync::Mutex<rusqlite::Connection>) -> std::sync::MutexGuard<'_, rusqlite::Connection> {
    connection.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
