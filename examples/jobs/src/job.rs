//! A job: what is to be done, and what whoever wants it has written.

use sea_orm::entity::prelude::*;
use sea_orm_routing::BindKey;

/// A job of the queue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
#[sea_orm(table_name = "job")]
#[bind_key = "queue"]
pub struct Model {
    /// Its number, by which jobs are taken in order.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The note whose words are to be counted.
    pub note: i32,
    /// What the worker must know to read what the writer has written. No secret is in it.
    pub token: String,
}

impl ActiveModelBehavior for ActiveModel {}
