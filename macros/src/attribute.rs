//! What stands in the brackets of `#[hyrex::task(…)]` and `#[hyrex::workflow(…)]`.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, Token, UnOp};

/// What the settings are of.
pub struct Kind {
    /// What errors call it.
    pub what: &'static str,
    /// Every key, in the order in which errors list them.
    keys: &'static [&'static str],
    /// Those that are set on its configuration, and the type of that.
    plain: (&'static [&'static str], &'static str),
}

/// A task.
pub const TASK: Kind = Kind {
    what: "task",
    keys: &[
        "queue",
        "max_retries",
        "timeout_seconds",
        "priority",
        "on_error",
        "retry_backoff",
        "cron",
        "tz",
        "missed",
        "name",
    ],
    plain: (&["queue", "max_retries", "timeout_seconds", "priority"], "TaskConfig"),
};

/// A workflow.
pub const WORKFLOW: Kind = Kind {
    what: "workflow",
    keys: &["queue", "timeout_seconds", "priority", "cron", "tz", "missed", "name"],
    plain: (&["queue", "timeout_seconds", "priority"], "WorkflowConfig"),
};

/// Those that are numbers within bounds.
const NUMBERS: [&str; 3] = ["max_retries", "timeout_seconds", "priority"];

/// What belongs to one send, with what says it there.
const OF_A_SEND: [&str; 3] = ["idempotency_key", "delay", "start_at"];

/// One `key = value`.
struct Setting {
    key: Ident,
    value: Expr,
}

impl Parse for Setting {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { key, value: input.parse()? })
    }
}

fn check_key(key: &Ident, kind: &Kind) -> syn::Result<()> {
    let (name, what, config) = (key.to_string(), kind.what, kind.plain.1);
    if kind.keys.contains(&name.as_str()) {
        return Ok(());
    }
    let why = match OF_A_SEND.contains(&name.as_str()) {
        true => format!("`{name}` belongs to a send: `{what}.with_config({config}::new().{name}(..)).send(..)`"),
        false => format!("a {what} has no setting `{name}`; it has: {}", kind.keys.join(", ")),
    };
    Err(syn::Error::new(key.span(), why))
}

/// The settings, as the attribute gives them.
pub struct Settings(&'static Kind, Vec<Setting>);

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(attribute: TokenStream, kind: &'static Kind) -> syn::Result<Self> {
        let list = Punctuated::<Setting, Token![,]>::parse_terminated.parse2(attribute)?;
        let mut settings = Self::none(kind);
        for setting in list {
            check_key(&setting.key, kind)?;
            if settings.get(&setting.key.to_string()).is_some() {
                return Err(syn::Error::new(setting.key.span(), format!("`{}` is given twice", setting.key)));
            }
            settings.1.push(setting);
        }
        settings.check_cron()?;
        Ok(settings)
    }

    /// What says more about a cron stands beside one.
    fn check_cron(&self) -> syn::Result<()> {
        let lone = self.1.iter().find(|setting| setting.key == "tz" || setting.key == "missed");
        match lone.filter(|_| self.cron().is_none()) {
            Some(setting) => {
                let why = format!("`{}` is of a `cron`, and there is none", setting.key);
                Err(syn::Error::new(setting.key.span(), why))
            }
            None => Ok(()),
        }
    }

    /// When it is sent by itself.
    pub fn cron(&self) -> Option<&Expr> {
        self.get("cron")
    }

    /// None of them is set.
    pub fn none(kind: &'static Kind) -> Self {
        Self(kind, Vec::new())
    }

    fn get(&self, key: &str) -> Option<&Expr> {
        self.1.iter().find(|setting| setting.key == key).map(|setting| &setting.value)
    }

    /// The name under which it is stored, where it is not the function's.
    pub fn name(&self) -> Option<&Expr> {
        self.get("name")
    }

    /// An expression of the configuration.
    pub fn config(&self) -> TokenStream {
        let (keys, config) = self.0.plain;
        let config = format_ident!("{config}");
        let plain = keys.iter().filter_map(|key| {
            let setting = self.1.iter().find(|setting| setting.key == key)?;
            let (key, value) = (&setting.key, &setting.value);
            Some(quote!(.#key(#value)))
        });
        let backoff = self.get("retry_backoff").map(backoff).map(|backoff| quote!(.retry_backoff(#backoff)));
        let cron = self.cron().map(|cron| self.schedule(cron)).map(|schedule| quote!(.cron(#schedule)));
        quote!(::hyrex::#config::new() #(#plain)* #backoff #cron)
    }

    /// An expression of the `Cron`.
    fn schedule(&self, cron: &Expr) -> TokenStream {
        let (zone, missed) = (self.get("tz"), self.get("missed"));
        let zone = zone.map(|zone| quote!(.tz(#zone)));
        let missed = missed.map(|missed| quote!(.missed(#missed)));
        quote!(::hyrex::Cron::new(#cron) #zone #missed)
    }

    /// Constants that hold what is written against its bounds: what is no plain literal is looked at when the worker
    /// begins.
    pub fn bounds(&self) -> TokenStream {
        let bounded = self.1.iter().filter(|setting| NUMBERS.iter().any(|key| setting.key == key));
        let checks = bounded.filter_map(|setting| {
            let (key, value) = (&setting.key, Literal::i128_unsuffixed(number(&setting.value)?));
            Some(quote_spanned!(setting.value.span()=> const _: () = ::hyrex::__private::bounds::#key(#value);))
        });
        let missed = self
            .get("missed")
            .filter(|value| is_text(value))
            .map(|value| quote_spanned!(value.span()=> const _: () = ::hyrex::__private::bounds::missed(#value);));
        quote!(#(#checks)* #missed)
    }

    /// An expression of the `Option<ErrorHook>`.
    ///
    /// # Errors
    /// A closure with too many arguments.
    pub fn on_error(&self) -> syn::Result<TokenStream> {
        let Some(function) = self.get("on_error") else { return Ok(quote!(::core::option::Option::None)) };
        // A closure does not tell its types to a trait with several forms: which form it is can be seen.
        let form = match function {
            Expr::Closure(closure) => match closure.inputs.len() {
                0 => quote!(hook_without_failure),
                1 => quote!(hook_with_failure),
                _ => {
                    let why = "an error handler takes no argument, or one `hyrex::Failure`";
                    return Err(syn::Error::new_spanned(&closure.inputs, why));
                }
            },
            _ => quote!(hook),
        };
        Ok(quote!(::core::option::Option::Some(::hyrex::__private::#form(#function))))
    }
}

/// Whether a text is written there.
fn is_text(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
}

/// The number that is written there.
fn number(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|number| -number),
        _ => None,
    }
}

/// A number is seconds; a closure is a function of the attempt's number; anything else is what it is.
fn backoff(value: &Expr) -> TokenStream {
    match value {
        Expr::Closure(_) => quote!(::hyrex::Backoff::function(#value)),
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => quote!(::hyrex::Backoff::seconds(#value)),
        _ => value.to_token_stream(),
    }
}
