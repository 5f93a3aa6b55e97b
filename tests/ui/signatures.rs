//! Functions that cannot be tasks.

struct Mailer;

#[hyrex::task]
async fn generic<T: Send>(one: T) {} //~ a task cannot be generic: it is stored by name

#[hyrex::task]
async fn pattern((a, b): (u32, u32)) {} //~ a task's parameter is a plain name

#[hyrex::task]
async fn attribute(#[serde(default)] days: u32) {} //~ no attribute but `#[default(..)]`

#[hyrex::task]
unsafe fn dangerous() {} //~ a task cannot be `unsafe`

#[hyrex::task]
async fn opaque() -> impl Sized {} //~ a task's result is stored: name its type

#[hyrex::task]
#[rustfmt::skip]
async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8,
              m: u8) {} //~ a task takes at most 12 arguments: gather them in a struct

impl Mailer {
    // Within an `impl` an attribute can only make what an `impl` has.
    fn send(&self) {}
}

fn main() {
    Mailer.send();
}
