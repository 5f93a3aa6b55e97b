//! What a verb does inside a transaction of the writer, and how its caller hears of it.

use super::wakeup::Signs;
use super::workflow::{EndedNode, NodeOf};
use crate::model::RunId;
use crate::store::{Options, Result, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

/// The inside of a transaction, as one operation sees it.
pub(super) struct Tx<'c> {
    /// The writer's connection, inside BEGIN IMMEDIATE.
    pub conn: &'c Connection,
    /// The store's.
    pub options: &'c Options,
    /// What others are to hear after the commit.
    pub signs: Signs,
    /// Runs that ended, and whose subtrees are to be cancelled: [`super::follow`].
    pub roots: Vec<RunId>,
    /// Nodes of workflow runs that ended, whose runs have not taken note of it: [`super::follow`].
    pub nodes: Vec<EndedNode>,
}

impl<'c> Tx<'c> {
    pub fn new(conn: &'c Connection, options: &'c Options) -> Self {
        Self { conn, options, signs: Signs::default(), roots: Vec::new(), nodes: Vec::new() }
    }

    /// A run is over, and is a node of a workflow's run where `node` says so.
    pub fn over(&mut self, run: RunId, node: Option<NodeOf>, succeeded: bool) {
        self.signs.ended.push(run);
        self.nodes.extend(node.map(|NodeOf { workflow, finally }| EndedNode { workflow, run, finally, succeeded }));
    }

    /// A place between two statements where a test may make the transaction fail.
    pub fn pass(&self, place: &'static str) -> Result<()> {
        self.options.failpoints.pass(place)
    }
}

/// An operation that shares a transaction with others.
pub(super) trait Operation: Send {
    /// Does it. `false`: it failed, and what it did is to be undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;

    /// Answers the caller, once the transaction is over.
    fn answer(self: Box<Self>, commit: Result<()>, options: &Options);
}

/// An operation made of a closure.
pub(super) struct Job<F, T> {
    work: Option<F>,
    value: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
    answered: &'static str,
}

impl<F, T> Job<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T> + Send,
    T: Send,
{
    /// `answered` is the failpoint between the commit and the answer.
    pub fn new(answered: &'static str, work: F) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, receiver) = oneshot::channel();
        (Self { work: Some(work), value: None, reply: Some(reply), answered }, receiver)
    }

    /// Nobody waits for the answer.
    pub fn unanswered(work: F) -> Self {
        Self { work: Some(work), value: None, reply: None, answered: "unanswered" }
    }
}

impl<F, T> Operation for Job<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let value = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(tx))) {
            Ok(value) => value,
            Err(_) => Err(StoreError::Database("an operation panicked, and was undone".into())),
        };
        let done = value.is_ok();
        self.value = Some(value);
        done
    }

    fn answer(self: Box<Self>, commit: Result<()>, options: &Options) {
        let value = match (self.value, commit) {
            (Some(Ok(_)) | None, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => options.failpoints.answer(self.answered).map(|()| value),
            (Some(Err(error)), _) => Err(error),
            (None, Ok(())) => Err(StoreError::Database("the operation was not run".into())),
        };
        if let Some(reply) = self.reply {
            // The caller may have gone: then nobody wants the answer.
            let _ = reply.send(value);
        }
    }
}
