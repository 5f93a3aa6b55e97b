//! What `#[hyrex::workflow]` makes of a function: a constant of its name, as a task is one, whose definition draws the
//! graph.

use super::super::attribute::{Settings, WORKFLOW};
use super::super::function::Function;
use super::super::types;
use super::outline::inside;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, ReturnType, Type};

/// What a run is sent with: how the function names it, and its type.
struct Arguments {
    name: TokenStream,
    ty: TokenStream,
}

/// What the attribute makes of the function. Where something is wrong, the workflow still stands, so that one mistake
/// is one message.
pub fn workflow(attribute: TokenStream, function: TokenStream) -> TokenStream {
    let function: Function = match syn::parse2(function.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#error #function);
        }
    };
    let (settings, mut wrong) = match Settings::parse(attribute, &WORKFLOW) {
        Ok(settings) => (settings, TokenStream::new()),
        Err(error) => (Settings::none(&WORKFLOW), error.into_compile_error()),
    };
    let drawn = function.check(WORKFLOW.what).and_then(|()| drawn(&function));
    let (arguments, body, draw) = drawn.unwrap_or_else(|error| {
        wrong.extend(error.into_compile_error());
        (quote!(()), TokenStream::new(), quote!(::core::unreachable!()))
    });
    let (outline, definition) = (outline(&function), definition(&function, &settings, &arguments, &draw));
    let cfgs = &function.cfgs;
    let body = (!body.is_empty()).then(|| quote!(#(#cfgs)* #body));
    quote!(#wrong #outline #body #(#cfgs)* #definition)
}

/// The path of a type in the hidden module.
fn path(function: &Function, name: &Ident) -> TokenStream {
    let module = module(function);
    quote!(#module::#name)
}

fn module(function: &Function) -> Ident {
    format_ident!("__hyrex_workflow_{}", function.ident().unraw())
}

/// The type of the arguments, the function as it was written, and the call that draws the graph.
fn drawn(function: &Function) -> syn::Result<(TokenStream, TokenStream, TokenStream)> {
    if let Some(asyncness) = &function.signature.asyncness {
        let why = "a workflow is not `async`: its graph is drawn once, before it runs; what waits is a task";
        return Err(syn::Error::new(asyncness.span(), why));
    }
    let ReturnType::Type(_, returned) = &function.signature.output else {
        let why = "a workflow returns its graph: `-> Dag`, and no semicolon after the last line";
        return Err(syn::Error::new(function.ident().span(), why));
    };
    let arguments = arguments(function)?;
    let (ty, carrier) = (&arguments.ty, path(function, &format_ident!("__Body")));
    let (ident, others, body) = (function.ident(), &function.others, &function.body);
    let taken = match arguments.name.is_empty() {
        true => (TokenStream::new(), TokenStream::new()),
        false => {
            let name = &arguments.name;
            (quote!(#name: ::hyrex::OnlyInsideTasks<#ty>), quote!(::core::default::Default::default()))
        }
    };
    let (takes, given) = taken;
    let written = quote! {
        impl #carrier {
            #(#others)* fn #ident(#takes) -> #returned #body
        }
    };
    Ok((ty.clone(), written, quote_spanned!(returned.span()=> #carrier::#ident(#given))))
}

/// The one parameter, or none.
fn arguments(function: &Function) -> syn::Result<Arguments> {
    let mut inputs = function.signature.inputs.iter();
    let Some(first) = inputs.next() else {
        return Ok(Arguments { name: TokenStream::new(), ty: quote!(()) });
    };
    if let Some(second) = inputs.next() {
        let why = "a workflow takes one argument: gather them in a struct";
        return Err(syn::Error::new_spanned(second, why));
    }
    let FnArg::Typed(argument) = first else {
        return Err(syn::Error::new_spanned(first, "a workflow is a free function: it has no `self`"));
    };
    if !argument.attrs.is_empty() {
        return Err(syn::Error::new_spanned(&argument.attrs[0], "a workflow's argument takes no attribute"));
    }
    if !matches!(&*argument.pat, Pat::Wild(_) | Pat::Ident(_)) {
        let why = "a workflow's argument is a type, with `_` for its name: it has no value yet when the graph is drawn";
        return Err(syn::Error::new_spanned(&argument.pat, why));
    }
    check_type(&argument.ty)?;
    Ok(Arguments { name: argument.pat.to_token_stream(), ty: argument.ty.to_token_stream() })
}

fn check_type(ty: &Type) -> syn::Result<()> {
    if let Some(reference) = types::reference(ty) {
        let why = "a workflow's arguments are stored and read back later, so it must own them: take";
        return Err(syn::Error::new(reference.span(), format!("{why} {}", types::owned(ty))));
    }
    match types::opaque(ty) {
        Some(opaque) => Err(syn::Error::new(opaque.span(), "a workflow's arguments are stored: name the type")),
        None => Ok(()),
    }
}

/// The constant and the hidden module, which stand whatever is wrong with the rest.
fn outline(function: &Function) -> TokenStream {
    let (ident, visibility, module) = (function.ident(), &function.visibility, module(function));
    let (cfgs, docs, inner) = (&function.cfgs, &function.docs, inside(visibility));
    quote! {
        #(#cfgs)* #(#docs)*
        #[allow(non_upper_case_globals)]
        #visibility const #ident: ::hyrex::Workflow<#module::#ident> = ::hyrex::Workflow::of(#module::#ident);

        #(#cfgs)* #[doc(hidden)]
        #[allow(non_camel_case_types, non_snake_case, dead_code, missing_docs, unreachable_pub)]
        #visibility mod #module {
            #[derive(Clone)]
            #inner struct #ident;
            #inner struct __Body;
        }
    }
}

fn definition(function: &Function, settings: &Settings, arguments: &TokenStream, draw: &TokenStream) -> TokenStream {
    let (ty, config, bounds) = (path(function, function.ident()), settings.config(), settings.bounds());
    let name = match settings.name() {
        Some(name) => quote!(#name),
        None => function.ident().unraw().to_string().to_token_stream(),
    };
    let args = quote_spanned!(arguments.span()=> type Args = #arguments;);
    let caller = quote_spanned!(function.ident().span()=> ::core::panic::Location::caller());
    quote! {
        impl ::hyrex::__private::WorkflowDefinition for #ty {
            #args
            const NAME: &'static str = #name;

            fn place() -> &'static ::core::panic::Location<'static> {
                #caller
            }

            fn settings() -> &'static ::hyrex::WorkflowConfig {
                #bounds
                static __SETTINGS: ::std::sync::OnceLock<::hyrex::WorkflowConfig> = ::std::sync::OnceLock::new();
                __SETTINGS.get_or_init(|| #config)
            }

            fn draw() -> ::hyrex::Dag {
                #draw
            }

            fn drawn() -> &'static ::std::sync::OnceLock<::hyrex::__private::Drawn> {
                static __DRAWN: ::std::sync::OnceLock<::hyrex::__private::Drawn> = ::std::sync::OnceLock::new();
                &__DRAWN
            }
        }
    }
}
