use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "cake")]
#[bind_key = b"reports"]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
