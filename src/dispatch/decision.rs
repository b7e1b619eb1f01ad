use std::{borrow::Cow, sync::Arc, time::Duration};

use sea_orm::DbErr;

use super::{
    Shard,
    judgement::{Defines, Judgement},
    service::still_holds,
};
use crate::{
    bind::BindReason,
    classify::{Access, Action, Reach},
    config::Roles,
    driver::{Channel, has_read_only_transactions, may_wait},
    error::RoutingError,
    freshness::Moment,
    node::{Node, Role},
    observe::{Refusal, refusal},
    route::{NodeReason, Route, RouteReason},
    session::{Effect, ReadFrom},
    shard::shown_key,
};

/// The node for one statement, with what it takes to explain it later.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) node: Arc<Node>,
    pub(super) judgement: Arc<Judgement>,
    pub(super) node_reason: NodeReason,
    pub(super) bound_by: BoundBy,
    /// What the statement waits for before it is sent.
    pub(super) awaits: Awaits,
    /// How many nodes have failed to serve it.
    pub(super) failed: usize,
    /// Whether it has lost a connection and no server said why: it may be what ends them.
    pub(super) was_cut: bool,
    /// The error after which a master may have run it, although it was lost: should it write after all, it must not do so twice.
    pub(super) lost: Option<Box<DbErr>>,
    /// For how many pauses it has waited as it could not be sent.
    pub(super) pauses: u32,
    /// Whether it runs a second time, because a slave could not answer it by what that holds.
    pub(super) is_second_opinion: bool,
    /// How often its slave had been found to hold less than was known, when it was chosen for what is known; `None`
    /// where nothing is promised of that.
    pub(crate) setbacks: Option<u32>,
    /// When it was taken; [`Moment::FIRST`] where nobody has looked at the clock for it, or it has waited since.
    pub(super) taken: Moment,
}

/// What decided the bind.
#[derive(Clone, Debug, Default)]
pub(crate) enum BoundBy {
    /// The tables that the text names.
    #[default]
    Tables,
    Handle,
    Transaction,
    /// The scope around.
    Scope,
    /// The shard that was named of a group.
    Shard(Arc<Shard>),
    /// A rule of this name, which named this key.
    Rule(Box<(Cow<'static, str>, Cow<'static, str>)>),
    /// What the text of another dialect named.
    Before(Box<BindReason>),
}

impl BoundBy {
    pub(super) fn rule(rule: Cow<'static, str>, key: Cow<'static, str>) -> Self {
        Self::Rule(Box::new((rule, key)))
    }

    pub(super) fn reason(&self, judgement: &Judgement) -> BindReason {
        match (self, &judgement.target, &judgement.claims.claimed) {
            (Self::Before(reason), ..) => (**reason).clone(),
            (Self::Rule(ruled), ..) => BindReason::Rule {
                rule: ruled.0.to_string(),
                key: ruled.1.to_string(),
            },
            (Self::Transaction, ..) => BindReason::Transaction,
            (Self::Scope, ..) => BindReason::Scope,
            (Self::Shard(shard), _, claimed) => BindReason::Shard {
                table: match claimed {
                    Ok(Some((table, _))) => table.clone(),
                    _ => String::new(),
                },
                group: shard.group.clone(),
                key: shown_key(&shard.key),
            },
            (Self::Tables, Ok(target), _) => target.reason.clone(),
            // The bind of the other tables is what has made it an error elsewhere.
            (Self::Tables, Err(_), Ok(Some((_, target)))) => target.reason.clone(),
            (Self::Handle, ..) | (Self::Tables, ..) => BindReason::Handle,
        }
    }
}

/// What a statement waits for before it is sent.
#[derive(Clone, Debug, Default)]
pub(super) enum Awaits {
    #[default]
    Nothing,
    /// Its bind has no master that is up.
    Master,
    /// The slave that would have served the read, until it has what it lacks.
    Slave(Box<Behind>),
    /// No node that may serve the read has a connection free.
    Room(Box<Room>),
}

/// How long a session's read waits for a slave that it may read from, before the master serves it: three beats of a monitor
/// that is in a hurry. What it sees on the master, no slave is known to hold before the next one.
pub(super) const SESSION_PATIENCE: Duration = Duration::from_millis(300);

/// What a read waits for while there is no connection for it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// The [places](Node::place) of the nodes that may serve it at the moment.
    pub(super) by: Arc<[usize]>,
    /// A node that has just failed to serve it.
    pub(super) avoid: Option<Arc<Node>>,
    /// How long it waits for the nodes that serve it best, before it goes to whoever can.
    pub(super) limit: Duration,
}

