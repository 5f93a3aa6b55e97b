//! A task's name is taken: a binding of that name is compared with the constant.

#[hyrex::task]
async fn load() {}

fn main() {
    let load = 7; //~ mismatched types
    //~| interpreted as a constant
}
