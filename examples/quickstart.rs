//! One task, on SQLite or on PostgreSQL.
//!
//! ```text
//! export HYREX_DATABASE_URL=sqlite:quickstart.db           # or postgres://…
//! cargo run --example quickstart -- greet Ada              # sends
//! cargo run --example quickstart -- run-worker             # runs
//! cargo run --example quickstart -- tasks list
//! ```

use hyrex::prelude::*;
use std::process::ExitCode;
use std::time::Duration;

#[hyrex::task(max_retries = 1)]
async fn greet(to: String) -> Result<String> {
    tokio::time::sleep(Duration::from_secs(2)).await; // long enough to kill the worker in the middle
    Ok(format!("hello, {to}"))
}

#[tokio::main]
async fn send(to: &str) -> Result<()> {
    let run = greet.send(to.into()).await?;
    println!("sent {}", run.id());
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [command, to] = words.as_slice()
        && command == "greet"
    {
        return match send(to) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    hyrex::cli::run(HyrexApp::new("quickstart").registry(registry![greet]))
}
