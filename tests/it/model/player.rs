//! Plays operations to a store and to the model, and compares what they answer.

use super::book::{Book, Key};
use super::ops::{FencePick, Op, Send, Settle, ShareOf, Which};
use super::verbs::Settled;
use super::view;
use crate::support::worker::registration;
use crate::support::{TestStore, make};
use hyrex::model::{
    AttemptId, Completion, Enqueued, ExecutorId, ExecutorStatus, Fence, LogLine, NewRun, Outcome, RunId, Start,
};
use hyrex::store::{
    Beat, Cancel, Claim, KvWrite, Limit, Logged, Rescue, Retry, RetryOutcome, SetLimit, SetPause, Share, Store,
    StoreError, Swap, Tick, Turn, WorkflowRepair,
};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// How often each operation came to each outcome.
pub type Coverage = BTreeMap<String, u32>;

/// A mismatch, in words.
pub type Verdict<T = ()> = Result<T, String>;

pub const QUEUES: [&str; 3] = ["a", "B", "c'%"];
pub const TASKS: [&str; 2] = ["t", "U"];
pub const KEYS: [&str; 3] = ["k", "K", "k%"];

/// A store, the model of it, and what was seen.
pub struct Player<'a> {
    pub store: &'a dyn Store,
    /// The same, with a way past it.
    pub test: &'a TestStore,
    pub book: Book,
    pub coverage: &'a mut Coverage,
    /// Every claim there ever was.
    pub fences: Vec<Fence>,
    retries: Vec<Retry>,
    pub repairs: Vec<WorkflowRepair>,
}

/// `Err` when the store answers something else than the model.
pub fn same<T: PartialEq + Debug>(what: &str, store: T, model: T) -> Verdict {
    if store == model { Ok(()) } else { Err(format!("{what}: the store says {store:?}, the model {model:?}")) }
}

pub fn fine<T>(what: &str, answer: hyrex::store::Result<T>) -> Verdict<T> {
    answer.map_err(|error| format!("{what}: the store fails: {error}"))
}

pub fn pick<T: Clone>(from: &[T], pick: u16) -> Option<T> {
    (!from.is_empty()).then(|| from[pick as usize % from.len()].clone())
}

impl<'a> Player<'a> {
    pub fn new(test: &'a TestStore, coverage: &'a mut Coverage) -> Self {
        let book = Book { now: crate::support::at(0.0), ..Book::default() };
        Self { store: &*test.store, test, book, coverage, fences: vec![], retries: vec![], repairs: vec![] }
    }

    pub fn saw(&mut self, verb: &str, outcome: impl std::fmt::Display) {
        *self.coverage.entry(format!("{verb}: {outcome}")).or_default() += 1;
    }

    pub fn now(&self) -> Option<hyrex::model::Timestamp> {
        Some(self.book.now)
    }

    /// Plays one operation. Time goes on by a microsecond with each, so that no two of them are at once.
    pub async fn play(&mut self, op: &Op) -> Verdict {
        self.book.now += Duration::from_micros(1);
        match op {
            Op::Send { runs } => self.send(runs).await?,
            Op::SendBad { bad } => self.send_bad(*bad).await?,
            Op::SendAgain { run } => self.send_again(*run).await?,
            Op::Register { id } => self.register(ExecutorId(*id)).await?,
            Op::Tick { worker, beat, any } => self.tick(*worker, *beat, *any).await?,
            Op::Stop { worker, begun } => self.stop(*worker, *begun).await?,
            Op::Rescue { observer, lost, holds, late } => self.rescue(*observer, *lost, *holds, *late).await?,
            Op::Turn { worker, settles, shares } => self.turn(*worker, settles, shares).await?,
            Op::Promote => self.promote().await?,
            Op::Log { fence, seq } => self.log(fence, *seq).await?,
            Op::Progress { fence, fraction } => self.progress(fence, *fraction).await?,
            Op::Declare { queue, limit } => self.declare(QUEUES[*queue as usize], *limit).await?,
            Op::Limit { queue, limit } => self.limit(QUEUES[*queue as usize], *limit).await?,
            Op::Pause { queue, paused } => self.pause(QUEUES[*queue as usize], *paused).await?,
            Op::Cancel { run, which, subtree } => self.cancel(*run, *which, *subtree).await?,
            Op::Retry { run, known, id } => self.retry(*run, *known, *id).await?,
            Op::RetryAgain { retry } => self.retry_again(*retry).await?,
            Op::KvSet { key, value } => self.kv_set(KEYS[*key as usize], &value.to_string()).await?,
            Op::KvDelete { key } => self.kv_delete(KEYS[*key as usize]).await?,
            Op::KvSwap { key, old, new, operator } => {
                self.kv_swap(KEYS[*key as usize], *old, *new, *operator).await?;
            }
            Op::Look { at, pick } => {
                let seen = view::look(&self.book, self.store, *at, *pick).await?;
                self.saw("look", seen);
            }
            Op::Wait { millis } => self.book.now += Duration::from_millis((*millis).into()),
            Op::Flow(op) => self.flow(op).await?,
        }
        self.learn().await
    }

