//! Runs what is queued, one after the other, and says what ran.

use super::super::attempt::Attempt;
use super::super::events::Ended;
use super::super::hooks;
use super::{Ran, TestApp};
use crate::model::{ClaimedRun, Completed, Completion, Outcome, TaskError, TaskStatus};
use crate::store::{Claim, Result, Share, Tick, Turn, TurnAnswer, WorkStore, WorkflowSweep};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// A task that has not ended after so long may be waiting for another: then the next one runs beside it.
const WAITS: Duration = Duration::from_millis(10);

/// A run on its way through a drain.
struct Going {
    attempt: Arc<Attempt>,
    args: String,
    ended: Ended,
}

impl TestApp {
    /// Runs everything that is queued, or becomes queued meanwhile: what tasks send, the nodes of workflows, their
    /// `finally` nodes too, and what is retried without a wait. A workflow's run whose time is up by the clock is ended
    /// first. Runs go one after the other, in the order of a worker with one slot, and in that order they are told;
    /// one that waits for another lets it pass. What waits for its time waits until [`TestApp::advance`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drain(&self) -> Result<Vec<Ran>> {
        let (mut going, mut ran) = (JoinSet::new(), Vec::new());
        self.promote().await?;
        self.sweep().await?;
        loop {
            let claimed = self.claim_one().await?;
            let nothing_more = claimed.is_none() && going.is_empty();
            if let Some(run) = claimed {
                self.begin(&mut going, run);
            }
            if nothing_more {
                return Ok(ran);
            }
            // The execution catches what tasks panic with; nothing aborts it.
            if let Ok(Some(Ok(ended))) = tokio::time::timeout(WAITS, going.join_next()).await {
                ran.push(self.settle(ended).await?);
            }
        }
    }

    async fn promote(&self) -> Result<()> {
        while self.store.promote_due(None).await? > 0 {}
        Ok(())
    }

    /// Ends the workflow runs whose time is up.
    async fn sweep(&self) -> Result<()> {
        while self.store.workflow_sweep(WorkflowSweep { recount: false, now: None }).await?.more {}
        Ok(())
    }

    async fn claim_one(&self) -> Result<Option<ClaimedRun>> {
        for share in self.shares().await? {
            let claimed = self.turn(Vec::new(), vec![share]).await?.claimed;
            if let Some(run) = claimed.into_iter().next() {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// A share of one run for each queue that is served and has work, by name.
    async fn shares(&self) -> Result<Vec<Share>> {
        let (executor, tasks) = (self.executor, self.tasks.clone().into());
        let answer =
            self.store.executor_tick(Tick { executor, tasks, lanes_after: None, beat: None, now: None }).await?;
        let mut queues: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for lane in answer.lanes.into_iter().filter(|lane| self.settings.queues.serves(&lane.queue)) {
            queues.entry(lane.queue).or_default().push(lane.task_name);
        }
        let set = |name: &str| answer.queues.iter().find(|set| set.name == name);
        let open = queues.into_iter().filter(|(name, _)| set(name).is_none_or(|set| set.paused_at.is_none()));
        let share = |(queue, tasks): (String, Vec<String>)| {
            let limited = set(&queue).is_some_and(|set| set.concurrency_limit.is_some());
            Share { queue, tasks, take: 1, limited }
        };
        Ok(open.map(share).collect())
    }

    async fn turn(&self, completions: Vec<Completion>, shares: Vec<Share>) -> Result<TurnAnswer> {
        self.store.turn(Turn { executor: self.executor, completions, claim: Claim { shares }, now: None }).await
    }

    fn begin(&self, going: &mut JoinSet<Going>, mut run: ClaimedRun) {
        let args = std::mem::take(&mut run.args);
        let attempt = Attempt::new(run, Arc::default());
        let runner = self.runner.clone();
        going.spawn(async move {
            let ended = runner.execute(attempt.clone(), args.clone()).await;
            Going { attempt, args, ended }
        });
    }

    async fn settle(&self, Going { attempt, args, ended }: Going) -> Result<Ran> {
        let completion = ended.completion;
        let answer = self.turn(vec![completion.clone()], Vec::new()).await?.completed;
        let (status, will_retry) = match answer.first() {
            Some(Completed::Applied { status, next }) => (*status, next.is_some()),
            Some(Completed::Refused { stands }) => (*stands, false),
            // The function ended it in a transaction of its own.
            Some(Completed::AlreadyApplied) if matches!(completion.outcome, Outcome::Success(_)) => {
                (TaskStatus::Success, false)
            }
            Some(Completed::AlreadyApplied | Completed::Gone) | None => (TaskStatus::Lost, false),
        };
        let (result, error) = match completion.outcome {
            Outcome::Success(result) => (result, None),
            Outcome::Failed(error, _) | Outcome::FailedForGood(error) => (None, Some(error)),
            Outcome::Canceled | Outcome::Interrupted | Outcome::NeverBegun => (None, None),
        };
        if let Some(error) = error.clone().filter(|_| status == TaskStatus::Failed) {
            self.call_hook(&attempt, args, error, will_retry).await;
        }
        let run = &attempt.claimed;
        Ok(Ran {
            task_name: run.task_name.clone(),
            run: run.run,
            attempt: run.fence.attempt,
            attempt_number: run.attempt_number,
            queue: run.queue.clone(),
            workflow_run: run.workflow_run,
            node_name: run.node_name.clone(),
            status,
            result,
            error,
            will_retry,
            logs: completion.logs,
        })
    }

    async fn call_hook(&self, attempt: &Arc<Attempt>, args: String, error: TaskError, will_retry: bool) {
        if let Some(call) = hooks::call(&self.runner, attempt, args, error, will_retry) {
            call.await;
        }
    }
}
