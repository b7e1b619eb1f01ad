use std::{collections::HashMap, fmt, path::Path, sync::Arc};

use sea_orm::DatabaseConnection;

use super::{BindBuilder, connections, opened::log_opened};
use crate::{
    bind::{BindKey, Registration, RegistryBuilder},
    catalogue::Known,
    config::{
        Balance, BindsConfig, ConfigError, ConfigProblem, DEFAULT_BIND, DeclaredKey,
        FailoverConfig, FunctionsConfig, IdleConfig, ReadsConfig, RoutingConfig,
    },
    connect::Configured,
    credentials::CredentialsProvider,
    database::RoutingDatabase,
    dispatch::{Dispatcher, Judgements},
    error::ConnectError,
    node::{Bind, Lodging, Random, Topology},
    reload::{Settings, registry, unmet},
    rule::BindRule,
    session::Consistency,
    shard::{ShardResolver, group_of},
};

/// What an error names as its origin where there is no file.
const ORIGIN: &str = "routing database builder";

/// Builds a [`RoutingDatabase`] over connections that exist, or over a binds.yaml with changes made in code.
///
/// ```
/// use sea_orm::{DbBackend, MockDatabase};
/// use sea_orm_routing::{BindBuilder, RoutingDatabase};
///
/// let mock = || MockDatabase::new(DbBackend::Postgres).into_connection();
/// let db = RoutingDatabase::builder()
///     .bind(BindBuilder::new("default", mock()).slave("slave-1", mock()))
///     .bind(BindBuilder::new("reports", mock()).tables(["report_*"]))
///     .build()?;
/// assert_eq!(db.status().nodes.len(), 3);
/// # Ok::<_, sea_orm_routing::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RoutingDatabaseBuilder {
    binds: Vec<BindBuilder>,
    entities: Vec<Registration>,
    routing: RoutingConfig,
    #[cfg(feature = "watch")]
    watch: bool,
    functions: FunctionsConfig,
    credentials: Option<Provider>,
    rule: Option<Rule>,
    resolvers: Resolvers,
    name: Option<String>,
    is_lazy: bool,
}

/// By their groups.
#[derive(Clone, Default)]
struct Resolvers(HashMap<String, Arc<dyn ShardResolver>>);

impl Resolvers {
    /// One of a group that there is not would never be asked, and each key would be a shard of its own.
    fn problems(&self, whole: &BindsConfig) -> Vec<ConfigProblem> {
        let mut unknown: Vec<_> = self
            .0
            .keys()
            .filter(|group| !whole.has_group(group))
            .collect();
        unknown.sort();
        let mut known: Vec<_> = whole.groups().map(|group| format!("`{group}`")).collect();
        known.sort();
        known.dedup();
        let known = match known.is_empty() {
            true => "there is none".to_owned(),
            false => format!("there are {}", known.join(", ")),
        };
        let problem = |group: &String| ConfigProblem {
            line: None,
            key: String::new(),
            found: format!("a resolver of shards for `{group}`"),
            expected: format!("the name of a group, with shards or a template; {known}"),
        };
        unknown.into_iter().map(problem).collect()
    }
}

impl fmt::Debug for Resolvers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// By its name.
#[derive(Clone)]
struct Rule(Arc<dyn BindRule>);

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.0.name()).finish()
    }
}

/// Without a word of what it holds.
#[derive(Clone)]
struct Provider(Arc<dyn CredentialsProvider>);

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialsProvider")
    }
}

