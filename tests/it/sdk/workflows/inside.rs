//! What a node sees of its run: arguments, results, statuses; and what is said where there is nothing to see.

use super::*;
use crate::support::stores::on_both;
use hyrex::{ClientErrorKind, OnlyInsideTasks, PlainWorkflow, WorkflowError};
use std::sync::Mutex;

on_both!(
    nodes_read_the_arguments_and_the_results_before_them,
    a_node_knows_where_it_is,
    what_is_not_there_is_told_in_words,
    a_task_that_is_no_node_is_told_so,
    on_error_and_what_is_spawned_see_the_run_too,
    arguments_are_read_once_a_run_and_process,
);

/// A workflow of this one task.
fn alone<O: Serialize + 'static>(task: Task<Plain<(), O>>) -> Workflow<PlainWorkflow<EtlArgs>> {
    Workflow::new("alone", WorkflowConfig::new(), |_: OnlyInsideTasks<EtlArgs>| task)
}

async fn nodes_read_the_arguments_and_the_results_before_them(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.on(test.client()).send(fine()).await.unwrap();
    let ran = test.drain().await.unwrap();
    let mut told = told(&ran);
    told[1..3].sort_unstable();
    let (rows, loaded) = (("extract", Some("[1,2,3]")), ("load", Some("12")));
    let (doubled, valid) = (("transform", Some("[2,4,6]")), ("validate", Some("3")));
    assert_eq!(told, [rows, doubled, valid, loaded, ("tidy", Some("\"SUCCESS\""))]);
    assert_eq!(run.node_result(load).await.unwrap(), 12);
    assert_eq!(run.node_result(&transform).await.unwrap(), [2, 4, 6]);
}

async fn a_node_knows_where_it_is(store: &TestStore) {
    let look = Task::new("look", TaskConfig::new(), |()| async {
        let here = workflow_context();
        let args: EtlArgs = here.args()?;
        Ok((here.run_id()?, here.workflow_name()?, here.node_name()?, args))
    });
    let test = test_app(store, registry![alone(look.clone())]).await;
    let run = alone(look).on(test.client()).send(fine()).await.unwrap();
    test.drain().await.unwrap();
    let seen: (hyrex::model::WorkflowRunId, String, String, EtlArgs) = run.node_result_of("look").await.unwrap();
    assert_eq!(seen, (run.id(), "alone".into(), "look".into(), fine()));
}

async fn what_is_not_there_is_told_in_words(store: &TestStore) {
    #[hyrex::task]
    async fn first() -> Result<()> {
        Err(Error::fatal("no luck\u{1b}"))
    }
    #[hyrex::task]
    async fn number() -> u32 {
        7
    }
    #[hyrex::task]
    async fn last() -> Result<Vec<String>> {
        let here = workflow_context();
        let said = [
            here.result_of::<u32>("nowhere").await.unwrap_err(),
            here.status("nowhere").await.unwrap_err(),
            here.result(last).await.unwrap_err(),
            here.result(first).await.unwrap_err(),
            here.result_of::<String>("number").await.unwrap_err(),
            here.args::<Vec<u8>>().unwrap_err(),
        ];
        Ok(said.iter().map(ToString::to_string).collect())
    }
    #[hyrex::workflow]
    fn errors(_: EtlArgs) -> Dag {
        Dag::from((first, number)).finally(last)
    }
    let test = test_app(store, registry![errors]).await;
    let run = errors.on(test.client()).send(fine()).await.unwrap();
    test.drain().await.unwrap();
    let id = run.id();
    assert_eq!(
        run.node_result(last).await.unwrap(),
        [
            format!("workflow run {id} has no node 'nowhere'"),
            format!("workflow run {id} has no node 'nowhere'"),
            format!("node 'last' of workflow run {id} has not ended: it is RUNNING"),
            format!(r"node 'first' of workflow run {id} has no result: it is FAILED: error: no luck\u{{1b}}"),
            format!(
                "the result of node 'number' of workflow run {id} is not of the type asked for: invalid type: \
                 integer `7`, expected a string at line 1 column 1"
            ),
            format!(
                "the arguments of workflow run {id} are not of the type asked for: invalid type: map, expected a \
                 sequence at line 1 column 0"
            ),
        ]
    );
}

async fn a_task_that_is_no_node_is_told_so(store: &TestStore) {
    let error = workflow_context().args::<EtlArgs>().unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Workflow(WorkflowError::NotANode { task: None })), "{error}");
    assert!(error.to_string().starts_with("no node of a workflow is running here: hyrex::spawn"), "{error}");
    let test = test_app(store, registry![extract]).await;
    extract.on(test.client()).send().await.unwrap();
    let ran = test.drain().await.unwrap();
    let error = ran[0].error.as_ref().map(|error| error.message.as_str());
    assert_eq!(error, Some("task 'extract' was sent by itself, and runs as no node of a workflow"));
}

async fn on_error_and_what_is_spawned_see_the_run_too(store: &TestStore) {
    let heard: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let fails = Task::new("fails", TaskConfig::new(), |()| async {
        let args = hyrex::spawn(async { workflow_context().args::<EtlArgs>() }).await??;
        Err::<(), _>(Error::new(args.source))
    });
    let fails = fails.on_error(|failure: Failure| {
        let source = workflow_context().args::<EtlArgs>().map(|args| args.source);
        heard.lock().unwrap().extend([failure.error.message, source.unwrap_or_else(|error| error.to_string())]);
    });
    let test = test_app(store, registry![alone(fails.clone())]).await;
    alone(fails).on(test.client()).send(fine()).await.unwrap();
    test.drain().await.unwrap();
    assert_eq!(*heard.lock().unwrap(), ["s3://input", "s3://input"]);
}

async fn arguments_are_read_once_a_run_and_process(store: &TestStore) {
    let config = TaskConfig::new().max_retries(1).retry_backoff(Backoff::seconds(60));
    let slow = Task::new("slow", config, |()| async {
        let source = workflow_context().args::<EtlArgs>()?.source;
        if TaskContext::current()?.attempt_number() == 0 { Err(Error::new(source)) } else { Ok(source) }
    });
    let test = test_app(store, registry![alone(slow.clone())]).await;
    let run = alone(slow).on(test.client()).send(fine()).await.unwrap();
    test.drain().await.unwrap();
    store.raw.execute("UPDATE hyrex_workflow_run SET args = '{\"source\": \"changed\"}'").await;
    test.advance(std::time::Duration::from_secs(60));
    test.drain().await.unwrap();
    assert_eq!(run.node_result_of::<String>("slow").await.unwrap(), "s3://input");
    assert_eq!(run.args().await.unwrap().source, "changed", "from outside the row is read");
}
