use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "report_line")]
#[bind_key = "reports"]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub report_id: i32,
    pub text: String,
    #[sea_orm(belongs_to, from = "report_id", to = "id")]
    pub report: BelongsTo<super::report::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
