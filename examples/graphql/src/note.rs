//! A note.

use sea_orm::entity::prelude::*;

/// A note.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    /// Its number, which the database gives it.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// What it says.
    pub text: String,
}

impl ActiveModelBehavior for ActiveModel {}
