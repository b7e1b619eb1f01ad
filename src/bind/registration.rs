use std::any::TypeId;

use super::BindKey;

/// An entity's table and bind key, as `#[derive(BindKey)]` leaves it for the registry to find.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    entity: fn() -> TypeId,
    name: fn() -> &'static str,
    schema: fn() -> Option<String>,
    table: fn() -> &'static str,
    key: &'static str,
}

inventory::collect!(Registration);

impl Registration {
    /// Registration of entity `E` under its own [`BindKey::BIND_KEY`].
    pub const fn of<E: BindKey>() -> Self {
        Self {
            entity: TypeId::of::<E>,
            name: std::any::type_name::<E>,
            schema: || E::default().schema_name().map(str::to_owned),
            table: || E::default().table_name(),
            key: E::BIND_KEY,
        }
    }

    /// The entity's type.
    pub fn entity(&self) -> TypeId {
        (self.entity)()
    }

    /// Path of the entity's type, for messages.
    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }

    /// The entity's schema, if it names one.
    pub fn schema(&self) -> Option<String> {
        (self.schema)()
    }

    /// The entity's table.
    pub fn table(&self) -> &'static str {
        (self.table)()
    }

    /// The entity's bind key.
    pub fn key(&self) -> &'static str {
        self.key
    }
}
