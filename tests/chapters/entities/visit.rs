use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "visit")]
#[bind_key = "metrics"]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) page: String,
    #[sea_orm(has_many)]
    pub(crate) steps: HasMany<super::step::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
