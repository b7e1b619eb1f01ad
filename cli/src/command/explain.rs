use std::{
    fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use sea_orm_migration::sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, Statement,
};
use sea_orm_routing::{
    BindBuilder, BindsConfig, Consistency, DEFAULT_BIND, Route, RoutingDatabase,
    classify::{Functions, Usage, classify},
    config::{FreshnessSource, ReadsConfig, Scheme},
};
use serde::Serialize;
use tokio::runtime;

use super::{
    arguments::Dialect,
    error::CommandError,
    format::Format,
    output::{say, say_json},
    statements::statements,
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
        true => Some(BindsConfig::from_path(question.binds)?),
        false => None,
    };
    let backend = backend(question.dialect, config.as_ref());
    let db = config.as_ref().map(without_servers).transpose()?;
    let texts = match (question.sql, question.file) {
        (Some(sql), _) => vec![sql.to_owned()],
        (None, Some(path)) => statements(backend, &text(path)?),
        (None, None) => Vec::new(),
    };
    let explained: Vec<_> = texts
        .iter()
        .map(|sql| explained(backend, sql, db.as_ref()))
        .collect();
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
        (Some(Dialect::Mysql), _) | (None, Some(Scheme::MySql)) => DbBackend::MySql,
        (Some(Dialect::Sqlite), _) | (None, Some(Scheme::Sqlite)) => DbBackend::Sqlite,
        _ => DbBackend::Postgres,
    }
}

/// The same binds and nodes, none of which is ever asked: outside of a runtime, a database asks nobody.
fn without_servers(config: &BindsConfig) -> Result<RoutingDatabase, CommandError> {
    let mut builder = RoutingDatabase::builder().functions(config.functions.clone());
    for bind in &config.binds {
        let nobody = || nobody(bind.master.url.backend());
        // As of slaves that hold what everybody has written: a level below `strong` then sends its reads there.
        let level = bind.reads.consistency.or(config.routing.reads.consistency);
        let reads = ReadsConfig::new()
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
    let read = match path == Path::new("-") {
        true => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        false => fs::read_to_string(path),
    };
    read.map_err(|source| CommandError::Read {
        path: path.to_owned(),
        source,
    })
}

fn explained(backend: DbBackend, sql: &str, db: Option<&RoutingDatabase>) -> Explained {
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
    let route = db.map(|db| db.route(&Statement::from_string(backend, sql)));
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
            text += &format!(
                "\n  goes to {bind}.{node}: {}; {}",
                reason.bind, reason.node
            );
        }
        if let Some(error) = &self.error {
            text += &format!("\n  is refused before it is sent: {error}");
        }
        text
    }
}
