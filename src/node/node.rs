use std::sync::{Arc, OnceLock};

use sea_orm::{DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr};
use tokio::{runtime::Handle, time::sleep};
use tracing::{info, warn};

use super::{
    Acquaintance, Allowance, Callback, Change, Counters, Entry, Health, Identity, Lending, Load,
    Opener, Pooling, Protection, Renewal, Replication, Role, exhaustion::Exhaustion,
    lending::Purpose, lodging::Lodgers, renewal::SWEEPS, retirement::Retirement,
};
use crate::{
    credentials::Login,
    driver::{
        Capacity, Channel, Outfit, Outfits, capacity, close_idle, has_read_only_transactions,
        open_one,
    },
    error::{ConnectError, RoutingError},
    events::NODE,
    freshness::{Freshness, Moment},
    names::{BindName, NodeName},
    tally::{Tallies, Turn},
};

/// One server of a bind, behind one pool. A clone is the same node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) bind: BindName,
    pub(crate) name: NodeName,
    /// Share of the bind's reads; 0 keeps a slave out of the rotation.
    pub(crate) weight: u32,
    pub(crate) role: Role,
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) connection: DatabaseConnection,
    /// The dialect; SeaORM's `Disconnected` placeholder has none.
    pub(crate) backend: Option<DbBackend>,
    pub(crate) freshness: Arc<Freshness>,
    /// That of the opener's pools.
    pub(crate) acquaintance: Arc<Acquaintance>,
    pub(crate) health: Arc<Health>,
    pub(crate) replication: Arc<Replication>,
    pub(crate) counters: Arc<Counters>,
    /// What is told of it in metrics.
    pub(crate) tallies: Arc<Tallies>,
    pub(super) entry: Arc<Entry>,
    pub(crate) load: Arc<Load>,
    pub(super) protection: Arc<Protection>,
    pub(super) callback: Option<Callback>,
    /// Its connection for code of which nothing else is seen.
    pub(super) lent: OnceLock<DatabaseConnection>,
    /// What goes on there.
    pub(crate) lent_executors: Arc<Lending>,
    /// What goes on over connections that were lent to who keeps them.
    pub(crate) lent_connections: Arc<Lending>,
    /// That of the opener's pools.
    pub(super) renewal: Arc<Renewal>,
    /// That of the opener's pools.
    pub(crate) login: Option<Arc<Login>>,
    /// That too.
    pub(super) pooling: Arc<Pooling>,
    /// That of the pool.
    pub(super) retirement: Arc<Retirement>,
    /// That of the pool.
    pub(super) capacity: Option<Capacity>,
    /// That of the pool.
    pub(super) exhaustion: Arc<Exhaustion>,
    /// That of the pool, once it takes part in what all pools may have.
    pub(super) allowance: Arc<OnceLock<Arc<Allowance>>>,
    /// That of the opener's pools.
    pub(crate) outfits: Option<Arc<Outfits>>,
    /// What its statements need to be set, where that is not the same for all that is sent there.
    pub(crate) outfit: Option<Arc<Outfit>>,
    /// Whether its pools are another bind's.
    pub(crate) is_lodger: bool,
    /// What was lent of those that lodge there; that of the pool.
    pub(super) lodgers: Arc<Lodgers>,
}

impl Node {
    pub(crate) fn new(
        identity: Identity,
        role: Role,
        connection: DatabaseConnection,
        replication: Arc<Replication>,
    ) -> Self {
        let Identity {
            bind,
            name,
            weight,
            opener,
        } = identity;
        let acquaintance = opener.acquaintance();
        let outfits = opener.outfits();
        let freshness = Arc::new(Freshness::new(replication.source));
        acquaintance.attach(role, &freshness, &replication);
        Self {
            bind,
            name,
            weight,
            role,
            renewal: opener.renewal(),
            login: opener.login(),
            pooling: opener.pooling(),
            opener,
            backend: backend(&connection),
            capacity: capacity(&connection),
            connection,
            freshness,
            acquaintance,
            health: Arc::default(),
            lent_executors: Lending::new(&replication.memory, Purpose::Definitions),
            lent_connections: Lending::new(&replication.memory, Purpose::Statements),
            replication,
            counters: Arc::default(),
            tallies: Arc::default(),
            entry: Arc::default(),
            load: Arc::default(),
            protection: Arc::default(),
            callback: None,
            lent: OnceLock::new(),
            retirement: Arc::default(),
            exhaustion: Arc::default(),
            allowance: Arc::default(),
            outfit: outfits.as_ref().map(|outfits| outfits.base.clone()),
            outfits,
            is_lodger: false,
            lodgers: Arc::default(),
        }
    }

    /// The same node, and a callback for each statement.
    pub(crate) fn with_callback(&self, callback: &Callback) -> Self {
        let mut connection = self.connection.clone();
        let (called, key) = (callback.clone(), self.key());
        connection.set_metric_callback(move |info| called.call(&key, info));
        Self {
            connection,
            callback: Some(callback.clone()),
            lent: OnceLock::new(),
            ..self.clone()
        }
    }

