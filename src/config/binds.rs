use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use super::{
    BindConfig, ConfigError, ConfigProblem, DeclaredKey, FunctionsConfig, NodeConfig, PoolConfig,
    RoutingConfig,
    check::{Finding, findings},
    database_place::{DatabasePlace, TAKEN},
    file::Document,
};
use crate::shard::group_of;

/// What errors call a text that came without a path.
const TEXT_ORIGIN: &str = "binds.yaml";

/// What errors call a configuration that came without a text.
const CODE_ORIGIN: &str = "BindsConfig";

/// Some ten thousand binds with slaves.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The whole configuration: `binds.yaml`, or the same built in code.
///
/// ```
/// use sea_orm_routing::BindsConfig;
///
/// let yaml = "binds: { default: { primary: 'postgres://db-1/app', replicas: ['postgres://db-2/app'] } }";
/// let config = BindsConfig::from_yaml(yaml)?;
/// assert_eq!(config.binds[0].slaves[0].name, "slave-1");
/// # Ok::<_, sea_orm_routing::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindsConfig {
    /// The binds; one is called `default`.
    pub binds: Vec<BindConfig>,
    /// What shards of groups are made of that are not listed: see [`template`](Self::template).
    pub templates: Vec<BindConfig>,
    /// Pool options of all nodes; each bind and node may override them.
    pub pool: PoolConfig,
    /// How statements are routed.
    pub routing: RoutingConfig,
    /// What the user's own functions do.
    pub functions: FunctionsConfig,
}

impl BindsConfig {
    /// A configuration without binds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a bind. Default: none, and one called `default` is needed.
    #[must_use]
    pub fn bind(mut self, bind: BindConfig) -> Self {
        self.binds.push(bind);
        self
    }

