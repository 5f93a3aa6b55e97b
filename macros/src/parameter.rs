//! A task's parameters: each is a key of the stored arguments.

use super::types;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, FnArg, Ident, Pat, Type};

/// Most parameters: beyond, a struct is clearer.
const MOST: usize = 12;

/// One parameter.
pub struct Parameter {
    /// Its name in the function.
    pub ident: Ident,
    /// Its type.
    pub ty: Type,
    /// What it is where the stored arguments lack it.
    pub default: Option<Expr>,
}

impl Parameter {
    /// Reads a parameter, and takes our attributes off it.
    ///
    /// # Errors
    /// What a task's parameter cannot be.
    pub fn take(argument: &mut FnArg) -> syn::Result<Self> {
        let FnArg::Typed(argument) = argument else {
            return Err(syn::Error::new_spanned(argument, "a task is a free function: it has no `self`"));
        };
        let default = take_default(&mut argument.attrs)?;
        let Pat::Ident(pattern) = &*argument.pat else {
            let why = "a task's parameter is a plain name: the key under which the argument is stored";
            return Err(syn::Error::new_spanned(&argument.pat, why));
        };
        check_type(&argument.ty)?;
        Ok(Self { ident: pattern.ident.clone(), ty: (*argument.ty).clone(), default })
    }

    /// The key under which it is stored.
    pub fn key(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// Its type, as the library keeps it.
    pub fn kept(&self) -> TokenStream {
        let (form, ty) = (self.form(), &self.ty);
        quote!(::hyrex::__private::#form<#ty>)
    }

    /// Whether it may be left out, as the name of the library's type for that.
    pub fn form(&self) -> Ident {
        format_ident!("{}", if self.default.is_some() { "Defaulted" } else { "Required" })
    }

    /// Whether a send needs it, as far as that can be seen: an `Option` that is left out is `None`.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && !types::is_named(&self.ty, "Option")
    }

    /// The type that a send takes.
    pub fn taken(&self) -> TokenStream {
        let ty = &self.ty;
        match self.default {
            Some(_) => quote!(impl ::core::convert::Into<::core::option::Option<#ty>>),
            None => quote!(#ty),
        }
    }

    /// What a send took, as the library keeps it.
    pub fn keep(&self, value: &Ident) -> TokenStream {
        let form = self.form();
        match self.default {
            Some(_) => quote!(::hyrex::__private::#form(::core::convert::Into::into(#value))),
            None => quote!(::hyrex::__private::#form(#value)),
        }
    }

    /// What the function is given of what the library kept.
    pub fn give(&self, value: &Ident) -> TokenStream {
        let ty = &self.ty;
        match &self.default {
            Some(default) => quote! {
                match #value {
                    ::core::option::Option::Some(__value) => __value,
                    ::core::option::Option::None => {
                        let __default: #ty = #default;
                        __default
                    }
                }
            },
            None => quote!(#value),
        }
    }
}

/// Whether so many parameters can be.
///
/// # Errors
/// More than the library knows.
pub fn check_number(arguments: &[Parameter]) -> syn::Result<()> {
    match arguments.get(MOST) {
        Some(first) => {
            let why = format!("a task takes at most {MOST} arguments: gather them in a struct");
            Err(syn::Error::new(first.ident.span(), why))
        }
        None => Ok(()),
    }
}

fn take_default(attributes: &mut Vec<Attribute>) -> syn::Result<Option<Expr>> {
    let mut default = None;
    for attribute in std::mem::take(attributes) {
        if attribute.path().is_ident("default") {
            let value = attribute.parse_args::<Expr>().map_err(|_| {
                syn::Error::new(attribute.span(), "a default is one expression: `#[default(30)] days: u32`")
            })?;
            if default.replace(value).is_some() {
                return Err(syn::Error::new(attribute.span(), "a parameter has one default"));
            }
        } else if !attribute.path().is_ident("doc") {
            let why = "a task's parameter takes no attribute but `#[default(..)]`";
            return Err(syn::Error::new(attribute.span(), why));
        }
    }
    Ok(default)
}

fn check_type(ty: &Type) -> syn::Result<()> {
    if let Some(reference) = types::reference(ty) {
        let why = "a task's arguments are stored and read back later, so it must own them: take";
        let why = format!("{why} {}", types::owned(ty));
        return Err(match ty {
            Type::Reference(_) => syn::Error::new_spanned(ty, why),
            _ => syn::Error::new(reference.span(), why),
        });
    }
    if let Some(opaque) = types::opaque(ty) {
        return Err(syn::Error::new(opaque.span(), "a task's arguments are stored: name the type"));
    }
    Ok(())
}
