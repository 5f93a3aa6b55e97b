//! A task that others see, of a type that they do not.

use hyrex::prelude::*;

#[derive(Serialize, Deserialize)]
struct Private;

#[hyrex::task]
pub async fn seen(context: Private) {} //~ private type `Private` in public interface

fn main() {}
