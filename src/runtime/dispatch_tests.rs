//! The unit tests of `dispatch.rs`.

use super::*;
use crate::model::{AttemptId, ExecutorId, Fence, Timestamp};
use crate::runtime::slots::KindRoom;
use crate::runtime::test_runs::claimed_run;

fn lane(queue: &str, task: &str) -> Lane {
    Lane { queue: queue.into(), task_name: task.into() }
}

fn room(asynchronous: u32, blocking: u32) -> Room {
    [KindRoom { free: asynchronous, ahead: 0 }, KindRoom { free: blocking, ahead: 0 }]
}

fn dispatch(queues: &[&str]) -> Dispatch {
    let tasks = [("a".to_owned(), Kind::Async), ("b".to_owned(), Kind::Blocking)];
    let mut dispatch = Dispatch::new(QueueSet::all(), tasks.into());
    queues.iter().for_each(|queue| dispatch.sign(&lane(queue, "a"), 0));
    dispatch
}

fn settings(name: &str, limit: Option<u32>, paused: bool) -> QueueSettings {
    QueueSettings {
        name: name.into(),
        concurrency_limit: limit,
        app_limit: None,
        limit_by_operator: false,
        limit_by: None,
        paused_at: paused.then(Timestamp::default),
        paused_by: None,
    }
}

fn takes(plan: &[Asked]) -> Vec<(&str, u32)> {
    plan.iter().map(|asked| (asked.share.queue.as_str(), asked.share.take)).collect()
}

fn claimed(queue: &str, count: usize) -> Vec<ClaimedRun> {
    let fence = Fence { attempt: AttemptId::new(), executor: ExecutorId::new(), claim: 1 };
    vec![claimed_run(fence, queue, "a"); count]
}

#[test]
fn queues_with_work_get_equal_shares() {
    assert_eq!(takes(&dispatch(&["x", "y"]).plan(room(10, 0))), [("x", 5), ("y", 5)]);
}

#[test]
fn what_does_not_divide_goes_round() {
    let mut dispatch = dispatch(&["x", "y", "z"]);
    let mut got = HashMap::new();
    for _ in 0..3 {
        for (queue, take) in takes(&dispatch.plan(room(4, 0))) {
            *got.entry(queue.to_owned()).or_insert(0) += take;
        }
    }
    assert_eq!(got, HashMap::from([("x".into(), 4), ("y".into(), 4), ("z".into(), 4)]));
}

#[test]
fn with_one_slot_each_queue_has_its_turn() {
    let mut dispatch = dispatch(&["x", "y", "z"]);
    let plans: Vec<_> = (0..6).map(|_| dispatch.plan(room(1, 0)).remove(0).share.queue).collect();
    assert_eq!(plans, ["x", "y", "z", "x", "y", "z"]);
}

#[test]
fn a_queue_that_gave_less_passes_the_rest_on() {
    let mut dispatch = dispatch(&["x", "y"]);
    let plan = dispatch.plan(room(10, 0));
    let got = [claimed("x", 5), claimed("y", 1)].concat();
    dispatch.answered(1, &plan, &got);
    assert_eq!(takes(&dispatch.plan(room(4, 0))), [("x", 4)]);
}

#[test]
fn a_queue_that_gave_all_that_it_was_asked_for_promises_more() {
    let mut dispatch = dispatch(&["x", "y"]);
    let plan = dispatch.plan(room(10, 0));
    assert!(!dispatch.answered(1, &plan, &[]), "nothing came");
    dispatch.sign(&lane("x", "a"), 1);
    dispatch.sign(&lane("y", "a"), 1);
    assert!(!dispatch.answered(1, &plan, &claimed("y", 1)), "there is no more");
    assert!(dispatch.answered(1, &plan, &claimed("y", 5)), "one is enough");
}

#[test]
fn a_sign_that_came_after_the_claim_began_is_not_lost() {
    let mut dispatch = dispatch(&["x"]);
    let plan = dispatch.plan(room(10, 0));
    dispatch.sign(&lane("x", "a"), 1);
    dispatch.answered(1, &plan, &[]);
    assert_eq!(takes(&dispatch.plan(room(10, 0))), [("x", 10)]);
    dispatch.answered(2, &plan, &[]);
    assert!(dispatch.plan(room(10, 0)).is_empty());
    assert!(!dispatch.has_work([true, true]));
}

