//! What the test binary does when another test starts it as a process of its own: one function a role.

use crate::support::processes::Stage;

/// Plays a role to its end.
pub async fn play(role: &str, stage: Stage) {
    match role {
        "echo" => stage.say(stage.text("word")),
        "application" => crate::cli::worker::play(&stage),
        "faulty_worker" => crate::faults::role::work(stage).await,
        "claimer" => crate::contention::claimer::claim(stage).await,
        "sender" => crate::contention::sqlite_file::send(stage).await,
        "reader" => crate::contention::sqlite_file::read(stage).await,
        role => panic!("there is no role '{role}': {}", stage.orders),
    }
}
