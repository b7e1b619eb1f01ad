//! Where a statement goes that no handle has fixed, where more than its tables may say so.

use std::sync::Arc;

use sea_orm::DbBackend;

use super::{
    Decision, NodeScope, Place, Router, Shard, Surroundings,
    decision::BoundBy,
    judgement::Judgement,
    reader::Read,
    router::{named, reads_only},
};
use crate::{
    bind::{BindReason, Target},
    classify::{Access, Class},
    config::DEFAULT_BIND,
    error::RoutingError,
    freshness::Moment,
    names::{BindName, NodeName},
    node::{Node, Topology},
    rule::{Circumstances, Says, Subject},
    session::SessionId,
    shard::group_of,
};

/// The bind of a statement, perhaps with its node, and why. One statement has one: what says so is asked once.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    pub(crate) bind: BindName,
    node: NodeScope,
    by: BoundBy,
    /// Whether it says something of itself. If not, it runs wherever its transaction is.
    is_said: bool,
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
    fn open_bind(self) -> Option<&'b BindName> {
        match self {
            Self::Of(open) => Some(open),
            Self::Alone | Self::First | Self::Across(_) => None,
        }
    }

    /// Where a statement runs that does not care.
    fn home(self) -> Option<&'b BindName> {
        match self {
            Self::Of(bind) | Self::Across(bind) => Some(bind),
            Self::Alone | Self::First => None,
        }
    }
}

