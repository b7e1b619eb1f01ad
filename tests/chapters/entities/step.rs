use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "step")]
#[bind_key = "metrics"]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) visit_id: i32,
    pub(crate) text: String,
    #[sea_orm(belongs_to, from = "visit_id", to = "id")]
    pub(crate) visit: BelongsTo<super::visit::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
