//! The verbs of the store, over the model: what each does, and what it answers.

use super::book::{Attempt, Book, Executor, Key, Queue};
use hyrex::model::{
    Completed, Completion, Enqueued, ExecutorId, ExecutorStatus, Fence, NewRun, Outcome, RunId, Start, TaskStatus,
};
use hyrex::store::{Cancel, CancelAnswer, CancelOutcome, Limit, Rescue, Rescued, Retry, RetryOutcome, Share, Swap};
use std::time::Duration;

/// What a completion answers; whether a next attempt was made stands for its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Applied(TaskStatus, bool),
    AlreadyApplied,
    Refused(TaskStatus),
    Gone,
}

impl From<Completed> for Settled {
    fn from(completed: Completed) -> Self {
        match completed {
            Completed::Applied { status, next } => Settled::Applied(status, next.is_some()),
            Completed::AlreadyApplied => Settled::AlreadyApplied,
            Completed::Refused { stands } => Settled::Refused(stands),
            Completed::Gone => Settled::Gone,
        }
    }
}

impl Book {
    pub fn enqueue(&mut self, runs: &[NewRun]) -> Vec<Enqueued> {
        runs.iter().map(|run| self.enqueue_one(run)).collect()
    }

    fn enqueue_one(&mut self, new: &NewRun) -> Enqueued {
        if self.runs.contains_key(&new.id) {
            return Enqueued::New(new.id);
        }
        if let Some(key) = &new.idempotency_key {
            let key = (new.task_name.clone(), key.clone());
            if let Some(standing) = self.keys.get(&key) {
                return Enqueued::Duplicate(*standing);
            }
            self.keys.insert(key, new.id);
        }
        let start = match new.start {
            Start::Now => None,
            Start::After(delay) => Some(self.now + delay),
            Start::At(time) => Some(time),
        };
        let scheduled = start.filter(|time| *time > self.now);
        let status = if scheduled.is_some() { TaskStatus::AwaitStartTime } else { TaskStatus::Queued };
        let queued = scheduled.is_none().then_some(self.now);
        let first = Attempt {
            id: Some(new.id.first_attempt()),
            scheduled,
            ..Attempt::new(status, new.max_retries as i16, queued)
        };
        let mut facts = new.clone();
        facts.root = Some(new.root.unwrap_or(new.id));
        self.runs.insert(new.id, super::book::Run { facts, attempts: vec![first], node: None });
        self.order.push(new.id);
        Enqueued::New(new.id)
    }

    pub fn register(&mut self, id: ExecutorId) {
        let executor = Executor { status: ExecutorStatus::Running, beats: None, last_beat: self.now };
        self.executors.push((id, executor));
    }

    pub fn settle(&mut self, completion: &Completion) -> Settled {
        let Some(key) = self.find(completion.fence.attempt) else { return Settled::Gone };
        if !self.holds(key, completion.fence) {
            return self.settled_before(key, completion.fence, &completion.outcome);
        }
        let canceling = self.attempt(key).status == TaskStatus::UpForCancel;
        let made = self.runs[&key.0].attempts.len();
        match (&completion.outcome, canceling) {
            (Outcome::Canceled, false) => return Settled::Refused(TaskStatus::Running),
            (Outcome::Success(result), _) => {
                self.attempt_mut(key).result = result.clone();
                self.end(key, TaskStatus::Success);
            }
            (Outcome::Canceled | Outcome::Interrupted | Outcome::NeverBegun, true) => {
                self.end(key, TaskStatus::Canceled);
            }
            (Outcome::Interrupted, false) if self.attempt((key.0, 0)).max_retries == 0 => {
                self.end(key, TaskStatus::Stopped)
            }
            (Outcome::Interrupted | Outcome::NeverBegun, false) => self.give_back(key),
            (Outcome::Failed(error, delay), _) => self.fail(key, error, (!canceling).then_some(*delay)),
            (Outcome::FailedForGood(error), _) => self.fail(key, error, None),
        }
        for line in &completion.logs {
            self.logs.insert((key, completion.fence.claim, line.seq), line.message.clone());
        }
        Settled::Applied(self.attempt(key).status, self.runs[&key.0].attempts.len() > made)
    }

    fn fail(&mut self, key: Key, error: &hyrex::model::TaskError, retried_after: Option<Duration>) {
        let attempt = self.attempt_mut(key);
        attempt.error = Some(error.clone());
        let left = key.1 < attempt.max_retries;
        if left && retried_after.is_none() {
            attempt.max_retries = key.1;
        }
        self.end(key, TaskStatus::Failed);
        if let Some(delay) = retried_after.filter(|_| left) {
            self.follow(key, delay);
        }
    }

