//! Claims that wait in the writer.

use super::*;

#[tokio::test]
async fn a_parked_claim_is_served_by_the_send_that_brings_it_work() {
    let store = Arc::new(memory().await);
    let executor = executor(&store).await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.claim_parked(parked(executor)).await.unwrap() }
    });
    store.enqueue(vec![NewRun::new("other", "{}")], None).await.unwrap();
    assert!(!waiting.is_finished());
    let run = NewRun::new("t", "{}");
    store.enqueue(vec![run.clone()], None).await.unwrap();
    let claimed = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(claimed.iter().map(|claimed| claimed.run).collect::<Vec<_>>(), [run.id]);
}

#[tokio::test]
async fn a_parked_claim_looks_first_at_what_stands() {
    let store = memory().await;
    let executor = executor(&store).await;
    let run = NewRun::new("t", "{}");
    store.enqueue(vec![run.clone()], None).await.unwrap();
    let claimed = tokio::time::timeout(Duration::from_secs(5), store.claim_parked(parked(executor))).await;
    assert_eq!(claimed.unwrap().unwrap()[0].run, run.id);
}

#[tokio::test]
async fn a_parked_claim_that_was_dropped_keeps_nothing() {
    let store = memory().await;
    let executor = executor(&store).await;
    for _ in 0..100 {
        let mut claim = store.claim_parked(parked(executor));
        assert!((&mut claim).now_or_never().is_none());
        store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap();
        // It was claimed in that transaction; nobody has taken the answer.
        drop(claim);
        wait_for("the run given back", async || {
            let queue = store.queues(None).await.unwrap().remove(0);
            (queue.held.count, queue.queued.count) == (0, 1)
        })
        .await;
        let given_back = turn(&store, executor, vec![], 1).await.claimed;
        assert_eq!(given_back[0].fence.claim, 2);
        turn(&store, executor, vec![succeeded(&given_back[0])], 0).await;
    }
}

#[tokio::test]
async fn a_full_queue_serves_a_parked_claim_when_a_run_ends() {
    let store = Arc::new(memory().await);
    let executor = executor(&store).await;
    store.queue_declare("default".into(), Some(1)).await.unwrap();
    store.enqueue(vec![NewRun::new("t", "{}"), NewRun::new("t", "{}")], None).await.unwrap();
    let first = turn(&store, executor, vec![], 10).await.claimed;
    assert_eq!(first.len(), 1);
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.claim_parked(parked(executor)).await.unwrap() }
    });
    tokio::task::yield_now().await;
    turn(&store, executor, vec![succeeded(&first[0])], 0).await;
    let next = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(next.len(), 1);
}

#[tokio::test]
async fn the_write_of_another_connection_wakes_and_serves_a_parked_claim() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(file(&directory).await);
    let executor = executor(&store).await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.claim_parked(parked(executor)).await.unwrap() }
    });
    let mut other = Connection::open(directory.path().join("hyrex.db")).unwrap();
    let transaction = other.transaction().unwrap();
    let run = NewRun::new("t", "{}");
    let sent = enqueue_in(&transaction, std::slice::from_ref(&run), Options::default().max_json).unwrap();
    assert_eq!(sent, [Enqueued::New(run.id)]);
    transaction.commit().unwrap();
    let claimed = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(claimed[0].run, run.id);
}
