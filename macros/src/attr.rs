use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, Result, Token, parse::ParseStream};

/// The key that the attributes of one item hold.
pub(crate) fn get(attrs: &[Attribute]) -> Result<Option<LitStr>> {
    let mut key = None;
    for attr in attrs.iter().filter(|attr| is_bind_key(attr)) {
        if key.is_some() {
            let message = "duplicate `bind_key`; expected one key for an entity";
            return Err(Error::new_spanned(attr, message));
        }
        key = Some(parse_bind_key_attribute(attr)?);
    }
    Ok(key)
}

pub(crate) fn is_bind_key(attr: &Attribute) -> bool {
    attr.path().is_ident("bind_key")
}

fn parse_bind_key_attribute(attr: &Attribute) -> Result<LitStr> {
    match &attr.meta {
        Meta::NameValue(meta) => parse_value(&meta.value),
        Meta::List(list) if !list.tokens.is_empty() => attr.parse_args_with(parse_arguments),
        Meta::List(_) | Meta::Path(_) => {
            let message = "`bind_key` without a key; expected `#[bind_key = \"reports\"]`";
            Err(Error::new_spanned(attr, message))
        }
    }
}

fn parse_value(value: &Expr) -> Result<LitStr> {
    match value {
        // A literal that passed through `macro_rules!` comes in an invisible group.
        Expr::Group(group) => parse_value(&group.expr),
        Expr::Lit(ExprLit { lit, .. }) => string(lit),
        other => Err(not_a_string(other)),
    }
}

fn parse_arguments(input: ParseStream<'_>) -> Result<LitStr> {
    if !input.peek(Lit) {
        return Err(unknown_argument(input));
    }
    let key = string(&input.parse()?)?;
    input.parse::<Option<Token![,]>>()?;
    if !input.is_empty() {
        return Err(unknown_argument(input));
    }
    Ok(key)
}

fn string(literal: &Lit) -> Result<LitStr> {
    match literal {
        Lit::Str(key) if key.suffix().is_empty() => Ok(key.clone()),
        other => Err(not_a_string(other)),
    }
}

fn not_a_string(value: &impl ToTokens) -> Error {
    let found = value.to_token_stream();
    let message =
        format!("bind key `{found}` is not a string; expected a literal like `\"reports\"`");
    Error::new_spanned(value, message)
}

fn unknown_argument(input: ParseStream<'_>) -> Error {
    input.parse::<TokenTree>().map_or_else(
        |error| error,
        |token| {
            let message = format!(
                "unknown argument `{token}` of `bind_key`; expected the key alone: `#[bind_key = \"reports\"]`"
            );
            Error::new_spanned(token, message)
        },
    )
}
