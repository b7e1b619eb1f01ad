use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use super::{Branch, Opened, RoutingTransaction, level::Level};
use crate::{
    dispatch::{Dispatcher, still_serves, while_serving},
    error::RoutingError,
    modification::{CommitNews, Journal},
    names::BindName,
};

/// A branch that its server can commit whatever happens, on the connection that has prepared it: until that is closed,
/// MySQL lets no other one end it.
pub(crate) struct Prepared {
    branch: Branch,
    opened: Opened,
    journal: Journal,
    /// Whether catalogues may tell something else when it is committed.
    defines: bool,
    dispatcher: Arc<Dispatcher>,
}

impl RoutingTransaction {
    /// The first phase of its commit.
    ///
    /// # Errors
    /// The driver's, and then it is rolled back; where the connection was lost, it may be prepared all the same.
    pub(crate) async fn prepare_branch(self) -> Result<Prepared, DbErr> {
        let dispatcher = self.database.dispatcher.clone();
        let Level {
            opened,
            journal,
            branch,
            defines,
            ..
        } = self.into_level()?;
        let opened = opened.into_inner().zip(branch);
        let (opened, branch) = opened.expect("only a branch that is open is prepared");
        still_serves(&opened.node)?;
        let prepare = branch.prepare(opened.transaction.get_database_backend());
        let telling = dispatcher.tell_transaction(&opened.node, &prepare, opened.recorder.clone());
        let preparing = opened.run(opened.transaction.execute_unprepared(&prepare));
        telling.of(preparing).await?;
        Ok(Prepared {
            branch,
            opened,
            journal,
            defines: defines.into_inner(),
            dispatcher,
        })
    }
}

impl RoutingTransaction {
    /// Asks whether it can commit: PostgreSQL answers the COMMIT of a transaction that has failed without an error.
    ///
    /// # Errors
    /// The driver's: 25P02 if one of its statements has failed.
    pub(crate) async fn check(&self) -> Result<(), DbErr> {
        match self.level.current() {
            Some(opened) if opened.transaction.get_database_backend() == DbBackend::Postgres => {
                let asked = opened.transaction.execute_unprepared("SELECT 1");
                opened.run(asked).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

impl Prepared {
    pub(crate) fn bind(&self) -> &BindName {
        &self.opened.node.bind
    }

    /// The second phase.
    ///
    /// # Errors
    /// The driver's: the branch stays prepared, unless the answer alone was lost.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let told = CommitNews::new(&self.dispatcher.modifications, &self.journal, None);
        let sql = self.branch.commit_prepared(self.backend());
        let bind = self.bind().clone();
        let committed = end(&self.dispatcher, self.opened, &sql).await;
        // It has been decided, so at the latest it happens when the branch is recovered.
        told.settle(&committed, |_| true);
        if self.defines && committed.is_ok() {
            Box::pin(self.dispatcher.learn_again(&bind)).await;
        }
        committed
    }

    /// Undoes the first phase.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) async fn roll_back(self) -> Result<(), DbErr> {
        let sql = self.branch.roll_back_prepared(self.backend());
        end(&self.dispatcher, self.opened, &sql).await
    }

    /// Leaves the branch to be recovered: nobody knows how it will end.
    pub(crate) fn leave(self) {
        self.dispatcher.modifications.tell_all(&self.journal, false);
    }

    fn backend(&self) -> DbBackend {
        self.opened.transaction.get_database_backend()
    }
}

/// Ends a branch, and then gives its connection back.
async fn end(dispatcher: &Dispatcher, opened: Opened, sql: &str) -> Result<(), DbErr> {
    let Opened {
        transaction,
        node,
        work,
        recorder,
    } = opened;
    let telling = dispatcher.tell_transaction(&node, sql, recorder);
    let ending = while_serving(&node, transaction.execute_unprepared(sql));
    telling.of(ending).await?;
    // From here on others see what it has done.
    drop(work);
    release(transaction.into_inner()).await;
    still_serves(&node).map_err(RoutingError::into)
}

/// Gives back the connection of a transaction that its server has ended; one that can't be used again is closed.
pub(super) async fn release(transaction: DatabaseTransaction) {
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A ROLLBACK without BEGIN would be a warning in the log.
        let _ = transaction.execute_unprepared("BEGIN").await;
    }
    let _ = transaction.rollback().await;
}
