use std::{collections::HashMap, sync::Arc};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::time::timeout;

use super::{PreparedBranch, Recovery, prepared::names_of_prepared, two_phase::DECIDING};
use crate::{
    coordinator::{
        BranchName, Commitment, Decided, Realm, TransactionId, commitments, decide, forget, realm,
    },
    database::RoutingDatabase,
    names::BindName,
    node::Bind,
    transaction::Branch,
};

/// A bind with a decision table.
struct Decider {
    connection: DatabaseConnection,
    /// Read before the branches: all of these were prepared by then.
    commitments: Vec<Commitment>,
}

/// One pass over all binds.
#[derive(Default)]
struct Pass {
    deciders: HashMap<Realm, Decider>,
    decided: HashMap<TransactionId, Decided>,
    /// The binds whose branches are known.
    asked: Vec<BindName>,
    recovery: Recovery,
    /// Whether nothing is to be changed.
    only_looks: bool,
}

impl RoutingDatabase {
    /// Ends what crashed processes have left prepared. A part is committed where its transaction was committed, and rolled back for good
    /// where it was not. Call it at the start, and after
    /// [`Unfinished`](crate::RoutingError::Unfinished) or [`Undecided`](crate::RoutingError::Undecided).
    ///
    /// Any process may call it at any time, also several at once. A transaction of another process that is just between its two phases
    /// is rolled back there, and its `commit` says so.
    ///
    /// The call asks the master of each bind of the handle what it holds prepared, and all binds what they have decided. MySQL
    /// wants the privilege `XA_RECOVER_ADMIN` for that
    /// (<https://dev.mysql.com/doc/refman/8.4/en/xa-statements.html>); PostgreSQL wants the role that prepared the part. Branches
    /// of other applications are left alone.
    ///
    /// Cancel safe.
    ///
    /// ```
    /// # async fn start(db: sea_orm_routing::RoutingDatabase) {
    /// let recovery = db.recover_prepared().await;
    /// if !recovery.is_complete() {
    ///     println!("{recovery}"); // call again when the binds answer
    /// }
    /// # }
    /// ```
    #[must_use = "it tells what could not be recovered"]
    pub async fn recover_prepared(&self) -> Recovery {
        self.recovered(Pass::default()).await
    }

    /// What [`recover_prepared`](Self::recover_prepared) would do now; nothing is changed.
    ///
    /// What is listed as rolled back may be of a living process that is just between the two phases, and is committed a moment later.
    /// What is still there when it is asked for again after some seconds is of no such process.
    ///
    /// Cancel safe.
    #[must_use = "it does nothing but tell"]
    pub async fn recovery_ahead(&self) -> Recovery {
        let pass = Pass {
            only_looks: true,
            ..Pass::default()
        };
        self.recovered(pass).await
    }

    async fn recovered(&self, mut pass: Pass) -> Recovery {
        let topology = self.dispatcher.topology();
        for bind in topology.binds() {
            pass.find_decisions(bind).await;
        }
        let is_meant = |bind: &&Arc<Bind>| {
            let meant = self.scope.bind.as_ref();
            meant.is_none_or(|meant| *meant == bind.name)
        };
        for bind in topology.binds().filter(is_meant) {
            pass.end_branches(bind).await;
        }
        if !pass.only_looks {
            pass.forget_what_has_ended().await;
        }
        pass.recovery
    }
}

impl Pass {
    async fn find_decisions(&mut self, bind: &Bind) {
        let master = &bind.master;
        match master.logged_in(|| decider(&master.connection)).await {
            Ok(Some((realm, decider))) => {
                self.deciders.insert(realm, decider);
            }
            Ok(None) => {}
            Err(error) => self.unreachable(&bind.name, &error),
        }
    }

    async fn end_branches(&mut self, bind: &Bind) {
        let connection = &bind.master.connection;
        let names = || names_of_prepared(connection);
        match bind.master.logged_in(names).await {
            Ok(names) => {
                for (name, branch) in names
                    .iter()
                    .filter_map(|name| Some((name, BranchName::read(name)?)))
                {
                    let prepared = PreparedBranch {
                        bind: bind.name.clone(),
                        name: name.clone(),
                    };
                    self.end(connection, prepared, branch).await;
                }
                self.asked.push(bind.name.clone());
            }
            Err(error) => self.unreachable(&bind.name, &error),
        }
    }

    async fn end(
        &mut self,
        connection: &DatabaseConnection,
        prepared: PreparedBranch,
        branch: BranchName,
    ) {
        // Two binds of one server are shown each other's branches.
        if self.recovery.has_listed(&prepared.name) {
            return;
        }
        let Some(decider) = self.deciders.get(&branch.realm) else {
            return self.recovery.foreign.push(prepared);
        };
        if self.only_looks {
            let mut commitments = decider.commitments.iter();
            let done = match commitments.any(|made| made.transaction == branch.transaction) {
                true => &mut self.recovery.committed,
                false => &mut self.recovery.rolled_back,
            };
            return done.push(prepared);
        }
        let decider = decider.connection.clone();
        let decided = match self.decision(&decider, &branch.transaction).await {
            Ok(decided) => decided,
            Err(reason) => return self.recovery.left.push((prepared, reason)),
        };
        let backend = connection.get_database_backend();
        let name = Branch::new(&prepared.name);
        let (sql, done) = match decided {
            Decided::Commit => (name.commit_prepared(backend), &mut self.recovery.committed),
            Decided::Abort => (
                name.roll_back_prepared(backend),
                &mut self.recovery.rolled_back,
            ),
        };
        match connection.execute_unprepared(&sql).await {
            Ok(_) => done.push(prepared),
            Err(error) => self.recovery.left.push((prepared, error.to_string())),
        }
    }

    async fn decision(
        &mut self,
        decider: &DatabaseConnection,
        transaction: &TransactionId,
    ) -> Result<Decided, String> {
        if let Some(decided) = self.decided.get(transaction) {
            return Ok(*decided);
        }
        let decided = timeout(DECIDING, decide(decider, transaction))
            .await
            .map_err(|_| "another process is just deciding".to_owned())?
            .map_err(|error| error.to_string())?;
        self.decided.insert(transaction.clone(), decided);
        Ok(decided)
    }

    /// A decision must be kept while any of its binds may still hold a branch.
    async fn forget_what_has_ended(&self) {
        for decider in self.deciders.values() {
            for commitment in &decider.commitments {
                if self.has_ended(commitment) {
                    // It can be forgotten the next time.
                    let _ = forget(&decider.connection, &commitment.transaction).await;
                }
            }
        }
    }

    fn has_ended(&self, commitment: &Commitment) -> bool {
        let was_asked = |bind: &String| self.asked.iter().any(|asked| *asked == **bind);
        let is_left = self.recovery.left.iter().any(|(left, _)| {
            BranchName::read(&left.name)
                .is_some_and(|left| left.transaction == commitment.transaction)
        });
        commitment.binds.iter().all(was_asked) && !is_left
    }

    fn unreachable(&mut self, bind: &BindName, error: &DbErr) {
        let is_known = self
            .recovery
            .unreachable
            .iter()
            .any(|(known, _)| known == bind);
        if !is_known {
            self.recovery
                .unreachable
                .push((bind.clone(), error.to_string()));
        }
    }
}

async fn decider(connection: &DatabaseConnection) -> Result<Option<(Realm, Decider)>, DbErr> {
    let Some(realm) = realm(connection).await? else {
        return Ok(None);
    };
    let decider = Decider {
        connection: connection.clone(),
        commitments: commitments(connection).await?,
    };
    Ok(Some((realm, decider)))
}
