//! Where a statement of a transaction runs.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, IsolationLevel, Statement};

use super::{
    Opened, RoutingTransaction, Running,
    course::Side,
    level::say,
    plan::{Plan, Step},
};
use crate::{
    classify::{Reach, commits_implicitly},
    dispatch::{Decision, Parcel, Placement, Stage, still_serves},
    error::RoutingError,
    node::{Node, Role},
};

impl RoutingTransaction {
    /// The decision for a statement, which is rendered again if its node speaks another dialect, and for what it takes
    /// before it.
    pub(crate) fn plan(&self, parcel: &mut Parcel<'_>) -> Result<Plan, RoutingError> {
        let router = self.database.router();
        let wording = parcel.wording();
        let open = self.node();
        let stage = match open {
            Some(node) if !self.may_leave() => Stage::Of(&node.bind),
            _ => Stage::First,
        };
        if let Some(node) = open {
            still_serves(node)?;
        }
        let placement = router.placed(wording, stage)?;
        let (step, node) = match open {
            Some(node) => {
                let step = self.step(node, &placement, parcel)?;
                let node = step.node().unwrap_or(node).clone();
                (step, node)
            }
            None => {
                let bind = router.certain_bind();
                let bind = bind.as_ref().unwrap_or(&placement.bind);
                let begin = router.begin_with(bind, self.is_read_only(), wording)?;
                let node = begin.node.clone();
                (Step::Begin(begin), node)
            }
        };
        let decision = router.decide_in(&node, &placement, wording)?;
        if let Step::Begin(begin) = &step {
            refuse(&begin.node, &decision)?;
        }
        let decision = router.fit_parcel(decision, parcel)?;
        Ok(Plan {
            step,
            decision,
            placement,
        })
    }

    /// Whether the next statement may still decide the bind: nothing but settings has run.
    fn may_leave(&self) -> bool {
        let course = &self.level.course;
        course.side() == Side::First
            && course.is_free()
            && self.database.router().certain_bind().is_none()
    }

    /// What a statement takes that comes after others, on `node`.
    fn step(
        &self,
        node: &Arc<Node>,
        placement: &Placement,
        parcel: &Parcel<'_>,
    ) -> Result<Step, RoutingError> {
        let router = self.database.router();
        let wording = parcel.wording();
        if self.level.course.side() == Side::Beyond {
            return self.step_beyond(node, placement, parcel);
        }
        if placement.leaves(&node.bind) && self.may_leave() {
            return Ok(Step::Leave(router.begin_on(&placement.bind, false)?));
        }
        if node.role == Role::Master {
            // Whether it may run there is asked about next.
            return Ok(Step::Stay);
        }
        let decision = router.decide_in(node, placement, wording)?;
        if decision.reach() <= Reach::Transaction {
            return Ok(Step::Stay);
        }
        let has_sessions = node.backend != Some(DbBackend::Sqlite);
        if decision.reach() == Reach::Server && !router.is_split() {
            return Ok(Step::Stay);
        }
        match router.is_split() && has_sessions {
            true => Ok(Step::Leave(router.begin_on(&node.bind, false)?)),
            false => refuse(node, &decision).map(|()| Step::Stain),
        }
    }

    /// What a statement takes where the transaction has gone on: it leaves no second time.
    fn step_beyond(
        &self,
        node: &Arc<Node>,
        placement: &Placement,
        parcel: &Parcel<'_>,
    ) -> Result<Step, RoutingError> {
        if node.role == Role::Master {
            return Ok(Step::Stay);
        }
        let router = self.database.router();
        let decision = router.decide_in(node, placement, parcel.wording())?;
        match decision.reach() <= Reach::Transaction {
            true => Ok(Step::Stay),
            false => refuse(node, &decision).map(|()| Step::Stain),
        }
    }

    /// The plan for a statement that had none, if asking the binds for what it names gives one.
    pub(crate) async fn plan_asking(
        &self,
        error: RoutingError,
        parcel: &mut Parcel<'_>,
    ) -> Result<Plan, RoutingError> {
        let router = self.database.router();
        let wording = parcel.wording();
        let plan = match router.ask(error, wording).await {
            Ok(()) => self.plan(parcel),
            Err(error) => Err(error),
        };
        plan.inspect_err(|error| router.tell_nowhere(parcel.wording(), error))
    }

