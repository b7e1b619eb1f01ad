use std::{
    pin::pin,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use tokio::{runtime::Handle, time::timeout};
use tracing::error;

use super::Configured;
use crate::{
    closure::BoxFuture,
    config::{DatabaseUrl, Lifetime, NodeConfig, PoolConfig, Pooler, Roles, Scheme, SearchPath},
    credentials::{Credentials, Login},
    driver::{Outfit, Outfits},
    error::ConnectError,
    events::NODE,
    node::{Acquaintance, Address, Lending, Opener, Pooling, Renewal, Role, Server},
    observe::is_acquire_timeout,
    shard::group_of,
};

/// sqlx's 30 s is far too long to discover a dead slave.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// The parameter of an address by which sqlx keeps prepared statements.
const STATEMENT_CACHE: &str = "statement-cache-capacity";

/// A read that gets no connection so long goes to another node.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection is kept that was lent: migrations run seldom, and the node has others.
const LENT_IDLE: Lifetime = Lifetime::Limited(Duration::from_secs(10));

/// How long it may take to find out what a pool has waited for.
const DIAL_TIMEOUT: Duration = Duration::from_secs(2);

/// The same for a statement, which has waited already.
const WORD_TIMEOUT: Duration = Duration::from_millis(500);

/// Only PostgreSQL's poolers show themselves. sqlx parses a statement by one message and runs it by another; its cache of
/// statements is of use where a pooler follows their names.
fn pooling(url: &DatabaseUrl, pool: &PoolConfig, shares: (bool, &[String])) -> Pooling {
    let is_shared = shares.0 || !shares.1.is_empty();
    match (pool.pooler, url.backend()) {
        (Some(Pooler::Transaction), Some(Scheme::Postgres)) => {
            let cached = url.parameter(STATEMENT_CACHE);
            Pooling::shared(cached.is_none_or(|number| number == "0"))
        }
        (Some(Pooler::Transaction), _) => Pooling::shared(false),
        (None, Some(Scheme::Postgres)) => {
            Pooling::unknown(is_shared || pool.schema_search_path.is_some())
        }
        _ => Pooling::default(),
    }
}

/// Whether a file is opened with its first statement, as that of a shard of which most are closed. Slaves don't create what
/// they read.
fn opens_late(configured: Configured<'_>, node: &NodeConfig) -> bool {
    let routing = configured.routing();
    let is_closed = routing.idle.close_idle.is_some() || routing.connection_budget.is_some();
    let is_file = node.url.backend() == Some(Scheme::Sqlite);
    let is_there = || node.url.is_there() || configured.bind.slaves.is_empty();
    is_file && is_closed && group_of(&configured.bind.name).is_some() && is_there()
}

/// What connections have for whom they serve, where that is not the same for all.
fn outfits(configured: Configured<'_>, node: &NodeConfig) -> Option<Arc<Outfits>> {
    let (hosts, settings) = configured.shares();
    if !hosts && settings.is_empty() {
        return None;
    }
    let place = match node.url.backend()? {
        Scheme::Postgres => {
            let path = configured.pool(node).schema_search_path;
            path.and_then(|path| SearchPath::read(&path).ok())
                .map(|path| path.to_string())
        }
        Scheme::MySql => node.url.database(),
        Scheme::Sqlite => return None,
    };
    let names: Vec<Arc<str>> = settings.iter().map(|name| name.as_str().into()).collect();
    let values = names.iter().map(|name| (name.clone(), "".into())).collect();
    let base = Outfit::at(place.map(Into::into)).with(values);
    Some(Arc::new(Outfits::new(base, names)))
}

/// One node to open, with the pool options that apply to it.
#[derive(Clone, Debug)]
pub(super) struct NodeOpener {
    /// The bind and node, for messages.
    pub(super) key: String,
    pub(super) url: DatabaseUrl,
    pub(super) role: Role,
    pub(super) pool: PoolConfig,
    /// The number of connections that the node or its bind asks for, and not just the whole file.
    pub(super) own_connections: Option<u32>,
    /// Whether a server that does not answer is no error yet.
    is_lazy: bool,
    /// Whether a file is opened with the first statement.
    opens_late: bool,
    /// That of all pools that are opened.
    pub(super) renewal: Arc<Renewal>,
    login: Option<Arc<Login>>,
    /// That of all pools that are opened.
    pub(super) acquaintance: Arc<Acquaintance>,
    pub(super) pooling: Arc<Pooling>,
    /// Of a pool whose connections are lent.
    pub(super) lending: Option<Weak<Lending>>,
    /// That of all pools that are opened, where not all work needs the same.
    pub(super) outfits: Option<Arc<Outfits>>,
}

#[async_trait]
impl Opener for NodeOpener {
    async fn open(&self, role: Role) -> Result<DatabaseConnection, ConnectError> {
        let opening = Self {
            role,
            is_lazy: true,
            ..self.clone()
        };
        opening.connect().await
    }

    /// Nothing is waited for: no connection is opened yet. A file is never behind itself.
    fn open_aside(&self, lending: &Arc<Lending>) -> Option<DatabaseConnection> {
        if self.url.backend() == Some(Scheme::Sqlite) || Handle::try_current().is_err() {
            return None;
        }
        let opening = Self {
            role: Role::Master,
            is_lazy: true,
            pool: PoolConfig {
                min_connections: None,
                idle_timeout: Some(LENT_IDLE),
                ..self.pool.clone()
            },
            lending: Some(Arc::downgrade(lending)),
            outfits: None,
            ..self.clone()
        };
        let mut opening = pin!(opening.connect());
        let mut context = Context::from_waker(Waker::noop());
        match opening.as_mut().poll(&mut context) {
            Poll::Ready(connection) => connection.ok(),
            Poll::Pending => None,
        }
    }

    async fn refusal(&self) -> Option<DbErr> {
        let credentials = self.login.as_ref().and_then(|login| login.current());
        let dialled = self.dial(credentials.as_ref())?;
        timeout(WORD_TIMEOUT, dialled).await.ok()?.err()
    }

    fn renewal(&self) -> Arc<Renewal> {
        self.renewal.clone()
    }

    fn login(&self) -> Option<Arc<Login>> {
        self.login.clone()
    }

    fn acquaintance(&self) -> Arc<Acquaintance> {
        self.acquaintance.clone()
    }

    fn pooling(&self) -> Arc<Pooling> {
        self.pooling.clone()
    }

    fn address(&self) -> Option<Address> {
        let (scheme, host, port, user) = self.url.server()?;
        Some(Address {
            scheme,
            host,
            port,
            user,
        })
    }

    fn outfits(&self) -> Option<Arc<Outfits>> {
        self.outfits.clone()
    }

    fn server(&self) -> Server {
        let (host, port, _) = self.url.login_parts();
        let is_server = host.is_some();
        Server {
            system: self.url.is_mariadb().then_some("mariadb"),
            host,
            port,
            namespace: self.url.database().filter(|_| is_server),
        }
    }
}

impl NodeOpener {
    pub(super) fn new(configured: Configured<'_>, node: &NodeConfig, role: Role) -> Self {
        let bind = configured.bind;
        let renewal = Arc::<Renewal>::default();
        let pool = configured.pool(node);
        let is_discovered = configured.routing().failover.roles == Some(Roles::Discover);
        let key = format!("{}.{}", bind.name, node.name);
        Self {
            acquaintance: Arc::new(Acquaintance::new(&key, renewal.clone())),
            key,
            outfits: outfits(configured, node),
            pooling: Arc::new(pooling(&node.url, &pool, configured.shares())),
            url: node.url.clone(),
            role,
            pool,
            own_connections: node.pool.max_connections.or(bind.pool.max_connections),
            // A file is there or it is not.
            is_lazy: (role == Role::Slave || is_discovered)
                && node.url.backend() != Some(Scheme::Sqlite),
            opens_late: opens_late(configured, node),
            renewal,
            login: configured.login(node),
            lending: None,
        }
    }

    /// The same, if `is_lazy` so that no server has to answer yet.
    pub(super) fn lazy(self, is_lazy: bool) -> Self {
        Self {
            is_lazy: is_lazy || self.is_lazy,
            ..self
        }
    }

    pub(super) async fn connect(&self) -> Result<DatabaseConnection, ConnectError> {
        let mut credentials = match &self.login {
            // They are asked for before the first connection.
            Some(login) if self.is_lazy => login.current(),
            Some(login) => Some(login.prepare().await?),
            None => None,
        };
        let mut refusals = 0;
        loop {
            let (node, source) = match self.connect_as(credentials.as_ref()).await {
                Err(ConnectError::Node { node, source }) => (node, source),
                connected => return connected,
            };
            if let Some(login) = &self.login
                && let Some(renewed) = login.renewed(&source, &mut refusals).await
            {
                credentials = Some(renewed);
                continue;
            }
            error!(target: NODE, node, error = %source, "the node can't be connected");
            return Err(ConnectError::Node { node, source });
        }
    }

    async fn connect_as(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<DatabaseConnection, ConnectError> {
        let mut options = self.pool_options();
        options.connect_lazy(self.is_lazy);
        match self.url.backend() {
            Some(Scheme::Sqlite) => {
                self.sqlite(&mut options)?;
                if self.opens_late {
                    return self.late_sqlite(&options);
                }
            }
            Some(Scheme::Postgres) => self.postgres(&mut options, credentials)?,
            Some(Scheme::MySql) => self.mysql(&mut options, credentials)?,
            None => {}
        }
        // Boxed: the compiler refuses an application whose futures nest as deep as the driver's and some more.
        let connecting: BoxFuture<'_, _> = Box::pin(Database::connect(options));
        match connecting.await {
            Ok(connection) => Ok(connection),
            Err(source) => Err(ConnectError::Node {
                node: self.key.clone(),
                source: self.cause(source, credentials).await,
            }),
        }
    }

    /// What is behind `error`: a pool only says that it has waited long enough, also where the server refuses all the
    /// time, or is starting up.
    async fn cause(&self, error: DbErr, credentials: Option<&Credentials>) -> DbErr {
        if !is_acquire_timeout(&error) {
            return error;
        }
        let Some(dialled) = self.dial(credentials) else {
            return error;
        };
        match timeout(DIAL_TIMEOUT, dialled).await {
            Ok(Ok(())) => error,
            Ok(Err(cause)) => cause,
            Err(_) => silent(error),
        }
    }

    /// Opens a connection beside the pool, and closes it; `None` where that tells nothing.
    fn dial<'o>(
        &'o self,
        credentials: Option<&'o Credentials>,
    ) -> Option<BoxFuture<'o, Result<(), DbErr>>> {
        match self.url.backend()? {
            Scheme::Postgres => Some(Box::pin(self.dial_postgres(credentials))),
            Scheme::MySql => Some(Box::pin(self.dial_mysql(credentials))),
            Scheme::Sqlite => None,
        }
    }

    /// SeaORM writes the URL of its options to its trace: the driver gets the password in another way.
    fn pool_options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::new(self.url.without_secrets());
        let pool = &self.pool;
        options
            .acquire_timeout(self.patience())
            .test_before_acquire(false)
            .sqlx_logging(pool.statement_log.is_some());
        if let Some(level) = pool.statement_log {
            options.sqlx_logging_level(level);
        }
        if let Some(connections) = pool.max_connections {
            options.max_connections(connections);
        }
        if let Some(connections) = pool.min_connections {
            options.min_connections(connections);
        }
        if let Some(timeout) = pool.idle_timeout {
            options.idle_timeout(timeout.limit());
        }
        if let Some(lifetime) = pool.max_lifetime {
            options.max_lifetime(lifetime.limit());
        }
        options
    }

    /// Whether a pooler was declared that shares sessions.
    #[cfg(any(feature = "sqlx-postgres", feature = "sqlx-mysql"))]
    pub(super) fn is_declared_shared(&self) -> bool {
        self.pool.pooler == Some(Pooler::Transaction)
    }

    /// How long a statement waits for a connection to a server.
    pub(super) fn patience(&self) -> Duration {
        self.acquire_timeout().unwrap_or(match self.role {
            Role::Master => ACQUIRE_TIMEOUT,
            Role::Slave => ATTEMPT_TIMEOUT,
        })
    }

    /// The driver has one limit for waiting and connecting.
    pub(super) fn acquire_timeout(&self) -> Option<Duration> {
        let limits = self
            .pool
            .acquire_timeout
            .into_iter()
            .chain(self.pool.connect_timeout);
        limits.min()
    }

    #[cfg(not(feature = "sqlx-sqlite"))]
    fn sqlite(&self, _: &mut ConnectOptions) -> Result<(), ConnectError> {
        Err(self.missing_driver("sqlx-sqlite"))
    }

    #[cfg(not(feature = "sqlx-sqlite"))]
    fn late_sqlite(&self, _: &ConnectOptions) -> Result<DatabaseConnection, ConnectError> {
        Err(self.missing_driver("sqlx-sqlite"))
    }

    #[cfg(not(feature = "sqlx-postgres"))]
    fn postgres(
        &self,
        _: &mut ConnectOptions,
        _: Option<&Credentials>,
    ) -> Result<(), ConnectError> {
        Err(self.missing_driver("sqlx-postgres"))
    }

    #[cfg(not(feature = "sqlx-postgres"))]
    async fn dial_postgres(&self, _: Option<&Credentials>) -> Result<(), DbErr> {
        Ok(())
    }

    #[cfg(not(feature = "sqlx-mysql"))]
    fn mysql(&self, _: &mut ConnectOptions, _: Option<&Credentials>) -> Result<(), ConnectError> {
        Err(self.missing_driver("sqlx-mysql"))
    }

    #[cfg(not(feature = "sqlx-mysql"))]
    async fn dial_mysql(&self, _: Option<&Credentials>) -> Result<(), DbErr> {
        Ok(())
    }

    #[cfg(not(all(
        feature = "sqlx-sqlite",
        feature = "sqlx-postgres",
        feature = "sqlx-mysql"
    )))]
    fn missing_driver(&self, feature: &'static str) -> ConnectError {
        ConnectError::Driver {
            node: self.key.clone(),
            feature,
        }
    }

    /// A URL that the driver can't take, although its form is right.
    #[cfg(feature = "_driver")]
    pub(super) fn unusable(&self, error: sea_orm::sqlx::Error) -> ConnectError {
        let error = match self.url.may_end_in_secret() {
            true => sea_orm::sqlx::Error::Configuration(NOT_SHOWN.into()),
            false => error,
        };
        ConnectError::Node {
            node: self.key.clone(),
            source: connecting(error),
        }
    }
}

/// In the place of the driver's word on a parameter.
#[cfg(feature = "_driver")]
const NOT_SHOWN: &str = "a parameter of the URL has a value that the driver can't take; it stands behind a secret one, and is \
                         not shown";

/// What SeaORM makes of an error of connecting.
#[cfg(feature = "_driver")]
pub(super) fn connecting(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error)))
}

/// That the server says nothing at all.
#[cfg(feature = "_driver")]
fn silent(_: DbErr) -> DbErr {
    let silence = std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not answer");
    connecting(sea_orm::sqlx::Error::Io(silence))
}

#[cfg(not(feature = "_driver"))]
fn silent(error: DbErr) -> DbErr {
    error
}
