use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::{Opened, RoutingTransaction, level::Level, prepared::release};
use crate::{
    dispatch::{still_serves, was_down, was_replaced, while_well},
    error::RoutingError,
    modification::CommitNews,
};

impl RoutingTransaction {
    /// Commits; a transaction without statements has nothing to commit.
    ///
    /// Not cancel safe: dropped half-way, it may or may not have committed.
    ///
    /// # Errors
    /// [`RoutingError::NestedOpen`] while a nested transaction is open, which then rolls back; else the driver's.
    pub async fn commit(self) -> Result<(), DbErr> {
        let dispatcher = self.database.dispatcher.clone();
        let Level {
            places,
            parent,
            journal,
            branch,
            defines,
            ..
        } = self.into_level()?;
        let Some(opened) = places.into_inner() else {
            return Ok(());
        };
        // Dropped, it rolls back.
        still_serves(&opened.node)?;
        let sql = parent.as_ref().map_or("COMMIT", |_| "RELEASE SAVEPOINT");
        dispatcher.record_transaction(&opened.node, sql);
        let Opened {
            transaction,
            node,
            work,
        } = opened;
        let told = CommitNews::new(
            &dispatcher.modifications,
            &journal,
            parent.as_ref().map(|parent| &parent.journal),
        );
        let alone =
            branch.and_then(|branch| branch.commit_alone(transaction.get_database_backend()));
        let commit = async {
            match alone {
                Some(sql) => end_branch(transaction, &sql).await,
                None => transaction.commit().await,
            }
        };
        let committed = while_well(&node, commit).await;
        drop(work);
        told.settle(&committed, RoutingError::may_have_happened);
        committed.inspect_err(|error| {
            dispatcher.note_error(&node, error);
        })?;
        // What the old master did after another one took over may be lost.
        still_serves(&node)?;
        if defines.into_inner() {
            Box::pin(dispatcher.learn_again(&node.bind)).await;
        }
        Ok(())
    }

    /// Rolls back; a transaction without statements has nothing to roll back.
    ///
    /// Cancel safe: dropped half-way, the connection rolls back before its next use.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub async fn rollback(self) -> Result<(), DbErr> {
        let dispatcher = self.database.dispatcher.clone();
        let Level {
            places,
            parent,
            branch,
            ..
        } = self.into_level()?;
        let Some(opened) = places.into_inner() else {
            return Ok(());
        };
        let sql = parent
            .as_ref()
            .map_or("ROLLBACK", |_| "ROLLBACK TO SAVEPOINT");
        dispatcher.record_transaction(&opened.node, sql);
        let Opened {
            transaction,
            node,
            work,
        } = opened;
        let alone = branch.and_then(|branch| branch.roll_back(transaction.get_database_backend()));
        let rollback = async {
            match alone {
                Some(sql) => end_branch(transaction, &sql).await,
                None => transaction.rollback().await,
            }
        };
        let rolled_back = while_well(&node, rollback).await;
        drop(work);
        // The connection is gone then, or rolls back before its next use.
        rolled_back.or_else(|error| match was_replaced(&error) || was_down(&error) {
            true => Ok(()),
            false => Err(error),
        })
    }
}

async fn end_branch(transaction: DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    transaction.execute_unprepared(sql).await?;
    release(transaction).await;
    Ok(())
}
