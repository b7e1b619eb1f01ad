use std::hint::black_box;

use rand::random_range;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, Set, TransactionSession,
    TransactionTrait, Unchanged,
};

use crate::item;

const PAGE: u64 = 20;

/// What a client waits for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Read(i32),
    /// The page behind this row.
    Page(i32),
    Write(i32),
    Transaction(i32),
}

impl Operation {
    pub(crate) async fn run<C>(self, db: &C) -> Result<(), DbErr>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        match self {
            Self::Read(id) => read(db, id).await,
            Self::Page(after) => page(db, after).await,
            Self::Write(id) => write(db, id).await,
            Self::Transaction(id) => {
                let transaction = db.begin().await?;
                read(&transaction, id).await?;
                write(&transaction, id).await?;
                read(&transaction, id).await?;
                transaction.commit().await
            }
        }
    }
}

async fn read<C: ConnectionTrait>(db: &C, id: i32) -> Result<(), DbErr> {
    let row = item::Entity::find_by_id(id).one(db).await?;
    match black_box(row) {
        Some(_) => Ok(()),
        None => Err(DbErr::RecordNotFound(format!("item {id}"))),
    }
}

async fn page<C: ConnectionTrait>(db: &C, after: i32) -> Result<(), DbErr> {
    let mut cursor = item::Entity::find().cursor_by(item::Column::Id);
    cursor.after(after).first(PAGE);
    black_box(cursor.all(db).await?);
    Ok(())
}

async fn write<C: ConnectionTrait>(db: &C, id: i32) -> Result<(), DbErr> {
    let row = item::ActiveModel {
        id: Unchanged(id),
        stock: Set(random_range(0..1_000)),
        ..Default::default()
    };
    black_box(row.update(db).await?);
    Ok(())
}