    /// Takes the ids of the attempts that the store made from its rows.
    async fn learn(&mut self) -> Verdict {
        for key in std::mem::take(&mut self.book.unnamed) {
            let id = self.test.raw.attempt_of(key.0, key.1).await.ok_or("the next attempt has no row")?;
            if self.book.find(id).is_some() {
                return Err(format!("the next attempt has the id of another: {id}"));
            }
            self.book.attempt_mut(key).id = Some(id);
        }
        Ok(())
    }

    async fn send(&mut self, sends: &[Send]) -> Verdict {
        let runs: Vec<NewRun> = sends.iter().map(|send| self.new_run(send)).collect();
        let answers = fine("enqueue", self.store.enqueue(runs.clone(), self.now()).await)?;
        same("enqueue", &answers, &self.book.enqueue(&runs))?;
        for (run, answer) in runs.iter().zip(answers) {
            let outcome = match (answer, run.start) {
                (Enqueued::Duplicate(_), _) => "duplicate",
                (_, Start::Now) if run.parent.is_some() => "child",
                (_, Start::Now) => "new",
                _ => "delayed",
            };
            self.saw("enqueue", outcome);
        }
        Ok(())
    }

    fn new_run(&self, send: &Send) -> NewRun {
        let mut new = NewRun::new(TASKS[send.task as usize], format!("{{\"n\": {} }}", send.priority));
        new.id = RunId(send.id);
        new.queue = QUEUES[send.queue as usize].to_owned();
        new.max_retries = send.retries;
        new.priority = send.priority;
        new.idempotency_key = send.key.map(|key| format!("key-{key}"));
        if let Some(delay) = send.delay {
            new.start = Start::After(Duration::from_millis(delay.into()));
        }
        if let Some(sender) = send.parent.and_then(|parent| pick(&self.fences, parent)) {
            let key = self.book.find(sender.attempt).expect("a claimed attempt");
            new.parent = Some(sender.attempt);
            new.root = self.book.facts(key).root;
        }
        new
    }

    async fn send_bad(&mut self, bad: u8) -> Verdict {
        let mut new = NewRun::new("t", "{}");
        match bad % 4 {
            0 => new.queue = String::new(),
            1 => new.priority = 0,
            2 => new.args = "[]".into(),
            _ => new.task_name = "t\0".into(),
        }
        match self.store.enqueue(vec![NewRun::new("t", "{}"), new], self.now()).await {
            Err(StoreError::Bounds(_)) => self.saw("enqueue", "refused"),
            other => return Err(format!("enqueue: a bound is broken, and the store says {other:?}")),
        }
        Ok(())
    }

    async fn send_again(&mut self, run: u16) -> Verdict {
        let Some(run) = pick(&self.book.order, run) else { return Ok(()) };
        let again = self.book.runs[&run].facts.clone();
        let answers = fine("enqueue", self.store.enqueue(vec![again], self.now()).await)?;
        same("enqueue again", answers, vec![Enqueued::New(run)])?;
        self.saw("enqueue", "repeated");
        Ok(())
    }

    pub async fn register(&mut self, id: ExecutorId) -> Verdict {
        fine("register", self.store.executor_register(registration(id), self.now()).await)?;
        self.book.register(id);
        self.saw("register", "done");
        Ok(())
    }

    /// One of the executors, most often one that is at work.
    fn worker(&self, pick_of: u16) -> Option<ExecutorId> {
        let all: Vec<ExecutorId> = self.book.executors.iter().map(|(id, _)| *id).collect();
        let at_work = |id: &ExecutorId| self.book.executor(*id).map(|e| e.status) == Some(ExecutorStatus::Running);
        let working: Vec<ExecutorId> = all.iter().copied().filter(at_work).collect();
        let from = if working.is_empty() || pick_of.is_multiple_of(16) { &all } else { &working };
        pick(from, pick_of / 16)
    }

