use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(schema_name = "archive", table_name = "receipt")]
#[bind_key = "metrics"]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) amount: i32,
}

impl ActiveModelBehavior for ActiveModel {}
