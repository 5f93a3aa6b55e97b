//! The attributes of the `hyrex` crate, which reexports them: use them from there.

mod attribute;
mod emit;
mod function;
mod parameter;
mod types;

use proc_macro::TokenStream;

// What it does stands with its reexport in `hyrex`, where its examples compile.
#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn task(attribute: TokenStream, function: TokenStream) -> TokenStream {
    emit::task(attribute.into(), function.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn workflow(attribute: TokenStream, function: TokenStream) -> TokenStream {
    emit::workflow(attribute.into(), function.into()).into()
}
