//! The `BindKey` derive of `sea-orm-routing`, which re-exports it beside the trait: use it from there.

mod ast;
mod attr;
mod expand;
mod fallback;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Names the bind of an entity and registers its table there: `#[bind_key = "reports"]`, or `#[bind_key("reports")]`.
///
/// It stands on the entity's `Model` (with `DeriveEntityModel`, `#[sea_orm::model]`, `#[sea_orm::compact_model]` or
/// beside a hand-written `Entity`), or on the unit struct of the entity itself, but not on both.
///
/// The key is a bind (`reports`) or one node (`slave-1` of the default bind, `reports.slave-1` of another), in ASCII
/// letters, digits, `_` and `-`.
#[proc_macro_derive(BindKey, attributes(bind_key))]
pub fn derive_bind_key(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input).into()
}
