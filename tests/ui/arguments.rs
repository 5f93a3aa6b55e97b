//! Wrong arguments of a send.

use hyrex::prelude::*;

#[derive(Serialize, Deserialize)]
struct Context;

#[hyrex::task]
async fn process(context: Context, #[default(30)] days: u32) {}

async fn send() -> Result<()> {
    process.send("text", None).await?; //~ mismatched types
    //~| expected `Context`, found `&str`
    process.send(Context).await?; //~ this method takes 2 arguments but 1 argument was supplied
    process.send(Context, "many").await?; //~ `Option<u32>: From<&str>` is not satisfied
    process(Context, 7); //~ expected function, found `
    process.send(Context, 7)?; //~ the `?` operator can only be applied to values
    process.send(Context, 7).wait(); //~ no method named `wait` found
    Ok(())
}

fn main() {
    let _ = send();
}
