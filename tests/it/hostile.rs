//! URLs that are wrong in each way: one clear line, and never a password.

use hyrex::store::{Options, StoreError, StoreUrl, masked, open};
use std::time::Duration;

const SECRET: &str = "s3cr3t-w0rd";

/// One line, lower case at its beginning, without control characters and without the password.
fn is_clear(url: &str, error: &StoreError) {
    let line = error.to_string();
    assert!(!line.chars().any(char::is_control), "{url:?}: {line:?}");
    assert!(!line.contains(SECRET), "{url:?} shows its password: {line}");
    assert!(line.chars().next().is_some_and(|first| !first.is_uppercase()), "{url:?}: {line}");
    assert!(line.len() < 400, "{url:?}: {line}");
}

#[test]
fn a_url_that_names_no_store_is_refused_in_one_clear_line() {
    let urls = [
        "".to_owned(),
        "   ".to_owned(),
        "hyrex.db".to_owned(),
        "/var/lib/hyrex.db".to_owned(),
        "sqlite".to_owned(),
        "sqlite:".to_owned(),
        "sqlite://".to_owned(),
        "sqlite:a\0b".to_owned(),
        format!("mysql://root:{SECRET}@host/db"),
        format!("redis://:{SECRET}@host"),
        format!("postgres:/user:{SECRET}@host/db"),
        format!("postgres://user:{SECRET}@host:notaport/db"),
        format!("postgres://user:{SECRET}@host:99999999/db"),
        format!("postgres://user:{SECRET}@[::1/db"),
        format!("postgres://us er:{SECRET}@ho st/db"),
        format!("postgres://user:{SECRET}@\u{1b}[31mhost:x/db\n"),
        format!("user:{SECRET}@host/db"),
        SECRET.to_string(),
        "http://example.com".to_owned(),
        "\u{1b}[2J:".to_owned(),
        "é://host".to_owned(),
    ];
    for url in urls {
        let error = StoreUrl::parse(&url).expect_err(&url);
        assert!(matches!(error, StoreError::Url(_)), "{url:?}: {error:?}");
        is_clear(&url, &error);
    }
}

#[test]
fn a_url_that_is_shown_has_no_password() {
    let urls = [
        format!("postgres://user:{SECRET}@host/db"),
        format!("postgres://user:a@b:{SECRET}@host/db"),
        format!("postgres://host/db?user=u&password={SECRET}"),
        format!("postgres://host/db?password={SECRET}&sslmode=require#x"),
        format!("postgres://host/db?sslpassword={SECRET}"),
        format!("postgres://user:{SECRET}@host:notaport/db"),
        format!("postgres://:{SECRET}@/"),
        format!("postgres://user:{SECRET}/with/slash@host/db"),
        format!("POSTGRES://user:{SECRET}@host/db"),
        format!("postgres://host/db?PASSWORD={SECRET}"),
    ];
    for url in urls {
        let shown = masked(&url);
        assert!(!shown.contains(SECRET), "{url} is shown as {shown}");
        assert!(shown.contains("***"), "{url} is shown as {shown}");
    }
    assert_eq!(masked("sqlite:/tmp/a\u{1b}[31m.db"), "sqlite:/tmp/a[31m.db");
    assert_eq!(masked("postgres://user@host/db"), "postgres://user@host/db");
}

async fn refused(url: &str) -> StoreError {
    let options = Options { call_timeout: Duration::from_secs(5), ..Options::default() };
    let error = match open(url, options).await {
        Err(error) => error,
        Ok(store) => store.check_schema().await.expect_err(url),
    };
    is_clear(url, &error);
    error
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_sqlite_file_that_is_none_is_refused_in_one_clear_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("text.db"), "this is no database, but a text that somebody wrote\n".repeat(50)).unwrap();
    std::fs::create_dir(path("folder.db")).unwrap();
    for url in [path("missing/hyrex.db"), path("folder.db"), path("text.db"), "/dev/null/x.db".into()] {
        refused(&format!("sqlite:{url}")).await;
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_sqlite_path_may_hold_any_letters() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a b.db", "ü'\"%20?x#y.db", "file:odd.db", "\u{1f600}.db"] {
        let url = format!("sqlite:{}", directory.path().join(name).display());
        let store = open(&url, Options { durable: false, ..Options::default() }).await.expect(name);
        store.prepare().await.expect(name);
        store.kv_set("k", name, None).await.expect(name);
        store.close().await;
        assert!(directory.path().join(name).is_file(), "{name}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgres_that_cannot_be_reached_is_told_in_one_clear_line() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let urls = [
        format!("postgres://user:{SECRET}@127.0.0.1:{free}/db"),
        format!("postgres://user:{SECRET}@no-such-host.invalid/db"),
        format!("postgres://user:{SECRET}@127.0.0.1:{free}/db?sslmode=nonsense"),
        format!("postgres://user:{SECRET}@%2Fno%2Fsuch%2Fsocket/db"),
    ];
    for url in urls {
        refused(&url).await;
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgres_database_that_is_none_of_ours_is_told_in_one_clear_line() {
    let missing = crate::support::postgres::url("hyrex_no_such_database");
    refused(&missing).await;
    let mut user = url::Url::parse(&crate::support::postgres::url("postgres")).unwrap();
    user.set_username("nobody_of_that_name").unwrap();
    user.set_password(Some(SECRET)).unwrap();
    refused(user.as_str()).await;
    let name = crate::support::postgres::empty_database().await;
    let error = refused(&crate::support::postgres::url(&name)).await;
    assert!(matches!(error, StoreError::NotInitialized), "{error:?}");
    crate::support::postgres::drop_database(&name).await;
}
