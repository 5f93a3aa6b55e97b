//! Nodes that a worker of Python's ended without telling the run, and runs that Python sent: nothing of ours stands in
//! their rows. Here its worker is played by statements past the store.

use super::{FlowWords, Play, chain, diamond, flow, group, node, recount, sweep_at};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::dag::Repair;
use hyrex::model::{Outcome, RunId, TaskStatus, WorkflowRunId, WorkflowStatus};
use hyrex::store::{WorkflowCanceled, WorkflowRepaired, WorkflowSwept};

on_both!(
    a_success_that_nobody_told_releases_what_waits,
    a_failure_that_nobody_told_skips_what_comes_after,
    a_last_end_that_nobody_told_ends_the_run,
    an_end_that_nobody_told_begins_the_finally_nodes,
    a_failure_that_python_will_retry_is_no_end,
    a_sweep_finds_nothing_in_runs_of_ours,
    ends_of_both_are_put_together,
    a_run_of_pythons_making_is_counted_by_the_first_end,
    a_run_of_pythons_making_is_counted_by_the_sweep,
    a_run_of_pythons_making_is_cancelled,
    what_python_tries_again_in_a_cancelled_run_is_cancelled,
    a_run_of_pythons_making_is_repaired,
    a_run_that_python_sent_and_ended_is_repaired,
    a_run_of_pythons_making_is_read,
    a_run_that_python_has_ended_stays_as_it_is,
);

/// A node's end as Python's functions write it.
async fn ends(s: &TestStore, node: RunId, status: TaskStatus) {
    let (id, time) = (s.raw.id(node.0), s.raw.time(at(3.0)));
    let set = format!("status = '{status}', finished = {time}");
    s.raw.execute(&format!("UPDATE hyrex_task_run SET {set} WHERE id = {id}")).await;
}

/// What a recount of one run answers.
const ONE: WorkflowSwept = WorkflowSwept { timed_out: 0, recounted: 1, more: false };

/// A run of tasks `a`, `b` after `a`, and `c` after both, as `trigger_workflow_run` of Python makes it.
async fn python_run(s: &TestStore) -> (WorkflowRunId, [RunId; 3]) {
    let (run, [a, b, c]) = (WorkflowRunId::new(), std::array::from_fn(|_| RunId::new()));
    let (id, time) = (s.raw.id(run.0), s.raw.time(at(0.0)));
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_workflow_run (id, workflow_name, args, queue, status, queued, started)
             VALUES ({id}, 'snake', '{{}}', 'default', 'RUNNING', {time}, {time})"
        ))
        .await;
    for (name, node, before) in [("a", a, vec![]), ("b", b, vec![a]), ("c", c, vec![a, b])] {
        let before: Vec<uuid::Uuid> = before.iter().map(|run: &RunId| run.0).collect();
        let (node, waits) = (s.raw.id(node.0), s.raw.ids(&before));
        let status = if before.is_empty() { TaskStatus::Queued } else { TaskStatus::AwaitDeps };
        s.raw
            .execute(&format!(
                "INSERT INTO hyrex_task_run (id, durable_id, root_id, workflow_run_id, workflow_dependencies, task_name,
                    args, queue, max_retries, priority, status, attempt_number, queued)
                 VALUES ({node}, {node}, {node}, {id}, {waits}, '{name}', '{{}}', 'default', 0, 5, '{status}', 0, {time})"
            ))
            .await;
    }
    (run, [a, b, c])
}

