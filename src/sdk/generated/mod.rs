//! What the code stands on that `#[hyrex::task]` and `#[hyrex::workflow]` emit. Not for people: it may change with every version.

mod arguments;
pub mod bounds;
mod definition;
mod fields;
mod handlers;
mod returns;
mod sends;
mod workflows;

pub use super::handler::{ErrorHook, Handler, Parameter};
pub use super::task::Overrides;
pub use super::workflow::Drawn;
pub use super::workflow::EveryArgumentHasADefault;
pub use arguments::{Argument, Arguments, Defaulted, Required};
pub use definition::Definition;
pub(super) use definition::encode;
pub use handlers::{Calling, asynchronous, blocking, calling, calling_blocking};
pub use returns::{IsNoResult, IsResult, Returns, TaskFailure, TaskResult, of_result, of_value};
pub use sends::{hook, hook_with_failure, hook_without_failure, send, send_in, send_many};
pub use workflows::{WorkflowArguments, WorkflowDefinition};