    /// A beat of the observer, which shows it the beat number of the other.
    async fn look_at(&mut self, observer: ExecutorId, other: ExecutorId) -> Verdict {
        let is_known = self.book.executor(other).is_some_and(|other| other.beats.is_some());
        let is_seen = self.book.executor(other).is_some_and(|other| other.status == ExecutorStatus::Running);
        if observer == other || is_known || !is_seen { Ok(()) } else { self.tick_of(observer, true).await }
    }

    async fn tick(&mut self, worker: u16, beat: bool, any: bool) -> Verdict {
        let chosen = if any { pick(&self.book.executors, worker).map(|(id, _)| id) } else { self.worker(worker) };
        let Some(executor) = chosen else { return Ok(()) };
        self.tick_of(executor, beat).await
    }

    async fn tick_of(&mut self, executor: ExecutorId, beat: bool) -> Verdict {
        let tick = Tick {
            executor,
            tasks: TASKS.map(str::to_owned).into(),
            lanes_after: None,
            beat: beat.then(Beat::default),
            now: self.now(),
        };
        let answer = fine("tick", self.store.executor_tick(tick).await)?;
        let status = self.book.executor(executor).expect("it is known").status;
        if beat && status == ExecutorStatus::Running {
            let now = self.book.now;
            let own = self.book.executor_mut(executor).expect("it is known");
            own.beats = own.beats.map(|beats| beats + 1);
            own.last_beat = now;
        }
        view::tick(&mut self.book, executor, &answer)?;
        self.saw("tick", format!("{status}, {}", if beat { "beat" } else { "look" }));
        Ok(())
    }

    async fn stop(&mut self, worker: u16, begun: bool) -> Verdict {
        let Some(executor) = self.worker(worker) else { return Ok(()) };
        let held = |key: &Key| self.fence_of(*key);
        let held: Vec<Fence> = self.book.held_by(executor).iter().map(held).collect();
        let outcome = if held.is_empty() { "nothing held" } else { "something held" };
        let begun = if begun { held } else { vec![] };
        fine("stop", self.store.executor_stop(executor, begun.clone(), self.now()).await)?;
        self.book.stop(executor, &begun);
        self.saw("stop", outcome);
        Ok(())
    }

    pub fn fence_of(&self, key: Key) -> Fence {
        let attempt = self.book.attempt(key);
        let (id, executor) = (attempt.id.expect("it was claimed"), attempt.executor.expect("it is held"));
        Fence { attempt: id, executor, claim: attempt.claim }
    }

    async fn rescue(&mut self, observer: u16, lost: u16, holds: bool, late: bool) -> Verdict {
        let all = self.book.executors.iter().map(|(id, _)| *id);
        let holding: Vec<_> = all.filter(|id| !self.book.held_by(*id).is_empty()).collect();
        let lost = pick(&holding, lost).filter(|_| holds).or_else(|| self.worker(lost));
        let (Some(observer), Some(lost)) = (self.worker(observer), lost) else { return Ok(()) };
        self.look_at(observer, lost).await?;
        let status = self.book.executor(lost).expect("it is known").status;
        let Some(beats) = self.book.executor(lost).and_then(|lost| lost.beats) else { return Ok(()) };
        let beat_number = Some(if late { beats - 1 } else { beats });
        let rescue = Rescue { observer, lost, beat_number, last_heartbeat: None, now: self.now() };
        if status != ExecutorStatus::Running && late {
            return Ok(());
        }
        let mut answer = fine("rescue", self.store.executor_rescue(rescue.clone()).await)?;
        let expected = self.book.rescue(&rescue);
        if status == ExecutorStatus::Shutdown {
            answer.declared = expected.declared;
        }
        same("rescue", &answer, &expected)?;
        let outcome = match (answer.declared, answer.lost, answer.canceled) {
            (false, ..) => "beat again",
            (_, 0, 0) => "nothing held",
            (_, _, 0) => "lost",
            _ => "lost and cancelled",
        };
        self.saw("rescue", outcome);
        Ok(())
    }

