use std::{marker::PhantomData, time::Duration};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_routing::{
    BindsConfig, Consistency, RoutingDatabase,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Roles},
};
use test_cluster::{Cluster, Sessions};

use super::{Count, Row, Work, work};

/// Connections that are open on each way when a fault comes.
pub(super) const OPEN: usize = 8;

/// How the routed way is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) has_slave: bool,
    /// Whether there is a network to cut on the way to the master.
    pub(super) is_proxied: bool,
    pub(super) roles: Roles,
    /// The limit of both ways, if it is not what each has by itself.
    pub(super) acquire_timeout: Option<Duration>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            has_slave: true,
            is_proxied: false,
            roles: Roles::Fixed,
            acquire_timeout: None,
        }
    }
}

/// Both ways to one master.
#[derive(Debug)]
pub(super) struct Pair<'c, S: Sessions> {
    setup: Setup,
    /// Its servers run as long as both ways are there.
    cluster: PhantomData<&'c Cluster<S>>,
    pub(super) routed: RoutingDatabase,
    pub(super) plain: DatabaseConnection,
}

impl<'c, S: Sessions> Pair<'c, S> {
    pub(super) async fn connect(cluster: &'c Cluster<S>, setup: Setup) -> Self {
        let database = cluster.database("beside").await.unwrap();
        let url = match setup.is_proxied {
            true => database.proxied_url(cluster.master()),
            false => database.url(cluster.master()),
        };
        let slave = setup.has_slave.then(|| database.url(cluster.slave(1)));
        Self::to(cluster, setup, &url, slave).await
    }

    /// To a master at another address than its own.
    pub(super) async fn to(
        _: &'c Cluster<S>,
        setup: Setup,
        url: &str,
        slave: Option<String>,
    ) -> Self {
        let mut bind =
            BindConfig::new("default", url).failover(FailoverConfig::new().roles(setup.roles));
        if let Some(slave) = slave {
            bind = bind.slave(NodeConfig::new("slave-1", slave));
        }
        let mut options = ConnectOptions::new(url);
        let mut pool = PoolConfig::new();
        if let Some(timeout) = setup.acquire_timeout {
            options.acquire_timeout(timeout);
            pool = pool.acquire_timeout(timeout);
        }
        let plain = Database::connect(options).await.unwrap();
        let cake = "CREATE TABLE cake (number bigint, id int, name varchar(200))";
        plain.execute_unprepared(cake).await.unwrap();
        let config = BindsConfig::new().bind(bind).pool(pool);
        let routed = RoutingDatabase::from_config(config).await.unwrap();
        Self {
            setup,
            cluster: PhantomData,
            routed,
            plain,
        }
    }

    /// The routed way of some work, all of it to the master.
    pub(super) fn routed(&self) -> RoutingDatabase {
        self.routed.with(Consistency::Strong)
    }

    /// Has connections opened on both ways, which are idle then.
    pub(super) async fn open(&self) {
        work::open(&self.routed, OPEN).await;
        work::open(&self.plain, OPEN).await;
    }

    /// A name for what this configuration makes of a fault.
    pub(super) fn name(&self, fault: &str) -> String {
        let slaves = if self.setup.has_slave {
            ""
        } else {
            ", no slave"
        };
        let roles = match self.setup.roles {
            Roles::Discover => ", `roles: discover`",
            _ => "",
        };
        format!("{fault}{slaves}{roles}")
    }

    /// A rush of work on both ways at once.
    pub(super) async fn rush(&self, fault: &str, work: Work) -> Row {
        let routed = self.routed();
        let (routed, plain) = tokio::join!(work.rush(&routed, OPEN), work.rush(&self.plain, OPEN));
        self.row(
            &format!("{}: {}", self.name(fault), work.name()),
            routed,
            plain,
        )
    }

    pub(super) fn row(&self, fault: &str, routed: Count, plain: Count) -> Row {
        Row {
            fault: fault.to_owned(),
            server: S::NAME,
            routed,
            plain,
        }
    }

    pub(super) async fn close(self) {
        self.routed.close().await.unwrap();
        self.plain.close().await.unwrap();
    }
}

/// As long as a fault takes: no condition tells that idle connections have become so old.
pub(super) async fn after(time: Duration) {
    tokio::time::sleep(time).await;
}
