//! One scene a verb and case: what stands before, the verb, what it answers, and what it answers when it is repeated
//! after it was applied.

use crate::support::make::{self, RunWords};
use crate::support::worker::{completion, line, registration, share};
use crate::support::{TestStore, Worker, at, batch, run};
use futures_util::future::BoxFuture;
use hyrex::model::{ClaimedRun, Completed, Completion, ExecutorId, NewRun, Outcome, Start};
use hyrex::store::{
    Beat, Cancel, Claim, KvWrite, Limit, Logged, ParkedClaim, PruneBatch, Rescue, Result, SetLimit, SetPause, Share,
    Store, Swap, TaskDef, Tick, Turn,
};
use std::time::Duration;

/// The verb of a scene; it can be called again.
pub type Verb = Box<dyn for<'a> Fn(&'a TestStore) -> BoxFuture<'a, Result<String>> + Send + Sync>;

/// What stands before, and what is done then.
pub struct Scene {
    pub name: &'static str,
    /// The answer of the first call.
    pub first: &'static str,
    /// The answer of a call after one that was applied.
    pub again: &'static str,
    pub set_up: fn(&TestStore) -> BoxFuture<'_, Verb>,
}

/// `scene!(name, first, again, |s| set up, |s, what it made| verb)`.
macro_rules! scene {
    ($name:expr, $first:literal, $again:literal, |$s:ident| $set_up:expr, |$v:ident, $made:ident| $verb:expr) => {
        Scene {
            name: $name,
            first: $first,
            again: $again,
            set_up: |$s| {
                Box::pin(async move {
                    let made = $set_up;
                    let verb: Verb = Box::new(move |$v| {
                        let $made = made.clone();
                        Box::pin(async move { $verb })
                    });
                    verb
                })
            },
        }
    };
}

pub(super) use scene;

async fn sent(s: &TestStore, runs: Vec<NewRun>) -> Vec<NewRun> {
    s.enqueue(runs.clone(), Some(at(0.0))).await.expect("it is sent");
    runs
}

/// Runs of queue `default`, claimed by a worker.
pub async fn held(s: &TestStore, runs: Vec<NewRun>) -> (ExecutorId, Vec<ClaimedRun>) {
    let count = runs.len() as u32;
    sent(s, runs).await;
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let claimed = worker.claim("default", count).await;
    assert_eq!(claimed.len(), count as usize);
    (worker.id, claimed)
}

pub async fn turn(
    s: &dyn Store,
    executor: ExecutorId,
    completions: Vec<Completion>,
    shares: Vec<Share>,
) -> Result<String> {
    let answer = s.turn(Turn { executor, completions, claim: Claim { shares }, now: Some(at(2.0)) }).await?;
    let word = |completed: &Completed| match completed {
        Completed::Applied { status, next: Some(_) } => format!("{status}+next"),
        Completed::Applied { status, next: None } => status.to_string(),
        Completed::AlreadyApplied => "already".into(),
        other => format!("{other:?}"),
    };
    let words: Vec<String> = answer.completed.iter().map(word).collect();
    Ok(format!("{} claimed {}", words.join(" "), answer.claimed.len()))
}

fn kinds(answers: &[hyrex::model::Enqueued]) -> String {
    let word = |answer: &_| if matches!(answer, hyrex::model::Enqueued::New(_)) { 'n' } else { 'd' };
    let mut kinds: Vec<char> = answers.iter().map(word).collect();
    kinds.dedup();
    kinds.into_iter().collect()
}

pub fn settle(run: &ClaimedRun, outcome: Outcome) -> Completion {
    Completion { logs: vec![line(0, "last words")], ..completion(run.fence, outcome) }
}

fn swap(swap: Swap) -> String {
    if swap == Swap::Done { "done".into() } else { "holds".into() }
}

pub fn failed(delay: u64) -> Outcome {
    Outcome::Failed(make::error("broken"), Duration::from_secs(delay))
}

/// The scene whose turn settles several attempts.
pub const SEVERAL: &str = "attempts are settled";

