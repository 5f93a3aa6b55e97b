//! Databases that are not there, not ours, or not to be had: one clear line each.

use super::command::Hyrex;
use super::hyrex;

const READS: [&[&str]; 6] = [
    &["tasks", "list"],
    &["tasks", "show", "abcdef"],
    &["tasks", "logs", "abcdef"],
    &["queues", "list"],
    &["executors", "list"],
    &["kv", "get", "a"],
];
const WRITES: [&[&str]; 6] = [
    &["tasks", "retry", "abcdef"],
    &["tasks", "cancel", "abcdef"],
    &["queues", "pause", "mail"],
    &["queues", "limit", "mail", "3"],
    &["kv", "set", "a", "b"],
    &["kv", "delete", "a"],
];

fn every() -> impl Iterator<Item = &'static [&'static str]> {
    READS.into_iter().chain(WRITES)
}

#[test]
fn a_url_that_names_no_store_says_what_may_stand_there() {
    let wrong = [
        ("", "empty"),
        ("shop.db", "no scheme"),
        ("mysql://u:s3cret@h/db", "'mysql:'"),
        ("sqlite:", "names no file"),
        ("postgres://u:s3cret@h:port/db", "cannot be read"),
        ("postgres://u:s3cret@[::1/db", "cannot be read"),
        ("\x1b[31mpostgres://u:s3cret@h/db", "no store"),
    ];
    for (url, part) in wrong {
        hyrex(url, ["tasks", "list"]).fails(1, &[part]);
        hyrex(url, ["init-db"]).fails(1, &[part]);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_server_that_is_not_there_is_said_without_the_password() {
    for args in every() {
        hyrex("postgres://u:s3cret@127.0.0.1:1/db", args).fails(1, &["could not open the database"]);
    }
    hyrex("postgres://u:s3cret@no-such-host.invalid/db?password=s3cret", ["tasks", "list"]).fails(1, &["could not"]);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use std::fs;

    fn path(dir: &tempfile::TempDir, name: &str) -> (String, std::path::PathBuf) {
        let path = dir.path().join(name);
        (format!("sqlite:{}", path.display()), path)
    }

    #[test]
    fn a_file_that_is_not_there_is_not_made_by_looking_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let (url, path) = path(&dir, "typo.db");
        for args in every() {
            hyrex(&url, args).fails(1, &["there is no SQLite file at", "typo.db", "init-db"]);
            assert!(!path.exists(), "{args:?}");
        }
    }

    #[test]
    fn a_database_without_our_tables_is_told_from_one_with() {
        let dir = tempfile::tempdir().unwrap();
        let (url, path) = path(&dir, "other.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a INTEGER)").unwrap();
        for args in every() {
            hyrex(&url, args).fails(1, &["hyrex init-db"]);
        }
        let tables: i64 = rusqlite::Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1, "nothing was made");
    }

    #[test]
    fn a_file_that_is_no_database_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (url, path) = path(&dir, "notes.txt");
        let text = "buy milk\n".repeat(1_000);
        fs::write(&path, &text).unwrap();
        for args in every().chain([&["init-db"] as &[&str]]) {
            hyrex(&url, args).fails(1, &["is not a SQLite database", "another file"]);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_directory_in_place_of_the_file_is_one_clear_line() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().display());
        hyrex(&url, ["init-db"]).fails(1, &["could not"]);
        hyrex(&format!("sqlite:{}/no/such/dir/x.db", dir.path().display()), ["init-db"]).fails(1, &["could not"]);
    }

    #[test]
    fn init_db_can_be_run_again_and_says_what_it_did() {
        let dir = tempfile::tempdir().unwrap();
        let (url, _) = path(&dir, "new.db");
        let first = hyrex(&url, ["init-db", "--json"]).json();
        assert!(!first["done"].as_array().unwrap().is_empty(), "{first}");
        assert!(first["location"].as_str().unwrap().contains("new.db"), "{first}");
        let again = hyrex(&url, ["init-db"]).ok();
        assert!(again.contains("everything is there"), "{again}");
        assert_eq!(hyrex(&url, ["tasks", "list"]).ok(), "no such runs\n");
    }

    #[test]
    fn a_file_that_may_not_be_written_can_still_be_read_and_says_so_otherwise() {
        let dir = tempfile::tempdir().unwrap();
        let (url, _) = path(&dir, "kept.db");
        hyrex(&url, ["init-db"]).ok();
        hyrex(&url, ["kv", "set", "a", "b"]).ok();
        hyrex("sqlite:/proc/no.db", ["init-db"]).fails(1, &["could not"]);
        assert_eq!(Hyrex::new().args(["kv", "get", "a", "--url", &url]).run().ok(), "b");
    }
}
