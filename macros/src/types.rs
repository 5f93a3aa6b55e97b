//! What can be told of a type by how it is written.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

/// Whether it is a path that ends in this name.
pub fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// `T` of `Result<T, …>`.
pub fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The first `&` in it.
pub fn reference(ty: &Type) -> Option<TokenTree> {
    find(ty.to_token_stream(), &|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '&'))
}

/// The first `impl` in it.
pub fn opaque(ty: &Type) -> Option<TokenTree> {
    find(ty.to_token_stream(), &|token| matches!(token, TokenTree::Ident(ident) if ident == "impl"))
}

fn find(tokens: TokenStream, wanted: &dyn Fn(&TokenTree) -> bool) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match &token {
        _ if wanted(&token) => Some(token),
        TokenTree::Group(group) => find(group.stream(), wanted),
        _ => None,
    })
}

/// What owns the same as this borrowed type, as one would write it.
pub fn owned(ty: &Type) -> String {
    let Type::Reference(reference) = ty else { return "a type without references".into() };
    match &*reference.elem {
        Type::Slice(slice) => format!("`Vec<{}>`", shown(&slice.elem)),
        inner if is_named(inner, "str") => "`String`".into(),
        inner if is_named(inner, "Path") => "`PathBuf`".into(),
        inner => format!("`{}`", shown(inner)),
    }
}

/// A type as one would write it.
pub fn shown(ty: &impl ToTokens) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, close) in
        [(" :: ", "::"), (":: ", "::"), (" <", "<"), ("< ", "<"), (" >", ">"), (" ,", ","), ("& ", "&"), (" (", "(")]
    {
        text = text.replace(spaced, close);
    }
    text
}
