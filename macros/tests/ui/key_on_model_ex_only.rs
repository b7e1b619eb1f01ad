use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cake")]
#[sea_orm(model_ex_attrs(derive(BindKey), bind_key = "reports"))]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
