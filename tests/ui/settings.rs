//! What stands in the attribute.

use hyrex::prelude::*;

#[hyrex::task(retries = 3)] //~ a task has no setting `retries`; it has: queue, max_retries, timeout_seconds, priority
async fn unknown() {}

#[hyrex::task(idempotency_key = "k")] //~ `idempotency_key` belongs to a send
async fn of_a_send() {}

#[hyrex::task(priority = 3, priority = 4)] //~ `priority` is given twice
async fn twice() {}

#[hyrex::task(max_retries = "three")] //~ mismatched types
async fn text_for_a_number() {}

#[hyrex::task(max_retries = 2_000)] //~ max_retries must be 0 to 1000
async fn too_often() {}

#[hyrex::task(timeout_seconds = 0)] //~ timeout_seconds must be 1 or more
async fn at_once() {}

#[hyrex::task(priority = -1i16)] //~ the priority must be 1 to 10
async fn below() {}

#[hyrex::task(on_error = two)] //~ cannot be an error handler
//~| expected a function of no argument or of one `hyrex::Failure`
async fn handler_of_two() {}

fn two(_: u32, _: u32) {}

#[hyrex::task(on_error = |a, b| drop((a, b)))] //~ an error handler takes no argument, or one `hyrex::Failure`
async fn closure_of_two() {}

#[hyrex::task]
async fn default_of_another_type(
    #[default("soon")] days: u32, //~ mismatched types
) {
}

#[hyrex::task(cron = "@daily")]
async fn needs_an_argument(
    #[default(9)] days: u32,
    until: Option<u32>,
    user: u64, //~ a task with a `cron` is sent without arguments, and `user` has no default
    //~| write `#[default(..)]` before it, or take an `Option`
) {
}

#[hyrex::task(tz = "Europe/Berlin")] //~ `tz` is of a `cron`, and there is none
async fn zone_alone() {}

#[hyrex::task(cron = "@daily", missed = "latest")] //~ missed must be "last", "all" or "none"
async fn no_such_word() {}

#[hyrex::task(cron = 5)] //~ the trait bound `String: From<{integer}>` is not satisfied
async fn cron_of_a_number() {}

fn plain() {}

fn main() {
    let _ = registry![unknown, of_a_send, twice, text_for_a_number, handler_of_two, needs_an_argument];
    let _ = registry![plain]; //~ cannot be registered
    //~| expected a task, a workflow or a `HyrexRegistry`
}
