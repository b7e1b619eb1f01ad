use std::sync::Arc;

use sea_orm::DbBackend;

use super::{
    Decision, Dispatcher, NodeScope, Scope,
    dispatcher::reads_only,
    master::one_master,
    reader::{Read, Turn},
    verdict::Verdict,
};
use crate::{
    bind::{BindReason, Target},
    error::RoutingError,
    names::BindName,
    node::Node,
    route::NodeReason,
};

/// The bind and the node of a transaction, and what may run there.
impl Dispatcher {
    /// The decision for a statement in a transaction that is open on `node`.
    pub(crate) fn decide_in(
        &self,
        node: &Arc<Node>,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        if scope.bind.is_none() {
            belongs(&verdict, &node.bind)?;
            self.respects_pin(scope, &verdict)?;
        }
        if !is_harmless_in_transaction(sql) {
            reads_only(&verdict, node)?;
        }
        let bind_reason = match (&scope.bind, &verdict.target) {
            (Some(_), _) => Some(BindReason::Handle),
            (None, Ok(target)) if target.reason == BindReason::NoTable => {
                Some(BindReason::Transaction)
            }
            (None, _) => None,
        };
        Ok(Decision {
            node: node.clone(),
            verdict,
            node_reason: NodeReason::Transaction,
            bind_reason,
            behind: None,
            is_held: false,
            failed: 0,
        })
    }

    /// Where a statement of a transaction over several binds belongs; `None` if it names no table.
    pub(crate) fn transaction_target(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<Option<Target>, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        self.respects_pin(scope, &verdict)?;
        let target = verdict.target.clone()?;
        Ok((target.reason != BindReason::NoTable).then_some(target))
    }

    /// The bind of a transaction whose first statement is `sql`.
    pub(crate) fn transaction_bind(
        &self,
        scope: &Scope,
        backend: DbBackend,
        sql: &str,
    ) -> Result<BindName, RoutingError> {
        let verdict = self.verdicts.of(backend, sql);
        self.respects_pin(scope, &verdict)?;
        Ok(verdict.target.clone()?.bind)
    }

    /// The node on which a transaction of `bind` opens.
    ///
    /// Unless the handle pins it or it is read-only, that is the master: a transaction that begins with a
    /// read may write next. `failed` is a node on which it could not begin.
    pub(crate) fn begin_on(
        &self,
        scope: &Scope,
        bind: &BindName,
        read_only: bool,
        failed: Option<&Arc<Node>>,
    ) -> Result<Arc<Node>, RoutingError> {
        let topology = self.topology.load();
        let bind = topology.require(bind)?;
        match &scope.node {
            NodeScope::Named(name) => {
                if !read_only {
                    one_master(bind)?;
                }
                Ok(bind.node(name)?.clone())
            }
            NodeScope::Slave => self.slave(bind, Turn::Take).cloned(),
            NodeScope::Split if read_only => {
                let read = Read {
                    scope,
                    tables: &[],
                    turn: Turn::Take,
                    avoid: failed,
                };
                self.reader(bind, read).map(|placed| placed.node)
            }
            NodeScope::Split | NodeScope::Master => {
                self.is_up(bind)?;
                Ok(bind.master.clone())
            }
        }
    }

    /// The bind that every statement of the scope will run on, where that is known beforehand.
    pub(crate) fn certain_bind(&self, scope: &Scope) -> Option<BindName> {
        let only = || self.topology.load().only().map(|bind| bind.name.clone());
        scope.bind.clone().or_else(only)
    }

    /// Refuses a write of an entity that is pinned to a slave, unless the handle says otherwise.
    fn respects_pin(&self, scope: &Scope, verdict: &Verdict) -> Result<(), RoutingError> {
        let Ok(Target {
            bind,
            pin: Some(pin),
            ..
        }) = &verdict.target
        else {
            return Ok(());
        };
        if scope.node != NodeScope::Split {
            return Ok(());
        }
        let topology = self.topology.load();
        reads_only(verdict, topology.require(bind)?.node(pin)?)
    }
}

/// Refuses a statement of another bind than the transaction's.
fn belongs(verdict: &Verdict, open: &BindName) -> Result<(), RoutingError> {
    let target = verdict.target.as_ref().map_err(Clone::clone)?;
    if target.bind == *open || target.reason == BindReason::NoTable {
        return Ok(());
    }
    Err(RoutingError::OtherTransaction {
        open: open.to_string(),
        wanted: target.bind.to_string(),
        reason: target.reason.to_string(),
    })
}

/// What a transaction on a slave may do beside reading: it ends with the transaction and takes no part in the
/// server's decision what is read-only.
fn is_harmless_in_transaction(sql: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "SAVEPOINT",
        "RELEASE",
        "ROLLBACK TO",
        "DECLARE",
        "FETCH",
        "MOVE",
        "CLOSE",
        "SET LOCAL",
    ];
    let sql = sql.trim_start();
    let begins = |command: &&&str| {
        sql.get(..command.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(command))
    };
    let alone = !sql.trim_end().trim_end_matches(';').contains(';');
    alone
        && COMMANDS.iter().any(|command| begins(&command))
        && !sql.to_ascii_lowercase().contains("read")
}
