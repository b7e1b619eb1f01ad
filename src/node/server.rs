use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, metric};
use tokio::{sync::Notify, time::timeout};
use tracing::{info, warn};

use super::{Change, Health, Opener, Replication};
use crate::{
    classify::Access,
    error::{ConnectError, RoutingError},
    freshness::Freshness,
    names::{BindName, NodeName},
};

/// How long closing waits for work in flight: as long as an orchestrator gives a process to end, and some.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a node does for its bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Takes the writes, and the reads that no slave may serve.
    Master,
    /// Takes reads only.
    Slave,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Slave => "slave",
        })
    }
}

/// One server of a bind, behind one pool.
#[derive(Debug)]
pub(crate) struct Node {
    identity: Arc<Identity>,
    pub(crate) role: Role,
    pub(crate) connection: DatabaseConnection,
    /// The dialect; SeaORM's `Disconnected` placeholder has none.
    pub(crate) backend: Option<DbBackend>,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) health: Arc<Health>,
    pub(crate) replication: Arc<Replication>,
    counts: Arc<Counts>,
    callback: Option<Callback>,
    /// Whether the pool has been replaced, so that what still runs there must not be trusted.
    retired: Arc<Retirement>,
}

/// What stays the same of a node, whatever its role and its pool.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) bind: BindName,
    pub(crate) name: NodeName,
    /// Share of the bind's reads; 0 keeps a slave out of the rotation.
    pub(crate) weight: u32,
    pub(crate) opener: Arc<dyn Opener>,
}

