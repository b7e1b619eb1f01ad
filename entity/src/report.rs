use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "report")]
#[bind_key = "reports"]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub title: String,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::report_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
