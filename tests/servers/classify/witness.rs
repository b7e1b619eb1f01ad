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

    /// Words of made texts that this server's witness can't judge, and why.
    const LEFT_OUT: &'static [(&'static str, &'static str)];

    /// Whether a made text is tried.
    fn may_be_made(sql: &str) -> bool {
        let sql = sql.to_ascii_lowercase();
        !Self::LEFT_OUT.iter().any(|(word, _)| sql.contains(word))
    }

    /// Statements that would end the witness, or whose tables no text says.
    fn is_fatal(sql: &str) -> bool {
        const FATAL: [&str; 14] = [
            "ALTER DATABASE",
            "ALTER SCHEMA",
            // What a routine touches is its body's business.
            "CALL",
            "SHUTDOWN",
            "KILL",
            "RESTART",
            "SET PASSWORD",
            "ALTER USER",
            "DROP USER",
            "DROP DATABASE",
            "DROP SCHEMA",
            // Waits for all tables of a database that is there.
            "CREATE DATABASE",
            "CHANGE ",
            "DO $",
        ];
        let sql = plain(sql);
        FATAL.iter().any(|verb| sql.starts_with(verb))
    }

    /// Whether a name may stand for nothing: where the server finds nothing to do, or skips a comment that it could execute.
    fn may_be_idle(sql: &str) -> bool {
        let text = plain(sql);
        // A pragma looks at the schema, and opens nothing.
        let finds = ["IF EXISTS", "IF NOT EXISTS", "CHECKSUM", "PRAGMA_"]
            .iter()
            .any(|words| text.contains(words));
        let plans = ["EXPLAIN", "PREPARE"]
            .iter()
            .any(|verb| text.starts_with(verb));
        let plans = plans && text.contains(" INTO ");
        // The transaction in which the witness looks is over then.
        let ends = ["ABORT", "ROLLBACK"].iter().any(|verb| text.contains(verb));
        finds || plans || ends || ["/*!", "/*M!"].iter().any(|open| sql.contains(open))
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
                let idle = idle.iter().filter(|_| !Self::may_be_idle(sql));
                let idle = idle.map(|table| format!("does not touch {table}"));
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

/// A text in capitals without comments and with one space between its words, for a look at its verbs. What stands in an
/// executable comment stays.
pub(super) fn plain(sql: &str) -> String {
    let mut plain = String::new();
    let mut rest = sql;
    let executes = ["/*!", "/*M!"].iter().any(|open| sql.contains(open));
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        let length = match next {
            '\'' | '"' | '`' => after.find(next).map_or(rest.len(), |end| end + 2),
            '/' if rest.starts_with("/*!") || rest.starts_with("/*M!") => {
                let open = rest.find('!').unwrap_or_default() + 1;
                open + rest[open..]
                    .chars()
                    .take_while(char::is_ascii_digit)
                    .count()
            }
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '*' if executes && rest.starts_with("*/") => 2,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            _ => next.len_utf8(),
        };
        let piece = &rest[..length];
        let is_comment = ["/*", "*/", "--"]
            .iter()
            .any(|mark| piece.starts_with(mark));
        let is_gap = is_comment || next.is_whitespace() || next == '\u{feff}';
        match is_gap {
            true if plain.is_empty() || plain.ends_with(' ') => {}
            true => plain.push(' '),
            false => plain.push_str(&piece.to_uppercase()),
        }
        rest = &rest[length..];
    }
    plain.trim_end().to_owned()
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
