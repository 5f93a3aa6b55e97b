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
    for (spaced, close) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
        (" (", "("),
    ] {
        text = text.replace(spaced, close);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn types_are_shown_as_one_writes_them() {
        let ty: Type = parse_quote!(std::collections::BTreeMap<String, Vec<(u8, &'static [u8; 4])>>);
        assert_eq!(shown(&ty), "std::collections::BTreeMap<String, Vec<(u8, &'static [u8; 4])>>");
    }

    #[test]
    fn a_borrowed_type_has_an_owned_one() {
        let suggested = |ty: Type| owned(&ty);
        assert_eq!(suggested(parse_quote!(&str)), "`String`");
        assert_eq!(suggested(parse_quote!(&'static [Vec<u8>])), "`Vec<Vec<u8>>`");
        assert_eq!(suggested(parse_quote!(&std::path::Path)), "`PathBuf`");
        assert_eq!(suggested(parse_quote!(&mut Order)), "`Order`");
        assert_eq!(suggested(parse_quote!(Option<&str>)), "a type without references");
    }

    #[test]
    fn what_is_inside_a_type_is_found_at_every_depth() {
        let ty: Type = parse_quote!(io::Result<(Vec<[&str; 2]>, Box<impl Send>)>);
        assert!(is_named(&ty, "Result") && reference(&ty).is_some() && opaque(&ty).is_some());
        assert_eq!(first_argument(&parse_quote!(Result<Sent, E>)).map(shown).as_deref(), Some("Sent"));
        assert!(first_argument(&parse_quote!(fmt::Result)).is_none());
    }
}
