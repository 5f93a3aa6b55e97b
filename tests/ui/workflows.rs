//! Mistakes in workflows.

use hyrex::prelude::*;
use hyrex::group;

#[derive(Serialize, Deserialize)]
struct Batch {
    number: u32,
}

struct NoSerde;

#[hyrex::task]
async fn extract() {}

#[hyrex::task]
async fn load(#[default(9)] days: u32, until: Option<u32>) {}

#[hyrex::task]
async fn send_email(batch: Batch, days: u32) {}

#[hyrex::workflow(retries = 3)] //~ a workflow has no setting `retries`; it has: queue, timeout_seconds, priority, cron
fn unknown() -> Dag {
    extract.into()
}

#[hyrex::workflow(idempotency_key = "k")] //~ `idempotency_key` belongs to a send: `workflow.with_config(WorkflowConfig
fn of_a_send() -> Dag {
    extract.into()
}

#[hyrex::workflow(timeout_seconds = 0)] //~ timeout_seconds must be 1 or more
fn at_once() -> Dag {
    extract.into()
}

#[hyrex::workflow(cron = "@daily", missed = "latest")] //~ missed must be "last", "all" or "none"
fn no_such_word() -> Dag {
    extract.into()
}

#[hyrex::workflow(missed = "all")] //~ `missed` is of a `cron`, and there is none
fn missed_alone() -> Dag {
    extract.into()
}

#[hyrex::workflow]
async fn waits() -> Dag { //~ a workflow is not `async`
    extract.into()
}

#[hyrex::workflow]
fn nothing() { //~ a workflow returns its graph: `-> Dag`
    extract >> load;
}

#[hyrex::workflow]
fn two(_: Batch, days: u32) -> Dag { //~ a workflow takes one argument: gather them in a struct
    extract.into()
}

#[hyrex::workflow]
fn generic<T: Send>(_: T) -> Dag { //~ a workflow cannot be generic
    extract.into()
}

#[hyrex::workflow]
fn borrowed(_: &str) -> Dag { //~ a workflow's arguments are stored and read back later, so it must own them: take `String`
    extract.into()
}

#[hyrex::workflow]
fn no_serde(_: NoSerde) -> Dag { //~ `NoSerde` cannot be the arguments of a workflow
    extract.into()
}

#[hyrex::workflow]
fn value(args: Batch) -> Dag {
    let _ = args.number; //~ no field `number` on type `OnlyInsideTasks<Batch>`
    extract.into()
}

#[hyrex::workflow]
fn one_task(_: Batch) -> Dag {
    extract //~ mismatched types
    //~| .into()
}

#[hyrex::workflow]
fn chains(_: Batch) -> Dag {
    (extract >> load, extract >> load) //~ mismatched types
    //~| .into()
}

#[hyrex::workflow]
fn required_right(_: Batch) -> Dag {
    extract >> send_email //~ has arguments without a default, so it can't stand in a workflow
}

#[hyrex::workflow]
fn required_left(_: Batch) -> Dag {
    send_email >> extract //~ no implementation for
    //~| EveryArgumentHasADefault
}

#[hyrex::workflow]
fn groups(_: Batch) -> Dag {
    (extract, load) >> (extract, load) //~ no implementation for
}

#[hyrex::workflow]
fn no_task(_: Batch) -> Dag {
    extract >> 5 //~ `{integer}` cannot stand in a workflow
}

#[hyrex::workflow(queue = "etl", priority = 9)]
fn fine(_: Batch) -> Dag {
    let shard = |number: u32| send_email.node(format!("shard-{number}")).args((Batch { number }, 5));
    let work = group((extract, load.node("other").args((None, Some(3))))) >> (0..8).map(shard).collect::<Vec<_>>();
    (work >> load).finally(extract.node("tidy"))
}

fn main() {
    let _ = registry![unknown, of_a_send, at_once, waits, nothing, two, generic, borrowed, one_task, fine];
}
