//! A task as a node: under a name of its own, with arguments and settings of its own.

use super::super::client_error::ClientError;
use super::super::codec;
use super::super::config::TaskConfig;
use super::super::generated::{self, Arguments, Defaulted, Definition, Required};
use super::super::plain::Plain;
use super::super::task::{Task, TaskDef};
use super::dag::{Dag, NewNode, told};
use super::part::DagPart;
use serde::Serialize;

/// A task that may stand in a workflow without arguments.
///
/// The macro says so where every argument has a default or is an `Option`. Of a task that [`Task::new`] made only its
/// function can tell: where it does not take `{}`, the workflow is refused when it is defined.
#[diagnostic::on_unimplemented(
    message = "task `{Self}` has arguments without a default, so it can't stand in a workflow without them",
    label = "give its arguments: `task.node(\"name\").args(..)`",
    note = "or give them defaults: `#[default(..)]`"
)]
pub trait EveryArgumentHasADefault: TaskDef {}

impl<A: 'static, O: 'static> EveryArgumentHasADefault for Plain<A, O> {}

/// A task under a name of its own: [`Task::node`].
#[derive(Clone)]
#[must_use = "a node does nothing by itself: put it into a workflow"]
pub struct Node<D> {
    name: String,
    task: Task<D>,
}

/// A node with its arguments: [`Node::args`]. Nodes of different tasks are of this one type, so that they can stand in
/// a `Vec` or an array.
#[derive(Clone)]
#[must_use = "a node does nothing by itself: put it into a workflow"]
pub struct FilledNode(NewNode);

impl<D: TaskDef> Task<D> {
    /// The task as a node with a name of its own, so that it can stand several times in one workflow.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// #[hyrex::task]
    /// async fn train(shard: u32) {}
    ///
    /// let shards: Vec<_> = (0..8).map(|shard| train.node(format!("shard-{shard}")).args(shard)).collect();
    /// # let _ = shards;
    /// ```
    pub fn node(&self, name: impl Into<String>) -> Node<D> {
        Node { name: name.into(), task: self.clone() }
    }
}

impl<D: TaskDef> Node<D> {
    /// The same node with other settings; what `config` leaves out stays as it is.
    pub fn with_config(mut self, config: TaskConfig) -> Self {
        self.task = self.task.with_config(config);
        self
    }

    /// The node with its arguments: what `send_many` takes for one run. One argument as it is, several as a tuple.
    pub fn args<G>(self, arguments: G) -> FilledNode
    where
        D: TakesArguments<G>,
    {
        let args = Some(told(D::encode(&self.task, arguments)));
        FilledNode(NewNode { args, ..new(self.name, &self.task) })
    }
}

/// A node without arguments.
fn new<D: TaskDef>(name: String, task: &Task<D>) -> NewNode {
    let config = task.overrides().map(|overrides| overrides.config.clone()).unwrap_or_default();
    NewNode { name, task: task.define(), config, args: None }
}

impl<D: EveryArgumentHasADefault> DagPart for Node<D> {
    fn into_dag(self) -> Dag {
        new(self.name, &self.task).into()
    }
}

impl<D: EveryArgumentHasADefault> DagPart for Task<D> {
    fn into_dag(self) -> Dag {
        new(self.name().to_owned(), &self).into()
    }
}

impl FilledNode {
    /// The same node with other settings; what `config` leaves out stays as it is.
    pub fn with_config(mut self, config: TaskConfig) -> Self {
        self.0.config = config.or(&self.0.config);
        self
    }
}

impl DagPart for FilledNode {
    fn into_dag(self) -> Dag {
        self.0.into()
    }
}

/// A task that takes these arguments as a node.
#[diagnostic::on_unimplemented(
    message = "these are not the arguments of task `{Self}`",
    label = "expected one argument as it is, several as a tuple"
)]
pub trait TakesArguments<G>: TaskDef {
    /// Arguments as one JSON object.
    ///
    /// # Errors
    /// When they cannot be that.
    fn encode(task: &Self, arguments: G) -> Result<String, ClientError>;
}

impl<A: Serialize + 'static, O: 'static> TakesArguments<A> for Plain<A, O> {
    fn encode(task: &Self, arguments: A) -> Result<String, ClientError> {
        codec::encode_args(task.name(), &arguments)
    }
}

impl<D: Definition, G: GiveAll<D::Arguments>> TakesArguments<G> for D {
    fn encode(_: &Self, arguments: G) -> Result<String, ClientError> {
        generated::encode::<D>(&arguments.all())
    }
}

/// What one argument of a macro's task can be given as.
pub trait Give<P> {
    /// As the library keeps it.
    fn give(self) -> P;
}

impl<T> Give<Required<T>> for T {
    fn give(self) -> Required<T> {
        Required(self)
    }
}

impl<T, V: Into<Option<T>>> Give<Defaulted<T>> for V {
    fn give(self) -> Defaulted<T> {
        Defaulted(self.into())
    }
}

/// What all arguments of a macro's task can be given as.
pub trait GiveAll<P: Arguments> {
    /// As the library keeps them.
    fn all(self) -> P;
}

impl<A, V: Give<A>> GiveAll<(A,)> for V
where
    (A,): Arguments,
{
    fn all(self) -> (A,) {
        (self.give(),)
    }
}

macro_rules! tuples {
    ($(($($part:ident $value:ident $at:tt),*))*) => {$(
        impl<$($part, $value: Give<$part>),*> GiveAll<($($part,)*)> for ($($value,)*)
        where
            ($($part,)*): Arguments,
        {
            fn all(self) -> ($($part,)*) {
                ($(self.$at.give(),)*)
            }
        }
    )*};
}
tuples! {
    (A P 0, B Q 1)
    (A P 0, B Q 1, C R 2)
    (A P 0, B Q 1, C R 2, D S 3)
    (A P 0, B Q 1, C R 2, D S 3, E T 4)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6, H W 7)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6, H W 7, I X 8)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6, H W 7, I X 8, J Y 9)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6, H W 7, I X 8, J Y 9, K Z 10)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5, G V 6, H W 7, I X 8, J Y 9, K Z 10, L Z2 11)
}
