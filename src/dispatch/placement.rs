//! Where a statement goes that no handle has fixed, where more than its tables may say so.

use std::{borrow::Cow, sync::Arc};

use sea_orm::DbBackend;

use super::{
    Decision, NodeScope, Place, Router, Shard, Wording,
    decision::BoundBy,
    inquiry::Inquiry,
    judgement::Judgement,
    reader::Read,
    router::{named, reads_only},
};
use crate::{
    bind::{BindReason, Target},
    config::DEFAULT_BIND,
    error::RoutingError,
    freshness::Moment,
    names::BindName,
    node::{Node, Topology},
    rule::Says,
    shard::group_of,
};

/// The bind of a statement, perhaps with its node, and why. One statement has one: what says so is asked once.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    pub(crate) bind: BindName,
    pub(super) node: NodeScope,
    pub(super) by: BoundBy,
    /// Whether it says something of itself. If not, it runs wherever its transaction is.
    pub(super) is_said: bool,
}

/// Where in a transaction a statement stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage<'b> {
    /// None.
    Alone,
    /// One that may still decide the bind.
    First,
    /// One of a transaction that is open on this bind.
    Of(&'b BindName),
    /// One of a transaction over several binds, of which this is the first.
    Across(&'b BindName),
}

impl<'b> Stage<'b> {
    pub(super) fn open_bind(self) -> Option<&'b BindName> {
        match self {
            Self::Of(open) => Some(open),
            Self::Alone | Self::First | Self::Across(_) => None,
        }
    }

    /// Where a statement runs that does not care.
    pub(super) fn home(self) -> Option<&'b BindName> {
        match self {
            Self::Of(bind) | Self::Across(bind) => Some(bind),
            Self::Alone | Self::First => None,
        }
    }
}

impl Placement {
    /// That of a statement whose tables say where it goes.
    pub(super) fn by_tables(target: &Target) -> Self {
        let pin = target.pin.clone();
        Self {
            is_said: target.reason != BindReason::NoTable,
            bind: target.bind.clone(),
            node: pin.map_or(NodeScope::Split, NodeScope::Named),
            by: BoundBy::Tables,
        }
    }

    pub(super) fn by_transaction(open: &BindName) -> Self {
        Self {
            bind: open.clone(),
            node: NodeScope::Split,
            by: BoundBy::Transaction,
            is_said: false,
        }
    }

    /// That of tables that nobody claims, where nobody says anything else.
    pub(super) fn by_default() -> Self {
        Self {
            bind: DEFAULT_BIND.into(),
            node: NodeScope::Split,
            by: BoundBy::Tables,
            is_said: true,
        }
    }

    pub(super) fn on(shard: Arc<Shard>) -> Self {
        Self {
            bind: shard.bind.clone(),
            node: NodeScope::Split,
            by: BoundBy::Shard(shard),
            is_said: true,
        }
    }

    /// Whether one statement may be for both.
    pub(super) fn is_one_with(&self, other: &Self) -> bool {
        self.bind == other.bind
            && (self.node == other.node
                || self.node == NodeScope::Split
                || other.node == NodeScope::Split)
    }

    /// Whether it says that it runs elsewhere than on `open`.
    pub(crate) fn leaves(&self, open: &BindName) -> bool {
        self.is_said && self.bind != *open
    }

    /// The bind, if it says something of itself.
    pub(crate) fn said(&self) -> Option<&BindName> {
        self.is_said.then_some(&self.bind)
    }

    /// What decided the bind of a statement that runs in its transaction.
    pub(super) fn by_in_transaction(&self) -> BoundBy {
        match self.is_said || matches!(self.by, BoundBy::Handle) {
            true => self.by.clone(),
            false => BoundBy::Transaction,
        }
    }
}

impl<'r> Router<'r> {
    /// The decision for a statement of no transaction, by all that may say where it goes; `None` where nothing but its tables does.
    #[inline(never)]
    pub(super) fn governed(
        self,
        topology: &Topology,
        backend: DbBackend,
        read: Read<'_>,
    ) -> Option<Result<Decision, RoutingError>> {
        let inquiry = Inquiry::new(self, read.judgement, backend, Stage::Alone);
        let ruling = inquiry.ruling();
        if inquiry.leaves_it_to_tables(&ruling) {
            return None;
        }
        let (says, rule) = inquiry.named(ruling);
        Some(self.placed_on(topology, inquiry.placed_by(&says, rule), read))
    }

    fn placed_on(
        self,
        topology: &Topology,
        placement: Result<Placement, RoutingError>,
        read: Read<'_>,
    ) -> Result<Decision, RoutingError> {
        let placement = placement?;
        let bind = topology.require(&placement.bind)?;
        let decision = match (&self.scope.node, &placement.node) {
            (NodeScope::Split, NodeScope::Named(pin)) => named(bind, pin, read.judgement),
            (NodeScope::Split, nodes) | (nodes, _) => self.place(bind, nodes, read),
        }?;
        Ok(Decision {
            bound_by: placement.by,
            ..decision
        })
    }

