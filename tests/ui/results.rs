//! What a task cannot return.

type Outcome = Result<u32, String>;

#[hyrex::task]
async fn alias() -> Outcome { //~ this return type is a `Result` under another name: write it as `Result<..>`
    Ok(1)
}

struct NoError;

#[hyrex::task]
async fn no_error() -> Result<(), NoError> { //~ `NoError` cannot be the error of a task
    Err(NoError)
}

fn main() {}
