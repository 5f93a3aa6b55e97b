//! `>>`, for every part that may stand at its left. Each implementation stands here once, whatever the tasks are.

use super::super::task::Task;
use super::dag::Dag;
use super::node::{EveryArgumentHasADefault, FilledNode, Node};
use super::part::{DagPart, Group};
use std::ops::Shr;

impl<D: EveryArgumentHasADefault, R: DagPart> Shr<R> for Task<D> {
    type Output = Dag;

    fn shr(self, next: R) -> Dag {
        self.into_dag().then(next.into_dag())
    }
}

impl<D: EveryArgumentHasADefault, R: DagPart> Shr<R> for Node<D> {
    type Output = Dag;

    fn shr(self, next: R) -> Dag {
        self.into_dag().then(next.into_dag())
    }
}

/// Parts of our own types: anything may follow.
macro_rules! before_anything {
    ($($part:ty),*) => {$(
        impl<R: DagPart> Shr<R> for $part {
            type Output = Dag;

            fn shr(self, next: R) -> Dag {
                self.into_dag().then(next.into_dag())
            }
        }
    )*};
}
before_anything!(Dag, FilledNode, Group);

/// Parts of types that are not ours: what follows must be ours (orphan rule), a group at least.
macro_rules! before_ours {
    ($([$($bound:tt)*] $part:ty;)*) => {$(
        before_ours!(@one [$($bound)*] $part, Dag);
        before_ours!(@one [$($bound)*] $part, FilledNode);
        before_ours!(@one [$($bound)*] $part, Group);
        before_ours!(@one [Next: EveryArgumentHasADefault, $($bound)*] $part, Task<Next>);
        before_ours!(@one [Next: EveryArgumentHasADefault, $($bound)*] $part, Node<Next>);
    )*};
    (@one [$($bound:tt)*] $part:ty, $next:ty) => {
        impl<$($bound)*> Shr<$next> for $part {
            type Output = Dag;

            fn shr(self, next: $next) -> Dag {
                self.into_dag().then(next.into_dag())
            }
        }
    };
}
before_ours! {
    [P: DagPart] Vec<P>;
    [P: DagPart, const N: usize] [P; N];
    [A: DagPart, B: DagPart] (A, B);
    [A: DagPart, B: DagPart, C: DagPart] (A, B, C);
    [A: DagPart, B: DagPart, C: DagPart, D: DagPart] (A, B, C, D);
    [A: DagPart, B: DagPart, C: DagPart, D: DagPart, E: DagPart] (A, B, C, D, E);
    [A: DagPart, B: DagPart, C: DagPart, D: DagPart, E: DagPart, F: DagPart] (A, B, C, D, E, F);
    [A: DagPart, B: DagPart, C: DagPart, D: DagPart, E: DagPart, F: DagPart, G: DagPart] (A, B, C, D, E, F, G);
    [A: DagPart, B: DagPart, C: DagPart, D: DagPart, E: DagPart, F: DagPart, G: DagPart, H: DagPart] (A, B, C, D, E, F, G, H);
}
