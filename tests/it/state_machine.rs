//! The state machine as DESIGN.md words it, typed here by hand: eleven statuses, eleven times eleven pairs.

use hyrex::model::TaskStatus::{self, *};
use hyrex::model::WorkflowStatus;

/// The statuses in the order of the table's rows and columns.
const ORDER: [TaskStatus; 11] =
    [AwaitDeps, AwaitStartTime, Queued, Running, UpForCancel, Success, Failed, Canceled, Lost, Stopped, Skipped];

/// Row: from. Column: to. `x`: there is an edge.
#[rustfmt::skip]
const EDGES: [(&str, &str); 11] = [
    //                    D T Q R U  S F C L S S
    //                    E I U U P  U A A O T K
    //                    P M E N C  C I N S O I
    ("AWAIT_DEPS",       ". x x . .  . . x . . x"),
    ("AWAIT_START_TIME", ". . x . .  . . x . . ."),
    ("QUEUED",           ". . . x .  . . x . . ."),
    ("RUNNING",          ". . x . x  x x . x x ."),
    ("UP_FOR_CANCEL",    ". . . . .  x x x . . ."),
    ("SUCCESS",          ". . . . .  . . . . . ."),
    ("FAILED",           ". . . . .  . . . . . ."),
    ("CANCELED",         ". . . . .  . . . . . ."),
    ("LOST",             ". . . . .  . . . . . ."),
    ("STOPPED",          ". . . . .  . . . . . ."),
    ("SKIPPED",          ". . . . .  . . . . . ."),
];

fn edge(from: usize, to: usize) -> bool {
    EDGES[from].1.split_whitespace().nth(to) == Some("x")
}

#[test]
fn the_model_has_exactly_the_edges_of_the_table() {
    for (row, from) in ORDER.into_iter().enumerate() {
        assert_eq!(EDGES[row].0, from.as_str(), "the rows stand in the order of the statuses");
        assert_eq!(EDGES[row].1.split_whitespace().count(), 11, "{from} has a column for each status");
        for (column, to) in ORDER.into_iter().enumerate() {
            assert_eq!(from.may_become(to), edge(row, column), "{from} → {to}");
        }
    }
}

#[test]
fn every_status_stands_in_the_table_once() {
    for status in TaskStatus::ALL {
        assert_eq!(ORDER.iter().filter(|other| **other == status).count(), 1, "{status}");
    }
}

#[test]
fn the_finished_statuses_are_those_without_a_way_out() {
    for (row, from) in ORDER.into_iter().enumerate() {
        let has_a_way_out = (0..11).any(|column| edge(row, column));
        assert_eq!(from.is_finished(), !has_a_way_out, "{from}");
    }
}

/// The statuses of a workflow's run, by the same reading.
#[rustfmt::skip]
const WORKFLOW_EDGES: [(&str, &str); 6] = [
    //                 S F R U C A
    ("SUCCESS",       ". . . . . ."),
    ("FAILED",        ". . x . . ."),
    ("RUNNING",       "x x . x . ."),
    ("UP_FOR_CANCEL", ". x . . x ."),
    ("CANCELED",      ". . x . . ."),
    ("ASLEEP",        ". . . . . ."),
];

#[test]
fn a_workflow_run_has_exactly_the_edges_of_the_table() {
    assert_eq!(WorkflowStatus::ALL.len(), WORKFLOW_EDGES.len());
    for (from, (name, edges)) in WorkflowStatus::ALL.iter().zip(WORKFLOW_EDGES) {
        assert_eq!((from.as_str(), edges.split_whitespace().count()), (name, 6));
        for (to, edge) in WorkflowStatus::ALL.iter().zip(edges.split_whitespace()) {
            assert_eq!(from.may_become(*to), edge == "x", "{from} -> {to}");
        }
    }
}
