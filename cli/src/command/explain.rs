use std::{fs, io, path::Path, time::Duration};

use sea_orm_migration::sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, Statement,
};
use sea_orm_routing::{
    BindBuilder, BindsConfig, Consistency, DEFAULT_BIND, Route, RoutingDatabase, RoutingError,
    classify::{Functions, Usage, classify, statements},
    config::{FreshnessSource, Scheme},
    route::BindReason,
};
use serde::Serialize;
use tokio::runtime;

use super::{
    arguments::Dialect,
    binds_file::{BindsFile, STANDARD_INPUT, read},
    error::CommandError,
    format::Format,
    output::{say, say_json},
    placeholders::without_variables,
};

/// One statement, as it is told.
#[derive(Serialize)]
struct Explained {
    sql: String,
    access: String,
    why: String,
    tables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Whether it is known where it ends.
    #[serde(skip)]
    is_cut: bool,
}

/// What statements are asked about.
struct Binds {
    config: Option<BindsConfig>,
    db: Option<RoutingDatabase>,
    /// What the default bind speaks.
    backend: DbBackend,
}

/// What is asked for.
pub(super) struct Question<'q> {
    pub(super) sql: Option<&'q str>,
    pub(super) file: Option<&'q Path>,
    pub(super) dialect: Option<Dialect>,
    pub(super) binds: &'q Path,
    pub(super) format: Format,
}

pub(super) fn explain(question: &Question<'_>) -> Result<bool, CommandError> {
    // Without a file, one bind is meant, and any dialect; one that was named must be there.
    let is_named = question.binds != Path::new("binds.yaml");
    let config = match is_named || question.binds.exists() {
        true => Some(without_variables(
            &BindsFile::of(question.binds)?,
            question.dialect,
        )?),
        false => None,
    };
    let binds = Binds {
        db: config.as_ref().map(without_servers).transpose()?,
        backend: backend(question.dialect, config.as_ref()),
        config,
    };
    let explained: Vec<_> = match (question.sql, question.file) {
        (Some(sql), _) => vec![binds.explained(sql)],
        (None, Some(path)) => {
            let text = text(path)?;
            let pieces = statements(binds.backend, &text).into_iter();
            let explained = pieces.map(|piece| {
                let mut explained = binds.explained(piece.sql);
                if let Some(fault) = piece.fault {
                    explained.error = Some(format!(
                        "all from line {} to the end of the file is one piece: {fault}",
                        piece.line
                    ));
                    explained.is_cut = false;
                }
                explained
            });
            explained.collect()
        }
        (None, None) => Vec::new(),
    };
    match question.format {
        Format::Json => say_json(&explained)?,
        Format::Text => {
            for (number, statement) in explained.iter().enumerate() {
                let space = if number > 0 { "\n" } else { "" };
                say(&format!("{space}{}", statement.in_words()))?;
            }
        }
    }
    Ok(explained.iter().all(|statement| statement.error.is_none()))
}

fn backend(dialect: Option<Dialect>, config: Option<&BindsConfig>) -> DbBackend {
    let default =
        config.and_then(|config| config.binds.iter().find(|bind| bind.name == DEFAULT_BIND));
    match (dialect, default.and_then(|bind| bind.master.url.backend())) {
        (_, Some(scheme)) => spoken(scheme),
        (Some(Dialect::Mysql), None) => DbBackend::MySql,
        (Some(Dialect::Sqlite), None) => DbBackend::Sqlite,
        (Some(Dialect::Postgres) | None, None) => DbBackend::Postgres,
    }
}

fn spoken(scheme: Scheme) -> DbBackend {
    match scheme {
        Scheme::MySql => DbBackend::MySql,
        Scheme::Sqlite => DbBackend::Sqlite,
        _ => DbBackend::Postgres,
    }
}