    /// The way of its statements. Of a pool that was given it can't be known whether something is called after each.
    pub(crate) fn channel(&self) -> Channel<'_> {
        let is_ours = self.opener.opens_anew();
        let channel = Channel::new(&self.connection, is_ours && self.callback.is_none());
        let channel = match self.is_unprotected() {
            true => channel.guarded(),
            false => channel,
        };
        let channel = channel.of_slave(self.role == Role::Slave);
        self.fitted(channel)
    }

    /// The way of statements of ours over a connection that is the node's, and none of the application's.
    pub(crate) fn channel_over<'c>(&self, connection: &'c DatabaseConnection) -> Channel<'c> {
        self.fitted(Channel::new(connection, false))
    }

    fn fitted<'c>(&self, channel: Channel<'c>) -> Channel<'c> {
        let channel = match self.splits_statements() {
            true => channel.alone(),
            false => channel,
        };
        match &self.outfit {
            Some(outfit) => channel.wearing(outfit.clone(), false, self.wears_locally()),
            None => channel,
        }
    }

    /// The way of a statement that needs this to be set, which it leaves as it was if that `is_kept`.
    pub(crate) fn channel_in(&self, outfit: Arc<Outfit>, is_kept: bool) -> Channel<'_> {
        self.channel()
            .wearing(outfit, is_kept, self.wears_locally())
    }

    /// Whether what its statements need can be set for a transaction alone, as others share the sessions.
    pub(crate) fn wears_locally(&self) -> bool {
        self.pooling.is_shared()
    }

    /// Whether two messages of one statement may reach two sessions, unless they are of one transaction.
    pub(crate) fn splits_statements(&self) -> bool {
        self.pooling.splits_statements()
    }

    /// Whether what its address leads to is a pooler, as far as is known.
    pub(crate) fn is_behind_pooler(&self) -> bool {
        self.pooling.is_shared()
    }

    /// Whether nobody knows yet whose the sessions are that make its reads safe.
    pub(crate) fn is_unknown(&self) -> bool {
        (self.role == Role::Slave || self.pooling.is_needed()) && self.pooling.is_unknown()
    }

    /// Whether a statement can be sent there without more ado.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.login.is_none()
            && (self.pooling.is_own() || !self.is_unknown() && !self.is_refused())
            && !self.is_limited()
    }

    /// Whether its sessions were found to lack what statements need.
    pub(crate) fn is_refused(&self) -> bool {
        self.pooling.is_refused()
    }

    /// Finds that out, by opening a connection if there is none yet.
    ///
    /// # Errors
    /// What a statement would meet that gets no connection; [`RoutingError::SharedSessions`].
    pub(crate) async fn get_known(&self) -> Result<(), DbErr> {
        tokio::select! {
            biased;
            // Its pool goes on trying.
            () = self.pooling.refusal() => Err(self.refusal().into()),
            opened = open_one(&self.connection) => opened,
        }
    }

    /// The refusal to send something to sessions that lack what it needs.
    pub(crate) fn refusal(&self) -> RoutingError {
        RoutingError::SharedSessions { node: self.key() }
    }

    /// Whether its slave's sessions can't be made read-only by setting them so.
    pub(crate) fn has_own_sessions(&self) -> bool {
        self.opener.opens_anew() && !self.pooling.is_shared()
    }

    /// Has no connection used any more that was opened before `moment`.
    pub(crate) fn outdate(&self, moment: Moment) {
        self.renewal.outdate(moment);
    }

    /// Has no connection used any more that is there now, and closes those that are idle: a read was refused on one of
    /// them, and may have left something there. Pools that were given are not watched, so that only the idle
    /// ones go.
    pub(crate) fn renew(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.renewal.begin() {
            let (renewal, connection) = (self.renewal.clone(), self.connection.clone());
            runtime.spawn(async move {
                for pause in SWEEPS {
                    sleep(pause).await;
                    close_idle(&connection).await;
                }
                renewal.end();
            });
        }
    }

    /// Has its connections asked before they are used again: one of them was found at fault.
    pub(crate) fn doubt_connections(&self) {
        self.renewal.doubt();
    }

    /// Notes that work there is given up half-way, before its connection goes back to the pool.
    pub(crate) fn note_given_up(&self) {
        self.renewal.note_given_up();
    }

    /// Whether the sessions of a slave refuse writes; `None` for a master, and before it is known of one whose sessions are
    /// not ours to set: it was given, or a pooler shares them.
    pub(crate) fn refuses_writes(&self) -> Option<bool> {
        match (self.role, self.has_own_sessions()) {
            (Role::Master, _) => None,
            (Role::Slave, true) => Some(true),
            (Role::Slave, false) => self.protection.refuses_writes(),
        }
    }

    /// Whether only a read-only transaction keeps what looks like a read from writing there.
    pub(crate) fn is_unprotected(&self) -> bool {
        self.role == Role::Slave
            && self.refuses_writes() != Some(true)
            && has_read_only_transactions(&self.connection)
    }

    /// Notes what the server of a slave says of its sessions, if those are not ours to set.
    pub(crate) fn note_protection(&self, refuses_writes: bool) {
        if self.pooling.is_unknown()
            || self.has_own_sessions()
            || self.protection.refuses_writes() == Some(refuses_writes)
        {
            return;
        }
        self.protection.note(refuses_writes);
        let why = match self.opener.opens_anew() {
            true => "is reached by a pooler",
            false => "was given as an open connection",
        };
        if !refuses_writes {
            warn!(
                target: NODE, bind = %self.bind, node = %self.name,
                "the slave {why} and takes writes: its reads are sent in read-only transactions, \
                 where its server has them; make its sessions or its server read-only"
            );
        }
    }

    /// Whether that is called after each of its statements.
    pub(super) fn calls(&self, callback: &Callback) -> bool {
        self.callback.as_ref().is_some_and(|own| own.is(callback))
    }

    /// The same node in another role, behind a new pool.
    ///
    /// # Errors
    /// What its opener says.
    pub(crate) async fn reopened(&self, role: Role) -> Result<Self, ConnectError> {
        let freshness = Arc::new(Freshness::new(self.replication.source));
        self.acquaintance
            .attach(role, &freshness, &self.replication);
        let connection = self.opener.open(role).await?;
        let node = Self {
            role,
            capacity: capacity(&connection),
            connection,
            freshness,
            pooling: self.opener.pooling(),
            lent: OnceLock::new(),
            lent_executors: self.lent_executors.anew(&self.replication.memory),
            lent_connections: self.lent_connections.anew(&self.replication.memory),
            retirement: Arc::default(),
            exhaustion: Arc::default(),
            allowance: Arc::default(),
            lodgers: Arc::default(),
            ..self.clone()
        };
        Ok(match &self.callback {
            Some(callback) => node.with_callback(callback),
            None => node,
        })
    }

    /// The same server and pool under other options.
    pub(crate) fn with(&self, identity: Identity, replication: Arc<Replication>) -> Self {
        let Identity {
            bind,
            name,
            weight,
            opener,
        } = identity;
        let freshness = match replication.source == self.replication.source {
            true => self.freshness.clone(),
            false => Arc::new(Freshness::new(replication.source)),
        };
        self.acquaintance
            .attach(self.role, &freshness, &replication);
        let lending = |own: &Arc<Lending>| match own.is_of(&replication.memory) {
            true => own.clone(),
            false => own.anew(&replication.memory),
        };
        let lent_executors = lending(&self.lent_executors);
        let lent_connections = lending(&self.lent_connections);
        Self {
            bind,
            name,
            weight,
            renewal: opener.renewal(),
            login: opener.login(),
            opener,
            freshness,
            replication,
            lent: OnceLock::new(),
            lent_executors,
            lent_connections,
            ..self.clone()
        }
    }

    /// Tells its pool from all others that are there.
    pub(crate) fn pool_id(&self) -> usize {
        Arc::as_ptr(&self.retirement).addr()
    }

    pub(crate) fn shares_pool_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.retirement, &other.retirement)
    }

    /// Whether both are the same server, whatever its pool and role are.
    pub(crate) fn is_server_of(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.opener), Arc::as_ptr(&other.opener))
    }

    /// Names the node among those of its bind, whatever its pool is: another number than that of any other one, also of one that is gone.
    pub(crate) fn place(&self) -> usize {
        self.counters.number()
    }

    /// The bind key that pins to this node.
    pub(crate) fn key(&self) -> String {
        format!("{}.{}", self.bind, self.name)
    }

    /// Logs that it is down or back up: one line per change, not per statement.
    pub(crate) fn note_change(&self, change: Option<Change>) {
        if let Some(change) = &change {
            self.renewal
                .note_down(matches!(change, Change::WentDown { .. }));
        }
        match change {
            Some(Change::WentDown { .. }) => self.tallies.note(Turn::WentDown),
            Some(Change::CameBackUp) => self.tallies.note(Turn::CameBackUp),
            None => {}
        }
        match change {
            Some(Change::WentDown { fault, pause }) => warn!(
                target: NODE, bind = %self.bind, node = %self.name, role = %self.role, %fault, ?pause,
                "the node is down"
            ),
            Some(Change::CameBackUp) => {
                info!(target: NODE, bind = %self.bind, node = %self.name, role = %self.role, "the node is back up");
            }
            None => {}
        }
    }
}

/// The dialect of a connection; SeaORM's `Disconnected` placeholder has none, and panics when asked.
pub(crate) fn backend(connection: &DatabaseConnection) -> Option<DbBackend> {
    let connected = !matches!(connection.inner, DatabaseConnectionType::Disconnected);
    connected.then(|| connection.get_database_backend())
}
