use std::{future::poll_fn, pin::pin};

use futures_core::Stream;
use sea_orm::{
    AccessMode, ConnectionTrait, DbErr, EntityTrait, IntoDatabaseExecutor, TransactionTrait,
};
use sea_orm_routing::{Atomicity, Consistency, RoutingDatabase};

use crate::replicated::note;

/// How an own write is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Entity,
    Stream,
    ReadOnly,
    Process,
    /// By code that was given the handle's connection.
    Lent,
    /// By code that was given a read-only transaction, which has begun.
    LentTransaction,
    Distributed,
    /// What is older than `max_lag`.
    Bounded,
}

impl Way {
    const ALL: [Self; 8] = [
        Self::Entity,
        Self::Stream,
        Self::ReadOnly,
        Self::Process,
        Self::Lent,
        Self::LentTransaction,
        Self::Distributed,
        Self::Bounded,
    ];

    pub(super) fn all(is_bounded: bool) -> &'static [Self] {
        match is_bounded {
            true => &Self::ALL,
            false => &Self::ALL[..Self::ALL.len() - 1],
        }
    }

    /// The version that it finds.
    pub(super) async fn read(self, db: &RoutingDatabase) -> i64 {
        self.try_read(db).await.unwrap()
    }

    async fn try_read(self, db: &RoutingDatabase) -> Result<i64, DbErr> {
        match self {
            Self::Entity => one(db).await,
            Self::Stream => {
                let rows = note::Entity::find_by_id(1).stream(db).await?;
                let mut rows = pin!(rows);
                let first = poll_fn(|context| rows.as_mut().poll_next(context)).await;
                Ok(first.unwrap()?.version)
            }
            Self::ReadOnly | Self::LentTransaction => {
                let read_only = Some(AccessMode::ReadOnly);
                let transaction = db.begin_with_config(None, read_only).await?;
                let mut version = one(&transaction).await?;
                if self == Self::LentTransaction {
                    version = one(&(&transaction).into_database_executor()).await?;
                }
                transaction.commit().await?;
                Ok(version)
            }
            Self::Process => one(&db.with(Consistency::Process)).await,
            Self::Lent => one(&db.into_database_executor()).await,
            Self::Distributed => {
                let across = db.begin_across(["default"], Atomicity::InOrder).await?;
                let version = one(&across).await?;
                across.commit().await?;
                Ok(version)
            }
            Self::Bounded => one(&db.with(Consistency::Bounded)).await,
        }
    }
}

async fn one(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let row = note::Entity::find_by_id(1).one(db).await?;
    Ok(row.unwrap().version)
}
