use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::{DatabaseConnection, DatabaseConnectionType, DbBackend};

use crate::{
    bind::{BindName, NodeName},
    classify::Access,
};

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
    pub(crate) bind: BindName,
    pub(crate) name: NodeName,
    pub(crate) role: Role,
    /// Share of the bind's reads; 0 keeps a slave out of the rotation.
    pub(crate) weight: u32,
    pub(crate) connection: DatabaseConnection,
    /// The dialect; SeaORM's `Disconnected` placeholder has none.
    pub(crate) backend: Option<DbBackend>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
}

impl Node {
    pub(crate) fn new(
        bind: BindName,
        name: NodeName,
        role: Role,
        weight: u32,
        connection: DatabaseConnection,
    ) -> Self {
        Self {
            bind,
            name,
            role,
            weight,
            backend: backend(&connection),
            connection,
            counts: Arc::default(),
        }
    }

    /// The same node behind another connection, counting on.
    pub(crate) fn with_connection(&self, connection: DatabaseConnection) -> Self {
        Self {
            bind: self.bind.clone(),
            name: self.name.clone(),
            role: self.role,
            weight: self.weight,
            backend: backend(&connection),
            connection,
            counts: self.counts.clone(),
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
