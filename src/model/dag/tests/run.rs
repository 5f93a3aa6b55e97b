//! The statuses of a run, typed by hand: each status and cause, each event.

use super::*;
use crate::model::WorkflowStatus::{self, *};

const EVENTS: [RunEvent; 5] = [
    RunEvent::NodesEnded { all_succeeded: true },
    RunEvent::NodesEnded { all_succeeded: false },
    RunEvent::Cancel,
    RunEvent::TimeUp,
    RunEvent::Repair,
];

/// From a status and a cause, by event; `-`: refused; a cause behind a slash.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 5]); 10] = [
    //                        all succeeded            some did not             cancel                   time up                  repair
    ("RUNNING",               ["SUCCESS",              "FAILED",                "UP_FOR_CANCEL/canceled", "UP_FOR_CANCEL/timeout", "-"]),
    ("UP_FOR_CANCEL/canceled",["CANCELED/canceled",    "CANCELED/canceled",     "UP_FOR_CANCEL/canceled", "UP_FOR_CANCEL/canceled", "-"]),
    ("UP_FOR_CANCEL/timeout", ["FAILED/timeout",       "FAILED/timeout",        "UP_FOR_CANCEL/timeout", "UP_FOR_CANCEL/timeout", "-"]),
    ("UP_FOR_CANCEL",         ["CANCELED",             "CANCELED",              "UP_FOR_CANCEL",         "UP_FOR_CANCEL",         "-"]),
    ("SUCCESS",               ["-",                    "-",                     "-",                     "-",                     "-"]),
    ("FAILED",                ["-",                    "-",                     "-",                     "-",                     "RUNNING"]),
    ("FAILED/timeout",        ["-",                    "-",                     "-",                     "-",                     "RUNNING"]),
    ("CANCELED",              ["-",                    "-",                     "-",                     "-",                     "RUNNING"]),
    ("CANCELED/canceled",     ["-",                    "-",                     "-",                     "-",                     "RUNNING"]),
    ("ASLEEP",                ["-",                    "-",                     "-",                     "-",                     "-"]),
];

fn state(text: &str) -> RunState {
    let (status, cause) = text.split_once('/').map_or((text, None), |(status, cause)| (status, Some(cause)));
    RunState { status: status.parse().unwrap(), cause: cause.map(|cause| Cause::read(cause).unwrap()) }
}

#[test]
fn each_event_leads_where_the_table_says() {
    for (from, to) in TABLE {
        for (event, to) in EVENTS.into_iter().zip(to) {
            let led = state(from).after(event);
            match to {
                "-" => assert_eq!(led, Err(RunRefused { status: state(from).status, event }), "{from} {event:?}"),
                to => assert_eq!(led, Ok(state(to)), "{from} {event:?}"),
            }
        }
    }
}

#[test]
fn the_table_goes_along_the_edges_of_the_statuses_and_along_all_of_them() {
    let mut met = Vec::new();
    for (from, to) in TABLE {
        let from = state(from).status;
        for to in to.into_iter().filter(|to| *to != "-").map(|to| state(to).status).filter(|to| *to != from) {
            assert!(from.may_become(to), "{from} -> {to}");
            met.push((from, to));
        }
    }
    for from in WorkflowStatus::ALL {
        for to in from.successors() {
            assert!(met.contains(&(*from, *to)), "{from} -> {to}");
        }
        assert_eq!(from.is_finished(), matches!(from, Success | Failed | Canceled));
    }
}

#[test]
fn a_refusal_names_the_status_and_what_was_asked() {
    let said = |from: &str, event| state(from).after(event).unwrap_err().to_string();
    assert_eq!(said("SUCCESS", RunEvent::Repair), "a workflow run that is SUCCESS cannot be tried again");
    assert_eq!(said("FAILED", RunEvent::Cancel), "a workflow run that is FAILED cannot be cancelled");
    assert_eq!(RunState::SENT, state("RUNNING"));
    assert_eq!(Cause::read("whim"), None);
}
