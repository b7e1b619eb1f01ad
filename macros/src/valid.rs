use syn::{Attribute, Data, DeriveInput, Error, LitStr, Result};

use crate::{
    ast::{Entity, Input},
    attr,
};

impl Input<'_> {
    pub(crate) fn validate(&self) -> Result<()> {
        match self {
            Self::ModelEx => Ok(()),
            Self::Entity(entity) => entity.validate(),
        }
    }
}

impl Entity<'_> {
    fn validate(&self) -> Result<()> {
        check_field_attrs(self.original)?;
        let Some(key) = &self.key else {
            let message = format!(
                "no `bind_key` on `{}`; expected `#[bind_key = \"reports\"]`",
                self.original.ident
            );
            return Err(Error::new_spanned(&self.original.ident, message));
        };
        check_key(key)
    }
}

fn check_field_attrs(node: &DeriveInput) -> Result<()> {
    let Data::Struct(data) = &node.data else {
        return Ok(());
    };
    match data.fields.iter().find_map(|field| bind_key(&field.attrs)) {
        Some(attr) => {
            let message = format!("`bind_key` on a field; expected it on `{}`", node.ident);
            Err(Error::new_spanned(attr, message))
        }
        None => Ok(()),
    }
}

fn bind_key(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| attr::is_bind_key(attr))
}

fn check_key(key: &LitStr) -> Result<()> {
    let value = key.value();
    let message = if value.trim().is_empty() {
        "empty bind key; expected a bind like `reports`, or a node like `reports.slave-1`"
            .to_owned()
    } else if !is_bind_or_node(&value) {
        format!(
            "malformed bind key `{value}`; expected `NAME` or `NAME.NAME` of ASCII letters, digits, `_` and `-`"
        )
    } else {
        return Ok(());
    };
    Err(Error::new_spanned(key, message))
}

fn is_bind_or_node(key: &str) -> bool {
    match key.split_once('.') {
        Some((bind, node)) => is_name(bind) && is_name(node),
        None => is_name(key),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
