//! The measurements: each does its work once a round, ours and its base one after the other.

mod drains;
mod idle;
mod pick_ups;
mod sends;
mod workflows;

use super::catalogue::Work;
use super::child::Working;
use super::error::Result;
use super::place::{Place, Tables, Until, Which};
use super::rows::{ELSEWHERE, Spread};
use super::working::Spec;

/// A round's figure, and its base; NaN: there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Ours.
    pub(crate) ours: f64,
    /// What it is held against.
    pub(crate) base: f64,
}

/// How much is done.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Settings {
    /// Runs in a backlog.
    pub(crate) jobs: usize,
    /// Attempts at once in a worker.
    pub(crate) concurrency: u32,
    /// Rounds.
    pub(crate) rounds: usize,
    /// Whether as much stands beside a backlog as the targets name.
    pub(crate) full: bool,
}

/// A benchmark under way.
pub(crate) struct Bench {
    /// Where.
    pub(crate) place: Box<dyn Place>,
    /// How much.
    pub(crate) settings: Settings,
}

/// Tables that are filled in a measurement's first round and kept to its last.
pub(crate) type Kept = Option<Box<dyn Tables>>;

impl Bench {
    /// One round: a sample a figure of the measurement.
    pub(crate) async fn round(&self, work: Work, kept: &mut Kept) -> Result<Vec<Sample>> {
        match work {
            Work::Send(senders) => sends::one_by_one(self, senders).await,
            Work::SendMany => sends::many(self).await,
            Work::Drain => drains::drain(self).await,
            Work::Beside(stage) => drains::beside(self, stage, kept).await,
            Work::Queues => drains::queues(self).await,
            Work::PickUp { rate, inside } => pick_ups::measure(self, rate, inside).await,
            Work::Idle => idle::measure(self).await,
            Work::Workflow(shape) => workflows::measure(self, shape).await,
        }
    }

    /// Empty tables.
    async fn fresh(&self) -> Result<Box<dyn Tables>> {
        self.place.tables(Which::First).await
    }

    /// How long senders send.
    fn until(&self) -> Until {
        Until { seconds: 1.0, count: self.settings.jobs }
    }

    /// What a worker at its usual settings is to do.
    fn spec(&self, tables: &dyn Tables, spread: Spread) -> Spec {
        Spec::new(tables.opening(), self.settings.concurrency, spread)
    }

    /// A worker of a queue to which nothing is sent: it listens.
    async fn listening(&self, tables: &dyn Tables) -> Result<Working> {
        Working::start(&Spec { queues: vec![ELSEWHERE.into()], ..self.spec(tables, Spread::ONE) }).await
    }
}
