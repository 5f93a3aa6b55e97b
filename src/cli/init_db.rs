//! `init-db`: makes or completes the tables.

use super::clean;
use super::error::{CliError, Doing};
use super::session::{Access, Session};
use serde::Serialize;

#[derive(Serialize)]
struct Initialised {
    location: String,
    done: Vec<String>,
}

/// Runs `hyrex init-db`.
pub(crate) async fn run(session: &mut Session) -> Result<(), CliError> {
    let store = session.open_unchecked(Access::Create).await?;
    let done = store.init_db().await.doing("make the tables");
    let location = store.location();
    store.close().await;
    let answer = Initialised { location, done: done? };
    session.answer(&answer, |_| text(&answer))
}

fn text(answer: &Initialised) -> String {
    let location = clean::line(&answer.location);
    if answer.done.is_empty() {
        return format!("{location}: everything is there\n");
    }
    let mut text = format!("{location}:\n");
    for line in &answer.done {
        text.push_str(&format!("  {}\n", clean::line(line)));
    }
    text
}
