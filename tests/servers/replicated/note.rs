//! A note that its owner changes again and again: each change has a later version.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) owner: i32,
    pub(crate) version: i64,
    pub(crate) text: String,
}

impl ActiveModelBehavior for ActiveModel {}
