//! For tests: how SQLite means to run a statement on the tables that the migrations make.

use rusqlite::Connection;

/// A database in memory with our tables.
pub(super) fn database() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../../../migrations/sqlite/0001_init.sql")).unwrap();
    conn
}

/// The lines of EXPLAIN QUERY PLAN.
pub(super) fn plan(sql: &str) -> String {
    let conn = database();
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for parameter in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(parameter, "x").unwrap();
    }
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get::<_, String>(3).unwrap());
    }
    lines.join("\n")
}
