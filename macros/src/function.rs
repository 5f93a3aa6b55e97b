//! The function under the attribute. Its body is not looked into.

use super::parameter::{Parameter, check_number};
use super::types;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, ReturnType, Safety, Signature, Type, Visibility};

/// A function that is to be a task, or to draw a workflow.
pub struct Function {
    /// `#[cfg]`s: they go with everything that is emitted.
    pub cfgs: Vec<Attribute>,
    /// Documentation and `#[deprecated]`: they go with the constant.
    pub docs: Vec<Attribute>,
    /// All others: they go with the body.
    pub others: Vec<Attribute>,
    /// Who sees it.
    pub visibility: Visibility,
    /// Its signature; the attributes of its parameters are taken off by [`Function::parameters`].
    pub signature: Signature,
    /// Its body, as it stands.
    pub body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let (visibility, signature) = (input.parse()?, input.parse::<Signature>()?);
        let body = match input.parse() {
            Ok(TokenTree::Group(body)) => body,
            _ => return Err(syn::Error::new(signature.ident.span(), "the function needs a body")),
        };
        let is = |names: &'static [&'static str]| {
            move |attribute: &Attribute| names.iter().any(|name| attribute.path().is_ident(name))
        };
        let (cfgs, rest): (Vec<_>, Vec<_>) = attributes.into_iter().partition(is(&["cfg"]));
        let (docs, others) = rest.into_iter().partition(is(&["doc", "deprecated"]));
        Ok(Self { cfgs, docs, others, visibility, signature, body })
    }
}

impl Function {
    /// The function's name.
    pub fn ident(&self) -> &Ident {
        &self.signature.ident
    }

    /// Whether it is asynchronous.
    pub fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The return type as it is written; `()` where none is.
    pub fn returned(&self) -> TokenStream {
        match &self.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        }
    }

    /// Whether it returns a `Result`, by that name.
    pub fn returns_result(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if types::is_named(ty, "Result"))
    }

    /// What a run of it gives, in words for documentation.
    pub fn result(&self) -> String {
        match &self.signature.output {
            ReturnType::Default => "()".into(),
            ReturnType::Type(_, ty) if self.returns_result() => {
                types::first_argument(ty).map_or("()".into(), types::shown)
            }
            ReturnType::Type(_, ty) => types::shown(ty),
        }
    }

    /// Takes the parameters out of the signature, which keeps them without our attributes.
    ///
    /// # Errors
    /// Every parameter that a task cannot have.
    pub fn parameters(&mut self) -> syn::Result<Vec<Parameter>> {
        let (mut parameters, mut wrong) = (Vec::new(), None::<syn::Error>);
        for argument in &mut self.signature.inputs {
            match Parameter::take(argument) {
                Ok(parameter) => parameters.push(parameter),
                Err(error) => match &mut wrong {
                    Some(wrong) => wrong.combine(error),
                    None => wrong = Some(error),
                },
            }
        }
        wrong.map_or(Ok(()), Err)?;
        check_number(&parameters)?;
        Ok(parameters)
    }

    /// How many parameters it has, whatever they are.
    pub fn arity(&self) -> usize {
        self.signature.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_))).count()
    }

    /// Whether a task or a workflow (`what`) can have this signature, parameters aside.
    ///
    /// # Errors
    /// What it cannot have.
    pub fn check(&self, what: &str) -> syn::Result<()> {
        let signature = &self.signature;
        let generics = &signature.generics;
        if !generics.params.is_empty() || generics.where_clause.is_some() {
            let why = format!(
                "a {what} cannot be generic: it is stored by name, and the worker that finds it knows no types; write a \
                 {what} for each type"
            );
            let at = if generics.params.is_empty() { signature.ident.span() } else { generics.params.span() };
            return Err(syn::Error::new(at, why));
        }
        if let ReturnType::Type(_, ty) = &signature.output {
            check_returned(ty)?;
        }
        self.check_qualifiers(what)
    }

    fn check_qualifiers(&self, kind: &str) -> syn::Result<()> {
        let signature = &self.signature;
        let refuse = |tokens: &dyn ToTokens, what: &str| {
            Err(syn::Error::new(tokens.to_token_stream().span(), format!("a {kind} cannot be {what}")))
        };
        match (&signature.constness, &signature.safety, &signature.abi, &signature.variadic) {
            (Some(constness), ..) => refuse(constness, "`const`"),
            (_, Safety::Unsafe(safety), ..) => refuse(safety, "`unsafe`"),
            (_, _, Some(abi), _) => refuse(abi, "`extern`"),
            (.., Some(variadic)) => refuse(variadic, "variadic"),
            _ => Ok(()),
        }
    }
}

fn check_returned(ty: &Type) -> syn::Result<()> {
    match types::opaque(ty) {
        Some(opaque) => Err(syn::Error::new(opaque.span(), "a task's result is stored: name its type")),
        None => Ok(()),
    }
}
