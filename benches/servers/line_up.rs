use std::{
    collections::{HashMap, hash_map::Entry},
    error::Error,
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig},
    status::NodeState,
};
use test_cluster::{
    Cluster, ClusterError, FreshDatabase, HaProxy, PgBouncer, PgPool, PoolMode, Release, Server,
    until,
};

use crate::{contender::Contender, handle::Handle, proxy::Proxy, workload};

/// Until slaves serve, and have what was written.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A contender, ready to be measured.
#[derive(Debug)]
pub(crate) struct Entrant {
    pub(crate) contender: Contender,
    pub(crate) handle: Handle,
    proxy: Option<Proxy>,
}

impl Entrant {
    /// The processes of its proxy.
    pub(crate) fn processes(&self) -> Vec<u32> {
        self.proxy.as_ref().map_or_else(Vec::new, Proxy::processes)
    }
}

/// All contenders, open at the same time.
#[derive(Debug)]
pub(crate) struct LineUp {
    pub(crate) entrants: Vec<Entrant>,
    /// By the number of slaves; the levels are handles of the same, or else the master had no connections for all.
    routed: HashMap<usize, RoutingDatabase>,
}

impl LineUp {
    pub(crate) async fn new<S: Server>(
        cluster: &Cluster<S>,
        contenders: &[Contender],
    ) -> Result<Self, Box<dyn Error>> {
        let database = cluster.database("bench").await?;
        let direct = Database::connect(database.url(cluster.master())).await?;
        workload::fill(&direct).await?;
        direct.close().await?;
        cluster.wait_until_caught_up(SOON).await?;
        let mut line_up = Self {
            entrants: Vec::new(),
            routed: HashMap::new(),
        };
        for &contender in contenders {
            line_up.enter(cluster, &database, contender).await?;
        }
        Ok(line_up)
    }

    pub(crate) async fn close(self) -> Result<(), DbErr> {
        for entrant in self.entrants {
            if let Handle::Plain(db) = entrant.handle {
                db.close().await?;
            }
        }
        for db in self.routed.into_values() {
            db.close().await?;
        }
        Ok(())
    }

    async fn enter<S: Server>(
        &mut self,
        cluster: &Cluster<S>,
        database: &FreshDatabase,
        contender: Contender,
    ) -> Result<(), Box<dyn Error>> {
        let proxy = start_proxy(cluster, database, contender).await?;
        let url = match &proxy {
            Some(proxy) => proxy.url(database.name()),
            None => database.url(cluster.master()),
        };
        let handle = match contender {
            Contender::Routed(level, slaves) => {
                let db = match self.routed.entry(slaves) {
                    Entry::Occupied(open) => open.into_mut(),
                    Entry::Vacant(place) => place.insert(routed(cluster, database, slaves).await?),
                };
                Handle::Routed(db.with(level))
            }
            Contender::Default => Handle::Plain(Database::connect(ConnectOptions::new(url)).await?),
            _ => Handle::Plain(tuned(url).await?),
        };
        if let (Contender::PgPool(_), Handle::Plain(db)) = (contender, &handle) {
            reads_slaves(db).await?;
        }
        self.entrants.push(Entrant {
            contender,
            handle,
            proxy,
        });
        Ok(())
    }
}

async fn start_proxy<S: Server>(
    cluster: &Cluster<S>,
    database: &FreshDatabase,
    contender: Contender,
) -> Result<Option<Proxy>, ClusterError> {
    let master = cluster.master().port();
    let slaves: Vec<u16> = cluster.slaves().map(|slave| slave.port()).collect();
    let name = database.name();
    let proxy = match contender {
        Contender::PgPool(number) => Proxy::PgPool(PgPool::start(master, &slaves[..number]).await?),
        Contender::PgBouncer => {
            let databases = [(name, master, name)];
            let mode = PoolMode::Session;
            Proxy::PgBouncer(PgBouncer::start(Release::Stable, mode, &databases, "").await?)
        }
        Contender::HaProxy => Proxy::HaProxy(HaProxy::start::<S>(&[master]).await?),
        _ => return Ok(None),
    };
    Ok(Some(proxy))
}

/// What our pools have, where nobody has set anything.
async fn tuned(url: String) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(10)
        .acquire_timeout(Duration::from_secs(3))
        .test_before_acquire_if_idle_for(Duration::from_millis(5))
        .sqlx_logging(false);
    Database::connect(options).await
}

/// Nothing is set but the addresses.
async fn routed<S: Server>(
    cluster: &Cluster<S>,
    database: &FreshDatabase,
    slaves: usize,
) -> Result<RoutingDatabase, Box<dyn Error>> {
    let bind = BindConfig::new("default", database.url(cluster.master()));
    let slaves = cluster.slaves().take(slaves);
    let bind = slaves.fold(bind, |bind, slave| {
        bind.slave(NodeConfig::new(slave.name(), database.url(slave)))
    });
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind)).await?;
    until("the slaves' service", SOON, async || {
        let status = db.status();
        let serve = status
            .nodes
            .iter()
            .all(|node| node.state == NodeState::Serving);
        Ok::<_, ClusterError>(serve.then_some(()))
    })
    .await?;
    Ok(db)
}

/// Fails when the proxy does not split.
async fn reads_slaves(db: &DatabaseConnection) -> Result<(), Box<dyn Error>> {
    // No function that Pgpool-II takes for a write, as it does those that are volatile.
    let ask = "SELECT current_setting('transaction_read_only') = 'on'";
    let ask = Statement::from_string(db.get_database_backend(), ask);
    let row = db.query_one_raw(ask).await?.ok_or("no row")?;
    match row.try_get_by_index(0)? {
        true => Ok(()),
        false => Err("the proxy sends a read to the master".into()),
    }
}
