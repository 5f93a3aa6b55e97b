//! Claims that wait in the writer for work to arrive: first come, first served.

use super::cached::Cached;
use super::follow::follow;
use super::operation::{Job, Operation, Tx};
use super::wakeup::Signs;
use super::writer::{Message, Writer, closed};
use super::{claim, complete, group, lanes, rows};
use crate::model::{ClaimedRun, Completion, Outcome};
use crate::store::sql::statements;
use crate::store::{Claim, Lane, Options, ParkedClaim, Result, Share};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Instant;
use tokio::sync::oneshot;

statements! {
    /// Queues that may have been full.
    LIMITED = "SELECT name FROM hyrex_queue WHERE (app_limit IS NOT NULL OR operator_limit IS NOT NULL)
        AND paused_at IS NULL";
}

/// Claims that were served, to be answered after the commit.
pub(super) type Claims = Vec<(Parked, Vec<ClaimedRun>)>;
type Reply = oneshot::Sender<Result<Vec<ClaimedRun>>>;

/// A claim that waits.
pub(super) struct Parked {
    claim: ParkedClaim,
    tasks: HashSet<String>,
    reply: Reply,
    /// Whether it is to look at all lanes, since it may have missed how one was filled.
    pub looks: bool,
    /// The lanes that it saw with work for it, when it last looked.
    seen: Vec<Lane>,
    /// Whether its last claim failed and was undone: it is to look again, though not at once.
    pub failed: bool,
}

impl Parked {
    pub fn new(claim: ParkedClaim, reply: Reply) -> Self {
        let tasks = claim.tasks.iter().cloned().collect();
        Self { claim, tasks, reply, looks: true, seen: Vec::new(), failed: false }
    }

    /// Whether nobody waits for it any more.
    pub fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    /// Whether it saw work when it last looked.
    pub fn saw_work(&self) -> bool {
        !self.seen.is_empty()
    }

    fn wants(&self, lane: &Lane) -> bool {
        self.tasks.contains(&lane.task_name) && self.claim.queues.serves(&lane.queue)
    }

    /// Lets those that are to look at all lanes do so, without a transaction; whether any of them saw work.
    pub fn find_work(conn: &Connection, parked: &mut VecDeque<Parked>) -> bool {
        for waiting in parked.iter_mut().filter(|waiting| waiting.looks) {
            waiting.looks = false;
            // What lies behind a cut is found by the ticks of the worker.
            let lanes = lanes::of_tasks(conn, &lanes::sorted(&waiting.tasks), None).map(|(lanes, _)| lanes);
            waiting.seen = lanes.unwrap_or_default().into_iter().filter(|lane| waiting.wants(lane)).collect();
        }
        parked.iter().any(|waiting| !waiting.seen.is_empty())
    }

    /// Claims for those that the transaction brings work, and takes them out of the line.
    pub fn claim_all(conn: &Connection, options: &Options, parked: &mut VecDeque<Parked>, signs: &mut Signs) -> Claims {
        let mut served = Vec::new();
        if parked.is_empty() {
            return served;
        }
        let fresh = arrivals(conn, signs).unwrap_or_default();
        for _ in 0..parked.len() {
            let Some(mut waiting) = parked.pop_front() else { break };
            let mut lanes = std::mem::take(&mut waiting.seen);
            lanes.extend(fresh.iter().filter(|lane| waiting.wants(lane)).cloned());
            match waiting.claim(conn, options, &lanes) {
                Some(runs) => served.push((waiting, runs)),
                None => parked.push_back(waiting),
            }
        }
        served
    }

    /// What it gets of these lanes; `None`: nothing, or the claim failed and was undone.
    fn claim(&mut self, conn: &Connection, options: &Options, lanes: &[Lane]) -> Option<Vec<ClaimedRun>> {
        if lanes.is_empty() || self.is_gone() {
            return None;
        }
        let claimed = group::within_savepoint(conn, options, |tx| self.share_out(tx, lanes).ok());
        self.failed |= !matches!(claimed, Ok(Some(_)));
        claimed.ok().flatten().map(|(runs, _)| runs).filter(|runs| !runs.is_empty())
    }

    /// Equal shares of the queues from a rotating start; what one leaves, the next ones may take.
    fn share_out(&self, tx: &mut Tx<'_>, lanes: &[Lane]) -> Result<Vec<ClaimedRun>> {
        let mut queues: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        for lane in lanes {
            queues.entry(&lane.queue).or_default().insert(&lane.task_name);
        }
        let mut queues: Vec<_> = queues.into_iter().collect();
        let start = fastrand::usize(..queues.len());
        queues.rotate_left(start);
        let (mut runs, now) = (Vec::new(), rows::micros(self.claim.now));
        for round in 0..2 {
            for (at, (queue, tasks)) in queues.iter().enumerate() {
                let left = self.claim.take.saturating_sub(runs.len() as u32);
                let of = if round == 0 { (queues.len() - at) as u32 } else { 1 };
                let share = share(queue, tasks, left.div_ceil(of));
                runs.extend(claim::claim(tx, self.claim.executor, &Claim { shares: vec![share] }, now)?);
            }
        }
        tx.pass("parked.claimed")?;
        Ok(runs)
    }

    /// Answers; the runs come back when nobody waits for them.
    pub fn hand_over(self, runs: Vec<ClaimedRun>, options: &Options) -> Option<Vec<ClaimedRun>> {
        let answer = options.failpoints.answer("turn.answered").map(|()| runs);
        self.reply.send(answer).err().and_then(Result::ok)
    }
}

fn share(queue: &str, tasks: &HashSet<&str>, take: u32) -> Share {
    let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
    Share { queue: queue.to_owned(), tasks, take, limited: true }
}

/// Where there is work now that was not there, or could not be had, before this transaction.
fn arrivals(conn: &Connection, signs: &Signs) -> Result<Vec<Lane>> {
    let mut arrived = signs.lanes.clone();
    if signs.room {
        for queue in conn.all(&LIMITED, [], |row| row.get::<_, String>(0))? {
            arrived.extend(lanes::of_queue(conn, &queue)?);
        }
    }
    Ok(arrived)
}

/// Gives back runs that nobody holds.
pub(super) fn give_back(runs: Vec<ClaimedRun>) -> Box<dyn Operation> {
    Box::new(Job::unanswered(move |tx: &mut Tx<'_>| {
        let now = rows::micros(None);
        for run in &runs {
            let outcome = Outcome::NeverBegun;
            let completion = Completion { fence: run.fence, workflow_run: None, outcome, logs: Vec::new() };
            complete::settle(tx, &completion, now)?;
        }
        follow(tx, now)
    }))
}

/// The caller's end of a parked claim: dropped before its end, it gives back what was claimed in that moment.
struct Waiting {
    answer: oneshot::Receiver<Result<Vec<ClaimedRun>>>,
    writer: Writer,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.answer.close();
        if let Ok(Ok(runs)) = self.answer.try_recv() {
            // When the store is closed by now, the next beat of the worker finds what it holds.
            let _ = self.writer.send(Message::Write(give_back(runs), Instant::now()));
        }
    }
}

/// Parks a claim until it is served.
pub(super) async fn park(writer: &Writer, claim: ParkedClaim) -> Result<Vec<ClaimedRun>> {
    let (reply, answer) = oneshot::channel();
    let mut waiting = Waiting { answer, writer: writer.clone() };
    writer.send(Message::Park(Parked::new(claim, reply)))?;
    (&mut waiting.answer).await.map_err(|_| closed())?
}