async fn a_success_that_nobody_told_releases_what_waits(s: &TestStore) {
    let new = flow(diamond());
    let play = Play::of(s, new.clone()).await;
    ends(s, new.run_of("a"), TaskStatus::Success).await;
    assert_eq!(sweep_at(s, 6.0).await, WorkflowSwept::default(), "only a sweep that looks finds it");
    assert_eq!(recount(s).await, ONE);
    play.stands("RUNNING a SUCCESS b QUEUED c QUEUED d AWAIT_DEPS").await;
    assert_eq!(play.detail().await.nodes[1].row.queued, Some(at(6.0)));
    assert_eq!(recount(s).await, WorkflowSwept::default());
    play.succeed(&["b", "c"]).await;
    play.succeed(&["d"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS d SUCCESS").await;
}

async fn a_failure_that_nobody_told_skips_what_comes_after(s: &TestStore) {
    let new = flow(chain(&["a", "b"]).beside(node("x")));
    let play = Play::of(s, new.clone()).await;
    ends(s, new.run_of("a"), TaskStatus::Failed).await;
    assert_eq!(recount(s).await, ONE);
    play.stands("RUNNING a FAILED b SKIPPED x QUEUED").await;
    play.succeed(&["x"]).await;
    play.stands("FAILED a FAILED b SKIPPED x SUCCESS").await;
}

async fn a_last_end_that_nobody_told_ends_the_run(s: &TestStore) {
    let new = flow(chain(&["a", "b"]));
    let play = Play::of(s, new.clone()).await;
    play.succeed(&["a"]).await;
    ends(s, new.run_of("b"), TaskStatus::Success).await;
    assert_eq!(recount(s).await, ONE);
    play.stands("SUCCESS a SUCCESS b SUCCESS").await;
    assert_eq!(play.detail().await.row.finished, Some(at(6.0)));
}

async fn an_end_that_nobody_told_begins_the_finally_nodes(s: &TestStore) {
    let new = flow(group(&["a", "b"]).finally(node("z")));
    let play = Play::of(s, new.clone()).await;
    play.succeed(&["a"]).await;
    ends(s, new.run_of("b"), TaskStatus::Canceled).await;
    assert_eq!(recount(s).await, ONE);
    play.stands("RUNNING a SUCCESS b CANCELED z QUEUED").await;
}

async fn a_failure_that_python_will_retry_is_no_end(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).retries(1);
    let play = Play::of(s, new.clone()).await;
    ends(s, new.run_of("a"), TaskStatus::Failed).await;
    assert_eq!(recount(s).await, WorkflowSwept::default());
    play.stands("RUNNING a FAILED b AWAIT_DEPS").await;
}

async fn a_sweep_finds_nothing_in_runs_of_ours(s: &TestStore) {
    let play = Play::of(s, flow(diamond().finally(node("z"))).retries(1)).await;
    assert_eq!(recount(s).await, WorkflowSwept::default());
    play.fail("a").await;
    assert_eq!(recount(s).await, WorkflowSwept::default(), "a failed attempt with a next one is none of its nodes");
    play.succeed(&["a"]).await;
    play.succeed(&["b"]).await;
    assert_eq!(recount(s).await, WorkflowSwept::default());
    play.fail("c").await;
    play.fail("c").await;
    play.succeed(&["z"]).await;
    assert_eq!(recount(s).await, WorkflowSwept::default());
}

/// Whatever the order: a node that one of each finishes is released, at the latest by the sweep.
async fn ends_of_both_are_put_together(s: &TestStore) {
    for python_first in [true, false] {
        let new = flow(group(&["a", "b"]).then(node("c")));
        let play = Play::of(s, new.clone()).await;
        play.begin().await;
        if python_first {
            ends(s, new.run_of("a"), TaskStatus::Success).await;
        }
        play.settle("b", Outcome::Success(None)).await;
        if !python_first {
            ends(s, new.run_of("a"), TaskStatus::Success).await;
        }
        assert_eq!(recount(s).await, ONE);
        play.stands("RUNNING a SUCCESS b SUCCESS c QUEUED").await;
        play.succeed(&["c"]).await;
        play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS").await;
    }
}

async fn a_run_of_pythons_making_is_counted_by_the_first_end(s: &TestStore) {
    let play = Play::sent(s, python_run(s).await.0).await;
    play.succeed(&["a"]).await;
    play.stands("RUNNING a SUCCESS b QUEUED c AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.succeed(&["c"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS").await;
}

async fn a_run_of_pythons_making_is_counted_by_the_sweep(s: &TestStore) {
    let (run, [a, ..]) = python_run(s).await;
    ends(s, a, TaskStatus::Failed).await;
    assert_eq!(recount(s).await, ONE);
    Play::sent(s, run).await.stands("FAILED a FAILED b SKIPPED c SKIPPED").await;
}

async fn a_run_of_pythons_making_is_cancelled(s: &TestStore) {
    let (run, _) = python_run(s).await;
    let play = Play::sent(s, run).await;
    play.begin().await;
    let answer = play.cancel().await;
    assert_eq!((answer.run, answer.nodes_canceled, answer.nodes_asked), (WorkflowCanceled::Asked, 2, 1));
    play.stands("UP_FOR_CANCEL a UP_FOR_CANCEL b CANCELED c CANCELED").await;
    play.settle("a", Outcome::Canceled).await;
    play.stands("CANCELED a CANCELED b CANCELED c CANCELED").await;
}

/// Its worker did not see the request, and made the next attempt of what failed.
async fn what_python_tries_again_in_a_cancelled_run_is_cancelled(s: &TestStore) {
    let new = flow(chain(&["a", "b"])).retries(1);
    let play = Play::of(s, new.clone()).await;
    let first = new.run_of("a");
    ends(s, first, TaskStatus::Failed).await;
    assert_eq!(play.cancel().await.run, WorkflowCanceled::Asked, "its next attempt is about to come");
    let (next, first) = (s.raw.id(uuid::Uuid::now_v7()), s.raw.id(first.0));
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_task_run (id, durable_id, root_id, workflow_run_id, task_name, args, queue, max_retries,
                priority, status, attempt_number)
             SELECT {next}, durable_id, root_id, workflow_run_id, task_name, args, queue, max_retries, priority,
                'QUEUED', 1 FROM hyrex_task_run WHERE id = {first};
             UPDATE hyrex_workflow_run SET nodes_left = NULL"
        ))
        .await;
    assert_eq!(recount(s).await, ONE);
    assert_eq!(play.status().await, WorkflowStatus::Canceled);
}

