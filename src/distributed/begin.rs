use sea_orm::{DbBackend, DbErr};

use super::{
    Atomicity, DistributedTransaction,
    part::Part,
    transaction::{Ending, TwoPhase},
};
use crate::{
    coordinator::{BranchName, Realm, TransactionId, realm},
    database::RoutingDatabase,
    error::RoutingError,
    names::BindName,
    transaction::{Branch, RoutingTransaction},
};

impl RoutingDatabase {
    /// Begins a transaction over several binds, on their masters. Each bind's part is begun with its first statement, and the parts
    /// commit in the order of `binds`.
    ///
    /// ```
    /// # use sea_orm::{ConnectionTrait, DbErr};
    /// # use sea_orm_routing::RoutingDatabase;
    /// use sea_orm_routing::Atomicity;
    ///
    /// # async fn example(db: RoutingDatabase) -> Result<(), DbErr> {
    /// let transaction = db.begin_across(["default", "reports"], Atomicity::InOrder).await?;
    /// transaction.execute_unprepared("UPDATE account SET balance = balance - 1").await?;
    /// transaction.execute_unprepared("INSERT INTO report (title) VALUES ('one less')").await?;
    /// transaction.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RoutingError::UnknownKey`] and [`RoutingError::UnfitForTransaction`] name what is wrong with the list.
    /// [`RoutingError::NoDecisionTable`] names the first bind of a [`TwoPhase`](Atomicity::TwoPhase) transaction that lacks the table.
    #[doc(alias = "two_phase_commit", alias = "xa")]
    pub async fn begin_across<K: AsRef<str>>(
        &self,
        binds: impl IntoIterator<Item = K> + Send,
        atomicity: Atomicity,
    ) -> Result<DistributedTransaction, DbErr> {
        let binds = self.across(binds)?;
        let two_phase = match atomicity {
            Atomicity::InOrder => None,
            Atomicity::TwoPhase => Some(self.two_phase(&binds).await?),
        };
        let parts = binds
            .into_iter()
            .enumerate()
            .map(|(number, (bind, handle))| {
                let branch = |two_phase: &TwoPhase| two_phase.branch(number);
                let branch = two_phase.as_ref().filter(|_| number > 0).map(branch);
                let transaction = RoutingTransaction::branch(handle, branch);
                Part { bind, transaction }
            });
        Ok(DistributedTransaction {
            database: self.unscoped().kept(),
            parts: parts.collect(),
            ending: two_phase.map_or(Ending::InOrder, Ending::TwoPhase),
        })
    }

    /// The binds with a handle of each.
    fn across<K: AsRef<str>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<(BindName, Self)>, RoutingError> {
        let topology = self.dispatcher.topology();
        let mut binds: Vec<(BindName, Self)> = Vec::new();
        for key in keys {
            let key = key.as_ref();
            let (bind, node) = topology.key(key)?;
            if node.is_some() {
                return Err(unfit(key, "it is a node, and a whole bind is needed"));
            }
            if binds.iter().any(|(other, _)| *other == bind) {
                return Err(unfit(key, "it is named twice"));
            }
            binds.push((bind, self.bind(key)?));
        }
        match binds.is_empty() {
            true => Err(unfit("", "a transaction needs one at least")),
            false => Ok(binds),
        }
    }

    async fn two_phase(&self, binds: &[(BindName, Self)]) -> Result<TwoPhase, DbErr> {
        let prepares = |backend| matches!(backend, DbBackend::Postgres | DbBackend::MySql);
        for (bind, handle) in binds.iter().skip(1) {
            if !handle.home.backend.is_some_and(prepares) {
                let reason = "it can't prepare a transaction, so it must be the first bind";
                return Err(unfit(bind.as_str(), reason).into());
            }
        }
        let (bind, handle) = binds.first().expect("an empty list was refused");
        Ok(TwoPhase {
            realm: handle.realm(bind).await?,
            id: TransactionId::new(),
        })
    }

    async fn realm(&self, bind: &BindName) -> Result<Realm, DbErr> {
        let realms = &self.dispatcher.realms;
        if let Some(realm) = realms.of(bind) {
            return Ok(realm);
        }
        let master = self.dispatcher.master_of(bind).await?.master.clone();
        if master.is_lodger {
            // Recovery looks where servers are, and not in each place on them.
            let bind = bind.clone();
            return Err(RoutingError::NoDecisionTable { bind }.into());
        }
        let channel = master.channel();
        let Some(realm) = master.logged_in(|| realm(&channel)).await? else {
            let bind = bind.clone();
            return Err(RoutingError::NoDecisionTable { bind }.into());
        };
        realms.learn(bind, &realm);
        Ok(realm)
    }
}

impl TwoPhase {
    fn branch(&self, number: usize) -> Branch {
        let name = BranchName {
            realm: self.realm.clone(),
            transaction: self.id.clone(),
            number,
        };
        Branch::new(&name.to_string())
    }
}

fn unfit(bind: &str, reason: &'static str) -> RoutingError {
    RoutingError::UnfitForTransaction {
        bind: bind.to_owned(),
        reason,
    }
}
