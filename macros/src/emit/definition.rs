//! The function's body, and what the worker needs to run it.

use super::super::parameter::Parameter;
use super::Task;
use super::outline::Outline;
use super::sends::numbered;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

impl Task {
    /// The body, once, as it was written, and the one place that calls it.
    pub fn body(&self, outline: &Outline) -> TokenStream {
        let (ty, function) = (&outline.body, &self.function);
        let (others, signature, body) = (&function.others, &function.signature, &function.body);
        let (ident, returned) = (function.ident(), function.returned());
        let (kept, names) = (self.arguments(), numbered(self.parameters.len()));
        let given = self.parameters.iter().zip(&names).map(|(parameter, name)| parameter.give(name));
        let forms = self.parameters.iter().zip(&names).map(|(parameter, name)| {
            let form = parameter.form();
            quote!(::hyrex::__private::#form(#name))
        });
        // Here alone it is asked whether the future is `Send`: one error, at the function's name.
        let started = match function.is_async() {
            true => quote_spanned! {ident.span()=>
                impl ::core::future::Future<Output = #returned> + ::core::marker::Send + 'static + use<>
            },
            false => returned,
        };
        // Its arguments are its own, whether it needs to own them or not.
        quote! {
            #[allow(clippy::needless_pass_by_value)]
            impl #ty {
                #(#others)* #signature #body

                fn __start((#(#forms,)*): #kept) -> #started {
                    Self::#ident(#(#given),*)
                }
            }
        }
    }

    /// The definition, in the form that the library knows.
    pub fn definition(&self, outline: &Outline) -> TokenStream {
        let (ty, output, arguments) = (&outline.ty, self.output_item(), self.arguments_item());
        let (name, config, parameters) = (self.name(), self.settings.config(), self.described());
        let (handler, caller, bounds) = (self.handler(outline), self.caller(), self.settings.bounds());
        let (on_error, wrong) = match self.settings.on_error() {
            Ok(hook) => (hook, TokenStream::new()),
            Err(error) => (quote!(::core::option::Option::None), error.into_compile_error()),
        };
        let cfgs = &self.function.cfgs;
        let whole = (!self.parameters.iter().any(Parameter::is_required))
            .then(|| quote!(#(#cfgs)* impl ::hyrex::__private::EveryArgumentHasADefault for #ty {}));
        quote! {
            impl ::hyrex::__private::Definition for #ty {
                #output
                #arguments
                const NAME: &'static str = #name;
                const PARAMETERS: &'static [::hyrex::__private::Parameter] = &[#(#parameters),*];

                fn place() -> &'static ::core::panic::Location<'static> {
                    #caller
                }

                fn settings() -> &'static ::hyrex::TaskConfig {
                    #bounds
                    static __SETTINGS: ::std::sync::OnceLock<::hyrex::TaskConfig> = ::std::sync::OnceLock::new();
                    __SETTINGS.get_or_init(|| #config)
                }

                fn on_error() -> ::core::option::Option<::hyrex::__private::ErrorHook> {
                    #wrong
                    #on_error
                }

                fn handler() -> ::hyrex::__private::Handler {
                    #handler
                }

                fn kept(&self) -> &::core::option::Option<::std::boxed::Box<::hyrex::__private::Overrides>> {
                    &self.overrides
                }

                fn kept_mut(
                    &mut self,
                ) -> &mut ::core::option::Option<::std::boxed::Box<::hyrex::__private::Overrides>> {
                    &mut self.overrides
                }
            }
            #whole
        }
    }

    /// Refuses a `Result` under another name: it would be stored as a value.
    pub fn assertion(&self) -> TokenStream {
        if self.function.returns_result() {
            return TokenStream::new();
        }
        let (returned, cfgs) = (self.function.returned(), &self.function.cfgs);
        quote_spanned! {returned.span()=>
            #(#cfgs)*
            const _: () = {
                #[allow(unused_imports)]
                use ::hyrex::__private::IsNoResult as _;
                ::core::assert!(
                    !::hyrex::__private::Returns::<#returned>::IS_RESULT,
                    "this return type is a `Result` under another name: write it as `Result<..>`"
                );
            };
        }
    }

    /// The tuple of the arguments.
    fn arguments(&self) -> TokenStream {
        let each = self.parameters.iter().map(Parameter::kept);
        quote!((#(#each,)*))
    }

    /// The same, where it is asked whether each of them can be stored.
    fn arguments_item(&self) -> TokenStream {
        let span = match self.parameters.as_slice() {
            [only] => only.ty.span(),
            _ => self.function.signature.paren_token.span.join(),
        };
        let each = self.parameters.iter().map(Parameter::kept);
        quote_spanned!(span=> type Arguments = (#(#each,)*);)
    }

    /// What a run gives, where it is asked whether that can be stored.
    fn output_item(&self) -> TokenStream {
        let returned = self.function.returned();
        match self.function.returns_result() {
            true => quote_spanned!(returned.span()=> type Output = <#returned as ::hyrex::__private::IsResult>::Ok;),
            false => quote_spanned!(returned.span()=> type Output = #returned;),
        }
    }

    fn name(&self) -> TokenStream {
        match self.settings.name() {
            Some(name) => quote!(#name),
            None => {
                let name = self.function.ident().unraw().to_string();
                quote!(#name)
            }
        }
    }

    fn described(&self) -> impl Iterator<Item = TokenStream> {
        self.parameters.iter().map(|parameter| {
            let (name, optional) = (parameter.key(), parameter.default.is_some());
            quote!(::hyrex::__private::Parameter { name: #name, has_default: #optional })
        })
    }

    fn handler(&self, outline: &Outline) -> TokenStream {
        let (body, returned) = (&outline.body, self.function.returned());
        let finish = match self.function.returns_result() {
            true => quote_spanned!(returned.span()=> ::hyrex::__private::of_result::<Self, _>),
            false => quote!(::hyrex::__private::of_value::<Self>),
        };
        match self.function.is_async() {
            true => quote!(::hyrex::__private::asynchronous::<Self, _, _>(#body::__start, #finish)),
            false => quote!(::hyrex::__private::blocking::<Self, _>(#body::__start, #finish)),
        }
    }

    /// Where the function stands, told by the compiler.
    fn caller(&self) -> TokenStream {
        let ident: &Ident = self.function.ident();
        quote_spanned!(ident.span()=> ::core::panic::Location::caller())
    }
}

/// The definition of a task that something is wrong with.
pub fn of_stand_in(ty: &TokenStream, cfgs: &[Attribute]) -> TokenStream {
    quote! {
        #(#cfgs)* impl ::hyrex::__private::EveryArgumentHasADefault for #ty {}
        #(#cfgs)*
        impl ::hyrex::__private::Definition for #ty {
            type Output = ();
            type Arguments = ();
            const NAME: &'static str = "";
            const PARAMETERS: &'static [::hyrex::__private::Parameter] = &[];
            fn place() -> &'static ::core::panic::Location<'static> {
                ::core::unreachable!()
            }
            fn settings() -> &'static ::hyrex::TaskConfig {
                ::core::unreachable!()
            }
            fn on_error() -> ::core::option::Option<::hyrex::__private::ErrorHook> {
                ::core::unreachable!()
            }
            fn handler() -> ::hyrex::__private::Handler {
                ::core::unreachable!()
            }
            fn kept(&self) -> &::core::option::Option<::std::boxed::Box<::hyrex::__private::Overrides>> {
                ::core::unreachable!()
            }
            fn kept_mut(&mut self) -> &mut ::core::option::Option<::std::boxed::Box<::hyrex::__private::Overrides>> {
                ::core::unreachable!()
            }
        }
    }
}
