//! A send that is never awaited sends nothing.

#![deny(warnings)]

#[hyrex::task]
async fn greet(to: String) -> String {
    to
}

fn main() {
    greet.send("Ada".into()); //~ unused `Sending` that must be used
    //~| nothing is sent until this is awaited
}
