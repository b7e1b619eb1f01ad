use std::{collections::BTreeSet, fmt, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult,
    RuntimeErr, Statement,
};
use sea_orm_routing::classify::{Class, Functions, classify};

/// A statement that waits longer is not going to be answered.
pub(super) const LONGEST: Duration = Duration::from_secs(2);

/// A relation of the server's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
}

impl Relation {
    pub(super) fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        let (schema, name) = (schema.into(), name.into());
        Self { schema, name }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What the server did with a text.
#[derive(Debug)]
pub(super) enum Testimony {
    Refused(String),
    Ran {
        /// Touched, and neither named nor a part of what is named.
        missed: Vec<Relation>,
        /// Named, and not touched.
        idle: Vec<Relation>,
    },
}

/// A server that says which tables a text touches.
pub(super) trait Witness: Sized {
    const SERVER: &'static str;
    const BACKEND: DbBackend;
    /// The schema of a table that is named without one.
    const SCHEMA: &'static str;

    /// Files of `tests/classify`.
    const FILES: [&'static str; 2];

    /// How many of their statements the server must run at least.
    const LEAST: usize;

    async fn open() -> Self;

    async fn ask(&mut self, sql: &str, class: &Class) -> Testimony;

    /// What a text leaves behind that was run on a server which allows everything; `Err` if it is refused.
    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String>;

    /// The tables that a statement names, as the server calls them.
    fn named(class: &Class) -> BTreeSet<Relation> {
        let tables = class.tables.iter();
        let tables = tables.filter(|table| !table.is_catalogue(Self::BACKEND));
        let relations = tables.map(|table| {
            let schema = table.schema.as_deref().unwrap_or(Self::SCHEMA);
            Relation::new(schema, table.name.as_str())
        });
        relations.collect()
    }

    /// Whether a made text is tried: what is known to be seen by the server alone is not, nor what outlives a transaction.
    fn may_be_made(sql: &str) -> bool {
        const LEFT_OUT: [&str; 27] = [
            "analyze",
            "analyse",
            "commit",
            "trigger",
            "checksum",
            "if exists",
            "system",
            "database",
            "role",
            "cascade",
            "::",
            "_to_xml",
            "function",
            "publication",
            "do ",
            "program",
            "vacuum",
            "concurrently",
            "owned",
            "bake",
            "/*!99999",
            "schema",
            "grant",
            "revoke",
            "password",
            "rule",
            "flush",
        ];
        // What SQLite looks up later, or what is about a whole database.
        const LATER: [&str; 7] = [
            "view",
            "trigger",
            "virtual",
            "references",
            "pragma",
            "analyze",
            "reindex",
        ];
        let sql = sql.to_ascii_lowercase();
        let is_later =
            Self::BACKEND == DbBackend::Sqlite && LATER.iter().any(|word| sql.contains(word));
        !is_later && !LEFT_OUT.iter().any(|word| sql.contains(word))
    }

    /// Statements that would end the witness.
    fn is_fatal(sql: &str) -> bool {
        const FATAL: [&str; 12] = [
            "alter database",
            "alter schema",
            "call",
            "shutdown",
            "kill",
            "restart",
            "set password",
            "alter user",
            "drop user",
            "drop database",
            "drop schema",
            "change ",
        ];
        let sql = sql.trim_start().to_ascii_lowercase();
        FATAL.iter().any(|verb| sql.starts_with(verb))
    }

    /// What is wrong with the class of a text; `Err` if the server refuses it.
    async fn wrong(&mut self, sql: &str) -> Result<Vec<String>, String> {
        if Self::is_fatal(sql) {
            return Err("is not tried".to_owned());
        }
        let class = classify(Self::BACKEND, sql, &Functions::builtin());
        match self.ask(sql, &class).await {
            Testimony::Refused(why) => Err(why),
            Testimony::Ran { missed, idle } => {
                let missed = missed.iter().map(|table| format!("touches {table}"));
                let idle = idle.iter().map(|table| format!("does not touch {table}"));
                Ok(missed.chain(idle).collect())
            }
        }
    }
}

pub(super) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

pub(super) async fn rows(
    connection: &DatabaseConnection,
    sql: &str,
) -> Result<Vec<QueryResult>, DbErr> {
    let backend = connection.get_database_backend();
    connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
}

/// The server's code for an error: `25006`, `1205`.
pub(super) fn code(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return String::new();
    };
    let Some(error) = error.as_database_error() else {
        return String::new();
    };
    match error.try_downcast_ref::<sea_orm::sqlx::mysql::MySqlDatabaseError>() {
        Some(error) => error.number().to_string(),
        None => error.code().unwrap_or_default().into_owned(),
    }
}
