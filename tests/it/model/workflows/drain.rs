//! The end of a sequence: work goes on until nothing is left, and each run of a workflow has ended.

use super::rows;
use crate::model::player::{Player, QUEUES, TASKS, Verdict};
use crate::support::worker::{completion, share};
use hyrex::model::{Completion, ExecutorId, ExecutorStatus, Outcome, TaskStatus, WorkflowStatus};
use hyrex::store::Share;
use std::time::Duration;

/// More turns than any sequence needs: a chain of thirty nodes, each with its retries, after another.
const TURNS: usize = 400;

impl Player<'_> {
    /// Two executors work until nothing is left.
    pub async fn drain(&mut self) -> Verdict {
        let workers = [ExecutorId::new(), ExecutorId::new()];
        for worker in workers {
            self.register(worker).await?;
        }
        let others: Vec<ExecutorId> = self.book.executors.iter().map(|(id, _)| *id).collect();
        for turn in 0..TURNS {
            if self.book.order.iter().all(|run| self.book.status_of(*run).is_finished()) {
                return self.has_ended();
            }
            self.book.now += Duration::from_secs(5);
            if self.book.order.iter().any(|run| self.book.status_of(*run) == TaskStatus::AwaitStartTime) {
                self.promote().await?;
            }
            for worker in others.iter().filter(|_| turn == 0) {
                self.work(*worker, &[]).await?;
            }
            self.work(workers[turn % 2], &shares()).await?;
        }
        Err("something is never done".into())
    }

    /// Settles all that an executor holds, and claims more.
    async fn work(&mut self, worker: ExecutorId, shares: &[Share]) -> Verdict {
        let held = self.book.held_by(worker);
        let is_at_work = self.book.executor(worker).is_some_and(|own| own.status == ExecutorStatus::Running);
        if held.is_empty() && (shares.is_empty() || !is_at_work) {
            return Ok(());
        }
        let settle = |player: &Self, key| {
            let asked = player.book.attempt(key).status == TaskStatus::UpForCancel;
            let outcome = if asked { Outcome::Canceled } else { Outcome::Success(Some("[1]".into())) };
            player.naming_its_workflow(completion(player.fence_of(key), outcome))
        };
        let completions: Vec<Completion> = held.into_iter().map(|key| settle(self, key)).collect();
        if completions.iter().any(|completion| self.takes_its_subtree(completion)) {
            self.one_turn(worker, &completions, &[]).await?;
            self.one_turn(worker, &[], shares).await?;
        } else {
            self.one_turn(worker, &completions, shares).await?;
        }
        rows::all(self.test, &mut self.book).await
    }

    fn has_ended(&mut self) -> Verdict {
        for flow in 0..self.book.flows.len() {
            let row = &self.book.flows[flow];
            if row.is_live() {
                return Err(format!("run {flow} is {}, and nothing of it is left to do", row.status.as_str()));
            }
            let timed_out = row.status == WorkflowStatus::Failed && row.reason == Some("timeout");
            let repaired = row.status == WorkflowStatus::Success && row.repair.is_some();
            let more = if timed_out {
                ", timeout"
            } else if repaired {
                ", repaired"
            } else {
                ""
            };
            let outcome = format!("{}{more}", row.status.as_str());
            self.saw("run", outcome);
            self.see_nodes(flow);
        }
        Ok(())
    }

    fn see_nodes(&mut self, flow: usize) {
        let nodes = self.book.nodes_of(flow, true);
        let status = |run: &hyrex::model::RunId| self.book.status_of(*run);
        let ordinary_failed = self.book.nodes_of(flow, false).iter().any(|run| status(run) == TaskStatus::Failed);
        let finally = |run: &hyrex::model::RunId| self.book.node(*run).is_some_and(|node| node.finally);
        let after_failure = nodes.iter().any(|run| finally(run) && status(run) == TaskStatus::Success);
        let statuses: Vec<TaskStatus> = nodes.iter().map(status).collect();
        if ordinary_failed && after_failure {
            self.saw("nodes", "finally after failure");
        }
        statuses.into_iter().for_each(|status| self.saw("nodes", status));
    }
}

fn shares() -> Vec<Share> {
    QUEUES.iter().map(|queue| share(queue, &TASKS, 100)).collect()
}