    pub fn holds(&self, key: Key, fence: Fence) -> bool {
        let attempt = self.attempt(key);
        attempt.status.is_held() && attempt.executor == Some(fence.executor) && attempt.claim == fence.claim
    }

    fn settled_before(&self, key: Key, fence: Fence, outcome: &Outcome) -> Settled {
        use TaskStatus::*;
        let attempt = self.attempt(key);
        let same = attempt.claim == fence.claim;
        let ours = same && attempt.executor == Some(fence.executor);
        let back = same && attempt.executor.is_none() && attempt.status == Queued;
        let ends: &[TaskStatus] = match outcome {
            Outcome::Success(_) => &[Success],
            Outcome::Failed(..) | Outcome::FailedForGood(_) => &[Failed],
            Outcome::Canceled | Outcome::NeverBegun => &[Canceled],
            Outcome::Interrupted => &[Stopped, Canceled],
        };
        let given_back = back && matches!(outcome, Outcome::Interrupted | Outcome::NeverBegun);
        match ours && ends.contains(&attempt.status) || given_back {
            true => Settled::AlreadyApplied,
            false => Settled::Refused(attempt.status),
        }
    }

    /// What a claim takes: by share in their order, but those without a limit first.
    pub fn claim(&mut self, executor: ExecutorId, shares: &[Share]) -> Vec<Key> {
        if self.executor(executor).map(|executor| executor.status) != Some(ExecutorStatus::Running) {
            return vec![];
        }
        let mut taken: Vec<(usize, Vec<Key>)> = vec![];
        for limited in [false, true] {
            for (place, share) in shares.iter().enumerate().filter(|(_, share)| share.limited == limited) {
                taken.push((place, self.claim_share(executor, share)));
            }
        }
        taken.sort_by_key(|(place, _)| *place);
        taken.into_iter().flat_map(|(_, keys)| keys).collect()
    }

    fn claim_share(&mut self, executor: ExecutorId, share: &Share) -> Vec<Key> {
        let limit = self.limit(&share.queue);
        if self.is_paused(&share.queue) || (limit.is_some() && !share.limited) {
            return vec![];
        }
        let held = |key: &&Key| self.facts(**key).queue == share.queue && self.attempt(**key).status.is_held();
        let held = self.all().iter().filter(held).count();
        let room = limit.map_or(usize::MAX, |limit| (limit as usize).saturating_sub(held));
        let fits = |key: &Key| {
            let facts = self.facts(*key);
            let of_lane = facts.queue == share.queue && share.tasks.contains(&facts.task_name);
            of_lane && self.attempt(*key).status == TaskStatus::Queued
        };
        let mut queued: Vec<Key> = self.all().into_iter().filter(fits).collect();
        let rank = |key: &Key| (-self.facts(*key).priority, self.attempt(*key).queued, self.attempt(*key).id);
        queued.sort_by_key(rank);
        queued.truncate(room.min(share.take as usize));
        let now = self.now;
        for key in &queued {
            let attempt = self.attempt_mut(*key);
            attempt.status = TaskStatus::Running;
            attempt.executor = Some(executor);
            attempt.started = Some(now);
            attempt.claim += 1;
        }
        queued
    }

    pub fn promote(&mut self) -> u32 {
        let now = self.now;
        let due = |key: &Key| {
            let attempt = self.attempt(*key);
            attempt.status == TaskStatus::AwaitStartTime && attempt.scheduled.is_some_and(|time| time <= now)
        };
        let due: Vec<Key> = self.all().into_iter().filter(due).collect();
        for key in &due {
            let attempt = self.attempt_mut(*key);
            attempt.status = TaskStatus::Queued;
            attempt.queued = Some(now);
        }
        due.len() as u32
    }

    pub fn stop(&mut self, id: ExecutorId, begun: &[Fence]) {
        for key in self.held_by(id) {
            let attempt = self.attempt(key);
            let fence = Fence { attempt: attempt.id.expect("a claimed attempt"), executor: id, claim: attempt.claim };
            let outcome = if begun.contains(&fence) { Outcome::Interrupted } else { Outcome::NeverBegun };
            self.settle(&Completion { fence, workflow_run: None, outcome, logs: vec![] });
        }
        self.follow_ends();
        if let Some(executor) = self.executor_mut(id).filter(|executor| executor.status == ExecutorStatus::Running) {
            executor.status = ExecutorStatus::Shutdown;
        }
    }