    fn fence(&self, worker: Option<ExecutorId>, of: &FencePick) -> Option<Fence> {
        match of {
            FencePick::Held(n) => {
                let keys = match worker {
                    Some(worker) => self.book.held_by(worker),
                    None => {
                        self.book.all().into_iter().filter(|key| self.book.attempt(*key).status.is_held()).collect()
                    }
                };
                pick(&keys, *n).map(|key| self.fence_of(key))
            }
            FencePick::HeldAt(n) => {
                let held = self.book.held_by(worker?);
                held.get(*n as usize).map(|key| self.fence_of(*key))
            }
            FencePick::Any(n) => pick(&self.fences, *n),
            FencePick::Foreign(n) => {
                let fence = pick(&self.fences, *n)?;
                Some(Fence { executor: pick(&self.book.executors, *n)?.0, ..fence })
            }
            FencePick::Nobody(id) => {
                Some(Fence { attempt: AttemptId(*id), executor: pick(&self.book.executors, 0)?.0, claim: 1 })
            }
        }
    }

    async fn turn(&mut self, worker: u16, settles: &[Settle], shares: &[ShareOf]) -> Verdict {
        let Some(executor) = self.worker(worker) else { return Ok(()) };
        let completion = |settle: &Settle| {
            let completion = completion(self.fence(Some(executor), &settle.fence)?, settle);
            // A worker names the workflow's run; who completes otherwise may not.
            Some(if settle.delay % 8 == 7 { completion } else { self.naming_its_workflow(completion) })
        };
        let completions: Vec<Completion> = settles.iter().filter_map(completion).collect();
        let shares: Vec<Share> = shares.iter().map(|share| self.share(share)).collect();
        if completions.iter().any(|completion| self.takes_its_subtree(completion) || self.is_unnamed(completion)) {
            // Whether what follows from it is seen by the claim is each store's own.
            self.one_turn(executor, &completions, &[]).await?;
            return self.one_turn(executor, &[], &shares).await;
        }
        self.one_turn(executor, &completions, &shares).await
    }

