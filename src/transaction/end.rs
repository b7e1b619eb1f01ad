use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::{Branch, Opened, RoutingTransaction, course::Side, level::Level, prepared::release};
use crate::{
    dispatch::{Dispatcher, still_serves, was_down, was_replaced, while_well},
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
        let level = self.into_level()?;
        let side = level.course.side();
        let Level {
            opened,
            beyond,
            parent,
            journal,
            branch,
            settings,
            defines,
            ..
        } = level;
        let (opened, beyond) = (opened.into_inner(), beyond.into_inner());
        let (opened, beside, left) = match side {
            Side::First => (opened, beyond, None),
            Side::Beyond => (beyond, None, opened),
        };
        if let Some(left) = left {
            // It has gone on without what it did there.
            let _ = roll_back(&dispatcher, left, parent.is_some(), None).await;
        }
        let Some(opened) = opened else {
            // It was not open here, and what it has set counts from now on all the same.
            if let Some(parent) = &parent {
                parent.settings.take_over(settings);
            }
            return Ok(());
        };
        // Dropped, it rolls back.
        still_serves(&opened.node)?;
        if let Some(beside) = &beside {
            still_serves(&beside.node)?;
        }
        let told = CommitNews::new(
            &dispatcher.modifications,
            &journal,
            parent.as_ref().map(|parent| &parent.journal),
        );
        let mut node = opened.node.clone();
        let mut committed = end(&dispatcher, opened, End::Commit, parent.is_some(), branch).await;
        if let (Ok(()), Some(beside)) = (&committed, beside) {
            node = beside.node.clone();
            committed = end(&dispatcher, beside, End::Commit, parent.is_some(), None).await;
        }
        told.settle(&committed, RoutingError::may_have_happened);
        committed.inspect_err(|error| {
            dispatcher.note_error(&node, error);
        })?;
        if let Some(parent) = &parent {
            parent.settings.take_over(settings);
        }
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
            opened,
            beyond,
            parent,
            branch,
            ..
        } = self.into_level()?;
        let (opened, beyond) = (opened.into_inner(), beyond.into_inner());
        let is_nested = parent.is_some();
        let mut rolled_back = Ok(());
        if let Some(beyond) = beyond {
            rolled_back = roll_back(&dispatcher, beyond, is_nested, None).await;
        }
        match opened {
            Some(opened) => roll_back(&dispatcher, opened, is_nested, branch)
                .await
                .and(rolled_back),
            None => rolled_back,
        }
    }
}

/// How a level ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Commit,
    RollBack,
}

impl End {
    fn sql(self, is_nested: bool) -> &'static str {
        match (self, is_nested) {
            (Self::Commit, false) => "COMMIT",
            (Self::Commit, true) => "RELEASE SAVEPOINT",
            (Self::RollBack, false) => "ROLLBACK",
            (Self::RollBack, true) => "ROLLBACK TO SAVEPOINT",
        }
    }
}

/// Ends what is open on one side.
async fn end(
    dispatcher: &Dispatcher,
    opened: Opened,
    how: End,
    is_nested: bool,
    branch: Option<Branch>,
) -> Result<(), DbErr> {
    let Opened {
        transaction,
        node,
        work,
        recorder,
    } = opened;
    let mut telling = dispatcher.tell_transaction(&node, how.sql(is_nested), recorder);
    let backend = transaction.get_database_backend();
    let alone = branch.and_then(|branch| match how {
        End::Commit => branch.commit_alone(backend),
        End::RollBack => branch.roll_back(backend),
    });
    let ending = async {
        match (transaction.unstained().await, alone) {
            (None, _) => Ok(()),
            (Some(transaction), Some(sql)) => end_branch(transaction, &sql).await,
            (Some(transaction), None) if how == End::Commit => transaction.commit().await,
            (Some(transaction), None) => transaction.rollback().await,
        }
    };
    let ended = while_well(&node, ending).await;
    drop(work);
    telling.end(&ended);
    ended
}

async fn roll_back(
    dispatcher: &Dispatcher,
    opened: Opened,
    is_nested: bool,
    branch: Option<Branch>,
) -> Result<(), DbErr> {
    let rolled_back = end(dispatcher, opened, End::RollBack, is_nested, branch).await;
    // The connection is gone then, or rolls back before its next use.
    rolled_back.or_else(|error| match was_replaced(&error) || was_down(&error) {
        true => Ok(()),
        false => Err(error),
    })
}

async fn end_branch(transaction: DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    transaction.execute_unprepared(sql).await?;
    release(transaction).await;
    Ok(())
}
