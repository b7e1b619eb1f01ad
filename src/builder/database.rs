use std::path::Path;

use sea_orm::DatabaseConnection;

use super::{
    BindBuilder,
    assembly::{assemble, single, unmet},
    connect::connect_bind,
    problems::outline,
    watch::FileWatch,
};
use crate::{
    bind::{BindKey, Registration},
    config::{
        Balance, BindsConfig, ConfigError, DeclaredKey, FailoverConfig, FunctionsConfig,
        ReadsConfig, RoutingConfig,
    },
    database::RoutingDatabase,
    error::ConnectError,
    session::Consistency,
};

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
    balance: Option<Balance>,
    seed: Option<u64>,
    echo: Option<bool>,
    reads: ReadsConfig,
    failover: FailoverConfig,
    watch: bool,
    functions: FunctionsConfig,
}

impl RoutingDatabaseBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a bind. Default: none; one must be called `default`.
    #[must_use]
    pub fn bind(mut self, bind: BindBuilder) -> Self {
        self.binds.push(bind);
        self
    }

    /// Registers an entity that implements [`BindKey`] without the derive. Default: all that derive it.
    #[must_use]
    pub fn entity<E: BindKey>(mut self) -> Self {
        self.entities.push(Registration::of::<E>());
        self
    }

    /// How reads are split over a bind's slaves, unless the bind says itself. Default: what the file says, else
    /// [`Balance::Random`].
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.balance = Some(balance);
        self
    }

    /// Makes the random choices repeatable. Default: what the file says, else another sequence in each process.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Logs each statement with its node at info level. Default: what the file says, else off.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = Some(echo);
        self
    }

    /// What a read from a slave may miss, unless the bind says itself. Default: what the file says, else
    /// [`Consistency::Session`].
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.reads.consistency = Some(consistency);
        self
    }

    /// What reads from slaves promise, all of it, unless the bind says itself. Default: what the file says.
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.reads = reads;
        self
    }

    /// Who is the master of a bind, unless the bind says itself. Default: what the file says, else
    /// [`Roles::Fixed`](crate::Roles::Fixed).
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.failover = failover;
        self
    }

    /// Follows the changes of the binds.yaml that [`connect`](Self::connect) reads: a valid one becomes the new topology
    /// at once, an invalid one is logged and changes nothing. Default: off.
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

    /// The database over the given connections.
    ///
    /// # Errors
    /// [`ConfigError`] lists every problem: no `default` bind, names that are taken or not allowed, a bind whose
    /// nodes speak different dialects, a bind key in the code that no bind has.
    pub fn build(self) -> Result<RoutingDatabase, ConfigError> {
        let database = assemble(self.binds.clone(), self, BindsConfig::new())?;
        database.dispatcher.watch_all();
        Ok(database)
    }

    /// The database of a binds.yaml, with the given binds beside those of the file.
    ///
    /// # Errors
    /// As [`RoutingDatabase::connect`].
    pub async fn connect(self, path: impl AsRef<Path>) -> Result<RoutingDatabase, ConnectError> {
        let environment = |name: &str| std::env::var(name).ok();
        let watch = match self.watch {
            true => Some(FileWatch::new(path.as_ref())?),
            false => None,
        };
        let declared = self.declared();
        let config = BindsConfig::load(path.as_ref(), &environment, &declared)?;
        let database = self.open(config).await?;
        if let Some(watch) = watch {
            database.follow(|settings, dispatcher| watch.follow(settings, dispatcher));
        }
        Ok(database)
    }

    /// The database of a configuration, with the given binds beside those of the configuration.
    ///
    /// # Errors
    /// As [`RoutingDatabase::from_config`].
    pub async fn from_config(self, config: BindsConfig) -> Result<RoutingDatabase, ConnectError> {
        config.check(&self.declared())?;
        self.open(config).await
    }

    pub(crate) fn single(connection: DatabaseConnection) -> RoutingDatabase {
        single(connection)
    }

    async fn open(self, config: BindsConfig) -> Result<RoutingDatabase, ConnectError> {
        let mut binds = Vec::new();
        for bind in &config.binds {
            binds.push(connect_bind(&config, bind, false).await?);
        }
        binds.extend(self.binds.iter().cloned());
        let database = assemble(binds, self, config)?;
        database.dispatcher.watch_all();
        database.dispatcher.learn_functions().await;
        database.dispatcher.first_knowledge().await;
        Ok(database)
    }

    pub(super) fn functions_with(&self, file: FunctionsConfig) -> FunctionsConfig {
        self.functions.clone().read(file.read).write(file.write)
    }

    pub(super) fn routing(&self, file: RoutingConfig) -> RoutingConfig {
        RoutingConfig {
            balance: self.balance.unwrap_or(file.balance),
            seed: self.seed.or(file.seed),
            echo: self.echo.unwrap_or(file.echo),
            reads: self.reads.or(&file.reads),
            failover: self.failover.or(&file.failover),
        }
    }

    /// The bind keys of the code, less those that the given binds have.
    fn declared(&self) -> Vec<DeclaredKey> {
        unmet(&self.outline(), &self.registrations())
    }

    /// The given binds, as if they had been configured.
    pub(super) fn outline(&self) -> BindsConfig {
        outline(&self.binds)
    }

    pub(super) fn registrations(&self) -> Vec<Registration> {
        let mut registrations = self.entities.clone();
        registrations.extend(inventory::iter::<Registration>());
        registrations
    }
}
