use std::fmt;

use sea_orm::{DbErr, Statement, TransactionOptions};

use super::part::Part;
use crate::{
    coordinator::{Realm, TransactionId},
    database::RoutingDatabase,
    dispatch::{Parcel, Stage, Wording},
    error::RoutingError,
    names::BindName,
    route::Route,
    transaction::RoutingTransaction,
};

/// A transaction over several binds: each statement runs in its own bind's part.
/// [`RoutingDatabase::begin_across`] has an example.
///
/// A bind's part is begun with its first statement. A statement without a table belongs to the first bind; in a
/// [`scope`](RoutingDatabase::scope) of one of the binds, it belongs to that bind. A statement of a bind that is not in the list is a
/// [`RoutingError::OtherTransaction`]. Nested transactions are savepoints of all binds.
///
/// SeaORM builds statements for the first bind's kind of server. Where a bind is of another kind, an insert may need
/// [`bind`](Self::bind), and a [`RoutingError::OtherBackend`] says so.
///
/// A transaction that is dropped without [`commit`](Self::commit) rolls back.
#[doc(alias = "two_phase_commit")]
#[doc(alias = "xa")]
pub struct DistributedTransaction {
    pub(crate) database: RoutingDatabase,
    pub(super) parts: Vec<Part>,
    pub(super) ending: Ending,
}

/// How the parts end together.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    InOrder,
    TwoPhase(TwoPhase),
    /// They are savepoints of the transaction around them.
    Nested,
}

/// Where and by which name it is decided.
#[derive(Clone, Debug)]
pub(super) struct TwoPhase {
    pub(super) realm: Realm,
    pub(super) id: TransactionId,
}

impl DistributedTransaction {
    /// The part of one bind, for statements whose text or entity does not tell it.
    ///
    /// # Errors
    /// [`RoutingError::OtherTransaction`] where `key` is none of the transaction's binds.
    pub fn bind(&self, key: &str) -> Result<&RoutingTransaction, RoutingError> {
        let part = self.parts.iter().find(|part| part.bind == *key);
        let part = part.ok_or_else(|| RoutingError::OtherTransaction {
            open: self.names(),
            wanted: key.to_owned(),
            reason: "so asked".to_owned(),
        })?;
        Ok(&part.transaction)
    }

    /// Where `statement` would go in this transaction, and why, without running it.
    ///
    /// # Errors
    /// The [`RoutingError`] that running the statement would give.
    pub fn route(&self, statement: &Statement) -> Result<Route, RoutingError> {
        self.part_of(statement.into())?.route(statement)
    }

    pub(crate) fn first(&self) -> &RoutingTransaction {
        let first = self.parts.first();
        &first.expect("an empty list was refused").transaction
    }

    /// The part where what names nothing runs: that of the scope in which it has begun, else the first one.
    fn home(&self) -> &Part {
        let place = self.database.router().place_around();
        let of_scope = place.and_then(|place| self.part(&place.ok()?.bind));
        let home = of_scope.or(self.parts.first());
        home.expect("an empty list was refused")
    }

    fn part(&self, bind: &BindName) -> Option<&Part> {
        self.parts.iter().find(|part| part.bind == *bind)
    }

    /// The part that a statement belongs to, asked for where nobody knows it yet.
    pub(crate) async fn part_for(
        &self,
        wording: Wording<'_>,
    ) -> Result<&RoutingTransaction, RoutingError> {
        match self.part_of(wording) {
            Ok(part) => Ok(part),
            Err(error) => {
                Box::pin(self.database.router().ask(error, wording)).await?;
                self.part_of(wording)
            }
        }
    }

    /// The part that a statement belongs to.
    pub(crate) fn part_of(
        &self,
        wording: Wording<'_>,
    ) -> Result<&RoutingTransaction, RoutingError> {
        let router = self.database.router();
        let home = self.home();
        let placement = router.placed(wording, Stage::Across(&home.bind))?;
        let Some(bind) = placement.said() else {
            return Ok(&home.transaction);
        };
        let part = self.part(bind);
        let refused = || router.refused_in(&self.names(), &placement, wording);
        Ok(&part.ok_or_else(refused)?.transaction)
    }

    /// Sets what a statement sets on all parts but the one that answers it. A part that has not begun begins with it.
    ///
    /// # Errors
    /// The driver's, of the first part that refuses it.
    pub(crate) async fn spread(
        &self,
        parcel: &Parcel<'_>,
        answering: &RoutingTransaction,
    ) -> Result<(), DbErr> {
        self.set(self.setting(parcel), answering).await
    }

    /// What sets something for the rest of the transaction, whatever bind its statements are for.
    pub(crate) fn setting(&self, parcel: &Parcel<'_>) -> Option<Statement> {
        let wording = parcel.wording();
        let router = self.database.router();
        let is_for_one = || router.says_bind(wording);
        parcel.to_statement_if(router.is_setting(wording) && !is_for_one())
    }

    pub(crate) async fn set(
        &self,
        setting: Option<Statement>,
        answering: &RoutingTransaction,
    ) -> Result<(), DbErr> {
        let Some(setting) = setting else {
            return Ok(());
        };
        let answers = |part: &&Part| std::ptr::eq(&part.transaction, answering);
        for part in self.parts.iter().filter(|part| !answers(part)) {
            part.transaction.set(&setting).await?;
        }
        Ok(())
    }

    pub(crate) async fn nest(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            parts.push(Part {
                bind: part.bind.clone(),
                transaction: part.transaction.nest(options).await?,
            });
        }
        Ok(Self {
            database: self.database.clone(),
            parts,
            ending: Ending::Nested,
        })
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.parts.iter().map(|part| part.bind.as_str()).collect();
        names.join("`, `")
    }
}

impl fmt::Debug for DistributedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binds: Vec<&BindName> = self.parts.iter().map(|part| &part.bind).collect();
        f.debug_struct("DistributedTransaction")
            .field("binds", &binds)
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}