    /// What its runs are called in the coverage: nodes apart from others.
    fn kind(&self, attempt: AttemptId) -> &'static str {
        let is_node = self.book.find(attempt).is_some_and(|key| self.book.node(key.0).is_some());
        if is_node { "node " } else { "" }
    }

    pub fn takes_its_subtree(&self, completion: &Completion) -> bool {
        let key = self.book.find(completion.fence.attempt);
        key.is_some_and(|key| self.book.holds(key, completion.fence) && self.book.attempt(key).takes_subtree)
    }

    pub async fn one_turn(&mut self, executor: ExecutorId, completions: &[Completion], shares: &[Share]) -> Verdict {
        let turn = Turn {
            executor,
            completions: completions.to_vec(),
            claim: Claim { shares: shares.to_vec() },
            now: self.now(),
        };
        let answer = fine("turn", self.store.turn(turn).await)?;
        same("turn: answers", answer.completed.len(), completions.len())?;
        for (completion, completed) in completions.iter().zip(&answer.completed) {
            let expected = self.book.settle(completion);
            same(&format!("settle {completion:?}"), Settled::from(*completed), expected)?;
            let verb = format!("{}{}", self.kind(completion.fence.attempt), outcome_name(&completion.outcome));
            self.saw(&verb, view::settled_name(expected));
        }
        self.book.follow_ends();
        self.learn().await?;
        for completed in &answer.completed {
            if let hyrex::model::Completed::Applied { next: Some(next), .. } = completed {
                self.book.find(*next).ok_or(format!("settle: its next attempt {next} is nowhere"))?;
            }
        }
        let expected = self.book.claim(executor, shares);
        self.claimed(shares, &answer.claimed, expected)
    }

    fn share(&self, of: &ShareOf) -> Share {
        let queue = QUEUES[of.queue as usize].to_owned();
        let is_limited = self.book.limit(&queue).is_some();
        let tasks = (0..2).filter(|n| of.tasks & (1 << n) != 0).map(|n| TASKS[n].to_owned()).collect();
        // Only a claim that overlooks a limit is wrong in a way that matters.
        Share { limited: is_limited && of.knows, queue, tasks, take: of.take }
    }

    fn claimed(&mut self, shares: &[Share], claimed: &[hyrex::model::ClaimedRun], expected: Vec<Key>) -> Verdict {
        let keys: Vec<_> = claimed.iter().map(|run| (run.run, run.attempt_number)).collect();
        same(&format!("claim {shares:?}"), &keys, &expected)?;
        for run in claimed {
            view::claimed(&self.book, run)?;
            self.fences.push(run.fence);
        }
        for share in shares.iter().filter(|share| share.take > 0) {
            let taken = claimed.iter().filter(|run| run.queue == share.queue).count();
            let state = match (self.book.is_paused(&share.queue), self.book.limit(&share.queue).is_some()) {
                (true, _) => "paused",
                (_, true) if share.limited => "limited",
                (_, true) => "limit unknown",
                _ => "free",
            };
            self.saw("claim", format!("{state}, {}", if taken > 0 { "some" } else { "none" }));
        }
        Ok(())
    }

    pub async fn promote(&mut self) -> Verdict {
        let count = fine("promote", self.store.promote_due(self.now()).await)?;
        same("promote", count, self.book.promote())?;
        self.saw("promote", if count > 0 { "some" } else { "none" });
        Ok(())
    }

    async fn log(&mut self, fence: &FencePick, seq: i32) -> Verdict {
        let Some(fence) = self.fence(None, fence) else { return Ok(()) };
        let line = line(seq);
        let key = self.book.find(fence.attempt).filter(|key| self.book.holds(*key, fence));
        if let Some(key) = key {
            self.book.logs.entry((key, fence.claim, seq)).or_insert_with(|| line.message.clone());
        }
        fine("log", self.store.log_append(vec![Logged { fence, lines: vec![line] }]).await)?;
        self.saw("log", if key.is_some() { "kept" } else { "dropped" });
        Ok(())
    }

    async fn progress(&mut self, fence: &FencePick, fraction: f32) -> Verdict {
        let Some(fence) = self.fence(None, fence) else { return Ok(()) };
        let kept = fine("progress", self.store.progress_set(fence, fraction, "on".into(), self.now()).await)?;
        let key = self.book.find(fence.attempt).filter(|key| self.book.holds(*key, fence));
        same("progress", kept, key.is_some())?;
        if let Some(key) = key {
            self.book.attempt_mut(key).progress = Some((fence.claim, fraction, self.book.now));
        }
        self.saw("progress", if kept { "kept" } else { "refused" });
        Ok(())
    }

    async fn declare(&mut self, queue: &str, limit: Option<u32>) -> Verdict {
        fine("declare", self.store.queue_declare(queue.to_owned(), limit).await)?;
        self.book.declare(queue, limit);
        self.saw("declare", if limit.is_some() { "limit" } else { "no limit" });
        Ok(())
    }

    async fn limit(&mut self, queue: &str, limit: Option<Option<u32>>) -> Verdict {
        let (limit, outcome) = match limit {
            Some(Some(limit)) => (Limit::At(limit), "at"),
            Some(None) => (Limit::Unlimited, "unlimited"),
            None => (Limit::Application, "application"),
        };
        let set = SetLimit { queue: queue.to_owned(), limit, actor: make::operator(), now: self.now() };
        let settings = fine("limit", self.store.queue_limit(set).await)?;
        let stands = self.book.set_limit(queue, limit);
        view::settings(queue, &settings, &stands)?;
        self.saw("limit", outcome);
        Ok(())
    }

    async fn pause(&mut self, queue: &str, paused: bool) -> Verdict {
        let pause = SetPause { queue: queue.to_owned(), paused, actor: make::operator(), now: self.now() };
        let settings = fine("pause", self.store.queue_pause(pause).await)?;
        let stands = self.book.pause(queue, paused);
        view::settings(queue, &settings, &stands)?;
        self.saw("pause", if paused { "paused" } else { "resumed" });
        Ok(())
    }

    async fn cancel(&mut self, run: u16, which: Which, subtree: bool) -> Verdict {
        let is_held = |run: &&RunId| self.book.attempt(self.book.latest(**run)).status.is_held();
        let held: Vec<RunId> = self.book.order.iter().filter(is_held).copied().collect();
        let chosen = match which {
            Which::Any => pick(&self.book.order, run),
            Which::Held => pick(&held, run).or_else(|| pick(&self.book.order, run)),
            Which::Sender => pick(&self.senders(), run),
            Which::Unknown => None,
        };
        let run = chosen.unwrap_or_else(RunId::new);
        let cancel = Cancel { run, subtree, actor: make::operator(), now: self.now() };
        let answer = fine("cancel", self.store.run_cancel(cancel.clone()).await)?;
        same("cancel", &answer, &self.book.cancel(&cancel))?;
        if subtree {
            let below = answer.descendants_canceled + answer.descendants_asked;
            let verb = format!("{}cancel subtree", self.kind(run.first_attempt()));
            self.saw(&verb, if below > 0 { "some below" } else { "none below" });
        }
        let verb = format!("{}cancel", self.kind(run.first_attempt()));
        self.saw(&verb, view::cancel_name(&answer.run));
        Ok(())
    }

    async fn retry(&mut self, run: u16, known: bool, id: uuid::Uuid) -> Verdict {
        let run = pick(&self.book.order, run).filter(|_| known).unwrap_or_else(RunId::new);
        let retry = Retry { id, run, actor: make::operator(), now: self.now() };
        self.retries.push(retry.clone());
        let outcome = self.retry_with(&retry).await?;
        self.saw("retry", view::retry_name(&outcome));
        if matches!(outcome, hyrex::store::RetryOutcome::SentAgain(_)) {
            // Rare enough that a random repetition would seldom meet it.
            let again = self.retry_with(&retry).await?;
            self.saw("retry again", view::retry_name(&again));
        }
        Ok(())
    }

    async fn retry_again(&mut self, retry: u16) -> Verdict {
        let Some(retry) = pick(&self.retries, retry) else { return Ok(()) };
        let outcome = self.retry_with(&Retry { now: self.now(), ..retry }).await?;
        self.saw("retry again", view::retry_name(&outcome));
        Ok(())
    }

    async fn retry_with(&mut self, retry: &Retry) -> Verdict<RetryOutcome> {
        let outcome = fine("retry", self.store.run_retry(retry.clone()).await)?;
        same("retry", &outcome, &self.book.retry(retry))?;
        Ok(outcome)
    }

    async fn kv_set(&mut self, key: &str, value: &str) -> Verdict {
        fine("kv_set", self.store.kv_set(key, value, self.now()).await)?;
        self.book.kv.insert(key.to_owned(), value.to_owned());
        self.saw("kv set", "done");
        Ok(())
    }

    async fn kv_delete(&mut self, key: &str) -> Verdict {
        let was_there = fine("kv_delete", self.store.kv_delete(key).await)?;
        same("kv_delete", was_there, self.book.kv.remove(key).is_some())?;
        self.saw("kv delete", if was_there { "done" } else { "absent" });
        Ok(())
    }

    async fn kv_swap(&mut self, key: &str, old: Option<u8>, new: Option<u8>, operator: bool) -> Verdict {
        let (old, new) = (old.map(|old| old.to_string()), new.map(|new| new.to_string()));
        let (old, new) = (old.as_deref(), new.as_deref());
        let answer = if operator {
            let (value, expect) = (new.map(str::to_owned), Some(old.map(str::to_owned)));
            let actor = make::operator();
            self.store.kv_write(KvWrite { key: key.to_owned(), value, expect, actor, now: self.now() }).await
        } else {
            self.store.kv_compare_and_set(key, old, new, self.now()).await
        };
        let answer = fine("kv swap", answer)?;
        same("kv swap", &answer, &self.book.swap(key, old, new))?;
        self.saw("kv swap", if answer == Swap::Done { "done" } else { "holds" });
        Ok(())
    }
}

fn completion(fence: Fence, settle: &Settle) -> Completion {
    let error = || make::error("broken");
    let outcome = match settle.outcome {
        0 => Outcome::Success((settle.delay > 0).then(|| format!("[{}]", settle.delay))),
        1 => Outcome::Failed(error(), Duration::from_millis(settle.delay.into())),
        2 => Outcome::FailedForGood(error()),
        3 => Outcome::Canceled,
        4 => Outcome::Interrupted,
        _ => Outcome::NeverBegun,
    };
    let logs = if settle.logged { vec![line(100), line(101)] } else { vec![] };
    Completion { fence, workflow_run: None, outcome, logs }
}

fn line(seq: i32) -> LogLine {
    crate::support::worker::line(seq, &format!("line {seq}"))
}

fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Success(_) => "success",
        Outcome::Failed(..) => "failed",
        Outcome::FailedForGood(_) => "failed for good",
        Outcome::Canceled => "canceled",
        Outcome::Interrupted => "interrupted",
        Outcome::NeverBegun => "never begun",
    }
}