impl Placement {
    /// That of a statement whose tables say where it goes.
    fn by_tables(target: &Target) -> Self {
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
    fn by_default() -> Self {
        Self {
            bind: DEFAULT_BIND.into(),
            node: NodeScope::Split,
            by: BoundBy::Tables,
            is_said: true,
        }
    }

    fn on(shard: Arc<Shard>) -> Self {
        Self {
            bind: shard.bind.clone(),
            node: NodeScope::Split,
            by: BoundBy::Shard(shard),
            is_said: true,
        }
    }

    /// Whether one statement may be for both.
    fn is_one_with(&self, other: &Self) -> bool {
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
    /// The decision for a statement of no transaction, by all that may say where it goes.
    #[inline(never)]
    pub(super) fn governed(
        self,
        topology: &Topology,
        backend: DbBackend,
        read: Read<'_>,
    ) -> Result<Decision, RoutingError> {
        let judgement = read.judgement;
        let placement = self.placement(judgement, backend, Stage::Alone)?;
        let bind = topology.require(&placement.bind)?;
        let decision = match (&self.scope.node, &placement.node) {
            (NodeScope::Split, NodeScope::Named(pin)) => named(bind, pin, judgement),
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
        backend: DbBackend,
        sql: &str,
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
        let judgement = self.dispatcher.judgements.of(backend, sql);
        let placement = self.placement(&judgement, backend, stage)?;
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
    ) -> Result<(), RoutingError> {
        if self.scope.bind.is_some() || self.dispatcher.rule.is_none() {
            return Ok(());
        }
        let (says, rule) = Inquiry::new(self, judgement, backend, Stage::Alone).ruling();
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
        let session = self.scope.session();
        node.replication.memory.note_writer(session, Moment::now());
    }
}

fn by_tables(judgement: &Judgement) -> Result<Placement, RoutingError> {
    let target = judgement.target.as_ref();
    target.map(Placement::by_tables).map_err(Clone::clone)
}

fn is_shard_of(bind: &BindName, group: &BindName) -> bool {
    group_of(bind.as_str()).is_some_and(|(of, _)| *group == *of)
}

fn ruled_out(rule: String, reason: &str) -> RoutingError {
    RoutingError::RuledOut {
        rule,
        reason: reason.to_owned(),
    }
}

/// One statement, and all that may say where it goes.
struct Inquiry<'i> {
    router: Router<'i>,
    judgement: &'i Judgement,
    backend: DbBackend,
    stage: Stage<'i>,
    around: Option<Arc<Surroundings>>,
}

impl<'i> Inquiry<'i> {
    fn new(
        router: Router<'i>,
        judgement: &'i Judgement,
        backend: DbBackend,
        stage: Stage<'i>,
    ) -> Self {
        let governance = &router.dispatcher.governance;
        Self {
            router,
            judgement,
            backend,
            stage,
            around: router.scope.around.now(governance),
        }
    }

    /// What the application's rule says, and the rule's name.
    fn ruling(&self) -> (Says, String) {
        let Some(rule) = &self.router.dispatcher.rule else {
            return (Says::Nothing, String::new());
        };
        let (says, by) = rule.rule(&Subject::new(self)).into_parts();
        let name = match says {
            Says::Nothing => String::new(),
            _ => by.unwrap_or_else(|| rule.name()).into_owned(),
        };
        (says, name)
    }

    fn placement(&self) -> Result<Placement, RoutingError> {
        let (says, rule) = self.ruling();
        self.placed_by(&says, rule)
    }

    /// Where it goes by what the rule of that name says.
    fn placed_by(&self, says: &Says, rule: String) -> Result<Placement, RoutingError> {
        if let Says::Refuse(reason) = says {
            return Err(ruled_out(rule, reason));
        }
        // Its transaction is known, and it does not care.
        if let Some(home) = self.stage.home()
            && !self.says_something()
        {
            return Ok(Placement::by_transaction(home));
        }
        match says {
            Says::To(key) => self.ruled(rule, key),
            Says::UnlessKeyed(key) => self.unruled(Some(self.ruled(rule, key)?)),
            Says::Nothing | Says::Refuse(_) => self.unruled(None),
        }
    }

    fn ruled(&self, rule: String, key: &str) -> Result<Placement, RoutingError> {
        let topology = self.router.dispatcher.topology.load();
        let Ok((bind, node)) = topology.key(key) else {
            if let Some(shard) = self.shard(&key.into()) {
                let (bind, key) = (shard.bind.clone(), key.to_owned());
                return Ok(Placement {
                    by: BoundBy::Before(Box::new(BindReason::Rule { rule, key })),
                    bind,
                    ..Placement::by_default()
                });
            }
            return Err(RoutingError::RuledNowhere {
                rule,
                key: key.to_owned(),
                known: topology.known().cloned().collect(),
            });
        };
        let key = key.to_owned();
        Ok(Placement {
            bind,
            node: node.map_or(NodeScope::Split, NodeScope::Named),
            by: BoundBy::Before(Box::new(BindReason::Rule { rule, key })),
            is_said: true,
        })
    }

    /// Where it goes if no rule says so of all of its tables; `otherwise` is the bind of those that nobody claims.
    fn unruled(&self, otherwise: Option<Placement>) -> Result<Placement, RoutingError> {
        let claims = &self.judgement.claims;
        if let Some(found) = self.by_objects(&otherwise).transpose()? {
            return Ok(found);
        }
        let claimed = claims.claimed.clone()?;
        let claimed = match claimed {
            Some((table, target)) => Some((self.claimed(&table, target)?, table)),
            None => None,
        };
        if claims.unclaimed.is_none()
            && let Some((placement, _)) = claimed
        {
            return Ok(placement);
        }
        let otherwise = match otherwise {
            None => self.of_scope().transpose()?,
            ruled => ruled,
        };
        let otherwise = match (otherwise, &claimed) {
            (Some(otherwise), _) => otherwise,
            (None, Some(_)) if claims.is_group => Placement::by_default(),
            (None, _) => return by_tables(self.judgement),
        };
        if let Some(doubt) = &claims.doubt
            && otherwise.bind != DEFAULT_BIND
        {
            return Err((**doubt).clone());
        }
        let (Some((claimed, table)), Some(unclaimed)) = (claimed, &claims.unclaimed) else {
            return Ok(otherwise);
        };
        match (claimed.is_one_with(&otherwise), &claimed.node) {
            (true, NodeScope::Split) => Ok(otherwise),
            (true, _) => Ok(claimed),
            (false, _) => Err(RoutingError::TwoBinds {
                first_table: table,
                first_bind: claimed.key(),
                second_table: unclaimed.clone(),
                second_bind: otherwise.key(),
            }),
        }
    }

    /// Where the objects are that it is about, if it is about those alone and a group has them: on the shard that is named,
    /// else where all else is that nobody claims, and on no shard that nobody has named.
    fn by_objects(&self, otherwise: &Option<Placement>) -> Option<Result<Placement, RoutingError>> {
        let claims = &self.judgement.claims;
        if self.judgement.class.objects.is_empty() || claims.names_table() {
            return None;
        }
        let judgements = &self.router.dispatcher.judgements;
        let shards = self.around.iter().flat_map(|around| around.shard_binds());
        if let Err(error) = judgements.were_asked(self.judgement, shards) {
            return Some(Err(error));
        }
        let Ok(Some((_, group))) = &claims.claimed else {
            return None;
        };
        match (self.shard(&group.bind), otherwise) {
            (Some(shard), _) => Some(Ok(Placement::on(shard.clone()))),
            (None, Some(otherwise)) => Some(Ok(otherwise.clone())),
            (None, None) => self.of_scope(),
        }
    }

    /// Where the tables belong that somebody claims.
    fn claimed(&self, table: &str, target: Target) -> Result<Placement, RoutingError> {
        if !self.judgement.claims.is_group {
            return Ok(Placement::by_tables(&target));
        }
        match self.shard(&target.bind) {
            Some(shard) => Ok(Placement::on(shard.clone())),
            None => Err(RoutingError::NoShard {
                table: table.to_owned(),
                group: target.bind,
            }),
        }
    }

    fn shard(&self, group: &BindName) -> Option<&Arc<Shard>> {
        self.around.as_ref()?.shard(group.as_str())
    }

    fn of_scope(&self) -> Option<Result<Placement, RoutingError>> {
        let place = self.around.as_ref()?.place()?.clone();
        Some(place.map(|Place { bind, node }| Placement {
            bind,
            node,
            by: BoundBy::Scope,
            is_said: self.says_something(),
        }))
    }

    /// Whether its text names anything of the application's.
    fn says_something(&self) -> bool {
        self.names_table() || !self.judgement.class.objects.is_empty()
    }
}

impl Placement {
    fn key(&self) -> String {
        match &self.node {
            NodeScope::Named(node) => format!("{}.{node}", self.bind),
            _ => self.bind.to_string(),
        }
    }

    pub(crate) fn reason(&self, judgement: &Judgement) -> BindReason {
        self.by.reason(judgement)
    }
}

impl Circumstances for Inquiry<'_> {
    fn class(&self) -> &Class {
        &self.judgement.class
    }

    fn access(&self) -> Access {
        self.judgement.access()
    }

    fn backend(&self) -> DbBackend {
        self.backend
    }

    fn names_table(&self) -> bool {
        self.judgement.claims.names_table()
    }

    fn key(&self) -> Option<String> {
        let claimed = self.judgement.claims.claimed.as_ref().ok()?;
        claimed.as_ref().map(|(_, target)| target.key())
    }

    fn bind(&self, says: &Says) -> Option<BindName> {
        let placed = self.placed_by(says, String::new());
        placed.ok().map(|placement| placement.bind)
    }

    fn meaning(&self, key: &str) -> Option<(BindName, Option<NodeName>)> {
        self.router.dispatcher.topology.load().key(key).ok()
    }

    fn is_in_transaction(&self) -> bool {
        !matches!(self.stage, Stage::Alone)
    }

    fn open_bind(&self) -> Option<&BindName> {
        self.stage.open_bind()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.around.as_ref()?.value(name)
    }

    fn shard_key(&self, group: &str) -> Option<&str> {
        Some(&self.around.as_ref()?.shard(group)?.key)
    }

    fn draw(&self) -> u32 {
        self.router.scope.session().drawn()
    }

    fn has_written(&self, binds: &[BindName]) -> bool {
        let session: SessionId = self.router.scope.session();
        let (topology, now) = (self.router.dispatcher.topology.load(), Moment::now());
        let binds: Vec<_> = binds
            .iter()
            .filter_map(|name| topology.bind(name))
            .collect();
        let horizons = binds.iter().map(|bind| bind.replication.memory.horizon());
        let horizon = horizons.max().unwrap_or_default();
        binds.iter().any(|bind| {
            let written = bind.replication.memory.last_write(session);
            written != Moment::FIRST && now.since(written.min(now)) <= horizon
        })
    }
}
