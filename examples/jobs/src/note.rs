//! A note, and how many words it has.

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
    /// How many words that is, once a worker has counted them.
    pub words: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Counts the words of the text.
    #[must_use]
    pub fn counted(&self) -> i32 {
        let words = self.text.split_whitespace().count();
        words.try_into().unwrap_or(i32::MAX)
    }
}
