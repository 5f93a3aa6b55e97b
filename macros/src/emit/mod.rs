//! What `#[hyrex::task]` makes of a function: a constant of its name, a hidden module with the type of its definition,
//! and beside them, where the user's types resolve, the implementations.

mod definition;
mod outline;
mod sends;
mod workflow;

use super::attribute::{Settings, TASK};
use super::function::Function;
use super::parameter::Parameter;
use outline::Outline;
use proc_macro2::TokenStream;
use quote::quote;

pub use workflow::workflow;

/// A task whose every part is understood.
struct Task {
    settings: Settings,
    function: Function,
    parameters: Vec<Parameter>,
}

/// What the attribute makes of the function. Where something is wrong, the task still stands, so that one mistake is
/// one message and not one more for each use of it.
pub fn task(attribute: TokenStream, function: TokenStream) -> TokenStream {
    let mut function: Function = match syn::parse2(function.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#error #function);
        }
    };
    let (settings, mut wrong) = match Settings::parse(attribute, &TASK) {
        Ok(settings) => (settings, TokenStream::new()),
        Err(error) => (Settings::none(&TASK), error.into_compile_error()),
    };
    let arity = function.arity();
    let signature = function.check(TASK.what);
    match signature.and_then(|()| function.parameters()) {
        Ok(parameters) => {
            let task = Task { settings, function, parameters };
            let emitted = task.emit();
            quote!(#wrong #emitted)
        }
        Err(error) => {
            wrong.extend(error.into_compile_error());
            let stand_in = stand_in(&function, arity);
            quote!(#wrong #stand_in)
        }
    }
}

impl Task {
    fn emit(&self) -> TokenStream {
        let outline = Outline::of(&self.function, &self.documented());
        let (sends, body) = (self.sends(&outline), self.body(&outline));
        let (definition, assertion) = (self.definition(&outline), self.assertion());
        let cfgs = &self.function.cfgs;
        let lacking = self.lacking();
        quote! {
            #lacking
            #outline
            #(#cfgs)* #sends
            #(#cfgs)* #body
            #(#cfgs)* #definition
            #assertion
        }
    }
}

impl Task {
    /// Refuses a cron where a send needs an argument: nobody is there to give it.
    fn lacking(&self) -> Option<TokenStream> {
        self.settings.cron()?;
        let parameter = self.parameters.iter().find(|parameter| parameter.is_required())?;
        let name = parameter.key();
        let why = format!(
            "a task with a `cron` is sent without arguments, and `{name}` has no default: write `#[default(..)]` before \
             it, or take an `Option`"
        );
        let error = syn::Error::new(parameter.ident.span(), why).into_compile_error();
        let cfgs = &self.function.cfgs;
        Some(quote!(#(#cfgs)* #error))
    }
}

/// A task that takes whatever it is given: of a function that cannot be one.
fn stand_in(function: &Function, arity: usize) -> TokenStream {
    let outline = Outline::of(function, "");
    let (ty, cfgs, methods) = (&outline.ty, &function.cfgs, sends::of_stand_in(arity));
    let definition = definition::of_stand_in(ty, cfgs);
    quote! {
        #outline
        #(#cfgs)* #[allow(dead_code, missing_docs, unreachable_pub)] impl #ty { #methods }
        #definition
    }
}