/// The same binds and nodes, none of which is ever asked: outside of a runtime, a database asks nobody.
fn without_servers(config: &BindsConfig) -> Result<RoutingDatabase, CommandError> {
    let mut builder = RoutingDatabase::builder()
        .functions(config.functions.clone())
        .reads(config.routing.reads.clone());
    for bind in &config.binds {
        let nobody = || nobody(bind.master.url.backend());
        // As of slaves that hold what everybody has written: a level below `strong` then sends its reads there.
        let level = bind.reads.consistency.or(config.routing.reads.consistency);
        let reads = (bind.reads.clone())
            .freshness(FreshnessSource::Window(Duration::from_secs(1)))
            .consistency(match level {
                Some(Consistency::Strong) => Consistency::Strong,
                _ => Consistency::Eventual,
            });
        let mut offline = BindBuilder::new(&bind.name, nobody()?)
            .tables(&bind.tables)
            .reads(reads);
        for slave in &bind.slaves {
            offline = offline.weighted_slave(&slave.name, nobody()?, slave.weight);
        }
        builder = builder.bind(offline);
    }
    Ok(builder.build()?)
}

/// A pool of the dialect that has connected to nobody.
fn nobody(scheme: Option<Scheme>) -> Result<DatabaseConnection, CommandError> {
    let mut options = ConnectOptions::new(match scheme {
        Some(Scheme::MySql) => "mysql://nobody@127.0.0.1/nothing",
        Some(Scheme::Sqlite) => "sqlite::memory:",
        _ => "postgres://nobody@127.0.0.1/nothing",
    });
    options.connect_lazy(true);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(CommandError::Runtime)?;
    Ok(runtime.block_on(Database::connect(options))?)
}

fn text(path: &Path) -> Result<String, CommandError> {
    if path == Path::new(STANDARD_INPUT) {
        return read(io::stdin(), u64::MAX);
    }
    fs::read_to_string(path).map_err(|source| CommandError::Read {
        path: path.to_owned(),
        source,
    })
}

impl Binds {
    /// As the bind understands it that its tables name, whichever dialect that speaks.
    fn explained(&self, sql: &str) -> Explained {
        let Some(db) = &self.db else {
            return explained(self.backend, sql, None);
        };
        let route = |backend| db.route(&Statement::from_string(backend, sql));
        let first = route(self.backend);
        let bind = match &first {
            Ok(route) => Some(route.bind.as_str()),
            Err(RoutingError::OtherBackend { bind, .. }) => Some(bind.as_str()),
            Err(_) => None,
        };
        let other = bind
            .and_then(|bind| self.spoken_by(bind))
            .filter(|backend| *backend != self.backend);
        match other {
            Some(backend) => explained(backend, sql, Some(route(backend))),
            None => explained(self.backend, sql, Some(first)),
        }
    }

    fn spoken_by(&self, name: &str) -> Option<DbBackend> {
        let binds = &self.config.as_ref()?.binds;
        let bind = binds.iter().find(|bind| bind.name == name)?;
        bind.master.url.backend().map(spoken)
    }
}

fn explained(
    backend: DbBackend,
    sql: &str,
    route: Option<Result<Route, RoutingError>>,
) -> Explained {
    let class = classify(backend, sql, &Functions::default());
    let tables = class.tables.iter().map(|table| {
        let schema = table
            .schema
            .as_ref()
            .map_or_else(String::new, |schema| format!("{schema}."));
        let usage = match table.usage {
            Usage::Read => "read",
            Usage::Write => "written",
            Usage::Define => "defined",
        };
        format!("{schema}{} ({usage})", table.name)
    });
    let (route, error) = match route {
        Some(Ok(route)) => (Some(route), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    // With the configuration's functions, where there is one.
    let (access, why) = match &route {
        Some(route) => (route.access, route.reason.access.to_string()),
        None => (class.access, class.reason.to_string()),
    };
    Explained {
        sql: sql.to_owned(),
        access: access.to_string(),
        why,
        tables: tables.collect(),
        route,
        error,
        is_cut: true,
    }
}

impl Explained {
    fn in_words(&self) -> String {
        let mut text = format!("{}\n  is a {}: {}", self.sql, self.access, self.why);
        if !self.tables.is_empty() {
            text += &format!("\n  tables: {}", self.tables.join(", "));
        }
        if let Some(Route {
            bind, node, reason, ..
        }) = &self.route
        {
            // Keys of entities are in the application.
            let why = match reason.bind {
                BindReason::Default => "no entry in binds.yaml".to_owned(),
                ref reason => reason.to_string(),
            };
            text += &format!("\n  goes to {bind}.{node}: {why}; {}", reason.node);
        }
        if let Some(error) = &self.error {
            text += &match self.is_cut {
                true => format!("\n  is refused before it is sent: {error}"),
                false => format!("\n  can't be cut: {error}"),
            };
        }
        text
    }
}