impl Room {
    pub(super) fn new(by: Arc<[usize]>) -> Self {
        Self {
            by,
            avoid: None,
            limit: SESSION_PATIENCE,
        }
    }
}

/// The slave that would have served a read, and what it lacks.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    pub(super) slave: Arc<Node>,
    pub(super) needed: Moment,
    pub(super) slaves: usize,
    /// How long it is waited for.
    pub(super) limit: Duration,
}

impl Decision {
    pub(super) fn new(
        judgement: &Arc<Judgement>,
        node: &Arc<Node>,
        node_reason: NodeReason,
    ) -> Self {
        Self {
            node: node.clone(),
            judgement: judgement.clone(),
            node_reason,
            bound_by: BoundBy::Tables,
            awaits: Awaits::Nothing,
            failed: 0,
            was_cut: false,
            lost: None,
            pauses: 0,
            is_second_opinion: false,
            setbacks: None,
            taken: Moment::FIRST,
        }
    }

    /// The same for what may have run where it was, and runs again.
    pub(super) fn sent_again(self, from: &Self, error: &DbErr) -> Self {
        let lost = || (from.node.role == Role::Master).then(|| Box::new(error.clone()));
        Self {
            lost: self.lost.or_else(lost),
            ..self
        }
    }

    /// The error to tell if what runs again turns out to be a write, which nobody must repeat.
    pub(super) fn hidden_write(&self, error: &DbErr) -> Option<DbErr> {
        let lost = self.lost.as_deref()?;
        (refusal(error) == Some(Refusal::OfStatement)).then(|| lost.clone())
    }

