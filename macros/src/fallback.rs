use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use crate::ast;

pub(crate) fn expand(input: &DeriveInput, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let stub = ast::entity_ident(input).ok().map(|entity| {
        quote! {
            #[automatically_derived]
            impl ::sea_orm_routing::BindKey for #entity {
                const BIND_KEY: &'static str = "";
            }
        }
    });

    quote! {
        #error
        #stub
    }
}
