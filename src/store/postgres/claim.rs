//! Claiming: which rows, in which order, and how the answer is put together.
//!
//! A lane is the runs of one task in one queue: it is read from its index alone, so that neither runs of other tasks
//! nor paused or full queues slow it. `for share` on the queue's row makes a pause or a limit binding for a claim
//! that began before it: after the wait the row is read anew. The advisory lock lets whoever pauses go first: claims
//! that hold the row by turns would otherwise keep him waiting. `for key share` on the executor's row keeps a stop or
//! a rescue, which lock it for update, apart from its claims; a beat does not mind it.

use super::rows::claimed;
use crate::model::{AttemptId, ClaimedRun, ExecutorId, bounds};
use crate::store::{Claim, Result, Share};
use sqlx::postgres::PgRow;
use std::collections::HashMap;

/// Class of the advisory locks on queues.
pub(super) const QUEUE_LOCK: i32 = 0x6879_7265;
/// How many times its share a queue's lanes are read for together, at first and once more.
pub(super) const FACTORS: (i32, i32) = (2, 32);

/// Which queues may be claimed from, as `q`.
const QUEUES: &str = "alive as materialized (
    select e.id from hyrex_executor e where e.id = @executor and e.status = {executor:RUNNING} for key share of e),
    q as materialized (
    select u.name, u.take, u.task from unnest(@names::text[], @takes::int[], @tasks::text[]) u(name, take, task)
    join hyrex_queue h on h.name = u.name
    where exists (select from alive) and h.paused_at is null
        and case when h.operator_set then h.operator_limit else h.app_limit end is null
        and pg_try_advisory_xact_lock_shared(@class, hashtext(u.name))
    for share of h)";

/// One lane a queue: the next rows of its index, locked one by one.
const ONE_LANE: &str = "array(select x.id from q cross join lateral (
        select r.id from hyrex_task_run r where r.status = {QUEUED} and r.queue = q.name and r.task_name = q.task
        order by r.priority desc, r.queued, r.id limit q.take for update skip locked) x)";

/// Several lanes a queue: more than enough of each, merged, and the first of them locked.
const CANDIDATES: &str = "candidate as materialized (
    select q.name, q.take, c.id, c.priority, c.queued from q cross join lateral (
        select x.id, x.priority, x.queued from unnest(@lane_queues::text[], @lane_tasks::text[]) l(queue, task)
        cross join lateral (
            select r.id, r.priority, r.queued from hyrex_task_run r
            where r.status = {QUEUED} and r.queue = l.queue and r.task_name = l.task
            order by r.priority desc, r.queued, r.id limit q.take * @factor) x
        where l.queue = q.name
        order by x.priority desc, x.queued, x.id limit q.take * @factor) c)";
const MANY_LANES: &str = "array(select x.id from q cross join lateral (
        select r.id from candidate c join hyrex_task_run r on r.id = c.id
        where c.name = q.name and (r.status = {QUEUED}) is true
        order by c.priority desc, c.queued, c.id limit q.take for update of r skip locked) x)";
/// Queues whose lanes held more than was looked at.
const CUT: &str = "(select array_agg(z.name::text) from (select c.name from candidate c group by c.name
        having count(*) >= min(c.take) * @factor) z)";

/// The clock and not `now()`, which is the time at which the statement arrived: a run that came in while it was
/// planned would have started before it was sent.
///
/// Arguments come along while they are small: what is stored in its row is; a larger one is measured. The others
/// are fetched afterwards, as many as one claim may bring.
const UPDATE: &str = "update hyrex_task_run t set status = {RUNNING}, executor_id = @executor,
        claim_number = coalesce(t.claim_number, 0) + 1, started = coalesce(@now::timestamptz, clock_timestamp()), finished = null
    where t.id = any(@ids)
    returning t.id, t.claim_number, t.durable_id, t.root_id, t.parent_id, t.workflow_run_id,
        t.node_name::text as node_name, t.task_name::text as task_name, t.queue::text as queue, t.priority,
        t.max_retries, t.attempt_number, t.timeout_seconds, t.scheduled_start, t.queued, t.started,
        case when pg_column_size(t.args) < 2000 then t.args::text
            when octet_length(t.args::text) <= @small then t.args::text end as args,
        case when pg_column_size(t.args) >= 2000 then octet_length(t.args::text) end as args_size, @cut as cut";

/// How a claim looks for its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lanes {
    /// One task of each queue.
    One,
    /// Several of at least one.
    Many,
}

/// The parts of a claiming statement, with named parameters: what stands before the main one, and the main one.
pub(super) fn parts(lanes: Lanes) -> (String, String) {
    match lanes {
        Lanes::One => (QUEUES.to_owned(), UPDATE.replace("@ids", ONE_LANE).replace("@cut", "null::text[]")),
        Lanes::Many => {
            // A lane is no property of the queue here.
            let queues = QUEUES.replace(", @tasks::text[]", "").replace(", task)", ")").replace(", u.task", "");
            (format!("{queues}, {CANDIDATES}"), UPDATE.replace("@ids", MANY_LANES).replace("@cut", CUT))
        }
    }
}