    /// What the shards of the group of that name are made of that are not listed, when they are first asked for: a bind in whose
    /// URLs `{key}` is the shard's name. Default: none, and a shard that is not listed is an error.
    ///
    /// A shard's name is of letters, digits, `_` and `-`, at most 63 of them, so that it means nothing else in a URL. Every such name
    /// makes a bind, which stays until [`remove_bind`](crate::RoutingDatabase::remove_bind): where keys come from requests, let a
    /// [resolver](crate::shard::ShardResolver) know which ones there are.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let file = |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
    /// use sea_orm_routing::{BindsConfig, RoutingDatabase, config::BindConfig};
    ///
    /// let config = BindsConfig::new()
    ///     .bind(BindConfig::new("default", file("default")))
    /// #   .bind(BindConfig::new("reports", file("reports")))
    ///     .template(BindConfig::new("tenants", file("tenant_{key}")));
    /// let db = RoutingDatabase::from_config(config).await?;
    /// let tenant = db.shard("tenants", "42").await?;
    /// assert!(directory.path().join("tenant_42.db").exists());
    /// assert!(db.shard("tenants", "../../etc").await.is_err());
    /// # let _ = tenant;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn template(mut self, template: BindConfig) -> Self {
        self.templates.push(template);
        self
    }

    /// This configuration in the place of another one: what that had made of a template is made of this one's.
    pub(crate) fn in_place_of(mut self, old: &Self) -> Self {
        for bind in &old.binds {
            let Some((group, shard)) = group_of(&bind.name) else {
                continue;
            };
            // It may have got another slave since, or another weight.
            let was_made = old.template_of(group).is_some_and(|template| {
                let made = template.made_for(&bind.name, shard);
                made.master.url.expose() == bind.master.url.expose() && made.within == bind.within
            });
            let is_listed = self.binds.iter().any(|other| other.name == bind.name);
            if let Some(template) = self.template_of(group).filter(|_| was_made && !is_listed) {
                let made = template.made_for(&bind.name, shard);
                if self.clash_of(&made).is_none() {
                    self.binds.push(made);
                }
            }
        }
        self
    }

    /// Why a shard that was made of a template is not opened: its database may be another bind's.
    pub(crate) fn clash_of(&self, made: &BindConfig) -> Option<String> {
        if let Some(within) = &made.within {
            let fault = within.fault();
            return fault.or_else(|| self.shares_place(made).then(|| TAKEN.to_owned()));
        }
        let places: Vec<_> = made.nodes().filter_map(|node| node.url.place()).collect();
        if let Some(fault) = places.iter().find_map(DatabasePlace::fault) {
            return Some(fault);
        }
        let is_taken = |node: &NodeConfig| {
            node.url
                .place()
                .is_some_and(|place| places.contains(&place))
        };
        let others = self.binds.iter().filter(|other| other.name != made.name);
        let mut nodes = others.flat_map(BindConfig::nodes);
        nodes.any(is_taken).then(|| TAKEN.to_owned())
    }

    /// Whether there is a group of that name.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        let is_shard = |bind: &BindConfig| group_of(&bind.name).is_some_and(|(of, _)| of == group);
        self.template_of(group).is_some() || self.binds.iter().any(is_shard)
    }

    /// The groups that there are, some of them more than once.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        let listed = self.binds.iter().filter_map(|bind| group_of(&bind.name));
        let made = self.templates.iter().map(|template| template.name.as_str());
        listed.map(|(group, _)| group).chain(made)
    }

    /// What the shards of a group are made of.
    pub(crate) fn template_of(&self, group: &str) -> Option<&BindConfig> {
        self.templates
            .iter()
            .find(|template| template.name == group)
    }

    /// Pool options of all nodes. Default: the crate's own.
    #[must_use]
    pub fn pool(mut self, pool: PoolConfig) -> Self {
        self.pool = pool;
        self
    }

    /// How statements are routed. Default: [`RoutingConfig::new`].
    #[must_use]
    pub fn routing(mut self, routing: RoutingConfig) -> Self {
        self.routing = routing;
        self
    }

    /// What the user's own functions do. Default: as the databases' catalogues say.
    #[must_use]
    pub fn functions(mut self, functions: FunctionsConfig) -> Self {
        self.functions = functions;
        self
    }

    /// Reads and validates a file; `${NAME}` comes from the environment of the process.
    ///
    /// # Errors
    ///
    /// All problems of the file, each with its line; or that there is no such file.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::load(path.as_ref(), &process_environment, &[])
    }

    /// Reads and validates the text of a file; `${NAME}` comes from the environment of the process.
    ///
    /// # Errors
    ///
    /// All problems of the text, each with its line.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigError> {
        Self::from_yaml_with(text, process_environment)
    }

    /// Reads and validates the text of a file; `${NAME}` comes from `environment`.
    ///
    /// # Errors
    ///
    /// All problems of the text, each with its line.
    pub fn from_yaml_with(
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        Self::read(TEXT_ORIGIN, text, &environment, &[])
    }

    /// The checks that a file undergoes, for a configuration built in code.
    ///
    /// # Errors
    ///
    /// All problems of the configuration.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.check(&[])
    }

    /// Reads a file; its error lists the file's problems and the declared keys that no bind or node has.
    pub(crate) fn load(
        path: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
        declared: &[DeclaredKey],
    ) -> Result<Self, ConfigError> {
        let origin = path.display().to_string();
        match text(path) {
            Ok(text) => Self::read(&origin, &text, environment, declared),
            Err(error) => Err(ConfigError::new(origin, vec![unreadable(&error)])),
        }
    }

    /// [`validate`](Self::validate), and the declared keys that no bind or node has.
    pub(crate) fn check(&self, declared: &[DeclaredKey]) -> Result<(), ConfigError> {
        self.check_with(&Self::new(), declared)
    }

    /// The same for what [`with`](Self::with) makes of it.
    pub(crate) fn check_with(
        &self,
        code: &Self,
        declared: &[DeclaredKey],
    ) -> Result<(), ConfigError> {
        let problems = self.problems_with(code, declared);
        if problems.is_empty() {
            return Ok(());
        }
        Err(ConfigError::new(CODE_ORIGIN, problems))
    }

    /// What is wrong with what [`with`](Self::with) makes of it. The binds of the code have no addresses to check.
    pub(crate) fn problems_with(
        &self,
        code: &Self,
        declared: &[DeclaredKey],
    ) -> Vec<ConfigProblem> {
        let findings = findings(self, &self.with(code), declared).into_iter();
        findings.map(Finding::without_line).collect()
    }

    /// This configuration with what the code says beside it: more binds and functions, and options that go before its own.
    pub(crate) fn with(&self, code: &Self) -> Self {
        let mut whole = self.clone();
        whole.binds.extend(code.binds.iter().cloned());
        whole.templates.extend(code.templates.iter().cloned());
        whole.routing = code.routing.or(&self.routing);
        whole.functions = whole
            .functions
            .read(&code.functions.read)
            .write(&code.functions.write);
        whole
    }

    /// Pool options of one node: its own, else its bind's, else the file's, option by option.
    #[must_use]
    pub(crate) fn effective_pool(&self, bind: &BindConfig, node: &NodeConfig) -> PoolConfig {
        node.pool.or(&bind.pool).or(&self.pool)
    }

    fn read(
        origin: &str,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        declared: &[DeclaredKey],
    ) -> Result<Self, ConfigError> {
        let document = Document::read(text, environment)
            .map_err(|problem| ConfigError::new(origin, vec![problem]))?;
        let findings = findings(&document.config, &document.config, declared);
        document
            .finish(findings)
            .map_err(|problems| ConfigError::new(origin, problems))
    }
}

fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What is in a file, if it may be a binds.yaml: a wrong path may lead to a file that fills the memory.
fn text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > LARGEST {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(text),
    }
}

fn unreadable(error: &std::io::Error) -> ConfigProblem {
    ConfigProblem {
        line: None,
        key: String::new(),
        found: match error.kind() {
            ErrorKind::NotFound => "no such file".to_owned(),
            ErrorKind::FileTooLarge => "a file of more than 16 MiB".to_owned(),
            ErrorKind::InvalidData => "bytes that are not UTF-8".to_owned(),
            _ => format!("a file that can't be read ({error})"),
        },
        expected: "a YAML file with `binds`".to_owned(),
    }
}
