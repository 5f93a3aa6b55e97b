//! What a task holds across an await must be able to go to another thread.

use std::rc::Rc;

#[hyrex::task]
async fn keeps() -> u32 { //~ future cannot be sent between threads safely
    //~| `Rc<u32>`
    //~| .await
    let kept = Rc::new(1);
    tokio::task::yield_now().await;
    *kept
}

fn main() {}
