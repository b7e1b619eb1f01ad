use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::{
    ast::{Entity, Input},
    fallback,
};

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    match try_expand(input) {
        Ok(expanded) => expanded,
        // Code that uses the entity as a `BindKey` should not have errors of its own.
        Err(error) => fallback::expand(input, &error),
    }
}

fn try_expand(input: &DeriveInput) -> Result<TokenStream> {
    let input = Input::from_syn(input)?;
    input.validate()?;
    Ok(match input {
        Input::ModelEx => check_model_has_key(),
        Input::Entity(entity) => impl_bind_key(&entity),
    })
}

/// Nothing is left to do on `ModelEx`; but a derive that stands there alone would be a key silently lost.
fn check_model_has_key() -> TokenStream {
    quote! {
        const _: &str = <Entity as ::sea_orm_routing::BindKey>::BIND_KEY;
    }
}

fn impl_bind_key(input: &Entity<'_>) -> TokenStream {
    let entity = &input.ident;
    let key = &input.key;

    quote! {
        #[automatically_derived]
        impl ::sea_orm_routing::BindKey for #entity {
            const BIND_KEY: &'static str = #key;
        }

        ::sea_orm_routing::__private::inventory::submit! {
            ::sea_orm_routing::__private::Registration::of::<#entity>()
        }
    }
}
