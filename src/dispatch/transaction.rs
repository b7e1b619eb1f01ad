use std::sync::Arc;

use sea_orm::DbBackend;

use super::{
    Decision, NodeScope, Parcel, Router,
    decision::BoundBy,
    judgement::Judgement,
    master::one_master,
    reader::{Read, Waited},
    router::{master, reads_only},
};
use crate::{
    bind::{BindReason, Target},
    error::RoutingError,
    names::BindName,
    node::{Bind, Node},
    route::NodeReason,
};

/// The bind and the node of a transaction, and what may run there.
impl Router<'_> {
    /// The decision for a statement in a transaction that is open on `node`.
    pub(crate) fn decide_in(
        self,
        node: &Arc<Node>,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let judgement = self.dispatcher.judgements.of(backend, sql);
        self.permits(&judgement)?;
        if self.scope.bind.is_none() {
            belongs(&judgement, &node.bind)?;
            self.respects_pin(&judgement)?;
        }
        let bound_by = match (&self.scope.bind, &judgement.target) {
            (Some(_), _) => BoundBy::Handle,
            (None, Ok(target)) if target.reason == BindReason::NoTable => BoundBy::Transaction,
            (None, _) => BoundBy::Tables,
        };
        Ok(Decision {
            bound_by,
            ..Decision::new(&judgement, node, NodeReason::Transaction)
        })
    }

    /// The decision for a statement that was rendered for another node, which does not serve its transaction.
    pub(crate) fn decide_again_in(
        self,
        node: &Arc<Node>,
        parcel: &Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        let decision = self.decide_in(node, parcel.backend(), parcel.sql())?;
        self.fit(decision, parcel.backend(), parcel.sql())
    }

    /// Where a statement of a transaction over several binds belongs; `None` if it names no table.
    pub(crate) fn transaction_target(
        self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Option<Target>, RoutingError> {
        let judgement = self.dispatcher.judgements.of(backend, sql);
        self.respects_pin(&judgement)?;
        let target = judgement.target.clone()?;
        Ok((target.reason != BindReason::NoTable).then_some(target))
    }

    /// The bind of a transaction whose first statement is `sql`.
    pub(crate) fn transaction_bind(
        self,
        backend: DbBackend,
        sql: &str,
    ) -> Result<BindName, RoutingError> {
        let judgement = self.dispatcher.judgements.of(backend, sql);
        self.respects_pin(&judgement)?;
        Ok(judgement.target.clone()?.bind)
    }

    /// Whether a transaction only sets something by `sql` for what follows.
    pub(crate) fn is_setting(self, backend: DbBackend, sql: &str) -> bool {
        self.dispatcher
            .judgements
            .of(backend, sql)
            .class
            .is_setting()
    }

    /// The decision for the `BEGIN` of a transaction of `bind`, before its first statement: a slave serves a read-only
    /// one that begins with a proven read.
    pub(crate) fn begin_with(
        self,
        bind: &BindName,
        read_only: bool,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let reads = read_only && self.dispatcher.judgements.of(backend, sql).is_read();
        self.begin_on(bind, reads)
    }

    /// Whether it is open which node of `bind` a read-only transaction begins on.
    pub(crate) fn may_choose(self, bind: &BindName) -> bool {
        let topology = self.dispatcher.topology.load();
        let has_slave = |bind: &Arc<Bind>| bind.rotation.len() > 0;
        self.is_split() && topology.bind(bind).is_some_and(has_slave)
    }

    /// Whether nodes are chosen here, and not by the handle.
    pub(crate) fn is_split(self) -> bool {
        self.scope.node == NodeScope::Split
    }

    /// The decision for the `BEGIN` of a transaction of `bind`.
    ///
    /// Unless the handle pins it or it is read-only, its node is the master: a transaction that begins with a
    /// read may write next.
    pub(crate) fn begin_on(
        self,
        bind: &BindName,
        read_only: bool,
    ) -> Result<Decision, RoutingError> {
        let topology = self.dispatcher.topology.load();
        let bind = topology.require(bind)?;
        let begin = self.dispatcher.judgements.of_begin();
        match &self.scope.node {
            NodeScope::Named(name) => {
                if !read_only {
                    one_master(bind)?;
                }
                Ok(Decision::new(begin, bind.node(name)?, NodeReason::Pinned))
            }
            NodeScope::Slave => {
                let slave = self.slave(bind, true)?;
                Ok(Decision::new(begin, slave, NodeReason::Pinned))
            }
            NodeScope::Split if read_only => {
                let read = Read {
                    judgement: begin,
                    takes_turn: true,
                    avoid: None,
                    waited: Waited::Not,
                    is_second: false,
                };
                self.reader(bind, read)
            }
            NodeScope::Split | NodeScope::Master => master(bind, begin, NodeReason::Write),
        }
    }

    /// The bind that every statement of the scope will run on, where that is known beforehand.
    pub(crate) fn certain_bind(self) -> Option<BindName> {
        let only = || {
            self.dispatcher
                .topology
                .load()
                .only()
                .map(|bind| bind.name.clone())
        };
        self.scope.bind.clone().or_else(only)
    }

    /// Refuses a write of an entity that is pinned to a slave, unless the handle says otherwise.
    fn respects_pin(self, judgement: &Judgement) -> Result<(), RoutingError> {
        let Ok(Target {
            bind,
            pin: Some(pin),
            ..
        }) = &judgement.target
        else {
            return Ok(());
        };
        if self.scope.node != NodeScope::Split {
            return Ok(());
        }
        let topology = self.dispatcher.topology.load();
        reads_only(judgement, topology.require(bind)?.node(pin)?)
    }
}

/// Refuses a statement of another bind than the transaction's.
fn belongs(judgement: &Judgement, open: &BindName) -> Result<(), RoutingError> {
    let target = match &judgement.target {
        Ok(target) => target,
        // The transaction says which of them is meant.
        Err(RoutingError::AmbiguousObject { binds, .. }) if binds.contains(open) => return Ok(()),
        Err(error) => return Err(error.clone()),
    };
    if target.bind == *open || target.reason == BindReason::NoTable {
        return Ok(());
    }
    Err(RoutingError::OtherTransaction {
        open: open.to_string(),
        wanted: target.bind.to_string(),
        reason: target.reason.to_string(),
    })
}