    /// Where a statement goes of which its text alone is known.
    ///
    /// # Errors
    /// Its tables contradict each other or what is around, a rule refuses it or names what there is not, or it writes where
    /// only reads can run.
    pub(crate) fn placed(
        self,
        wording: Wording<'_>,
        stage: Stage<'_>,
    ) -> Result<Placement, RoutingError> {
        if let Some(bind) = &self.scope.bind {
            return Ok(Placement {
                bind: bind.clone(),
                node: NodeScope::Split,
                by: BoundBy::Handle,
                is_said: false,
            });
        }
        let judgement = self.dispatcher.judgements.of(wording);
        let placement = self.placement(&judgement, wording.backend, stage)?;
        self.respects_pin(&judgement, &placement)?;
        Ok(placement)
    }

    fn placement(
        self,
        judgement: &Arc<Judgement>,
        backend: DbBackend,
        stage: Stage<'_>,
    ) -> Result<Placement, RoutingError> {
        let open = stage.open_bind();
        let placed = match self.dispatcher.governance.is_needed() {
            true => Inquiry::new(self, judgement, backend, stage).placement(),
            false => by_tables(judgement),
        };
        match (placed, open) {
            // The transaction says which of them is meant.
            (Err(RoutingError::AmbiguousObject { binds, .. }), Some(open))
                if binds
                    .iter()
                    .any(|bind| bind == open || is_shard_of(open, bind)) =>
            {
                Ok(Placement {
                    by: BoundBy::Tables,
                    ..Placement::by_transaction(open)
                })
            }
            (Ok(placement), Some(open)) if !placement.is_said => {
                Ok(Placement::by_transaction(open))
            }
            (placed, _) => placed,
        }
    }

    /// Whether a rule lets a statement run whose node makes something else of its text.
    pub(super) fn is_let_through(
        self,
        judgement: &Arc<Judgement>,
        backend: DbBackend,
        stage: Stage<'_>,
    ) -> Result<(), RoutingError> {
        if self.scope.bind.is_some() || self.dispatcher.rule.is_none() {
            return Ok(());
        }
        let inquiry = Inquiry::new(self, judgement, backend, stage);
        let (says, rule) = inquiry.named(inquiry.ruling());
        match says {
            Says::Refuse(reason) => Err(ruled_out(rule, &reason)),
            _ => Ok(()),
        }
    }

    /// The master that answers what is asked before there is a statement, if the scope around has its own.
    ///
    /// # Errors
    /// The scope's bind is none.
    pub(crate) fn told_by_scope(self) -> Option<Result<Arc<Node>, RoutingError>> {
        let home = |place: Place| {
            let topology = self.dispatcher.topology.load();
            Ok(topology.require(&place.bind)?.master.clone())
        };
        Some(self.place_around()?.and_then(home))
    }

    /// Where the scope around, or what the handle took along, is.
    pub(crate) fn place_around(self) -> Option<Result<Place, RoutingError>> {
        if self.scope.bind.is_some() || !self.dispatcher.governance.is_needed() {
            return None;
        }
        let around = self.scope.around.now(&self.dispatcher.governance)?;
        around.place().cloned()
    }

    /// The backend that SeaORM was told.
    pub(super) fn told_backend(self) -> Option<DbBackend> {
        match self.told_by_scope() {
            Some(Ok(master)) => master.backend,
            _ => self.home.backend,
        }
    }

    /// Refuses a write in a transaction that is for a slave, unless the handle says otherwise.
    fn respects_pin(
        self,
        judgement: &Judgement,
        placement: &Placement,
    ) -> Result<(), RoutingError> {
        if self.scope.node != NodeScope::Split || placement.node == NodeScope::Split {
            return Ok(());
        }
        let topology = self.dispatcher.topology.load();
        let bind = topology.require(&placement.bind)?;
        match &placement.node {
            NodeScope::Named(pin) => reads_only(judgement, bind.node(pin)?),
            NodeScope::Slave => reads_only(judgement, self.slave(bind, false)?),
            NodeScope::Split | NodeScope::Master => Ok(()),
        }
    }

    /// Notes that a session writes, for rules that ask.
    #[cold]
    pub(crate) fn note_writer(self, node: &Node) {
        let session = self.scope.session(self.dispatcher.id);
        node.replication.memory.note_writer(session, Moment::now());
    }
}

pub(super) fn by_tables(judgement: &Judgement) -> Result<Placement, RoutingError> {
    let target = judgement.target.as_ref();
    target.map(Placement::by_tables).map_err(Clone::clone)
}

fn is_shard_of(bind: &BindName, group: &BindName) -> bool {
    group_of(bind.as_str()).is_some_and(|(of, _)| *group == *of)
}

pub(super) fn ruled_out(rule: Cow<'static, str>, reason: &str) -> RoutingError {
    RoutingError::RuledOut {
        rule: rule.into_owned(),
        reason: reason.to_owned(),
    }
}

impl Placement {
    pub(super) fn key(&self) -> String {
        match &self.node {
            NodeScope::Named(node) => format!("{}.{node}", self.bind),
            _ => self.bind.to_string(),
        }
    }

    pub(crate) fn reason(&self, judgement: &Judgement) -> BindReason {
        self.by.reason(judgement)
    }
}
