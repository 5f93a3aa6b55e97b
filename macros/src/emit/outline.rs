//! The constant and the hidden module, which stand whatever is wrong with the rest.

use super::super::function::Function;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Path, Visibility};

/// The constant of a task, and the module with its types.
pub struct Outline {
    /// The path of the definition's type.
    pub ty: TokenStream,
    /// The path of the type that carries the body.
    pub body: TokenStream,
    items: TokenStream,
}

impl Outline {
    /// The outline of a function; `docs` are added to its own.
    pub fn of(function: &Function, docs: &str) -> Self {
        let (ident, visibility) = (function.ident(), &function.visibility);
        let module = format_ident!("__hyrex_task_{}", ident.unraw());
        let (cfgs, own, inner) = (&function.cfgs, &function.docs, inside(visibility));
        let ty = quote!(#module::#ident);
        let items = quote! {
            #(#cfgs)* #(#own)* #[doc = #docs]
            #[allow(non_upper_case_globals)]
            #visibility const #ident: ::hyrex::Task<#ty> =
                ::hyrex::Task::of(#ty { overrides: ::core::option::Option::None });

            #(#cfgs)* #[doc(hidden)]
            #[allow(non_camel_case_types, non_snake_case, dead_code, missing_docs, unreachable_pub)]
            #visibility mod #module {
                #[derive(Clone)]
                #inner struct #ident {
                    #inner overrides: ::core::option::Option<::std::boxed::Box<::hyrex::__private::Overrides>>,
                }
                #inner struct __Body;
            }
        };
        Self { body: quote!(#module::__Body), ty, items }
    }
}

impl ToTokens for Outline {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.items.to_tokens(tokens);
    }
}

/// The same visibility, one module farther in.
pub fn inside(visibility: &Visibility) -> TokenStream {
    match visibility {
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path: &Path = &restricted.path;
            match path.segments.first() {
                Some(first) if first.ident == "self" && path.segments.len() == 1 => quote!(pub(super)),
                Some(first) if first.ident == "super" => quote!(pub(in super::#path)),
                _ => visibility.to_token_stream(),
            }
        }
        other => other.to_token_stream(),
    }
}