    /// Opens the transaction if it has not been, and records the statement that is about to run there.
    pub(crate) async fn start(
        &self,
        plan: Plan,
        parcel: &Parcel<'_>,
    ) -> Result<Running<'_>, DbErr> {
        let Plan {
            mut step,
            mut decision,
            placement,
        } = plan;
        if let Step::Begin(begin) = step {
            let opened = self.open(Side::First, begin).await?;
            // Another task's first statement may have opened it, perhaps on a slave.
            step = self.step(&opened.node, &placement, parcel)?;
        }
        let (side, opened) = self.walk(step, &decision, parcel.sql()).await?;
        if decision.is_setting() && side == Side::First {
            self.set_beside(parcel).await?;
        }
        if !Arc::ptr_eq(&opened.node, &decision.node) {
            // It was opened elsewhere: on a new master, or by another task's first statement, perhaps of another bind.
            let router = self.database.router();
            decision = router.decide_again_in(&opened.node, &placement, parcel)?;
        }
        self.level.course.note(&decision);
        Ok(self.running(side, opened, &decision, parcel))
    }

    /// Records the statement that is about to run.
    pub(super) fn running<'t>(
        &'t self,
        side: Side,
        opened: &'t Opened,
        decision: &Decision,
        parcel: &Parcel<'_>,
    ) -> Running<'t> {
        let dispatcher = &self.database.dispatcher;
        dispatcher.record(decision);
        let telling = dispatcher.tell(decision, parcel.sql(), &self.database.scope);
        if let (Some(work), Some(effect)) = (self.level.work(side), decision.effect()) {
            if self.database.dispatcher.has_rule() {
                self.database.router().note_writer(&opened.node);
            }
            work.note_change(&effect);
            if decision.defines() {
                self.level.note_definition();
            }
        }
        let pending = dispatcher.expect_in(&self.level.journal, decision, parcel.sql());
        let setting = parcel.to_statement_if(decision.is_setting());
        Running {
            opened,
            pending,
            telling,
            dispatcher,
            setting: setting.map(|statement| (&self.level.settings, statement)),
            course: &self.level.course,
            level: &self.level,
            side,
            is_beside: side != self.level.course.side(),
        }
    }

    /// Takes the step before a statement: the side on which it runs, open.
    async fn walk(
        &self,
        step: Step,
        decision: &Decision,
        sql: &str,
    ) -> Result<(Side, &Opened), DbErr> {
        let side = self.level.course.side();
        match step {
            Step::Leave(begin) => self.leave(begin, decision, sql).await,
            Step::Stain => {
                let opened = self.open_here(side, &decision.node).await?;
                self.level.stain();
                Ok((side, opened))
            }
            Step::Begin(_) | Step::Stay => {
                let opened = self.open_here(side, &decision.node).await?;
                Ok((side, opened))
            }
        }
    }

    /// Sets what is about to be set on the slave on the master too, where both are open.
    async fn set_beside(&self, parcel: &Parcel<'_>) -> Result<(), DbErr> {
        let Some(node) = self.level.node_beyond() else {
            return Ok(());
        };
        // A level that is nested has a savepoint of its own there, so that the setting ends with it.
        let beside = self.open_here(Side::Beyond, node).await?;
        let Some(setting) = parcel.to_statement_if(true) else {
            return Ok(());
        };
        let set = beside.run(say(&beside.transaction, setting)).await;
        set.inspect_err(|_| {
            if beside.transaction.get_database_backend() == DbBackend::Postgres {
                // It is aborted there, and so as a whole.
                self.level.course.go_beyond();
            }
        })
    }

    async fn open_here(&self, side: Side, node: &Arc<Node>) -> Result<&Opened, DbErr> {
        self.level
            .open_on(side, node, None, None, &self.database)
            .await
    }

    /// Goes on at the node of `begin`, if that is as if it had begun there. Else only what the master alone can do runs
    /// there, and everything else stays with the snapshot of the slave.
    async fn leave(
        &self,
        begin: Decision,
        decision: &Decision,
        sql: &str,
    ) -> Result<(Side, &Opened), DbErr> {
        let course = &self.level.course;
        let here = self.level.open_level();
        let here = here.expect("only what is open is left");
        let ends_snapshot = decision.reach() == Reach::Master
            && commits_implicitly(here.transaction.get_database_backend(), sql);
        let ends_here = course.is_free() || ends_snapshot;
        let is_latest = ends_here || self.sees_latest(here).await?;
        if is_latest && !course.has_cursor() {
            let opened = self.open(Side::Beyond, begin).await?;
            if course.is_free() && opened.transaction.get_database_backend() == DbBackend::MySql {
                // What it has set there is not the transaction's.
                self.level.stain();
            }
            course.go_beyond();
            return Ok((Side::Beyond, opened));
        }
        if decision.reach() == Reach::Connection {
            let opened = self.open_here(Side::First, &here.node).await?;
            self.level.stain();
            return Ok((Side::First, opened));
        }
        let is_postgres = here.node.backend == Some(DbBackend::Postgres);
        let is_change = decision.reach() == Reach::Master;
        if is_change && (is_latest || is_postgres && decision.is_temporary()) {
            // What is read next, on the slave, would not show it.
            return Err(decision.refused_on(&here.node).into());
        }
        Ok((Side::Beyond, self.open(Side::Beyond, begin).await?))
    }

    /// Whether each of its statements sees what was committed last, so that another node, ahead of this one, may serve the
    /// next.
    async fn sees_latest(&self, here: &Opened) -> Result<bool, DbErr> {
        const LATEST: [IsolationLevel; 2] = [
            IsolationLevel::ReadCommitted,
            IsolationLevel::ReadUncommitted,
        ];
        let backend = here.transaction.get_database_backend();
        // An aborted transaction of PostgreSQL answers that it is one, and does not go on elsewhere.
        let says_so = backend == DbBackend::Postgres;
        if let Some(level) = self
            .level
            .root_options()
            .isolation_level
            .filter(|_| !says_so)
        {
            return Ok(LATEST.contains(&level));
        }
        let (ask, column) = match backend {
            DbBackend::Postgres => ("SHOW transaction_isolation", 0),
            _ => (
                "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
                1,
            ),
        };
        let asked = Statement::from_string(backend, ask);
        let answer = here.run(here.transaction.query_one_raw(asked)).await?;
        let level = answer.map(|row| row.try_get_by_index::<String>(column));
        let level = level.transpose()?.unwrap_or_default();
        Ok(level.to_ascii_uppercase().starts_with("READ"))
    }
}

