use proc_macro2::Span;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result};

use crate::attr;

pub(crate) enum Input<'a> {
    /// The struct to which `#[sea_orm::model]` copies every derive and attribute of `Model`.
    ModelEx,
    Entity(Entity<'a>),
}

pub(crate) struct Entity<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) ident: Ident,
    pub(crate) key: Option<LitStr>,
}

impl<'a> Input<'a> {
    pub(crate) fn from_syn(node: &'a DeriveInput) -> Result<Self> {
        if matches!(node.data, Data::Struct(_)) && node.ident == "ModelEx" {
            return Ok(Self::ModelEx);
        }
        Ok(Self::Entity(Entity {
            original: node,
            ident: entity_ident(node)?,
            key: attr::get(&node.attrs)?,
        }))
    }
}

/// The entity that `node` is, or whose model it is.
pub(crate) fn entity_ident(node: &DeriveInput) -> Result<Ident> {
    let name = &node.ident;
    let found = match &node.data {
        Data::Struct(_) if !node.generics.params.is_empty() => {
            let message = format!("generics on `{name}`; expected an entity without parameters");
            return Err(Error::new_spanned(&node.generics, message));
        }
        Data::Struct(_) if name == "Model" => return Ok(Ident::new("Entity", Span::call_site())),
        Data::Struct(data) if matches!(data.fields, Fields::Unit) => return Ok(name.clone()),
        Data::Struct(_) => "struct",
        Data::Enum(_) => "enum",
        Data::Union(_) => "union",
    };
    let message = format!(
        "{found} `{name}` is not an entity; expected the struct `Model` or the unit struct `Entity`"
    );
    Err(Error::new_spanned(name, message))
}
