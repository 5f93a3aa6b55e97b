//! What may stand beside `>>`: tasks, nodes, graphs, and groups of them.

use super::super::task::Task;
use super::dag::Dag;
use super::node::{EveryArgumentHasADefault, FilledNode, Node};

/// What may stand in a workflow: a task, a node, a [`Dag`], or a tuple, an array, a `Vec` or a [`group`] of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a workflow",
    label = "expected a task, a node, a `Dag`, or a tuple, an array or a `Vec` of these",
    note = "a task whose arguments have no defaults needs them: `task.node(\"name\").args(..)`"
)]
pub trait DagPart {
    /// It, as a graph.
    fn into_dag(self) -> Dag;
}

impl DagPart for Dag {
    fn into_dag(self) -> Dag {
        self
    }
}

/// Several parts beside each other: [`group`].
#[derive(Clone)]
#[must_use = "a group does nothing by itself: put it into a workflow"]
pub struct Group(Dag);

/// Several parts beside each other, where a tuple cannot begin: a group before a group.
///
/// ```
/// use hyrex::prelude::*;
/// use hyrex::group;
///
/// let task = |name: &str| Task::new(name, TaskConfig::new(), |()| async { Ok(()) });
/// let (a, b, c, d) = (task("a"), task("b"), task("c"), task("d"));
/// let dag: Dag = group((a, b)) >> (c, d);
/// # let _ = dag;
/// ```
pub fn group(parts: impl DagPart) -> Group {
    Group(parts.into_dag())
}

impl DagPart for Group {
    fn into_dag(self) -> Dag {
        self.0
    }
}

impl<P: DagPart> DagPart for Vec<P> {
    fn into_dag(self) -> Dag {
        self.into_iter().map(P::into_dag).fold(Dag::empty(), Dag::beside)
    }
}

impl<P: DagPart, const N: usize> DagPart for [P; N] {
    fn into_dag(self) -> Dag {
        self.into_iter().map(P::into_dag).fold(Dag::empty(), Dag::beside)
    }
}

macro_rules! from {
    ($([$($bound:tt)*] $part:ty;)*) => {$(
        impl<$($bound)*> From<$part> for Dag {
            fn from(part: $part) -> Self {
                part.into_dag()
            }
        }
    )*};
}
from! {
    [D: EveryArgumentHasADefault] Task<D>;
    [D: EveryArgumentHasADefault] Node<D>;
    [] FilledNode;
    [] Group;
    [P: DagPart] Vec<P>;
    [P: DagPart, const N: usize] [P; N];
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),*))*) => {$(
        impl<$($part: DagPart),*> DagPart for ($($part,)*) {
            fn into_dag(self) -> Dag {
                Dag::empty()$(.beside(self.$at.into_dag()))*
            }
        }

        impl<$($part: DagPart),*> From<($($part,)*)> for Dag {
            fn from(parts: ($($part,)*)) -> Self {
                parts.into_dag()
            }
        }
    )*};
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