/// Reads the fields of its identity as its own.
impl Deref for Node {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

#[derive(Debug, Default)]
struct Retirement {
    has_come: AtomicBool,
    comes: Notify,
}

/// What is called after each statement, with the key of its node.
#[derive(Clone)]
pub(crate) struct Callback(Arc<Call>);

type Call = dyn Fn(&str, &metric::Info<'_>) + Send + Sync;

impl Callback {
    pub(crate) fn new(call: impl Fn(&str, &metric::Info<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
    in_flight: AtomicU64,
    ended: AtomicU64,
    idle: Notify,
    last_error: Mutex<Option<String>>,
}

impl Node {
    pub(crate) fn new(
        identity: Identity,
        role: Role,
        connection: DatabaseConnection,
        replication: Arc<Replication>,
    ) -> Self {
        Self {
            identity: Arc::new(identity),
            role,
            backend: backend(&connection),
            connection,
            freshness: Arc::new(Freshness::new(replication.source)),
            health: Arc::default(),
            replication,
            counts: Arc::default(),
            callback: None,
            retired: Arc::default(),
        }
    }

    /// The same node, and a callback for each statement.
    pub(crate) fn with_callback(&self, callback: &Callback) -> Self {
        let mut connection = self.connection.clone();
        let (called, key) = (callback.clone(), self.key());
        connection.set_metric_callback(move |info| (called.0)(&key, info));
        Self {
            connection,
            callback: Some(callback.clone()),
            ..self.shared()
        }
    }

    /// Whether that is called after each of its statements.
    pub(super) fn calls(&self, callback: &Callback) -> bool {
        let own = self.callback.as_ref();
        own.is_some_and(|own| Arc::ptr_eq(&own.0, &callback.0))
    }

    /// Its connection, which calls `note` after each statement, and then the node's own callback.
    pub(crate) fn lend(
        &self,
        note: impl Fn(&metric::Info<'_>) + Send + Sync + 'static,
    ) -> DatabaseConnection {
        let mut connection = self.connection.clone();
        let (callback, key) = (self.callback.clone(), self.key());
        connection.set_metric_callback(move |info| {
            note(info);
            if let Some(callback) = &callback {
                (callback.0)(&key, info);
            }
        });
        connection
    }

    /// The same node in another role, behind a new pool.
    ///
    /// # Errors
    /// What its opener says.
    pub(crate) async fn reopened(&self, role: Role) -> Result<Self, ConnectError> {
        let node = Self {
            role,
            connection: self.opener.open(role).await?,
            freshness: Arc::new(Freshness::new(self.replication.source)),
            retired: Arc::default(),
            ..self.shared()
        };
        Ok(match &self.callback {
            Some(callback) => node.with_callback(callback),
            None => node,
        })
    }

    /// The same server and pool under other options.
    pub(crate) fn with(&self, identity: Identity, replication: Arc<Replication>) -> Self {
        let is_like = replication.source == self.replication.source;
        let freshness = match is_like {
            true => self.freshness.clone(),
            false => Arc::new(Freshness::new(replication.source)),
        };
        Self {
            identity: Arc::new(identity),
            freshness,
            replication,
            ..self.shared()
        }
    }

    pub(crate) fn shares_pool_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.retired, &other.retired)
    }

    /// Whether both are the same server, whatever its pool and role are.
    pub(crate) fn is_server_of(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.opener), Arc::as_ptr(&other.opener))
    }

    fn shared(&self) -> Self {
        Self {
            identity: self.identity.clone(),
            role: self.role,
            connection: self.connection.clone(),
            backend: self.backend,
            freshness: self.freshness.clone(),
            health: self.health.clone(),
            replication: self.replication.clone(),
            counts: self.counts.clone(),
            callback: self.callback.clone(),
            retired: self.retired.clone(),
        }
    }

    /// What is open at this pool must not be trusted any more.
    pub(crate) fn retire(&self) {
        self.retired.has_come.store(true, Ordering::Release);
        self.retired.comes.notify_waiters();
        self.close_pool();
    }

    /// Nothing begins at this pool any more; what is open there may end. A pool that was given is left open: its owner
    /// may need it.
    pub(crate) fn close_pool(&self) {
        if self.opener.opens_anew() {
            let pool = self.connection.clone();
            tokio::spawn(async move { pool.close_by_ref().await });
        }
    }

    /// Closes the pool, and waits for work in flight, but not for ever; cancel safe: what was begun goes on.
    ///
    /// # Errors
    /// The driver's, or [`RoutingError::StillOpen`].
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let pool = self.connection.clone();
        // On its own: idle connections are closed after the last one that works, whoever still waits for that.
        let closing = tokio::spawn(async move { pool.close_by_ref().await });
        match timeout(PATIENCE, closing).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(DbErr::Custom(error.to_string())),
            Err(_) => Err(RoutingError::StillOpen {
                node: self.key(),
                in_flight: self.in_flight(),
            }
            .into()),
        }
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.has_come.load(Ordering::Acquire)
    }

    /// Waits until the pool must not be trusted any more; cancel safe.
    pub(crate) async fn retirement(&self) {
        let comes = self.retired.comes.notified();
        if !self.is_retired() {
            comes.await;
        }
    }

    /// The bind key that pins to this node.
    pub(crate) fn key(&self) -> String {
        format!("{}.{}", self.bind, self.name)
    }

    /// Notes that a statement was sent here.
    pub(crate) fn count(&self, access: Access) {
        match access {
            Access::Read => &self.counts.reads,
            Access::Write => &self.counts.writes,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a statement was refused here as a write.
    pub(crate) fn count_refusal(&self) {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn begin_work(&self) {
        self.counts.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_work(&self) {
        if self.counts.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.counts.idle.notify_waiters();
        }
        self.counts.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until nothing is in flight; cancel safe.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.counts.idle.notified();
            if self.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Statements, streams and transactions that have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.counts.ended.load(Ordering::Relaxed)
    }

    /// Statements, streams and transactions that have not ended.
    pub(crate) fn in_flight(&self) -> u64 {
        self.counts.in_flight.load(Ordering::Acquire)
    }

    /// Notes what the monitor met here; true if that is news.
    pub(crate) fn note_error(&self, error: Option<String>) -> bool {
        let mut last = self.counts.last_error.lock();
        let is_news = *last != error;
        *last = error;
        is_news
    }

    /// Logs that it is down or back up: one line per change, not per statement.
    pub(crate) fn note_change(&self, change: Option<Change>) {
        match change {
            Some(Change::WentDown { fault, pause }) => warn!(
                bind = %self.bind, node = %self.name, role = %self.role, %fault, ?pause,
                "the node is down"
            ),
            Some(Change::CameBackUp) => {
                info!(bind = %self.bind, node = %self.name, role = %self.role, "the node is back up");
            }
            None => {}
        }
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        let last = self.counts.last_error.lock();
        last.clone()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn reads(&self) -> u64 {
        self.counts.reads.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.counts.writes.load(Ordering::Relaxed)
    }
}

/// The dialect of a connection; SeaORM's `Disconnected` placeholder has none, and panics when asked.
pub(crate) fn backend(connection: &DatabaseConnection) -> Option<DbBackend> {
    let connected = !matches!(connection.inner, DatabaseConnectionType::Disconnected);
    connected.then(|| connection.get_database_backend())
}

#[cfg(test)]
pub(crate) fn test_policy() -> super::Policy {
    use std::time::Duration;

    super::Policy {
        consistency: crate::session::Consistency::default(),
        max_lag: Duration::from_secs(10),
        readmit_lag: Duration::from_secs(5),
        wait: Duration::ZERO,
        on_no_slave: crate::config::OnNoSlave::default(),
        max_master_reads: None,
        roles: crate::config::Roles::Fixed,
        hold_writes: Duration::ZERO,
    }
}

#[cfg(test)]
pub(crate) fn test_node(name: &str, weight: u32) -> Node {
    test_node_as(name, Role::Slave, weight)
}

#[cfg(test)]
pub(crate) fn test_node_as(name: &str, role: Role, weight: u32) -> Node {
    test_node_by(name, role, weight, crate::freshness::Source::Shared)
}

#[cfg(test)]
pub(crate) fn test_node_by(
    name: &str,
    role: Role,
    weight: u32,
    source: crate::freshness::Source,
) -> Node {
    let replication = Arc::new(Replication::new(test_policy(), source, false));
    let connection = DatabaseConnection::default();
    let identity = Identity {
        bind: "b".into(),
        name: name.into(),
        weight,
        opener: Arc::new(super::Given(connection.clone())),
    };
    Node::new(identity, role, connection, replication)
}
