use super::{BindConfig, BindsConfig, NodeConfig, Scheme, SearchPath, bind::TEMPLATE_KEY};

/// Where a bind is that has no servers of its own: on those of another one, over the same pools, in a schema of PostgreSQL's or a
/// database of MySQL's or MariaDB's.
///
/// It is set on a connection for the statement or transaction that needs it, and never left for another: see `docs/tenants.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Within {
    /// The bind whose servers and pools it shares.
    pub bind: String,
    /// PostgreSQL: the schema of its tables, or several with commas between, as a search path.
    pub schema: Option<String>,
    /// MySQL and MariaDB: the database of its tables.
    pub database: Option<String>,
}

impl Within {
    /// A schema on the servers of `bind`, which is PostgreSQL.
    #[must_use]
    pub fn schema(bind: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            bind: bind.into(),
            schema: Some(schema.into()),
            database: None,
        }
    }

    /// A database on the servers of `bind`, which is MySQL or MariaDB.
    #[must_use]
    pub fn database(bind: impl Into<String>, database: impl Into<String>) -> Self {
        Self {
            bind: bind.into(),
            schema: None,
            database: Some(database.into()),
        }
    }

    /// That of one shard that is made of a template's.
    pub(super) fn made_for(&self, shard: &str) -> Self {
        let made = |text: &String| text.replace(TEMPLATE_KEY, shard);
        Self {
            bind: self.bind.clone(),
            schema: self.schema.as_ref().map(made),
            database: self.database.as_ref().map(made),
        }
    }

    /// What is set on a connection: the search path or the database.
    pub(crate) fn place(&self) -> String {
        match (&self.schema, &self.database) {
            (Some(schema), _) => SearchPath::read(schema).unwrap_or_default().to_string(),
            (None, database) => database.clone().unwrap_or_default(),
        }
    }

    /// Why its schema or database can't be; a server would cut off a longer name, and might come to another one.
    pub(super) fn fault(&self) -> Option<String> {
        match (&self.schema, &self.database) {
            (Some(schema), None) => SearchPath::read(schema).err(),
            (None, Some(database)) => {
                // The same in SQL, in a URL and in a file's name.
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte);
                let is_name = (1..=LONGEST_DATABASE).contains(&database.len())
                    && database.bytes().all(is_plain);
                (!is_name).then(|| "a text that is no plain name of a database".to_owned())
            }
            _ => Some("neither a `schema` nor a `database`, or both".to_owned()),
        }
    }

    /// The bind as it would be with servers of its own, which are those of `host`.
    fn housed(&self, bind: &BindConfig, host: &BindConfig) -> BindConfig {
        let node = |node: &NodeConfig| {
            let mut node = node.clone();
            match (&self.schema, &self.database) {
                (Some(schema), _) => node.pool.schema_search_path = Some(schema.clone()),
                (None, Some(database)) => node.url = node.url.in_database(database),
                (None, None) => {}
            }
            node
        };
        BindConfig {
            master: node(&host.master),
            slaves: host.slaves.iter().map(node).collect(),
            pool: host.pool.clone(),
            ..bind.clone()
        }
    }
}

/// MySQL's limit.
const LONGEST_DATABASE: usize = 64;

impl BindsConfig {
    /// The same, in which binds that are on the servers of others have addresses like all others.
    pub(crate) fn housed(&self) -> Self {
        if self.binds.iter().all(|bind| bind.within.is_none()) {
            return self.clone();
        }
        let housed = |bind: &BindConfig| {
            let within = bind.within.as_ref();
            let host = within.and_then(|within| Some((within, self.host_of(bind)?)));
            host.map_or_else(|| bind.clone(), |(within, host)| within.housed(bind, host))
        };
        Self {
            binds: self.binds.iter().map(housed).collect(),
            ..self.clone()
        }
    }

    /// The bind on whose servers another one is.
    pub(crate) fn host_of(&self, bind: &BindConfig) -> Option<&BindConfig> {
        let within = bind.within.as_ref()?;
        let mut binds = self.binds.iter();
        binds.find(|host| host.name == within.bind && host.within.is_none())
    }

    /// Whether others are, or may be, on the servers of a bind.
    pub(crate) fn hosts(&self, bind: &BindConfig) -> bool {
        let is_host = |other: &BindConfig| {
            let within = other.within.as_ref();
            within.is_some_and(|within| within.bind == bind.name)
        };
        bind.within.is_none() && self.binds.iter().chain(&self.templates).any(is_host)
    }

    /// Whether a bind on the servers of another one is in the place of another such bind, or of its host.
    pub(crate) fn shares_place(&self, made: &BindConfig) -> bool {
        let Some(within) = &made.within else {
            return false;
        };
        let is_host_s = |host: &BindConfig| match host.master.url.backend() {
            // On some file systems names in capitals are the same.
            Some(Scheme::MySql) => {
                let lower = |name: Option<&String>| name.map(|name| name.to_lowercase());
                let own = host.master.url.database();
                lower(own.as_ref()) == lower(within.database.as_ref())
            }
            _ => {
                let pool = self.effective_pool(host, &host.master);
                let path = pool.schema_search_path.as_deref().map(SearchPath::read);
                path.and_then(Result::ok)
                    .is_some_and(|path| path.to_string() == within.place())
            }
        };
        let is_one = |other: &BindConfig| {
            other.name != made.name
                && other.within.as_ref().is_some_and(|other| {
                    other.bind == within.bind
                        && other.place().to_lowercase() == within.place().to_lowercase()
                })
        };
        self.host_of(made).is_some_and(is_host_s) || self.binds.iter().any(is_one)
    }
}
