//! A claim behind a mountain: runs that nobody handles, of a paused queue, of a full one, or that wait for their time,
//! in front of its own in the same queue. What a claim costs does not grow with them.
//!
//! `HYREX_TEST_MOUNTAIN` sets how many (200,000 by default; the contract speaks of 1,000,000).

use crate::support::make::{self, RunWords};
use crate::support::worker::share;
use crate::support::{Kind, TestStore, Worker, at, run, stores};
use hyrex::store::{Limit, SetLimit, SetPause, Share, Store};
use std::time::{Duration, Instant};

fn mountain() -> u64 {
    let text = std::env::var("HYREX_TEST_MOUNTAIN").unwrap_or_else(|_| "200000".into());
    text.parse().expect("HYREX_TEST_MOUNTAIN is a number")
}

/// The queues of the test, what stands in front in each, and how many runs a claim of five there gets.
const QUEUES: [(&str, usize); 5] = [("empty", 5), ("unhandled", 5), ("scheduled", 5), ("paused", 0), ("full", 0)];

async fn set_up(s: &TestStore) {
    let count = mountain();
    heap(s, "unhandled", "other", "QUEUED", count).await;
    heap(s, "scheduled", "t", "AWAIT_START_TIME", count).await;
    heap(s, "paused", "t", "QUEUED", count).await;
    heap(s, "full", "t", "QUEUED", count).await;
    for (queue, _) in QUEUES {
        let own = (0..400).map(|_| run("t").on(queue).priority(1)).collect();
        s.enqueue(own, Some(at(0.0))).await.unwrap();
    }
    let pause = SetPause { queue: "paused".into(), paused: true, actor: make::operator(), now: None };
    s.queue_pause(pause).await.unwrap();
    let limit = SetLimit { queue: "full".into(), limit: Limit::At(3), actor: make::operator(), now: None };
    s.queue_limit(limit).await.unwrap();
    assert_eq!(Worker::new(&*s.store).await.claim_limited("full", 9).await.len(), 3, "it is full");
}

/// So many rows, as an old backlog has them: of high priority, and queued long ago.
async fn heap(s: &TestStore, queue: &str, task: &str, status: &str, count: u64) {
    let columns = "id, durable_id, root_id, task_name, args, queue, max_retries, priority, status, attempt_number, \
        queued, scheduled_start";
    let (early, late) = (s.raw.time(at(-1000.0)), s.raw.time(at(1e7)));
    let values = format!("'{task}', '{{}}', '{queue}', 0, 10, '{status}', 0, {early}, {late}");
    let sql = match s.kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}),
             ids AS MATERIALIZED (SELECT randomblob(16) AS id FROM n)
             INSERT INTO hyrex_task_run ({columns}) SELECT id, id, id, {values} FROM ids"
        ),
        #[cfg(feature = "postgres")]
        Kind::Postgres => format!(
            "WITH ids AS MATERIALIZED (SELECT gen_random_uuid() AS id FROM generate_series(1, {count}))
             INSERT INTO hyrex_task_run ({columns}) SELECT id, id, id, {values} FROM ids"
        ),
    };
    s.raw.execute(&sql).await;
}

fn share_of(queue: &str) -> Share {
    Share { limited: queue == "full", ..share(queue, &["t"], 5) }
}

/// What chance may add: a tick, and what earlier claims left in the index while somebody's snapshot needed it (5 more with
/// each of 20 claims, in the index and in the table). One walk of the mountain is 200,000.
#[cfg(feature = "postgres")]
const CHANCE: i64 = 2_000;

/// By the rows that the server read, which it counts itself.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_claim_behind_a_mountain_reads_no_more_rows_on_postgres() {
    stores::check(Kind::Postgres, async |s: &TestStore| {
        // A vacuum's snapshot would keep what earlier claims left in the index: later ones would read over it.
        s.raw.execute("ALTER TABLE hyrex_task_run SET (autovacuum_enabled = false)").await;
        set_up(s).await;
        s.raw.execute("ANALYZE hyrex_task_run").await;
        let empty = rows_read(s, "empty", 5).await;
        for (queue, gets) in QUEUES {
            let read = rows_read(s, queue, gets).await;
            assert!(read <= empty + CHANCE, "{queue}: {read} rows read, where nothing stands in front: {empty}");
        }
    })
    .await;
}

/// Rows read by twenty claims, all else of a connection's life included.
#[cfg(feature = "postgres")]
async fn rows_read(s: &TestStore, queue: &str, gets: usize) -> i64 {
    const READ: &str = "SELECT (sum(seq_tup_read) + COALESCE(sum(idx_tup_fetch), 0))::bigint
        + (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname LIKE 'hyrex%')
        FROM pg_stat_user_tables WHERE relname LIKE 'hyrex%'";
    let before = settled_count(s, READ).await;
    let store = s.another().await;
    let took = claims(&*store, queue, gets, 20).await;
    store.close().await;
    let read = settled_count(s, READ).await - before;
    println!("{queue}: {took:?} a claim, {read} rows read by 20 of them");
    read
}

/// A backend hands in its counts when it ends: the count, once no backend of the store is left and it stands still.
#[cfg(feature = "postgres")]
async fn settled_count(s: &TestStore, sql: &str) -> i64 {
    s.store.close().await;
    const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name LIKE 'hyrex%'";
    crate::support::wait_for("the server's counts to settle", Duration::from_secs(30), async || {
        let first = s.raw.count(sql).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        (s.raw.count(OTHERS).await == 0 && s.raw.count(sql).await == first).then_some(first)
    })
    .await
}

async fn claims(store: &dyn Store, queue: &str, gets: usize, times: usize) -> Duration {
    let worker = Worker::new(store).await;
    let mut took = vec![];
    for _ in 0..times {
        let start = Instant::now();
        let claimed = worker.claim_shares(vec![share_of(queue)]).await;
        took.push(start.elapsed());
        assert_eq!(claimed.len(), gets, "{queue}");
    }
    took.sort();
    took[times / 2]
}

/// By time, since SQLite counts nothing for others; a claim that walked the mountain would take a hundred times as long.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_claim_behind_a_mountain_takes_no_longer_on_sqlite() {
    stores::check(Kind::Sqlite, async |s: &TestStore| {
        set_up(s).await;
        let empty = claims(&*s.store, "empty", 5, 40).await;
        for (queue, gets) in QUEUES.into_iter().skip(1) {
            let took = claims(&*s.store, queue, gets, 40).await;
            println!("{queue}: {took:?}, where nothing stands in front: {empty:?}");
            assert!(
                took < empty * 5 + Duration::from_millis(2),
                "{queue}: {took:?}, and {empty:?} with nothing in front"
            );
        }
    })
    .await;
}