impl RoutingDatabaseBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a bind. Default: none. One bind must be called `default`.
    #[must_use]
    pub fn bind(mut self, bind: BindBuilder) -> Self {
        self.binds.push(bind);
        self
    }

    /// Registers an entity that implements [`BindKey`] without the derive. Default: all entities that derive it.
    #[must_use]
    pub fn entity<E: BindKey>(mut self) -> Self {
        self.entities.push(Registration::of::<E>());
        self
    }

    /// How reads are split over a bind's slaves, unless the bind itself says so. Default: what the file says, else
    /// [`Balance::Random`].
    #[doc(alias = "load_balancing")]
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.routing = self.routing.balance(balance);
        self
    }

    /// Makes the random choices repeatable. Default: what the file says, else another sequence in each process.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.routing.seed = Some(seed);
        self
    }

    /// Logs each statement with its node at info level. Default: what the file says, else off.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.routing.echo = Some(echo);
        self
    }

    /// What a read from a slave may miss, unless the bind itself says so. Default: what the file says, else
    /// [`Consistency::Session`].
    ///
    /// ```
    /// use sea_orm_routing::{Consistency, RoutingDatabase};
    ///
    /// # async fn connect() -> Result<(), sea_orm_routing::ConnectError> {
    /// let db = RoutingDatabase::builder().consistency(Consistency::Bounded).connect("binds.yaml").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.routing.reads.consistency = Some(consistency);
        self
    }

    /// What reads from slaves promise, unless the bind itself says so. What was set before stays where these options say nothing.
    /// Default: what the file says.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sea_orm_routing::{RoutingDatabase, config::ReadsConfig};
    ///
    /// let reads = ReadsConfig::new().max_lag(Duration::from_secs(2)).wait(Duration::from_millis(50));
    /// let builder = RoutingDatabase::builder().reads(reads);
    /// ```
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.routing = self.routing.reads(reads);
        self
    }

    /// Who is the master of a bind, and how long writes wait for a master, unless the bind itself says so. Default: what the file says, else
    /// [`Roles::Fixed`](crate::config::Roles::Fixed).
    ///
    /// ```
    /// use sea_orm_routing::{RoutingDatabase, config::{FailoverConfig, Roles}};
    ///
    /// // Writes follow the server that was promoted.
    /// let builder = RoutingDatabase::builder().failover(FailoverConfig::new().roles(Roles::Discover));
    /// ```
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.routing = self.routing.failover(failover);
        self
    }

    /// What becomes of binds that nobody uses, unless the bind says itself. Default: what the file says, else nothing.
    #[must_use]
    pub fn idle(mut self, idle: IdleConfig) -> Self {
        self.routing = self.routing.idle(idle);
        self
    }

    /// Most connections that all pools of all binds have open together. Default: what the file says, else no limit but that of
    /// each pool.
    #[must_use]
    pub fn connection_budget(mut self, connections: u32) -> Self {
        self.routing.connection_budget = Some(connections);
        self
    }

    /// Follows the changes of the binds.yaml that [`connect`](Self::connect) reads. A valid file becomes the new topology
    /// at once. An invalid file is logged and changes nothing. Needs feature `watch`. Default: off.
    #[doc(alias = "hot_reload")]
    #[cfg(feature = "watch")]
    #[must_use]
    pub fn watch(mut self, watch: bool) -> Self {
        self.watch = watch;
        self
    }

    /// What the user's own functions do, beside what the file says. Default: nothing is known, so that a call is
    /// a write.
    #[must_use]
    pub fn functions(mut self, functions: FunctionsConfig) -> Self {
        self.functions = functions;
        self
    }

    /// Asks `provider` for the user and password of every server of the file: before a connection is opened, and before
    /// the last answer ends. Pools and open connections stay. It is for the tokens of a cloud's IAM, or passwords that are rotated.
    ///
    /// Connections that exist ([`bind`](Self::bind)) and SQLite files need no credentials. The provider is also asked for binds and slaves that
    /// are added later. Default: what the URLs say.
    ///
    /// ```
    /// use std::{io, time::Duration};
    ///
    /// use sea_orm_routing::{
    ///     RoutingDatabase,
    ///     credentials::{Credentials, NodeAddress},
    /// };
    ///
    /// # async fn token_of(node: &NodeAddress) -> io::Result<String> { Ok(String::new()) }
    /// # async fn connect() -> Result<(), sea_orm_routing::ConnectError> {
    /// let db = RoutingDatabase::builder()
    ///     .credentials(|node: NodeAddress| async move {
    ///         let token = token_of(&node).await?;
    ///         Ok::<_, io::Error>(Credentials::new(token).expires_in(Duration::from_secs(15 * 60)))
    ///     })
    ///     .connect("binds.yaml")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn credentials(mut self, provider: impl CredentialsProvider) -> Self {
        self.credentials = Some(Provider(Arc::new(provider)));
        self
    }

    /// Asks `rule` for the bind of each statement that no handle has fixed: see [`rule`](crate::rule). A second rule takes the place of the
    /// first; [`BindRule::then`] makes one rule of two. Default: none, and entities' keys and binds.yaml alone say the bind.
    ///
    /// ```
    /// use sea_orm_routing::{
    ///     RoutingDatabase,
    ///     rule::{BindRule, BySchema, ReadsOf},
    /// };
    ///
    /// let by_schema = BySchema::new().schema("audit", "archive");
    /// let adopted = ReadsOf::tables(["cake"], "replicated").share(0.1);
    /// let builder = RoutingDatabase::builder().rule(by_schema.then(adopted));
    /// ```
    #[must_use]
    pub fn rule(mut self, rule: impl BindRule) -> Self {
        self.rule = Some(Rule(Arc::new(rule)));
        self
    }

    /// Has `resolver` say which shard of a group a key is on: see [`shard`](crate::shard). Default: a key is the name of its shard.
    ///
    /// ```
    /// use sea_orm_routing::{RoutingDatabase, shard::Rendezvous};
    ///
    /// let builder = RoutingDatabase::builder().shards("tenants", Rendezvous);
    /// ```
    #[must_use]
    pub fn shards(mut self, group: impl Into<String>, resolver: impl ShardResolver) -> Self {
        self.resolvers.0.insert(group.into(), Arc::new(resolver));
        self
    }

    /// What metrics call the database, in a label `db`: for a process that has several of them, whose binds and nodes may have the
    /// same names. Default: none, and there is no such label.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether the database of a configuration is opened though its servers do not answer: they are connected with the first
    /// statement, and by the monitor. For what shows how the servers are. Default: off, and a master that can't be connected
    /// is an error, unless `roles: discover` says that another one may be found.
    #[must_use]
    pub fn lazily(mut self, is_lazy: bool) -> Self {
        self.is_lazy = is_lazy;
        self
    }

    /// The database over the given connections.
    ///
    /// # Errors
    /// [`ConfigError`] lists every problem: no `default` bind, names that are taken or not allowed, a bind whose
    /// nodes speak different dialects, a bind key in the code that no bind has.
    pub fn build(self) -> Result<RoutingDatabase, ConfigError> {
        let config = BindsConfig::new();
        self.check(&config)?;
        let database = self.assemble(Vec::new(), Vec::new(), config);
        database.dispatcher.watch_all();
        database.dispatcher.learn_catalogues_soon();
        log_opened(&database.dispatcher.topology());
        Ok(database)
    }

    /// The database of a binds.yaml, with the builder's binds beside those of the file.
    ///
    /// # Errors
    /// As [`RoutingDatabase::connect`].
    pub async fn connect(self, path: impl AsRef<Path>) -> Result<RoutingDatabase, ConnectError> {
        let environment = |name: &str| std::env::var(name).ok();
        #[cfg(feature = "watch")]
        let watch = match self.watch {
            true => Some(crate::reload::FileWatch::new(path.as_ref())?),
            false => None,
        };
        let config = BindsConfig::load(path.as_ref(), &environment, &self.declared())?;
        let database = self.open(config).await?;
        #[cfg(feature = "watch")]
        if let Some(watch) = watch {
            database.follow(|settings, dispatcher| watch.follow(settings, dispatcher));
        }
        Ok(database)
    }

    /// The database of a configuration, with the builder's binds beside those of the configuration.
    ///
    /// # Errors
    /// As [`RoutingDatabase::from_config`].
    pub async fn from_config(self, config: BindsConfig) -> Result<RoutingDatabase, ConnectError> {
        config.check(&self.declared())?;
        self.open(config).await
    }

    /// One bind that takes every statement: nothing is registered, so no key can be unknown.
    pub(super) fn single(connection: DatabaseConnection) -> RoutingDatabase {
        let builder = Self::new().bind(BindBuilder::new(DEFAULT_BIND, connection));
        let database = builder.assemble(Vec::new(), Vec::new(), BindsConfig::new());
        let nothing = RegistryBuilder::new().build();
        database.dispatcher.set_registry(nothing);
        database
    }

    async fn open(self, config: BindsConfig) -> Result<RoutingDatabase, ConnectError> {
        self.check(&config)?;
        let routing = &self.routing.or(&config.routing);
        let (mut binds, mut lodgings) = (Vec::new(), Vec::new());
        let housed = config.housed();
        for bind in &housed.binds {
            let configured = Configured {
                config: &housed,
                routing,
                bind,
                credentials: self.provider(),
            };
            if let Some(lodging) = configured.lodging() {
                lodgings.push(Arc::new(lodging));
                continue;
            }
            // One tenant's server that is down is no reason for nobody to begin.
            let is_lazy = self.is_lazy || group_of(&bind.name).is_some();
            let open = configured.open(is_lazy).await?;
            binds.push(open.run(&configured.routing()));
        }
        let has_credentials = self.credentials.is_some();
        let database = self.assemble(binds, lodgings, config);
        if has_credentials {
            database.dispatcher.keep_logins();
        }
        database.dispatcher.watch_all();
        database.dispatcher.learn_catalogues().await;
        database.dispatcher.first_knowledge().await;
        log_opened(&database.dispatcher.topology());
        Ok(database)
    }

    /// Lists every problem of the configuration with the given binds, and of the keys that the code declares.
    fn check(&self, config: &BindsConfig) -> Result<(), ConfigError> {
        let declared = unmet(&BindsConfig::new(), &self.registrations());
        let mut problems = config.problems_with(&self.code(), &declared);
        problems.extend(self.binds.iter().flat_map(connections::problems));
        problems.extend(self.resolvers.problems(&config.with(&self.code())));
        match problems.is_empty() {
            true => Ok(()),
            false => Err(ConfigError::new(ORIGIN, problems)),
        }
    }

    /// The database of the given binds and those of the configuration, which are `open`.
    fn assemble(
        self,
        mut open: Vec<Bind>,
        lodgings: Vec<Arc<Lodging>>,
        config: BindsConfig,
    ) -> RoutingDatabase {
        let (code, entities) = (self.code(), self.registrations());
        let whole = config.with(&code);
        open.extend(self.binds.iter().map(|bind| {
            let routing = bind.config.routing().or(&whole.routing);
            bind.open().run(&routing)
        }));
        let functions = Known::new(whole.functions.clone());
        let judgements = Judgements::new(registry(&whole, &entities), functions);
        let options = whole.routing.in_force();
        let random = Random::new(options.seed);
        let topology = Topology::new(open).lodging(lodgings);
        let rule = self.rule.as_ref().map(|rule| rule.0.clone());
        let dispatcher = Dispatcher::new(topology, judgements, random, options.echo, rule)
            .with_resolvers(self.resolvers.0.clone())
            .with_name(self.name.clone());
        dispatcher.limit_connections(whole.routing.connection_budget);
        let provider = self.provider().cloned();
        #[cfg(feature = "metrics")]
        dispatcher.publish_metrics_regularly();
        let settings = Settings::new(code, entities, config, provider);
        RoutingDatabase::new(dispatcher, settings).expect("the check asks for a bind `default`")
    }

    fn provider(&self) -> Option<&Arc<dyn CredentialsProvider>> {
        self.credentials.as_ref().map(|provider| &provider.0)
    }

    /// The bind keys of the code, less those that the given binds have.
    fn declared(&self) -> Vec<DeclaredKey> {
        unmet(&self.code(), &self.registrations())
    }

    /// What the code says beside a configuration.
    fn code(&self) -> BindsConfig {
        let binds = self.binds.iter().map(|bind| bind.config.clone());
        binds.fold(
            BindsConfig::new()
                .routing(self.routing.clone())
                .functions(self.functions.clone()),
            BindsConfig::bind,
        )
    }

    fn registrations(&self) -> Vec<Registration> {
        let mut registrations = self.entities.clone();
        registrations.extend(inventory::iter::<Registration>());
        registrations
    }
}
