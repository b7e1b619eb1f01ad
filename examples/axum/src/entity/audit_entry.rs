use std::fmt;

use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "audit_entry")]
#[bind_key = "audit"]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub action: Action,
    /// No foreign key: the post is in another database, and may be gone.
    pub post_id: i32,
}

/// What was done to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))")]
pub enum Action {
    #[sea_orm(string_value = "created")]
    Created,
    #[sea_orm(string_value = "edited")]
    Edited,
    #[sea_orm(string_value = "deleted")]
    Deleted,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        })
    }
}

impl ActiveModelBehavior for ActiveModel {}