    pub fn rescue(&mut self, rescue: &Rescue) -> Rescued {
        let mut rescued = Rescued { declared: true, ..Rescued::default() };
        if let Some(executor) = self.executor_mut(rescue.lost)
            && executor.status == ExecutorStatus::Running
        {
            if executor.beats != rescue.beat_number {
                return Rescued::default();
            }
            executor.status = ExecutorStatus::Lost;
        }
        for key in self.held_by(rescue.lost) {
            if self.attempt(key).status == TaskStatus::UpForCancel {
                self.end(key, TaskStatus::Canceled);
                rescued.canceled += 1;
                continue;
            }
            self.attempt_mut(key).error = Some(hyrex::model::TaskError { kind: "lost".into(), ..Default::default() });
            self.end(key, TaskStatus::Lost);
            rescued.lost += 1;
            if key.1 < self.attempt(key).max_retries {
                self.follow(key, Duration::ZERO);
                rescued.requeued += 1;
            }
        }
        self.follow_ends();
        rescued
    }

    pub fn cancel(&mut self, cancel: &Cancel) -> CancelAnswer {
        let nothing = |run| CancelAnswer { run, descendants_canceled: 0, descendants_asked: 0 };
        if !self.runs.contains_key(&cancel.run) {
            return nothing(CancelOutcome::NotFound);
        }
        let key = self.latest(cancel.run);
        let run = match self.attempt(key).status {
            status if status.is_waiting() => {
                self.end(key, TaskStatus::Canceled);
                CancelOutcome::Canceled
            }
            TaskStatus::Running => {
                self.attempt_mut(key).status = TaskStatus::UpForCancel;
                CancelOutcome::Asked
            }
            TaskStatus::UpForCancel => CancelOutcome::AlreadyAsked,
            ended => CancelOutcome::AlreadyEnded(ended),
        };
        self.advance();
        if !cancel.subtree {
            return nothing(run);
        }
        if self.attempt(key).status == TaskStatus::UpForCancel {
            self.attempt_mut(key).takes_subtree = true;
        }
        let (descendants_canceled, descendants_asked) = self.cancel_descendants(cancel.run);
        self.advance();
        CancelAnswer { run, descendants_canceled, descendants_asked }
    }

    pub fn retry(&mut self, retry: &Retry) -> RetryOutcome {
        let Some(run) = self.runs.get(&retry.run) else { return RetryOutcome::NotFound };
        if run.node.is_some() {
            return RetryOutcome::WorkflowNode;
        }
        if self.runs.contains_key(&RunId(retry.id)) {
            return RetryOutcome::SentAgain(RunId(retry.id));
        }
        if let Some(made) = run.attempts.iter().find(|attempt| attempt.id.is_some_and(|id| id.0 == retry.id)) {
            return RetryOutcome::Queued(made.id.expect("an attempt with that id"));
        }
        let key = self.latest(retry.run);
        match self.attempt(key).status {
            TaskStatus::Success => {
                let facts = &self.runs[&retry.run].facts;
                let again = NewRun { id: RunId(retry.id), idempotency_key: None, start: Start::Now, ..facts.clone() };
                // Its settings are those of the attempt that succeeded.
                let max_retries = self.attempt(key).max_retries.unsigned_abs();
                let again = NewRun { parent: None, root: None, max_retries, ..again };
                RetryOutcome::SentAgain(self.enqueue_one(&again).run())
            }
            status if status.is_finished() => {
                self.follow(key, Duration::ZERO);
                let next = self.unnamed.pop().expect("the attempt just made");
                let id = hyrex::model::AttemptId(retry.id);
                let next_attempt = self.attempt_mut(next);
                next_attempt.id = Some(id);
                // One more is one more: it is the last, whatever was left.
                next_attempt.max_retries = next.1;
                RetryOutcome::Queued(id)
            }
            status => RetryOutcome::NotEnded(status),
        }
    }

    pub fn declare(&mut self, queue: &str, limit: Option<u32>) {
        self.queues.entry(queue.to_owned()).or_default().app_limit = limit;
    }

    pub fn set_limit(&mut self, queue: &str, limit: Limit) -> Queue {
        let entry = self.queues.entry(queue.to_owned()).or_default();
        entry.operator_limit = match limit {
            Limit::At(limit) => Some(Some(limit)),
            Limit::Unlimited => Some(None),
            Limit::Application => None,
        };
        entry.clone()
    }

    pub fn pause(&mut self, queue: &str, paused: bool) -> Queue {
        let now = self.now;
        let entry = self.queues.entry(queue.to_owned()).or_default();
        entry.paused_at = paused.then(|| entry.paused_at.unwrap_or(now));
        entry.clone()
    }

    pub fn swap(&mut self, key: &str, old: Option<&str>, new: Option<&str>) -> Swap {
        let holds = self.kv.get(key).cloned();
        if holds.as_deref() != old {
            return Swap::Holds(holds);
        }
        match new {
            Some(new) => drop(self.kv.insert(key.to_owned(), new.to_owned())),
            None => drop(self.kv.remove(key)),
        }
        Swap::Done
    }
}
