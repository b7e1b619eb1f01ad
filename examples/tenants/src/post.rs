//! A post of a tenant's blog.

use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

/// A post.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "post")]
#[bind_key = "tenants"]
pub struct Model {
    /// Its number, which the database gives it.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// What it says.
    pub title: String,
}

impl ActiveModelBehavior for ActiveModel {}
