//! Arguments that do not own what they hold. What uses such a task is no further mistake.

use hyrex::prelude::*;

#[hyrex::task]
async fn text(text: &str, days: u32) {} //~ so it must own them: take `String`

#[hyrex::task]
async fn slice(bytes: &'static [u8]) {} //~ take `Vec<u8>`

#[hyrex::task]
async fn inside(names: Vec<&str>) {} //~ take a type without references

#[hyrex::task]
async fn opaque(name: impl ToString) {} //~ a task's arguments are stored: name the type

async fn send() -> Result<()> {
    let run = text.with_config(TaskConfig::new().priority(8)).send("a", 1).await?;
    println!("{}", run.id());
    text.call("a", 1).await
}

fn main() {
    let _ = registry![text, slice];
    let _ = send();
}
