use std::sync::Arc;

use super::{
    Decision, NodeScope, Parcel, Placement, Router, Wording, judgement::Judgement,
    master::one_master, reader::Read, router::master,
};
use crate::{
    bind::BindReason,
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
        placement: &Placement,
        wording: Wording<'_>,
    ) -> Result<Decision, RoutingError> {
        let judgement = self.dispatcher.judgements.of(wording);
        self.permits(&judgement)?;
        if placement.leaves(&node.bind) {
            return Err(self.other_transaction(&node.bind.to_string(), placement, &judgement));
        }
        Ok(Decision {
            bound_by: placement.by_in_transaction(),
            ..Decision::new(&judgement, node, NodeReason::Transaction)
        })
    }

    /// The decision for a statement that was rendered for another node, which does not serve its transaction.
    pub(crate) fn decide_again_in(
        self,
        node: &Arc<Node>,
        placement: &Placement,
        parcel: &Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        let decision = self.decide_in(node, placement, parcel.wording())?;
        self.fit(decision, parcel.wording())
    }

    /// The same for a statement that runs on another node of its bind, after its first one has refused it.
    pub(crate) fn decide_same_in(
        self,
        node: &Arc<Node>,
        parcel: &Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        let placement = Placement::by_transaction(&node.bind);
        self.decide_again_in(node, &placement, parcel)
    }

    /// The refusal of a statement that belongs to another bind than those of its transaction.
    pub(crate) fn refused_in(
        self,
        open: &str,
        placement: &Placement,
        wording: Wording<'_>,
    ) -> RoutingError {
        let judgement = self.dispatcher.judgements.of(wording);
        self.other_transaction(open, placement, &judgement)
    }

    fn other_transaction(
        self,
        open: &str,
        placement: &Placement,
        judgement: &Judgement,
    ) -> RoutingError {
        RoutingError::OtherTransaction {
            open: open.to_owned(),
            wanted: placement.bind.to_string(),
            reason: placement.reason(judgement).to_string(),
        }
    }

    /// Whether a statement names a table, or anything else that tells its bind.
    pub(crate) fn says_bind(self, wording: Wording<'_>) -> bool {
        let judgement = self.dispatcher.judgements.of(wording);
        judgement.claims.names_table()
            || judgement.claims.is_found
            || (judgement.target.as_ref()).is_ok_and(|target| target.reason != BindReason::NoTable)
    }

    /// Whether a transaction only sets something by `sql` for what follows.
    pub(crate) fn is_setting(self, wording: Wording<'_>) -> bool {
        self.dispatcher.judgements.of(wording).class.is_setting()
    }

    /// The decision for the `BEGIN` of a transaction of `bind`, before its first statement: a slave serves a read-only
    /// one that begins with a proven read.
    pub(crate) fn begin_with(
        self,
        bind: &BindName,
        read_only: bool,
        wording: Wording<'_>,
    ) -> Result<Decision, RoutingError> {
        let reads = read_only && self.dispatcher.judgements.of(wording).is_read();
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
            NodeScope::Split if read_only => self.reader(bind, Read::of(begin)),
            NodeScope::Split | NodeScope::Master => master(bind, begin, NodeReason::Write),
        }
    }

    /// The bind that every statement of the scope will run on, where that is known beforehand.
    pub(crate) fn certain_bind(self) -> Option<BindName> {
        let only = || {
            let topology = self.dispatcher.topology.load();
            let only = topology.only()?.name.clone();
            if self.dispatcher.judgements.has_groups() {
                // A shard may be made of a template at any time.
                return None;
            }
            // A scope may be of a bind that is no more.
            match self.place_around() {
                Some(Ok(place)) if place.bind != only => None,
                Some(Err(_)) => None,
                _ => Some(only),
            }
        };
        self.scope.bind.clone().or_else(only)
    }
}