async fn a_run_of_pythons_making_is_repaired(s: &TestStore) {
    let (run, _) = python_run(s).await;
    let play = Play::sent(s, run).await;
    play.succeed(&["a"]).await;
    play.fail("b").await;
    let repair = super::repair::repair_of(&play, Repair::Node("b".into()));
    assert_eq!(s.workflow_repair(repair).await.unwrap(), WorkflowRepaired::Running { nodes: 2 });
    play.stands("RUNNING a SUCCESS b QUEUED c AWAIT_DEPS").await;
    play.succeed(&["b"]).await;
    play.succeed(&["c"]).await;
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS").await;
}

async fn a_run_that_python_sent_and_ended_is_repaired(s: &TestStore) {
    let (run, [a, b, c]) = python_run(s).await;
    ends(s, a, TaskStatus::Failed).await;
    ends(s, b, TaskStatus::Skipped).await;
    ends(s, c, TaskStatus::Skipped).await;
    let time = s.raw.time(at(4.0));
    s.raw.execute(&format!("UPDATE hyrex_workflow_run SET status = 'FAILED', finished = {time}")).await;
    let play = Play::sent(s, run).await;
    let repair = super::repair::repair_of(&play, Repair::Failed);
    assert_eq!(s.workflow_repair(repair).await.unwrap(), WorkflowRepaired::Running { nodes: 3 });
    for name in ["a", "b", "c"] {
        play.succeed(&[name]).await;
    }
    play.stands("SUCCESS a SUCCESS b SUCCESS c SUCCESS").await;
}

async fn a_run_of_pythons_making_is_read(s: &TestStore) {
    let (run, [a, b, c]) = python_run(s).await;
    let (same, task) = (s.raw.id(c.0), "UPDATE hyrex_task_run SET task_name = 'b' WHERE id =");
    s.raw.execute(&format!("{task} {same}")).await;
    let detail = s.workflow_run(run).await.unwrap().unwrap();
    let names: Vec<_> = detail.nodes.iter().map(|node| node.name.clone()).collect();
    assert_eq!(names, ["a".to_owned(), "b".into(), format!("b#{c}")]);
    assert_eq!(detail.edges, [(0, 1), (0, 2), (1, 2)]);
    assert_eq!((detail.row.nodes_left, detail.row.deadline), (None, None));
    assert_eq!(detail.dag().unwrap().predecessors(2), [0, 1]);
    for (name, node) in names.iter().zip([a, b, c]) {
        let state = s.workflow_node(run, name).await.unwrap().unwrap();
        assert_eq!(state.attempt, node.first_attempt(), "{name}");
    }
    for unknown in ["c", "b#", "t", &format!("a#{c}")] {
        assert_eq!(s.workflow_node(run, unknown).await.unwrap(), None, "{unknown}");
    }
}

/// Its functions end a run with the first failure, while other nodes still run.
async fn a_run_that_python_has_ended_stays_as_it_is(s: &TestStore) {
    let play = Play::of(s, flow(group(&["a", "b"]).then(node("c")))).await;
    play.begin().await;
    let time = s.raw.time(at(2.0));
    s.raw.execute(&format!("UPDATE hyrex_workflow_run SET status = 'FAILED', finished = {time}")).await;
    play.turn(vec![("a", Outcome::Success(None)), ("b", Outcome::Success(None))]).await;
    play.begin().await;
    play.settle("c", Outcome::Success(None)).await;
    let row = play.detail().await.row;
    assert_eq!((row.status, row.finished, row.nodes_left), (WorkflowStatus::Failed, Some(at(2.0)), Some(0)));
}