pub const SCENES: &[Scene] = &[
    scene!("tables are made again", "done", "done", |_s| (), |s, _none| s.init_db().await.map(|_| "done".into())),
    scene!("one run is sent", "n", "n", |_s| run("t"), |s, new| {
        Ok(kinds(&s.enqueue(vec![new], Some(at(0.0))).await?))
    }),
    scene!("one keyed run is sent", "n", "n", |_s| run("t").key("k"), |s, new| {
        Ok(kinds(&s.enqueue(vec![new], Some(at(0.0))).await?))
    }),
    scene!(
        "a mixed batch is sent",
        "ndn",
        "ndn",
        |s| {
            sent(s, vec![run("t").key("old")]).await;
            vec![run("t"), run("t").key("old"), run("t").key("new"), run("t").starting(Start::At(at(50.0)))]
        },
        |s, runs| Ok(kinds(&s.enqueue(runs, Some(at(0.0))).await?))
    ),
    scene!("thousands are sent", "n", "n", |_s| batch("a", "t", 6000), |s, runs| {
        Ok(kinds(&s.enqueue(runs, Some(at(0.0))).await?))
    }),
    scene!("an executor registers", "done", "done", |_s| registration(ExecutorId::new()), |s, own| {
        s.executor_register(own, Some(at(0.0))).await.map(|()| "done".into())
    }),
    scene!("an executor beats", "RUNNING", "RUNNING", |s| held(s, batch("default", "t", 2)).await.0, |s, executor| {
        let tick = Tick {
            executor,
            tasks: ["t".to_owned()].into(),
            lanes_after: None,
            beat: Some(Beat::default()),
            now: Some(at(3.0)),
        };
        Ok(s.executor_tick(tick).await?.own.map_or("gone".into(), |status| status.to_string()))
    }),
    scene!(
        "an executor stops",
        "done",
        "done",
        |s| {
            let (id, claimed) = held(s, vec![run("t"), run("t").retries(1), run("t")]).await;
            s.run_cancel(make::cancel(claimed[2].run)).await.unwrap();
            (id, vec![claimed[0].fence])
        },
        |s, stop| s.executor_stop(stop.0, stop.1, Some(at(3.0))).await.map(|()| "done".into())
    ),
    scene!(
        "an executor is rescued",
        "true 2 1 1",
        "true 0 0 0",
        |s| {
            let (lost, claimed) = held(s, vec![run("t"), run("t").retries(1), run("t")]).await;
            s.run_cancel(make::cancel(claimed[2].run)).await.unwrap();
            let observer = Worker::at(&*s.store, at(2.0)).await;
            let peer = observer.peer(lost).await.expect("it is seen");
            let (beat_number, last_heartbeat) = (peer.beat_number, peer.last_heartbeat);
            Rescue { observer: observer.id, lost, beat_number, last_heartbeat, now: Some(at(3.0)) }
        },
        |s, rescue| {
            let done = s.executor_rescue(rescue).await?;
            Ok(format!("{} {} {} {}", done.declared, done.lost, done.requeued, done.canceled))
        }
    ),
    scene!(
        SEVERAL,
        "SUCCESS FAILED+next FAILED+next FAILED STOPPED QUEUED claimed 0",
        "already already already already already already claimed 0",
        |s| held(s, vec![run("t"), run("t").retries(1), run("t").retries(1), run("t"), run("t"), run("t")]).await,
        |s, held| {
            let outcomes = [
                Outcome::Success(Some("[1]".into())),
                failed(0),
                failed(60),
                Outcome::FailedForGood(make::error("no")),
                Outcome::Interrupted,
                Outcome::NeverBegun,
            ];
            let completions = held.1.iter().zip(outcomes).map(|(run, outcome)| settle(run, outcome)).collect();
            turn(&*s.store, held.0, completions, vec![]).await
        }
    ),
    scene!(
        "one attempt succeeds",
        "SUCCESS claimed 0",
        "already claimed 0",
        |s| held(s, vec![run("t")]).await,
        |s, held| {
            let done = settle(&held.1[0], Outcome::Success(Some("[1]".into())));
            turn(&*s.store, held.0, vec![done], vec![]).await
        }
    ),
    scene!(
        "one attempt fails and is followed",
        "FAILED+next claimed 0",
        "already claimed 0",
        |s| held(s, vec![run("t").retries(1)]).await,
        |s, held| turn(&*s.store, held.0, vec![settle(&held.1[0], failed(0))], vec![]).await
    ),
    scene!(
        "a cancelled attempt ends with what it sent",
        "CANCELED claimed 0",
        "already claimed 0",
        |s| {
            let held = held(s, vec![run("t")]).await;
            s.run_cancel(Cancel { subtree: true, ..make::cancel(held.1[0].run) }).await.unwrap();
            sent(s, vec![run("t").sent_by(&held.1[0])]).await;
            held
        },
        |s, held| turn(&*s.store, held.0, vec![settle(&held.1[0], Outcome::Canceled)], vec![]).await
    ),
    // What was claimed is still held when the claim is repeated: only what is left is claimed then.
    scene!(
        "a queue is claimed",
        " claimed 3",
        " claimed 2",
        |s| {
            sent(s, batch("a", "t", 5)).await;
            Worker::at(&*s.store, at(1.0)).await.id
        },
        |s, executor| turn(&*s.store, executor, vec![], vec![share("a", &["t"], 3)]).await
    ),
    scene!(
        "a turn settles and claims",
        "SUCCESS claimed 3",
        "already claimed 2",
        |s| {
            let held = held(s, vec![run("t")]).await;
            sent(s, batch("a", "t", 5)).await;
            held
        },
        |s, held| {
            let done = settle(&held.1[0], Outcome::Success(None));
            turn(&*s.store, held.0, vec![done], vec![share("a", &["t"], 3)]).await
        }
    ),
    scene!(
        "a limited queue is claimed",
        " claimed 3",
        " claimed 0",
        |s| {
            s.queue_declare("a".into(), Some(3)).await.unwrap();
            sent(s, batch("a", "t", 5)).await;
            Worker::at(&*s.store, at(1.0)).await.id
        },
        |s, executor| {
            turn(&*s.store, executor, vec![], vec![Share { limited: true, ..share("a", &["t"], 5) }]).await
        }
    ),
    scene!(
        "a parked claim takes what arrives",
        "done",
        "done",
        |s| Worker::at(&*s.store, at(1.0)).await.id,
        |s, executor| parked(s, executor).await
    ),
    scene!(
        "due runs are promoted",
        "2",
        "0",
        |s| {
            sent(s, [5.0, 6.0, 90.0].map(|due| run("t").starting(Start::At(at(due)))).to_vec()).await;
        },
        |s, _none| Ok(s.promote_due(Some(at(10.0))).await?.to_string())
    ),
    scene!("lines are kept", "done", "done", |s| held(s, vec![run("t")]).await.1[0].fence, |s, fence| {
        let logged = Logged { fence, lines: vec![line(0, "a"), line(1, "b")] };
        s.log_append(vec![logged]).await.map(|()| "done".into())
    }),
    scene!("progress is kept", "true", "true", |s| held(s, vec![run("t")]).await.1[0].fence, |s, fence| Ok(s
        .progress_set(fence, 0.5, "half".into(), Some(at(2.0)))
        .await?
        .to_string())),
    scene!("a queue is declared", "done", "done", |_s| (), |s, _none| {
        s.queue_declare("a".into(), Some(2)).await.map(|()| "done".into())
    }),
    scene!("definitions are written", "done", "done", |_s| (), |s, _none| {
        let def = TaskDef {
            task_name: "t".into(),
            queue: "a".into(),
            priority: 5,
            max_retries: 1,
            timeout_seconds: None,
            arg_schema: Some("{}".into()),
        };
        s.task_defs_put(vec![def]).await.map(|()| "done".into())
    }),
    scene!("a key is set", "done", "done", |_s| (), |s, _none| {
        s.kv_set("k", "v", Some(at(0.0))).await.map(|()| "done".into())
    }),
    scene!("a key is deleted", "true", "false", |s| s.kv_set("k", "v", None).await.unwrap(), |s, _none| Ok(s
        .kv_delete("k")
        .await?
        .to_string())),
    // The one write that cannot be repeated blindly.
    scene!("a key is swapped", "done", "holds", |_s| (), |s, _none| {
        Ok(swap(s.kv_compare_and_set("k", None, Some("v"), Some(at(0.0))).await?))
    }),
    scene!("an operator writes a key", "done", "done", |_s| (), |s, _none| {
        let (key, value, actor) = ("k".into(), Some("v".into()), make::operator());
        Ok(swap(s.kv_write(KvWrite { key, value, expect: None, actor, now: Some(at(0.0)) }).await?))
    }),
    scene!(
        "a waiting run is cancelled",
        "Canceled 0 0",
        "AlreadyEnded(Canceled) 0 0",
        |s| sent(s, vec![run("t")]).await[0].id,
        |s, run| cancel(s, make::cancel(run)).await
    ),
    scene!(
        "a running tree is cancelled",
        "Asked 1 0",
        "AlreadyAsked 0 0",
        |s| {
            let held = held(s, vec![run("t")]).await;
            sent(s, vec![run("t").sent_by(&held.1[0])]).await;
            held.1[0].run
        },
        |s, run| cancel(s, Cancel { subtree: true, ..make::cancel(run) }).await
    ),
    scene!(
        "a failed run is retried",
        "queued",
        "queued",
        |s| {
            let held = held(s, vec![run("t")]).await;
            let failed = settle(&held.1[0], failed(0));
            turn(&*s.store, held.0, vec![failed], vec![]).await.unwrap();
            make::retry(held.1[0].run)
        },
        |s, retry| Ok(crate::failpoints::scenes::retried(s.run_retry(retry).await?))
    ),
    scene!(
        "a successful run is sent again",
        "sent again",
        "sent again",
        |s| {
            let held = held(s, vec![run("t")]).await;
            let done = settle(&held.1[0], Outcome::Success(None));
            turn(&*s.store, held.0, vec![done], vec![]).await.unwrap();
            make::retry(held.1[0].run)
        },
        |s, retry| Ok(crate::failpoints::scenes::retried(s.run_retry(retry).await?))
    ),
    scene!(
        "runs that ended are deleted",
        "1",
        "0",
        |s| {
            let held = held(s, vec![run("t")]).await;
            let done = settle(&held.1[0], Outcome::Success(Some("1".into())));
            turn(&*s.store, held.0, vec![done], vec![]).await.unwrap();
            PruneBatch {
                id: uuid::Uuid::now_v7(),
                older_than: Duration::ZERO,
                statuses: vec![],
                after: None,
                limit: 100,
                dry_run: false,
                actor: make::operator(),
                now: Some(at(100.0)),
            }
        },
        |s, batch| Ok(s.prune(batch).await?.runs.to_string())
    ),
    scene!("a queue is paused", "true", "true", |_s| (), |s, _none| {
        let pause = SetPause { queue: "a".into(), paused: true, actor: make::operator(), now: Some(at(0.0)) };
        Ok(s.queue_pause(pause).await?.paused_at.is_some().to_string())
    }),
    scene!("a queue is limited", "Some(2)", "Some(2)", |_s| (), |s, _none| {
        let limit = SetLimit { queue: "a".into(), limit: Limit::At(2), actor: make::operator(), now: Some(at(0.0)) };
        Ok(format!("{:?}", s.queue_limit(limit).await?.concurrency_limit))
    }),
    scene!("an event is written", "done", "done", |_s| (), |s, _none| {
        s.system_log("maintenance", "{}").await.map(|()| "done".into())
    }),
];