#[test]
fn a_claim_cut_off_by_its_size_does_not_empty_the_queue() {
    let mut dispatch = dispatch(&["x"]);
    let plan = dispatch.plan(room(10, 0));
    let mut got = claimed("x", 1);
    got[0].args = "x".repeat(bounds::MAX_CLAIM);
    dispatch.answered(1, &plan, &got);
    assert!(dispatch.has_work([true, false]));
}

#[test]
fn queues_that_are_not_served_and_tasks_without_a_handler_are_passed_over() {
    let served = QueueSet::new(["mail-*"]).expect("a pattern");
    let mut dispatch = Dispatch::new(served, [("a".to_owned(), Kind::Async)].into());
    dispatch.sign(&lane("other", "a"), 0);
    dispatch.sign(&lane("mail-1", "unknown"), 0);
    assert!(dispatch.plan(room(10, 10)).is_empty());
    dispatch.sign(&lane("mail-1", "a"), 0);
    assert_eq!(dispatch.plan(room(10, 10))[0].share.tasks, ["a"]);
}

#[test]
fn paused_queues_are_not_asked() {
    let mut dispatch = dispatch(&["x", "y"]);
    dispatch.ticked(&[], &[settings("x", None, true)], 0);
    assert_eq!(takes(&dispatch.plan(room(10, 0))), [("y", 10)]);
    dispatch.ticked(&[], &[], 0);
    assert_eq!(takes(&dispatch.plan(room(10, 0))), [("x", 5), ("y", 5)]);
}

#[test]
fn limited_queues_are_never_claimed_ahead_from() {
    let mut dispatch = dispatch(&["x", "y"]);
    dispatch.ticked(&[], &[settings("x", Some(3), false)], 0);
    let full = [KindRoom { free: 0, ahead: 100 }, KindRoom::default()];
    assert!(dispatch.plan(full).is_empty(), "slots are left to come free for the limited queue");
    let plan = dispatch.plan([KindRoom { free: 4, ahead: 100 }, KindRoom::default()]);
    assert_eq!(takes(&plan), [("x", 2), ("y", 2)]);
    assert!(plan[0].share.limited && !plan[1].share.limited);
}

#[test]
fn a_full_limited_queue_rests_until_one_of_its_runs_ends() {
    let mut dispatch = dispatch(&["x"]);
    dispatch.ticked(&[], &[settings("x", Some(1), false)], 0);
    let plan = dispatch.plan(room(10, 0));
    dispatch.holds("x");
    dispatch.answered(1, &plan, &claimed("x", 1));
    assert!(!dispatch.has_work([true, true]));
    dispatch.sign(&lane("x", "a"), 1);
    assert!(!dispatch.has_work([true, true]), "more work in a full queue is no reason to ask");
    dispatch.settles("x", 1);
    assert!(dispatch.has_work([true, true]));
}

#[test]
fn both_kinds_go_together_while_there_is_room_and_by_turns_when_not() {
    let mut dispatch = dispatch(&["x"]);
    dispatch.sign(&lane("x", "b"), 0);
    let plan = dispatch.plan(room(10, 8));
    assert_eq!((plan[0].share.take, plan[0].share.tasks.clone()), (8, vec!["a".to_owned(), "b".to_owned()]));
    let first = dispatch.plan(room(100, 2)).remove(0).share;
    let second = dispatch.plan(room(100, 2)).remove(0).share;
    assert_eq!((first.tasks, first.take), (vec!["a".to_owned()], 100));
    assert_eq!((second.tasks, second.take), (vec!["b".to_owned()], 2));
    let only = dispatch.plan(room(100, 0)).remove(0).share;
    assert_eq!((only.tasks, only.take), (vec!["a".to_owned()], 100));
}

#[test]
fn no_more_is_asked_for_than_there_is_room() {
    let names: Vec<String> = (0..50).map(|number| format!("q{number}")).collect();
    let mut dispatch = dispatch(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for free in [1, 7, 49, 50, 51, 333] {
        let asked: u32 = dispatch.plan(room(free, 0)).iter().map(|asked| asked.share.take).sum();
        assert_eq!(asked, free);
    }
}
