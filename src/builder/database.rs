use std::path::Path;

use sea_orm::DatabaseConnection;

use super::{
    BindBuilder,
    assembly::{assemble, single, unmet},
    connect::connect_bind,
};
use crate::{
    bind::{BindKey, Registration},
    config::{Balance, BindsConfig, ConfigError, DeclaredKey, FunctionsConfig, RoutingConfig},
    database::RoutingDatabase,
    error::ConnectError,
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
        let routing = self.routing(RoutingConfig::default());
        let entities = self.registrations();
        assemble(self.binds, &routing, self.functions, &entities)
    }

    /// The database of a binds.yaml, with the given binds beside those of the file.
    ///
    /// # Errors
    /// As [`RoutingDatabase::connect`].
    pub async fn connect(self, path: impl AsRef<Path>) -> Result<RoutingDatabase, ConnectError> {
        let environment = |name: &str| std::env::var(name).ok();
        let declared = self.declared();
        let config = BindsConfig::load(path.as_ref(), &environment, &declared)?;
        self.open(config).await
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

    async fn open(mut self, config: BindsConfig) -> Result<RoutingDatabase, ConnectError> {
        let routing = self.routing(config.routing.clone());
        let entities = self.registrations();
        let mut binds = Vec::new();
        for bind in &config.binds {
            binds.push(connect_bind(&config, bind).await?);
        }
        binds.append(&mut self.binds);
        let functions = self
            .functions
            .read(config.functions.read)
            .write(config.functions.write);
        let database = assemble(binds, &routing, functions, &entities)?;
        database.dispatcher.learn_functions().await;
        Ok(database)
    }

    fn routing(&self, file: RoutingConfig) -> RoutingConfig {
        RoutingConfig {
            balance: self.balance.unwrap_or(file.balance),
            seed: self.seed.or(file.seed),
            echo: self.echo.unwrap_or(file.echo),
        }
    }

    /// The bind keys of the code, less those that the given binds have.
    fn declared(&self) -> Vec<DeclaredKey> {
        unmet(&self.binds, &self.registrations())
    }

    fn registrations(&self) -> Vec<Registration> {
        let mut registrations = self.entities.clone();
        registrations.extend(inventory::iter::<Registration>());
        registrations
    }
}