pub async fn cancel(s: &TestStore, cancel: Cancel) -> Result<String> {
    let answer = s.run_cancel(cancel).await?;
    Ok(format!("{:?} {} {}", answer.run, answer.descendants_canceled, answer.descendants_asked))
}

pub fn retried(outcome: hyrex::store::RetryOutcome) -> String {
    match outcome {
        hyrex::store::RetryOutcome::Queued(_) => "queued".into(),
        hyrex::store::RetryOutcome::SentAgain(_) => "sent again".into(),
        other => format!("{other:?}"),
    }
}

/// Sends while a claim is parked. Where stores cannot park claims, there is nothing to fail.
async fn parked(s: &TestStore, executor: ExecutorId) -> Result<String> {
    if !s.abilities().parks_claims {
        return Ok("done".into());
    }
    let queues = hyrex::model::QueueSet::all();
    let parked = ParkedClaim { executor, queues, tasks: vec!["t".into()], take: 5, now: Some(at(2.0)) };
    let claim = tokio::time::timeout(Duration::from_secs(30), s.claim_parked(parked));
    let (claimed, sent) = tokio::join!(claim, s.enqueue(vec![run("t")], Some(at(2.0))));
    sent?;
    let claimed = claimed.unwrap_or_else(|_| panic!("what arrives is claimed: {:?}", s.failpoints.passed()))?;
    assert_eq!(claimed.len(), 1);
    Ok("done".into())
}