/// Refuses to send a slave what only a master can do. A connection of SQLite is not ended, so nothing may stay on it.
fn refuse(node: &Node, decision: &Decision) -> Result<(), RoutingError> {
    let may_do = match node.backend {
        Some(DbBackend::Sqlite) => Reach::Transaction,
        _ => Reach::Connection,
    };
    match node.role == Role::Slave && decision.reach() > may_do {
        true => Err(decision.refused_on(node)),
        false => Ok(()),
    }
}

#[cfg(all(test, feature = "sqlx-sqlite"))]
mod tests {
    use sea_orm::TransactionTrait;

    use super::*;
    use crate::{BindsConfig, RoutingDatabase, config::BindConfig};

    #[tokio::test]
    async fn transaction_of_a_bind_that_is_gone_is_not_the_last_ones() {
        let bind = |name: &str| BindConfig::new(name, "sqlite::memory:");
        let binds = ["default", "tenant-1"].map(bind).into_iter();
        let config = binds.fold(BindsConfig::new(), BindsConfig::bind);
        let db = &RoutingDatabase::from_config(config).await.unwrap();
        let tenant = db.bind("tenant-1").unwrap();
        db.remove_bind("tenant-1").await.unwrap();
        let work = async {
            let transaction = db.begin().await?;
            // Nothing in it says where it belongs.
            transaction
                .execute_unprepared("PRAGMA user_version = 7")
                .await
        };
        let error = tenant.scope(work).await.unwrap_err();
        let error = RoutingError::of(&error).unwrap();
        assert!(matches!(error, RoutingError::UnknownKey { .. }), "{error}");
        let served: u64 = db
            .status()
            .nodes
            .iter()
            .map(|node| node.writes + node.reads)
            .sum();
        assert_eq!(served, 0);
        // Outside of the scope it is the only one.
        db.begin()
            .await
            .unwrap()
            .execute_unprepared("PRAGMA user_version = 7")
            .await
            .unwrap();
    }
}
