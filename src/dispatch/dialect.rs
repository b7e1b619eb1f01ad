//! What SeaORM asks of a handle before there is a statement, and what follows when the route answers otherwise.

use sea_orm::DbBackend;

use super::{
    Decision, Parcel, Router, Stage, Wording, decision::BoundBy, master::one_master,
    router::reads_only,
};
use crate::{
    error::RoutingError,
    node::{Node, Role},
    route::NodeReason,
};

impl Router<'_> {
    /// The decision for a statement, which is rendered again if its node speaks another dialect.
    #[inline(always)]
    pub(crate) fn decide_for(self, parcel: &mut Parcel<'_>) -> Result<Decision, RoutingError> {
        let decision = self.decide(parcel.wording())?;
        self.fit_parcel(decision, parcel)
    }

    /// The dialect of the node that a text would go to as things are here, where binds differ in theirs.
    #[cfg(feature = "stream")]
    pub(crate) fn expected_dialect(self, wording: Wording<'_>) -> Option<DbBackend> {
        let topology = self.dispatcher.topology.load();
        match topology.backends() {
            [only] if *only == wording.backend => None,
            _ => self.expected(wording)?.node.backend,
        }
    }

    /// The decision for a statement as its node understands it: rendered and judged again if the bind has another
    /// backend, unless SeaORM asked something first to which that bind has another answer.
    #[inline(always)]
    pub(crate) fn fit_parcel(
        self,
        decision: Decision,
        parcel: &mut Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        match decision.node.backend == Some(parcel.backend()) {
            true => Ok(decision),
            false => self.fit_other(decision, parcel),
        }
    }

    #[cold]
    fn fit_other(
        self,
        decision: Decision,
        parcel: &mut Parcel<'_>,
    ) -> Result<Decision, RoutingError> {
        let built_for = parcel.backend();
        match decision.node.backend {
            Some(backend) if backend != built_for && parcel.is_built() => {
                if !parcel.may_be(backend) {
                    return Err(other_backend(&decision.node, backend, built_for));
                }
                if !decision.is_read() && !self.answers_like(&decision.node, parcel.sql()) {
                    self.speaks(&decision.node, built_for)?;
                }
                parcel.render_for(backend);
                self.rejudge(decision, backend, parcel.wording())
            }
            _ => self.fit(decision, parcel.wording()),
        }
    }

    /// The decision for a rendered text, judged again where its node speaks another dialect than the text was made for.
    pub(super) fn fit(
        self,
        decision: Decision,
        wording: Wording<'_>,
    ) -> Result<Decision, RoutingError> {
        let built_for = wording.backend;
        match decision.node.backend {
            Some(backend) if backend != built_for => {
                self.speaks(&decision.node, built_for)?;
                self.rejudge(decision, backend, wording)
            }
            _ => Ok(decision),
        }
    }

    /// The decision again, by what the dialect of its node makes of the text that the node will get.
    ///
    /// What one dialect reads as a string another may read as code, and a builder leaves out what its dialect lacks.
    fn rejudge(
        self,
        decision: Decision,
        backend: DbBackend,
        wording: Wording<'_>,
    ) -> Result<Decision, RoutingError> {
        let judgement = self.dispatcher.judgements.of(wording.read_by(backend));
        let is_on_master = decision.node.role == Role::Master;
        if judgement.is_read() || is_on_master && !decision.is_read() {
            return Ok(decision);
        }
        self.permits(&judgement)?;
        let stage = match decision.node_reason {
            NodeReason::Transaction => Stage::Of(&decision.node.bind),
            _ => Stage::Alone,
        };
        self.is_let_through(&judgement, backend, stage)?;
        if !is_on_master && !decision.may_move() {
            reads_only(&judgement, &decision.node)?;
        }
        let decision = Decision {
            bound_by: BoundBy::Before(Box::new(decision.bind_reason())),
            judgement,
            ..decision
        };
        if is_on_master {
            return Ok(decision);
        }
        self.moved_to_master(decision, NodeReason::Write)
    }

    /// The decision for a statement that its slave refused as a write.
    pub(super) fn on_master(self, refused: Decision) -> Result<Decision, RoutingError> {
        self.moved_to_master(refused, NodeReason::Refused)
    }

    /// The decision for a stream: it is sent as it is, so that nothing keeps it from writing on an unprotected slave.
    #[cfg(feature = "stream")]
    pub(crate) fn fit_stream(self, decision: Decision) -> Result<Decision, RoutingError> {
        match decision.may_move() && decision.node.is_unprotected() {
            true => self.moved_to_master(decision, NodeReason::Unprotected),
            false => Ok(decision),
        }
    }

    fn moved_to_master(
        self,
        decision: Decision,
        node_reason: NodeReason,
    ) -> Result<Decision, RoutingError> {
        let topology = self.dispatcher.topology.load();
        let bind = topology.require(&decision.node.bind)?;
        one_master(bind)?;
        Ok(decision.moved(bind.master.clone(), node_reason))
    }

    /// Refuses a text that was rendered for the handle's backend and belongs to a bind of another one.
    fn speaks(self, node: &Node, built_for: DbBackend) -> Result<(), RoutingError> {
        match node.backend {
            Some(backend) if backend != built_for && self.has_told(built_for) => {
                Err(other_backend(node, backend, built_for))
            }
            _ => Ok(()),
        }
    }

    /// Whether that is what SeaORM was told here, or outside of the scope around.
    fn has_told(self, backend: DbBackend) -> bool {
        [self.told_backend(), self.home.backend].contains(&Some(backend))
    }

    /// Whether SeaORM would have built the same write for `node`.
    ///
    /// It asks for RETURNING, and where there is one it casts PostgreSQL's enums; an UPDATE or DELETE without
    /// RETURNING depends on neither.
    fn answers_like(self, node: &Node, sql: &str) -> bool {
        let updates = ["UPDATE ", "DELETE "]
            .iter()
            .any(|verb| sql.starts_with(verb));
        if updates && !sql.contains(" RETURNING ") {
            return true;
        }
        let postgres = |backend| backend == Some(DbBackend::Postgres);
        let told = self.told_backend();
        sql.starts_with("INSERT ")
            && returns(told) == returns(node.backend)
            && !postgres(told)
            && !postgres(node.backend)
    }
}

fn other_backend(node: &Node, backend: DbBackend, built_for: DbBackend) -> RoutingError {
    RoutingError::OtherBackend {
        bind: node.bind.clone(),
        backend: backend.as_str(),
        built_for: built_for.as_str(),
    }
}

fn returns(backend: Option<DbBackend>) -> Option<bool> {
    backend.map(|backend| backend.support_returning())
}
