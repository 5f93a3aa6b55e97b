//! Tasks and a workflow that are sent by themselves.
//!
//! ```text
//! cargo run --example cron_scheduling
//! hyrex cron next '0 0 * * sun' --tz Europe/Berlin
//! ```

mod support;

use hyrex::prelude::*;
use tokio::sync::Notify;

#[hyrex::task(cron = "0 2 * * *")] // daily at 02:00, UTC
async fn daily_cleanup() {}

/// Tasks whose arguments have defaults can be scheduled too.
#[hyrex::task(cron = "0 0 * * sun", tz = "Europe/Berlin")]
async fn weekly_backup(#[default(30)] retention_days: u32) {
    println!("backing up, kept for {retention_days} days");
}

#[hyrex::task]
async fn generate_report() {}

#[hyrex::task]
async fn send_report() {}

#[hyrex::workflow(cron = "0 0 * * 0", missed = "none")]
fn weekly_report() -> Dag {
    generate_report >> send_report
}

static RAN: Notify = Notify::const_new();

/// Six fields begin with the second.
#[hyrex::task(cron = "* * * * * *")]
async fn each_second() {
    RAN.notify_one();
}

async fn wait_for_a_second() -> Result<()> {
    RAN.notified().await;
    println!("each_second ran, and nobody had sent it");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    for scheduled in registry![daily_cleanup, weekly_backup, weekly_report].schedules()? {
        let schedule = scheduled.schedule;
        println!("{}: {}, {}", scheduled.target.name(), schedule.describe(), schedule.zone());
    }
    support::with_worker(registry![each_second], wait_for_a_second()).await
}
