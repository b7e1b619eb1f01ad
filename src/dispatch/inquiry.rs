//! What the application's rule, the scope around and the tables say of one statement, in their order of authority.

use std::{borrow::Cow, sync::Arc};

use sea_orm::DbBackend;

use super::{
    NodeScope, Place, Placement, Router, Shard, Stage, Surroundings,
    decision::BoundBy,
    judgement::Judgement,
    placement::{by_tables, ruled_out},
};
use crate::{
    bind::Target,
    classify::{Access, Class},
    config::DEFAULT_BIND,
    error::RoutingError,
    freshness::Moment,
    names::{BindName, NodeName},
    rule::{Circumstances, Ruling, Says, Subject},
    session::SessionId,
};

/// One statement, and all that may say where it goes.
pub(super) struct Inquiry<'i> {
    router: Router<'i>,
    judgement: &'i Judgement,
    backend: DbBackend,
    stage: Stage<'i>,
    around: Option<Arc<Surroundings>>,
}

impl<'i> Inquiry<'i> {
    pub(super) fn new(
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

    /// What the application's rule says, if there is one.
    #[inline]
    pub(super) fn ruling(&self) -> Ruling {
        match &self.router.dispatcher.rule {
            Some(rule) => rule.rule(&Subject::new(self)),
            None => Ruling::pass(),
        }
    }

    /// What a ruling says, and the name of the rule.
    pub(super) fn named(&self, ruling: Ruling) -> (Says, Cow<'static, str>) {
        let (says, by) = ruling.into_parts();
        let name = match (&says, &self.router.dispatcher.rule) {
            (Says::Nothing, _) | (_, None) => Cow::default(),
            (_, Some(rule)) => by.unwrap_or_else(|| rule.name()),
        };
        (says, name)
    }

    /// Whether nothing but its tables says where it goes, which has been judged already.
    #[inline]
    pub(super) fn leaves_it_to_tables(&self, ruling: &Ruling) -> bool {
        let Judgement { claims, class, .. } = self.judgement;
        let has_place = |around: &Arc<Surroundings>| around.place().is_some();
        ruling.is_pass()
            && !self.around.as_ref().is_some_and(has_place)
            && !claims.is_group
            && claims.claimed.is_ok()
            && class.objects.is_empty()
    }

    pub(super) fn placement(&self) -> Result<Placement, RoutingError> {
        let (says, rule) = self.named(self.ruling());
        self.placed_by(&says, rule)
    }

    /// Where it goes by what the rule of that name says.
    pub(super) fn placed_by(
        &self,
        says: &Says,
        rule: Cow<'static, str>,
    ) -> Result<Placement, RoutingError> {
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
            Says::To(key) => self.ruled(rule, key.clone()),
            Says::UnlessKeyed(key) => self.unruled(Some(self.ruled(rule, key.clone())?)),
            Says::Nothing | Says::Refuse(_) => self.unruled(None),
        }
    }

    fn ruled(
        &self,
        rule: Cow<'static, str>,
        key: Cow<'static, str>,
    ) -> Result<Placement, RoutingError> {
        let topology = self.router.dispatcher.topology.load();
        let Ok((bind, node)) = topology.key(&key) else {
            if let Some(shard) = self.shard(&BindName::from(&*key)) {
                return Ok(Placement {
                    by: BoundBy::rule(rule, key),
                    bind: shard.bind.clone(),
                    ..Placement::by_default()
                });
            }
            return Err(RoutingError::RuledNowhere {
                rule: rule.into_owned(),
                key: key.into_owned(),
                known: topology.known().cloned().collect(),
            });
        };
        Ok(Placement {
            bind,
            node: node.map_or(NodeScope::Split, NodeScope::Named),
            by: BoundBy::rule(rule, key),
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

    fn session(&self) -> SessionId {
        let Router {
            scope, dispatcher, ..
        } = self.router;
        scope.session(dispatcher.id)
    }

    /// Whether its text names anything of the application's.
    fn says_something(&self) -> bool {
        self.names_table() || !self.judgement.class.objects.is_empty()
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
        let placed = self.placed_by(says, Cow::default());
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
        self.session().drawn()
    }

    fn has_written(&self, binds: &[BindName]) -> bool {
        let session = self.session();
        let (topology, now) = (self.router.dispatcher.topology.load(), Moment::now());
        let binds: Vec<_> = binds
            .iter()
            .filter_map(|name| topology.bind(name))
            .collect();
        let horizons = binds.iter().map(|bind| bind.replication.memory.horizon());
        let horizon = horizons.max().unwrap_or_default();
        binds.iter().any(|bind| {
            let written = bind
                .replication
                .memory
                .last_write(session)
                .max(session.promise());
            written != Moment::FIRST && now.since(written.min(now)) <= horizon
        })
    }
}
