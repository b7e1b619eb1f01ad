use std::{error::Error, time::Duration};

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
        let mut entrants = Vec::new();
        for &contender in contenders {
            entrants.push(enter(cluster, &database, contender).await?);
        }
        Ok(Self { entrants })
    }

    pub(crate) async fn close(self) -> Result<(), DbErr> {
        for entrant in self.entrants {
            entrant.handle.close().await?;
        }
        Ok(())
    }
}

async fn enter<S: Server>(
    cluster: &Cluster<S>,
    database: &FreshDatabase,
    contender: Contender,
) -> Result<Entrant, Box<dyn Error>> {
    let master = cluster.master().port();
    let slaves: Vec<u16> = cluster.slaves().map(|slave| slave.port()).collect();
    let name = database.name();
    let proxy = match contender {
        Contender::PgPool(number) => Some(Proxy::PgPool(
            PgPool::start(master, &slaves[..number]).await?,
        )),
        Contender::PgBouncer => {
            let databases = [(name, master, name)];
            let mode = PoolMode::Session;
            let bouncer = PgBouncer::start(Release::Stable, mode, &databases, "").await?;
            Some(Proxy::PgBouncer(bouncer))
        }
        Contender::HaProxy => Some(Proxy::HaProxy(HaProxy::start::<S>(&[master]).await?)),
        _ => None,
    };
    let url = match &proxy {
        Some(proxy) => proxy.url(name),
        None => database.url(cluster.master()),
    };
    let handle = match contender {
        Contender::Routed(level, number) => {
            let slaves = cluster.slaves().take(number);
            let slaves = slaves.map(|slave| (slave.name(), database.url(slave)));
            Handle::Routed(routed(url, slaves).await?.with(level))
        }
        Contender::Default => Handle::Plain(Database::connect(ConnectOptions::new(url)).await?),
        _ => Handle::Plain(tuned(url).await?),
    };
    if let (Contender::PgPool(_), Handle::Plain(db)) = (contender, &handle) {
        reads_slaves(db).await?;
    }
    Ok(Entrant {
        contender,
        handle,
        proxy,
    })
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
async fn routed(
    master: String,
    slaves: impl Iterator<Item = (&str, String)>,
) -> Result<RoutingDatabase, Box<dyn Error>> {
    let bind = slaves.fold(BindConfig::new("default", master), |bind, (name, url)| {
        bind.slave(NodeConfig::new(name, url))
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
