//! An argument, or a result, that cannot be JSON.

struct NoSerde;

#[hyrex::task]
async fn one(context: NoSerde) {} //~ `NoSerde` cannot be an argument of a task
//~| it needs `Serialize`, `Deserialize` and `Send`

#[hyrex::task]
async fn several(first: u32, context: NoSerde, #[default(3)] last: u32) {} //~ `NoSerde` cannot be an argument of a task

#[hyrex::task]
async fn gives() -> NoSerde { //~ `NoSerde` cannot be the result of a task
    NoSerde
}

#[hyrex::task]
async fn gives_in_a_result() -> hyrex::Result<NoSerde> { //~ `NoSerde` cannot be the result of a task
    Ok(NoSerde)
}

fn main() {}
