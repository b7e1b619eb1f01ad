use std::{fmt::Display, time::Duration};

use sea_orm::DbErr;
use thiserror::Error;

use crate::{classify::Reason, names::BindName};

/// What a statement, a handle or a transaction met on its route, beside the driver's own errors.
///
/// Most say that there is no route, and nothing was sent to any server. These were met later:
///
/// | errors | what has been sent |
/// |---|---|
/// | [`NodeDown`](Self::NodeDown) | a read, or a part of a transaction on a slave, whose answer is lost |
/// | [`SlaveSetBack`](Self::SlaveSetBack) | a read, whose answer may be too old |
/// | [`MasterChanged`](Self::MasterChanged) | a write may have happened on the old master alone |
/// | [`PartlyCommitted`](Self::PartlyCommitted) | COMMIT: some binds have committed |
/// | [`Unfinished`](Self::Unfinished) | COMMIT: the transaction is committed, and some binds do not show it yet |
/// | [`Undecided`](Self::Undecided) | COMMIT: one bind alone knows whether it happened |
/// | [`NotCommitted`](Self::NotCommitted) | all but COMMIT, or a COMMIT that did not happen |
/// | [`OtherTransaction`](Self::OtherTransaction), [`NestedOpen`](Self::NestedOpen) | what the transaction ran before |
/// | [`StillOpen`](Self::StillOpen), [`Closing`](Self::Closing) | the work that closing waited for |
///
/// [`may_have_happened`](Self::may_have_happened) tells whether a write must not simply be repeated.
///
/// It reaches SeaORM's callers as a [`DbErr`]; [`RoutingError::of`] finds it there again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// No bind or node has this key: correct it, or add the bind to binds.yaml.
    #[error("unknown bind key `{key}`; known are {}", quoted(known))]
    #[non_exhaustive]
    UnknownKey {
        /// The key that was asked for.
        key: String,
        /// Some keys that would have been understood, ten at most, and none of a group's shards.
        known: Vec<String>,
    },
    /// One statement, two databases: split it into one query per bind (a loader does that), or give the
    /// handle of the bind that has all its tables.
    #[error(
        "statement names tables of two binds: `{first_table}` in `{first_bind}`, `{second_table}` in `{second_bind}`"
    )]
    #[non_exhaustive]
    TwoBinds {
        /// A table of the statement.
        first_table: String,
        /// Its bind or node.
        first_bind: String,
        /// Another table of the statement.
        second_table: String,
        /// Its bind or node.
        second_bind: String,
    },
    /// The text alone can't tell which of several entities is meant: use `db.entity::<E>()` or `db.bind(key)`.
    #[error(
        "table `{table}` is on more than one bind: {}; use `db.entity::<E>()` or `db.bind(key)`",
        quoted(keys)
    )]
    #[non_exhaustive]
    AmbiguousTable {
        /// The table of the statement.
        table: String,
        /// The bind keys that claim it.
        keys: Vec<String>,
    },
    /// A table of this name has a bind key or is listed, but under another schema, and nobody said which schema the
    /// connections look in: name the schema, list the table under its bind's `tables`, or use `db.bind(key)`.
    #[error(
        "table `{table}` may be `{other}` of `{key}` or a table of the default bind; name its schema, list it under \
         `tables`, or use `db.bind(key)`"
    )]
    #[non_exhaustive]
    UnclearSchema {
        /// The table as the statement names it.
        table: String,
        /// The table that has the key or is listed.
        other: String,
        /// The bind or node of that table.
        key: String,
    },
    /// The object that the statement is about, such as an index or a sequence, is on several binds, and no table tells
    /// which is meant: use `db.bind(key)`.
    #[error(
        "{object} is on more than one bind: {}; use `db.bind(key)`",
        quoted(binds)
    )]
    #[non_exhaustive]
    AmbiguousObject {
        /// The object, with what it is.
        object: String,
        /// The binds that have it.
        binds: Vec<BindName>,
    },
    /// Nobody knows which bind has the object that the statement is about: a route can't ask, the statement itself
    /// can; or a bind did not answer, and none of the others has it. Use `db.bind(key)`, or try again.
    #[error(
        "binds were not asked for {object}, or did not answer{}; use `db.bind(key)`",
        listed(binds)
    )]
    #[non_exhaustive]
    UnaskedObject {
        /// The object, with what it is.
        object: String,
        /// The binds that did not answer.
        binds: Vec<String>,
    },
    /// The statement is not a proven read, and its handle or entity is pinned to a slave: use the
    /// bind's master.
    #[error("write on slave `{node}`: {reason}; only reads can run there")]
    #[non_exhaustive]
    WriteOnSlave {
        /// The bind and slave.
        node: String,
        /// Why the statement is not a read.
        reason: Reason,
    },
    /// The statement is not a proven read, and its handle is one of
    /// [`preventing_writes`](crate::RoutingDatabase::preventing_writes), or the scope around is: use another handle.
    #[error("write prevented: {reason}; only reads are let through here")]
    #[non_exhaustive]
    WritePrevented {
        /// Why the statement is not a read.
        reason: Reason,
    },
    /// The entity's bind key names a group of binds, and neither the handle nor the scope around says which of its shards is meant.
    /// Nothing was sent: use a handle of [`shard`](crate::RoutingDatabase::shard), or its scope.
    #[error(
        "`{table}` is on a shard of group `{group}`, and none was named; use `db.shard(\"{group}\", key)`"
    )]
    #[non_exhaustive]
    NoShard {
        /// The table of the statement, or the object that it is about, with what that is.
        table: String,
        /// The group.
        group: BindName,
    },
    /// There is no group of that name: correct the name, or add the group's shards or a template.
    #[error("unknown group `{group}`; known are {}", quoted(known))]
    #[non_exhaustive]
    UnknownGroup {
        /// The name, without characters that a log would take for something else.
        group: String,
        /// The groups that there are.
        known: Vec<String>,
    },
    /// The key is on a shard that the group does not have: add the shard, or correct the resolver.
    #[error("key `{key}` is on shard `{shard}`, and group `{group}` has no such shard")]
    #[non_exhaustive]
    UnknownShard {
        /// The group.
        group: String,
        /// The key, without characters that a log would take for something else.
        key: String,
        /// The shard, likewise.
        shard: String,
    },
    /// Nobody could say which shard the key is on: see the reason.
    #[error("key `{key}` is on no known shard of group `{group}`: {reason}")]
    #[non_exhaustive]
    UnresolvedShard {
        /// The group.
        group: String,
        /// The key, without characters that a log would take for something else.
        key: String,
        /// What the resolver said.
        reason: String,
    },
    /// The shard's bind could not be made of its group's template: see the reason.
    #[error("shard `{shard}` of group `{group}` can't be opened: {reason}")]
    #[non_exhaustive]
    UnopenedShard {
        /// The group.
        group: String,
        /// The shard.
        shard: String,
        /// What is wrong.
        reason: String,
    },
    /// The application's rule has refused the statement, and nothing was sent: see [`rule`](crate::rule).
    #[error("rule `{rule}` refuses the statement: {reason}")]
    #[non_exhaustive]
    RuledOut {
        /// The rule.
        rule: String,
        /// Its reason.
        reason: String,
    },
    /// The application's rule names a bind key that no bind has, and nothing was sent: correct the rule, or add the bind.
    #[error(
        "rule `{rule}` names unknown bind key `{key}`; known are {}",
        quoted(known)
    )]
    #[non_exhaustive]
    RuledNowhere {
        /// The rule.
        rule: String,
        /// The bind key that it has named.
        key: String,
        /// Some of the binds that there are, as with [`UnknownKey`](Self::UnknownKey).
        known: Vec<BindName>,
    },
    /// The closure of `SessionLayer::handle` (feature `tower`) gave a handle of another database: make it from the handle that the
    /// closure is given.
    #[error("the request's handle belongs to another database")]
    OtherDatabase,
    /// No slave can serve the read, and the master must not. Either `db.slave()` asked for a slave, and the bind has none in rotation.
    /// Or no slave is well and close enough behind the master, and `on_no_slave` or `max_master_reads` spares the master.
    #[error("bind `{bind}` has no slave that can serve the read")]
    #[non_exhaustive]
    NoSlave {
        /// The bind.
        bind: BindName,
    },
    /// Every node that may serve the read has all of its connections at work. So many reads wait already that this read's
    /// turn would not come in time, or has not come. Nothing was sent: send the read again later, or give the pools more
    /// connections.
    #[error("bind `{bind}` is overloaded: {waiting} reads wait for a connection")]
    #[non_exhaustive]
    Overloaded {
        /// The bind.
        bind: BindName,
        /// How many wait.
        waiting: u32,
    },
    /// All connections that the pools of all binds may have together are at work, and none came free as long as the node's
    /// `acquire_timeout` allows: nothing was sent. Send it again later, hold fewer transactions and streams open at once, or
    /// raise `connection_budget`.
    #[error(
        "no connection for `{node}` within {waited:?}: all {most} of `connection_budget` are at work"
    )]
    #[non_exhaustive]
    OutOfConnections {
        /// The bind and node.
        node: String,
        /// How many there may be.
        most: u32,
        /// How long it was waited for one.
        waited: Duration,
    },
    /// These slaves are not known to hold what this process has written: wait longer, or look in `status()` for the reason.
    #[error("slaves are behind: {}", quoted(slaves))]
    #[non_exhaustive]
    SlavesBehind {
        /// The binds and slaves.
        slaves: Vec<String>,
    },
    /// The master does not answer, and nothing was sent: try again later. Reads go on as far as slaves may serve
    /// them.
    #[error("master `{node}` is down: {fault}")]
    #[non_exhaustive]
    MasterDown {
        /// The bind and node.
        node: String,
        /// What was met there.
        fault: String,
    },
    /// The provider of credentials fails, and the credentials that it gave before have ended. Nothing was sent: see the
    /// reason.
    #[error("node `{node}` has no credentials to connect with: {reason}")]
    #[non_exhaustive]
    NoCredentials {
        /// The bind and node.
        node: String,
        /// What the provider said.
        reason: String,
    },
    /// A pooler that shares sessions stands before the node, so the node's `schema_search_path` can't be set. Nothing was
    /// sent: write `pooler: session` if the pooler gives each client a session of its own, else set the path by
    /// `ALTER ROLE … SET search_path`. See [the guide](crate::guide::deployment).
    #[error(
        "`schema_search_path` of node `{node}` can't be set behind a pooler that shares sessions: write `pooler: session` if the \
         pooler shares none, else set the path by `ALTER ROLE … SET search_path`"
    )]
    #[non_exhaustive]
    SharedSessions {
        /// The bind and node.
        node: String,
    },
    /// The master takes writes, but the session refused this write as read-only, so nothing happened. Either a client has left
    /// that setting on a session that a pooler shares, or the role, the database or the server has the setting. See
    /// [the guide](crate::guide::deployment).
    #[error(
        "session of master `{node}` is read-only, although the server takes writes: a setting that somebody left behind a \
         pooler, or `default_transaction_read_only` (PostgreSQL) or `transaction_read_only` (MySQL, MariaDB) of the role, the \
         database or the server"
    )]
    #[non_exhaustive]
    ReadOnlySession {
        /// The bind and node.
        node: String,
        /// What the server said.
        source: DbErr,
    },
    /// Several nodes take writes, and none has come further than the others. Nothing was sent, as a write to either may be lost:
    /// make all nodes but one read-only.
    #[error("bind `{bind}` has more than one master")]
    #[non_exhaustive]
    TwoMasters {
        /// The bind.
        bind: BindName,
    },
    /// Another node has become the master meanwhile (*failover*). A transaction was rolled back, or will be: begin it again. A
    /// single write may have happened on the old master alone, and is then lost: look whether it is there.
    #[error("statement was sent to `{node}`, which is no longer the master")]
    #[non_exhaustive]
    MasterChanged {
        /// The bind and node.
        node: String,
    },
    /// The slave stopped answering. Either a read ran there that no other node could serve, or a transaction or a
    /// stream was open there: begin that work again.
    #[error("slave `{node}` stopped answering")]
    #[non_exhaustive]
    NodeDown {
        /// The bind and node.
        node: String,
    },
    /// The slave was found to hold less than was known when it was chosen, and no other node could serve the read:
    /// send the read again.
    #[error("slave `{node}` holds less than it was known to hold")]
    #[non_exhaustive]
    SlaveSetBack {
        /// The bind and node.
        node: String,
    },
    /// SeaORM built the statement for the handle's backend before the route was known, and the bind of the statement's
    /// tables has another backend: use the handle that the message names.
    #[error(
        "statement was built for {built_for}, and bind `{bind}` is {backend}; use `db.bind(\"{bind}\")`"
    )]
    #[non_exhaustive]
    OtherBackend {
        /// The bind of the statement's tables.
        bind: BindName,
        /// The bind's backend.
        backend: &'static str,
        /// The backend that the statement was built for.
        built_for: &'static str,
    },
    /// A transaction belongs to one bind, and the statement belongs to another: run the statement outside the transaction, or in a
    /// transaction of its own bind, or begin a transaction over both ([`begin_across`](crate::RoutingDatabase::begin_across)).
    #[error(
        "transaction is open on bind `{open}`, and the statement belongs to bind `{wanted}`: {reason}"
    )]
    #[non_exhaustive]
    OtherTransaction {
        /// The bind that the transaction was opened on.
        open: String,
        /// The bind of the statement's tables.
        wanted: String,
        /// Why the statement belongs there.
        reason: String,
    },
    /// The node was closed, and some of its work has not ended in time. The connections of that work are closed when the work ends.
    #[error(
        "node `{node}` still has work in flight: {in_flight}; connections that have not come back: {connections}"
    )]
    #[non_exhaustive]
    StillOpen {
        /// The bind and node.
        node: String,
        /// Statements, streams and transactions that have not ended.
        in_flight: u64,
        /// Connections that have not come back to the pool: those of the work in flight, and those that the application
        /// got from an executor or a pool of the driver.
        connections: u32,
    },
    /// The slave that shall be removed has become the master: make another node the master first.
    #[error("node `{node}` is the master now, and can't be removed")]
    #[non_exhaustive]
    IsMaster {
        /// The bind and node.
        node: String,
    },
    /// The handle was closed, with all its clones: connect again for a handle that can be changed.
    #[error("database is closed")]
    Closed,
    /// A pool could not be closed; the log has more.
    #[error("a pool could not be closed: {reason}")]
    #[non_exhaustive]
    Closing {
        /// What the driver said.
        reason: String,
    },
    /// A transaction over several binds can't include this bind: correct the list.
    #[error("bind `{bind}` can't be part of the transaction: {reason}")]
    #[non_exhaustive]
    UnfitForTransaction {
        /// The bind key that was given.
        bind: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The first bind of a two-phase transaction needs a table, and has none, or the table was made anew meanwhile. Nothing was
    /// committed: see [`create_decision_table`](crate::two_phase::create_decision_table).
    #[error("bind `{bind}` has no table `sea_orm_routing_decision`, or another one than before")]
    #[non_exhaustive]
    NoDecisionTable {
        /// The first bind.
        bind: BindName,
    },
    /// Some binds of an [`InOrder`](crate::Atomicity::InOrder) transaction have committed, or the first one may have, and
    /// others have not: undo or repeat by hand what the application needs.
    #[error(
        "transaction was committed on {} and failed on `{failed}`",
        quoted(committed)
    )]
    #[non_exhaustive]
    PartlyCommitted {
        /// Those that have committed; none where the answer to the first COMMIT was lost.
        committed: Vec<BindName>,
        /// The first that has not, unless its COMMIT's answer alone was lost; those behind it have not.
        failed: BindName,
        /// What that bind said.
        source: DbErr,
    },
    /// The transaction has been committed on no bind, though the error that ended it would not say so: begin it again.
    /// `recover_prepared` rolls back what a bind may still hold prepared.
    #[error("transaction was not committed on any bind, because of `{bind}`")]
    #[non_exhaustive]
    NotCommitted {
        /// The bind that failed.
        bind: BindName,
        /// What it said. That of a duplicate key tells that `recover_prepared` was faster.
        source: DbErr,
    },
    /// The transaction was committed, but some binds do not show it yet: call `recover_prepared` when they answer
    /// again. Do not repeat it.
    #[error(
        "transaction was committed, and {} will show it after `recover_prepared`",
        quoted(binds)
    )]
    #[non_exhaustive]
    Unfinished {
        /// The binds that do not show it.
        binds: Vec<BindName>,
        /// What the first of them said.
        source: DbErr,
    },
    /// The bind that decides whether the transaction was committed does not answer any more. When the bind answers again, call
    /// `recover_prepared`, which ends the transaction on all binds as decided.
    #[error("bind `{bind}` alone knows whether the transaction was committed, and does not answer")]
    #[non_exhaustive]
    Undecided {
        /// The first bind.
        bind: BindName,
        /// What it said.
        source: DbErr,
    },
    /// Commit or roll back the nested transaction first; this one was left to roll back.
    #[error("transaction has a nested transaction that is still open")]
    NestedOpen,
}

impl RoutingError {
    /// The bind that can't serve the statement, where the error is about one.
    pub(crate) fn bind(&self) -> Option<&BindName> {
        match self {
            Self::NoSlave { bind }
            | Self::Overloaded { bind, .. }
            | Self::TwoMasters { bind }
            | Self::OtherBackend { bind, .. } => Some(bind),
            _ => None,
        }
    }

    pub(crate) fn closing(error: DbErr) -> Self {
        Self::of(&error).cloned().unwrap_or_else(|| Self::Closing {
            reason: error.to_string(),
        })
    }

    pub(crate) fn not_committed(bind: &BindName, source: DbErr) -> Self {
        let bind = bind.clone();
        Self::NotCommitted { bind, source }
    }
}

fn quoted(names: &[impl Display]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "no bind for certain".to_owned(),
        false => names.join(", "),
    }
}

fn listed(binds: &[String]) -> String {
    match binds {
        [] => String::new(),
        binds => format!(": {}", quoted(binds)),
    }
}
