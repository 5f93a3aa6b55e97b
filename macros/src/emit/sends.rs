//! `send`, `send_in`, `send_many` and `call`, each with the function's own parameters.

use super::super::parameter::Parameter;
use super::super::types::shown;
use super::Task;
use super::outline::Outline;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

impl Task {
    /// The methods of the task.
    pub fn sends(&self, outline: &Outline) -> TokenStream {
        let (ty, span) = (&outline.ty, self.function.ident().span());
        let (takes, kept) = (self.takes(), self.keeps());
        let (item, items) = self.items();
        let run = quote!(::hyrex::DurableTaskRun<<Self as ::hyrex::__private::Definition>::Output>);
        let methods = quote_spanned! {span=>
            /// Sends one run; answers once it is durable.
            pub fn send(&self, #takes) -> ::hyrex::Sending<#run> {
                ::hyrex::__private::send(self, #kept)
            }

            /// Sends one run inside the caller's own transaction.
            pub fn send_in<'__t, __X: ::hyrex::SendIn>(&self, __transaction: &'__t mut __X, #takes)
            -> __X::Sent<'__t, #run> {
                ::hyrex::__private::send_in(self, __transaction, #kept)
            }

            /// Sends many runs, all or none.
            pub fn send_many(&self, __list: impl ::core::iter::IntoIterator<Item = #item>)
            -> ::hyrex::Sending<::std::vec::Vec<#run>> {
                ::hyrex::__private::send_many(self, ::core::iter::Iterator::map(
                    ::core::iter::IntoIterator::into_iter(__list),
                    #items,
                ))
            }
        };
        let call = self.call(outline);
        // What is private is told of once, where the definition asks.
        let allowed =
            quote!(dead_code, unreachable_pub, private_interfaces, private_bounds, clippy::too_many_arguments);
        quote!(#[allow(#allowed)] impl #ty { #methods #call })
    }

    fn call(&self, outline: &Outline) -> TokenStream {
        let (takes, kept, body) = (self.takes(), self.keeps(), &outline.body);
        let returned = self.function.returned();
        let calling = if self.function.is_async() {
            quote!(::hyrex::__private::calling(#body::__start(#kept)))
        } else {
            quote!(::hyrex::__private::calling_blocking(#body::__start, #kept))
        };
        quote! {
            /// Just the function, for a test: no run is made.
            pub fn call(&self, #takes) -> ::hyrex::__private::Calling<#returned> {
                #calling
            }
        }
    }

    /// `context: EmailContext, days: impl Into<Option<u32>>`.
    fn takes(&self) -> TokenStream {
        let each = self.parameters.iter().map(|parameter| {
            let (ident, taken) = (&parameter.ident, parameter.taken());
            quote!(#ident: #taken)
        });
        quote!(#(#each),*)
    }

    /// What was taken, as the library keeps it: a tuple.
    fn keeps(&self) -> TokenStream {
        let each = self.parameters.iter().map(|parameter| parameter.keep(&parameter.ident));
        quote!((#(#each,)*))
    }

    /// The items that `send_many` takes, and a function that keeps one.
    fn items(&self) -> (TokenStream, TokenStream) {
        let names = numbered(self.parameters.len());
        let each = self.parameters.iter().map(Parameter::taken);
        let kept = self.parameters.iter().zip(&names).map(|(parameter, name)| parameter.keep(name));
        match self.parameters.as_slice() {
            [_] => (quote!(#(#each)*), quote!(|#(#names)*| (#(#kept,)*))),
            _ => (quote!((#(#each),*)), quote!(|(#(#names),*)| (#(#kept,)*))),
        }
    }

    /// What the constant's documentation says of how it is sent.
    pub fn documented(&self) -> String {
        let each = self.parameters.iter().map(|parameter| match parameter.default {
            Some(_) => format!("{}: impl Into<Option<{}>>", parameter.key(), shown(&parameter.ty)),
            None => format!("{}: {}", parameter.key(), shown(&parameter.ty)),
        });
        let (list, result) = (each.collect::<Vec<_>>().join(", "), self.function.result());
        format!("\n\n```text\nsend({list}).await? -> DurableTaskRun<{result}>\n```")
    }
}

/// Names that no user gives.
pub fn numbered(many: usize) -> Vec<Ident> {
    (0..many).map(|number| format_ident!("__{number}")).collect()
}

/// The methods of a task that something is wrong with: whatever they are given, nothing is said about it.
pub fn of_stand_in(arity: usize) -> TokenStream {
    let types: Vec<Ident> = (0..arity).map(|number| format_ident!("__T{number}")).collect();
    let run = quote!(::hyrex::DurableTaskRun<()>);
    quote! {
        pub fn send<#(#types),*>(&self, #(_: #types),*) -> ::hyrex::Sending<#run> {
            ::core::unreachable!()
        }
        pub fn send_in<'__t, __X: ::hyrex::SendIn, #(#types),*>(&self, _: &'__t mut __X, #(_: #types),*)
        -> __X::Sent<'__t, #run> {
            ::core::unreachable!()
        }
        pub fn send_many<__L>(&self, _: __L) -> ::hyrex::Sending<::std::vec::Vec<#run>> {
            ::core::unreachable!()
        }
        pub fn call<#(#types),*>(&self, #(_: #types),*) -> ::hyrex::__private::Calling<::hyrex::Result<()>> {
            ::core::unreachable!()
        }
    }
}