    /// The way of the statement to its node, in a read-only transaction where it runs again on a master: that one's sessions
    /// keep nobody from writing.
    #[inline(always)]
    pub(super) fn guarded<'c>(&self, channel: Channel<'c>) -> Channel<'c> {
        match self.lost.is_some() && has_read_only_transactions(&self.node.connection) {
            true => channel.guarded(),
            false => channel,
        }
    }

    /// The same, taken at that moment.
    pub(super) fn taken_at(self, now: Moment) -> Self {
        Self { taken: now, ..self }
    }

    /// The same, relying on what was known of the slave after it had been set back so often.
    pub(super) fn relying_on(self, setbacks: u32) -> Self {
        Self {
            setbacks: Some(setbacks),
            ..self
        }
    }

    /// As [`still_holds`], for this decision.
    ///
    /// # Errors
    /// [`RoutingError::SlaveSetBack`].
    #[inline]
    pub(crate) fn still_holds(&self) -> Result<(), RoutingError> {
        still_holds(&self.node, self.setbacks)
    }

    /// The same statement on another node, at once.
    pub(super) fn moved(self, node: Arc<Node>, node_reason: NodeReason) -> Self {
        Self {
            node,
            node_reason,
            awaits: Awaits::Nothing,
            setbacks: None,
            taken: Moment::FIRST,
            ..self
        }
    }

    /// As [`moved`](Self::moved), to the node of another decision, on which it may rely as that does, and for whose connection
    /// it waits as that does.
    pub(super) fn moved_as(self, next: Self, node_reason: NodeReason) -> Self {
        let setbacks = next.setbacks;
        let awaits = match next.awaits {
            room @ Awaits::Room(_) => room,
            _ => Awaits::Nothing,
        };
        Self {
            setbacks,
            awaits,
            ..self.moved(next.node, node_reason)
        }
    }

    pub(crate) fn access(&self) -> Access {
        self.judgement.access()
    }

    /// What the statement may change; `None` if it is a read.
    pub(crate) fn effect(&self) -> Option<Effect> {
        self.judgement.effect()
    }

    /// Whether catalogues may tell something else after the statement.
    pub(crate) fn defines(&self) -> bool {
        self.judgement.defines() != Defines::Nothing
    }

    pub(crate) fn is_read(&self) -> bool {
        self.judgement.is_read()
    }

    /// How far the statement reaches beyond its answer.
    pub(crate) fn reach(&self) -> Reach {
        self.judgement.reach()
    }

    /// Whether it only sets something for the rest of its transaction.
    pub(crate) fn is_setting(&self) -> bool {
        self.judgement.class.is_setting()
    }

    pub(crate) fn opens_cursor(&self) -> bool {
        self.judgement.class.action == Action::OpensCursor
    }

    /// Whether it makes or drops a table of its connection alone.
    pub(crate) fn is_temporary(&self) -> bool {
        self.judgement.class.action == Action::MakesTemporary
    }

    /// The refusal to run it on a slave.
    pub(crate) fn refused_on(&self, node: &Node) -> RoutingError {
        RoutingError::WriteOnSlave {
            node: node.key(),
            reason: self.judgement.class.reason.clone(),
        }
    }

    /// Whether the statement may run once more if its node does not serve it: a read that was split, what is for whoever is
    /// the master, and elsewhere what does nothing twice, on another connection, and what may get none: its master may restart, or
    /// be full.
    pub(crate) fn may_run_again(&self) -> bool {
        self.may_move()
            || self.may_follow_the_master()
            || self.is_repeatable()
            || self.may_wait_for_its_master() && self.may_get_no_connection()
    }

    fn may_get_no_connection(&self) -> bool {
        self.node.health.is_suspect() || may_wait(&self.node.connection)
    }

    /// Whether it does nothing twice: a read or a `BEGIN`, and no part of a transaction.
    pub(super) fn is_repeatable(&self) -> bool {
        self.is_read() && self.node_reason != NodeReason::Transaction
    }

    /// Whether it is a read that its master only serves for want of a slave that has what it needs.
    pub(super) fn may_go_to_a_slave(&self) -> bool {
        let for_want_of_one = matches!(
            self.node_reason,
            NodeReason::OwnWrites
                | NodeReason::ProcessWrites
                | NodeReason::Lagging
                | NodeReason::Crowded
                | NodeReason::Elsewhere
        );
        let may_change = for_want_of_one && self.is_repeatable();
        self.node.role == Role::Master && may_change && !self.is_second_opinion
    }

    /// Whether it may run on another node than its own.
    pub(super) fn may_leave(&self) -> bool {
        self.may_move() || self.may_go_to_a_slave()
    }

    /// From where its session reads, if that may matter to where it reads next.
    #[inline]
    pub(crate) fn read_from(&self) -> Option<ReadFrom> {
        match (self.node_reason, self.node.role) {
            (NodeReason::Session { .. }, _) => Some(ReadFrom::OwnSlave),
            (NodeReason::Crowded | NodeReason::Hedged | NodeReason::Elsewhere, Role::Slave) => {
                Some(ReadFrom::OtherSlave)
            }
            (NodeReason::Crowded | NodeReason::Hedged, Role::Master) => Some(ReadFrom::Master),
            _ => None,
        }
    }

    /// Whether the master serves it in place of the slaves.
    #[inline]
    pub(super) fn is_stand_in(&self) -> bool {
        match self.node_reason {
            NodeReason::Lagging => true,
            NodeReason::Crowded | NodeReason::Hedged | NodeReason::Elsewhere => {
                self.node.role == Role::Master
            }
            _ => false,
        }
    }

    /// Whether the statement may run on another node if this one refuses it as a write or fails.
    pub(super) fn may_move(&self) -> bool {
        let chosen = matches!(
            self.node_reason,
            NodeReason::Balanced { .. }
                | NodeReason::Session { .. }
                | NodeReason::Crowded
                | NodeReason::Elsewhere
        );
        self.node.role == Role::Slave && chosen
    }

    /// Whether the statement is for whoever is the master, and that may change.
    pub(super) fn may_follow_the_master(&self) -> bool {
        self.node.role == Role::Master
            && self.node.replication.policy.failover.roles == Roles::Discover
            && self.node_reason != NodeReason::Transaction
    }

    /// Whether nobody else can become the master that the statement is for.
    pub(super) fn may_wait_for_its_master(&self) -> bool {
        self.node.role == Role::Master
            && self.node.replication.policy.failover.roles == Roles::Fixed
            && self.node_reason != NodeReason::Transaction
    }

    /// Why another node may run the statement after this error of its slave, if it may.
    pub(super) fn healable(&self, error: &DbErr) -> Option<Refusal> {
        match self.may_move() && !self.is_second_opinion {
            true => refusal(error),
            false => None,
        }
    }

    pub(crate) fn route(&self) -> Route {
        Route {
            bind: self.node.bind.clone(),
            node: self.node.name.clone(),
            role: self.node.role,
            access: self.access(),
            reason: self.reason(),
        }
    }

    pub(super) fn reason(&self) -> RouteReason {
        RouteReason {
            access: self.judgement.class.reason.clone(),
            bind: self.bind_reason(),
            node: self.node_reason,
        }
    }

    pub(super) fn bind_reason(&self) -> BindReason {
        self.bound_by.reason(&self.judgement)
    }
}
