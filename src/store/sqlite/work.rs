//! What senders and workers do.

use super::wakeup::SqliteWakeups;
use super::{SqliteStore, defs, enqueue, kv, logs, parked, promote, queues, rescue, rows, schedule, tick, turn};
use crate::model::{ClaimedRun, Enqueued, ExecutorId, Fence, NewRun, NewWorkflow, Timestamp, WorkflowSent};
use crate::store::{
    Abilities, Fire, Fired, Lead, LeaderFence, Logged, NewSchedule, ParkedClaim, Registration, Rescue, Rescued, Result,
    StoreError, Swap, TaskDef, Tick, TickAnswer, Turn, TurnAnswer, Wakeups, WorkStore, WorkflowDef, WorkflowSweep,
    WorkflowSwept,
};
use std::sync::Arc;

#[async_trait::async_trait]
impl WorkStore for SqliteStore {
    async fn enqueue(&self, runs: Vec<NewRun>, now: Option<Timestamp>) -> Result<Vec<Enqueued>> {
        enqueue::check(&runs, self.options.max_json)?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        self.write("enqueue.answered", move |tx| enqueue::enqueue(tx, &runs, rows::micros(now))).await
    }

    async fn executor_register(&self, registration: Registration, now: Option<Timestamp>) -> Result<()> {
        self.write("register.answered", move |tx| tick::register(tx, &registration, rows::micros(now))).await
    }

    async fn executor_tick(&self, mut tick: Tick) -> Result<TickAnswer> {
        match tick.beat.clone() {
            None => {
                let now = rows::micros(tick.now);
                self.read(move |conn| tick::tell(conn, &tick, now)).await
            }
            Some(beat) => {
                tick.beat.get_or_insert_default().counts.clear();
                self.write("tick.answered", move |tx| tick::beat(tx, &tick, &beat)).await
            }
        }
    }

    async fn executor_stop(&self, executor: ExecutorId, begun: Vec<Fence>, now: Option<Timestamp>) -> Result<()> {
        self.write("stop.answered", move |tx| tick::stop(tx, executor, &begun, rows::micros(now))).await
    }

    async fn executor_rescue(&self, rescue: Rescue) -> Result<Rescued> {
        self.write("rescue.answered", move |tx| rescue::rescue(tx, &rescue)).await
    }

    async fn turn(&self, turn: Turn) -> Result<TurnAnswer> {
        let turn = Arc::new(turn::checked(turn, self.options.max_json));
        let at_once = Arc::clone(&turn);
        match self.write("turn.answered", move |tx| turn::turn(tx, &at_once)).await {
            Err(StoreError::Database(_)) if !turn.completions.is_empty() => {
                self.write("turn.answered", move |tx| turn::turn_one_by_one(tx, &turn)).await
            }
            answer => answer,
        }
    }

    async fn claim_parked(&self, parked: ParkedClaim) -> Result<Vec<ClaimedRun>> {
        parked::park(self.writer()?, parked).await
    }

    async fn workflow_send(&self, run: NewWorkflow, now: Option<Timestamp>) -> Result<WorkflowSent> {
        self.send_workflow(run, now).await
    }

    async fn workflow_defs_put(&self, defs: Vec<WorkflowDef>) -> Result<()> {
        self.put_workflow_defs(defs).await
    }

    async fn workflow_sweep(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept> {
        self.sweep_workflows(sweep).await
    }

    async fn promote_due(&self, now: Option<Timestamp>) -> Result<u32> {
        self.write("promote.answered", move |tx| promote::promote(tx, rows::micros(now))).await
    }

    async fn log_append(&self, logged: Vec<Logged>) -> Result<()> {
        self.write("logs.answered", move |tx| logs::append(tx, &logged)).await
    }

    async fn progress_set(&self, fence: Fence, fraction: f32, message: String, now: Option<Timestamp>) -> Result<bool> {
        let set = move |tx: &mut super::operation::Tx<'_>| {
            logs::set_progress(tx, fence, fraction, &message, rows::micros(now))
        };
        self.write("progress.answered", set).await
    }

    async fn queue_declare(&self, queue: String, limit: Option<u32>) -> Result<()> {
        self.write("declare.answered", move |tx| queues::declare(tx, &queue, limit)).await
    }

    async fn task_defs_put(&self, defs: Vec<TaskDef>) -> Result<()> {
        self.write("defs.answered", move |tx| defs::put(tx, &defs)).await
    }

    async fn schedules_put(
        &self,
        app: String,
        schedules: Vec<NewSchedule>,
        now: Option<Timestamp>,
    ) -> Result<Vec<String>> {
        schedule::check(&schedules, self.options.max_json)?;
        let put = move |tx: &mut super::operation::Tx<'_>| schedule::put(tx, &app, &schedules, rows::micros(now));
        self.write("schedules_put.answered", put).await
    }

    async fn scheduler_lead(&self, lead: Lead) -> Result<Option<LeaderFence>> {
        self.write("lead.answered", move |tx| schedule::lead(tx, &lead)).await
    }

    async fn scheduler_release(&self, leader: LeaderFence, now: Option<Timestamp>) -> Result<()> {
        self.write("release.answered", move |tx| schedule::release(tx, &leader, rows::micros(now))).await
    }

    async fn schedules_fire(&self, fire: Fire) -> Result<Option<Vec<Fired>>> {
        self.write("schedules_fire.answered", move |tx| schedule::fire(tx, &fire)).await
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>> {
        kv::check(key, None)?;
        let key = key.to_owned();
        self.read(move |conn| kv::get(conn, &key)).await
    }

    async fn kv_set(&self, key: &str, value: &str, now: Option<Timestamp>) -> Result<()> {
        kv::check(key, Some(value))?;
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write("kv.answered", move |tx| kv::set(tx, &key, &value, rows::micros(now))).await
    }

    async fn kv_delete(&self, key: &str) -> Result<bool> {
        kv::check(key, None)?;
        let key = key.to_owned();
        self.write("kv.answered", move |tx| kv::delete(tx, &key)).await
    }

    async fn kv_compare_and_set(
        &self,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Swap> {
        kv::check(key, new)?;
        let (key, old, new) = (key.to_owned(), old.map(str::to_owned), new.map(str::to_owned));
        let swap = move |tx: &mut super::operation::Tx<'_>| {
            kv::compare_and_set(tx, &key, old.as_deref(), new.as_deref(), rows::micros(now))
        };
        self.write("kv.answered", swap).await
    }

    async fn wakeups(&self) -> Result<Box<dyn Wakeups>> {
        Ok(Box::new(SqliteWakeups(self.hub.subscribe())))
    }

    fn abilities(&self) -> Abilities {
        Abilities { parks_claims: true, one_machine: true, turns_at_once: 2, batch: 500 }
    }
}
