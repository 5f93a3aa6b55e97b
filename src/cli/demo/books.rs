//! The demo's own books: what was sent and acknowledged, what handlers came to. Kept apart from the database, so that
//! the two can be held against each other.

use super::kind::{Kind, Must};
use crate::model::{RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// The books, written by senders and handlers at once.
#[derive(Default)]
pub(crate) struct Books {
    inner: Mutex<Entries>,
    /// Nobody will look into them: nothing is noted, since they would grow for as long as the shop is open.
    unkept: bool,
    /// Mails under way, and the most at once.
    mails: AtomicI64,
    mails_peak: AtomicI64,
}

/// What stands in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    /// Sends that were acknowledged, duplicates included.
    pub(crate) acknowledged: u64,
    /// The runs that they named.
    pub(crate) sent: HashMap<RunId, Sent>,
    /// The runs that each idempotency key was answered with, and how often it was sent.
    pub(crate) keys: BTreeMap<String, Keyed>,
    /// The results that handlers returned.
    pub(crate) returned: HashMap<RunId, Vec<String>>,
    /// Attempts that handlers made fail.
    pub(crate) failed: HashMap<RunId, u32>,
    /// What the till has to hold.
    pub(crate) till: Till,
    /// The most mails at once.
    pub(crate) mails_peak: i64,
    /// Runs whose subtree was cancelled.
    pub(crate) called_off: HashSet<RunId>,
    /// Runs of workflows, and how each has to end.
    pub(crate) workflows: BTreeMap<WorkflowRunId, WorkflowStatus>,
    /// What each schedule did.
    pub(crate) schedules: BTreeMap<String, Times>,
}

/// What a schedule did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    /// Seconds from one of its times to the next.
    pub(crate) every: i64,
    /// The times, ascending, each with what was sent.
    pub(crate) sent: Vec<(Timestamp, Option<Uuid>)>,
}

/// A send that was acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// What.
    pub(crate) kind: Kind,
    /// How it has to end.
    pub(crate) must: Must,
}

/// The sends of one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyed {
    /// How many.
    pub(crate) sends: u32,
    /// The runs that answered.
    pub(crate) runs: HashSet<RunId>,
}

impl Books {
    /// Books into which nothing is written.
    #[cfg(feature = "tui")]
    pub(crate) fn unkept() -> Self {
        Self { unkept: true, ..Self::default() }
    }

    /// Notes a send that was acknowledged.
    pub(crate) fn sent(&self, run: RunId, kind: Kind, must: Must, key: Option<&str>) {
        let mut entries = self.entries();
        entries.acknowledged += 1;
        entries.sent.insert(run, Sent { kind, must });
        if let Some(key) = key {
            let keyed = entries.keys.entry(format!("{} {key}", kind.task())).or_default();
            keyed.sends += 1;
            keyed.runs.insert(run);
        }
    }

    /// Notes a workflow's run that was acknowledged, with its nodes: how each has to end.
    pub(crate) fn sent_workflow(
        &self,
        run: WorkflowRunId,
        must: WorkflowStatus,
        nodes: impl IntoIterator<Item = (RunId, Kind, Must)>,
    ) {
        self.entries().acknowledged += 1;
        self.has_workflow(run, must, nodes);
    }

    /// Notes a workflow's run that nobody of the shop sent.
    pub(crate) fn has_workflow(
        &self,
        run: WorkflowRunId,
        must: WorkflowStatus,
        nodes: impl IntoIterator<Item = (RunId, Kind, Must)>,
    ) {
        let mut entries = self.entries();
        entries.workflows.insert(run, must);
        entries.sent.extend(nodes.into_iter().map(|(node, kind, must)| (node, Sent { kind, must })));
    }

    /// Notes a run that a schedule sent.
    pub(crate) fn has_run(&self, run: RunId, kind: Kind) {
        self.entries().sent.insert(run, Sent { kind, must: Must::Succeed });
    }

    /// Notes what a schedule did.
    pub(crate) fn schedule(&self, name: String, times: Times) {
        self.entries().schedules.insert(name, times);
    }

    /// Notes what a handler is about to return.
    pub(crate) fn returned(&self, run: RunId, result: String) {
        self.entries().returned.entry(run).or_default().push(result);
    }

    /// Notes that an attempt is about to fail.
    pub(crate) fn failed(&self, run: RunId) {
        *self.entries().failed.entry(run).or_default() += 1;
    }

    /// Notes a charge that the till took in.
    pub(crate) fn charged(&self, cents: u64) {
        let mut entries = self.entries();
        entries.till = entries.till.plus(cents);
    }

    /// Notes a run that was cancelled with its subtree.
    pub(crate) fn called_off(&self, run: RunId) {
        self.entries().called_off.insert(run);
    }

    /// A mail is under way until what is returned is dropped.
    pub(crate) fn mail_begins(&self) -> MailUnderWay<'_> {
        let now = self.mails.fetch_add(1, Ordering::SeqCst) + 1;
        self.mails_peak.fetch_max(now, Ordering::SeqCst);
        MailUnderWay(self)
    }

    /// The runs that were sent.
    pub(crate) fn runs(&self) -> Vec<RunId> {
        self.entries().sent.keys().copied().collect()
    }

    /// All that stands in the books.
    pub(crate) fn close(&self) -> Entries {
        let mut entries = self.entries().clone();
        entries.mails_peak = self.mails_peak.load(Ordering::SeqCst);
        entries
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Nobody panics while holding the lock; and numbers noted before a panic are still true.
        let mut entries = self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if self.unkept {
            *entries = Entries::default();
        }
        entries
    }
}

/// The shop's till, kept in the key-value store under [`Till::KEY`]: raised by compare-and-set, so that no charge is
/// lost however many come at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Till {
    /// How many.
    pub(crate) charges: u64,
    /// How much.
    pub(crate) cents: u64,
}

impl Till {
    /// Its key, without the demo's prefix.
    pub(crate) const KEY: &'static str = "till";

    /// The till after one more charge.
    pub(crate) fn plus(self, cents: u64) -> Self {
        Self { charges: self.charges + 1, cents: self.cents + cents }
    }

    /// The till as a value of the key-value store holds it; none is an empty one.
    pub(crate) fn read(value: Option<&str>) -> Option<Self> {
        value.map_or(Some(Self::default()), |value| serde_json::from_str(value).ok())
    }
}

/// A mail that is being sent.
pub(crate) struct MailUnderWay<'a>(&'a Books);

impl Drop for MailUnderWay<'_> {
    fn drop(&mut self) {
        self.0.mails.fetch_sub(1, Ordering::SeqCst);
    }
}