/// A claim as parameters.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) names: Vec<String>,
    pub(super) takes: Vec<i32>,
    pub(super) lane_queues: Vec<String>,
    pub(super) lane_tasks: Vec<String>,
    pub(super) factor: i32,
}

impl Wanted {
    /// Of the shares without a limit, those that ask for anything.
    pub(super) fn of(claim: &Claim) -> Self {
        let mut wanted = Self { factor: FACTORS.0, ..Self::default() };
        claim.shares.iter().filter(|share| !share.limited).for_each(|share| wanted.add(share));
        wanted
    }

    /// One share, also of a limited queue.
    pub(super) fn add(&mut self, share: &Share) {
        if share.take == 0 || share.tasks.is_empty() {
            return;
        }
        self.names.push(share.queue.clone());
        self.takes.push(share.take.min(10_000) as i32);
        for task in &share.tasks {
            self.lane_queues.push(share.queue.clone());
            self.lane_tasks.push(task.clone());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn lanes(&self) -> Lanes {
        if self.lane_queues.len() == self.names.len() { Lanes::One } else { Lanes::Many }
    }

    /// Arguments up to this size come along: if all were so large, they would just be a claim's worth.
    pub(super) fn small(&self) -> i32 {
        let rows: i64 = self.takes.iter().map(|take| i64::from(*take)).sum();
        (bounds::MAX_CLAIM as i64 / rows.max(1)).min(i64::from(i32::MAX)) as i32
    }

    /// What is left to ask for in the queues of `cut`, after `got`.
    pub(super) fn rest(&self, cut: &[String], got: &HashMap<String, i32>) -> Option<Wanted> {
        let mut rest = Self { factor: FACTORS.1, ..Self::default() };
        for (name, take) in self.names.iter().zip(&self.takes) {
            let missing = take - got.get(name).copied().unwrap_or(0);
            if missing > 0 && cut.contains(name) {
                rest.names.push(name.clone());
                rest.takes.push(missing);
            }
        }
        for (queue, task) in self.lane_queues.iter().zip(&self.lane_tasks) {
            if rest.names.contains(queue) {
                rest.lane_queues.push(queue.clone());
                rest.lane_tasks.push(task.clone());
            }
        }
        (!rest.is_empty()).then_some(rest)
    }
}

/// Attempts of a claim as they come back, some of them without their arguments.
#[derive(Debug, Default)]
pub(super) struct Catch {
    pub(super) runs: Vec<ClaimedRun>,
    /// Sizes of arguments that did not come along.
    pub(super) large: HashMap<AttemptId, usize>,
    /// Queues whose lanes held more than was looked at.
    pub(super) cut: Vec<String>,
}

impl Catch {
    pub(super) fn add(&mut self, row: &PgRow, executor: ExecutorId) -> Result<()> {
        let claimed = claimed(row, executor)?;
        if let Some(size) = claimed.args_size {
            self.large.insert(claimed.run.fence.attempt, size.max(0) as usize);
        }
        if self.cut.is_empty() {
            self.cut = claimed.cut.unwrap_or_default();
        }
        self.runs.push(claimed.run);
        Ok(())
    }

    pub(super) fn merge(&mut self, more: Catch) {
        self.runs.extend(more.runs);
        self.large.extend(more.large);
    }

    /// How many came from each queue.
    pub(super) fn counts(&self) -> HashMap<String, i32> {
        let mut counts = HashMap::new();
        for run in &self.runs {
            *counts.entry(run.queue.clone()).or_default() += 1;
        }
        counts
    }

    /// Puts the runs in order: by queue as the shares stand, within a queue as it is claimed.
    pub(super) fn sort(&mut self, claim: &Claim) {
        let place: HashMap<&str, usize> =
            claim.shares.iter().enumerate().map(|(at, share)| (share.queue.as_str(), at)).collect();
        let key = |run: &ClaimedRun| {
            let queue = place.get(run.queue.as_str()).copied().unwrap_or(usize::MAX);
            (queue, std::cmp::Reverse(run.priority), run.queued.is_none(), run.queued, run.fence.attempt)
        };
        self.runs.sort_by_cached_key(key);
    }

    /// Takes out what would make the claim larger than it may be; the first run always stays.
    pub(super) fn too_much(&mut self) -> Vec<ClaimedRun> {
        let mut size = 0;
        let mut kept = 0;
        for run in &self.runs {
            size += self.large.get(&run.fence.attempt).copied().unwrap_or(run.args.len());
            if size > bounds::MAX_CLAIM && kept > 0 {
                break;
            }
            kept += 1;
        }
        self.runs.split_off(kept)
    }
}
