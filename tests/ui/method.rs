//! A method is no task.

#[hyrex::task]
async fn send(&self) {} //~ a task is a free function: it has no `self`

fn main() {}
