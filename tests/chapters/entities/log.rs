//! One table per year. With SeaORM's feature `entity-registry`, `DeriveEntity` wants an entity without fields, so that
//! this one has no derive.

use sea_orm::{IdenStatic, entity::prelude::*, sea_query::Iden};

#[derive(Copy, Clone, Default, Debug)]
pub(crate) struct Entity {
    pub(crate) year: u32,
}

impl EntityName for Entity {
    fn table_name(&self) -> &'static str {
        match self.year {
            2024 => "log_2024",
            2025 => "log_2025",
            _ => "log",
        }
    }
}

impl EntityTrait for Entity {
    type Model = Model;
    type ModelEx = Model;
    type ActiveModel = ActiveModel;
    type ActiveModelEx = ActiveModel;
    type Column = Column;
    type PrimaryKey = PrimaryKey;
    type Relation = Relation;
}

impl Iden for Entity {
    fn unquoted(&self) -> &str {
        self.table_name()
    }
}

impl IdenStatic for Entity {
    fn as_str(&self) -> &'static str {
        self.table_name()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel)]
pub(crate) struct Model {
    pub(crate) id: i32,
    pub(crate) text: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
pub(crate) enum Column {
    Id,
    Text,
}

#[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
pub(crate) enum PrimaryKey {
    Id,
}

impl PrimaryKeyTrait for PrimaryKey {
    type ValueType = i32;

    fn auto_increment() -> bool {
        false
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ColumnTrait for Column {
    type EntityName = Entity;

    fn def(&self) -> ColumnDef {
        match self {
            Self::Id => ColumnType::Integer.def(),
            Self::Text => ColumnType::String(StringLen::N(9)).def(),
        }
    }
}

impl ActiveModelBehavior for ActiveModel {}
