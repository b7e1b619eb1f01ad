use std::sync::Arc;

use sea_orm::sqlx::{AssertSqlSafe, Error, PgConnection, Row, postgres::PgRow, raw_sql};
use tracing::{error, warn};

use super::node_opener::NodeOpener;
use crate::{
    config::SearchPath,
    events::NODE,
    node::{Pooling, Role},
};

/// Whether the session got what sqlx says in its start-up packet, as `extra_float_digits`: a server obeys, and a pooler
/// ignores it, or else refuses the connection. PgBouncer has to be told so, since it can't hand the setting on:
/// <https://www.pgbouncer.org/config.html#ignore_startup_parameters>.
const IS_OWN: &str =
    "pg_catalog.current_setting('extra_float_digits', true) IS NOT DISTINCT FROM '2'";

/// What is set on each session of a node's pool, if no other client will get it.
///
/// A slave's is read-only by the server's own means, whatever the URL points at. It is set after connecting and not in the
/// start-up packet, because PgBouncer refuses options there.
#[derive(Clone, Debug)]
pub(super) struct PostgresSession {
    sql: Arc<str>,
    /// Without its search path a statement would find other tables.
    needs_search_path: bool,
    has_timeout: bool,
    key: Arc<str>,
    pooling: Arc<Pooling>,
}

impl PostgresSession {
    /// `None` where nothing is to be set, or nothing may be.
    pub(super) fn new(opener: &NodeOpener) -> Option<Self> {
        let settings = settings(opener);
        let pooling = opener.pooling.clone();
        if (settings.is_empty() && opener.outfits.is_none()) || opener.is_declared_shared() {
            return None;
        }
        let is_own = match opener.pool.pooler {
            Some(_) => "true",
            None => IS_OWN,
        };
        let set = settings.iter().map(|(name, value)| {
            let value = literal(value);
            format!(", CASE WHEN is_own THEN pg_catalog.set_config('{name}', {value}, false) END")
        });
        let set: String = set.collect();
        Some(Self {
            sql: format!("SELECT is_own{set} FROM (SELECT {is_own} AS is_own) AS session").into(),
            needs_search_path: opener.pool.schema_search_path.is_some(),
            has_timeout: opener.pool.statement_timeout.is_some(),
            key: opener.key.as_str().into(),
            pooling,
        })
    }

    /// Asks first, and sets in the same round trip.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Makes a new connection's session the pool's, or notes that it is not its own.
    pub(super) async fn begin(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let sql = AssertSqlSafe(self.sql.to_string());
        let row = raw_sql(sql).fetch_one(connection).await?;
        self.note(&row)
    }

    /// Notes whether the session is the pool's, by what its [`sql`](Self::sql) has given.
    ///
    /// # Errors
    /// It is not, and a statement would find other tables there.
    pub(super) fn note(&self, row: &PgRow) -> Result<(), Error> {
        let is_own: bool = row.try_get(0)?;
        if self.pooling.note(!is_own) {
            warn!(
                target: NODE, node = %self.key,
                "a pooler stands before the server: nothing is set on its sessions, \
                 a slave's reads are sent in read-only transactions unless its server is a standby{}; \
                 write `pooler: transaction`, or `pooler: session` if it gives each client a session of its own",
                if self.has_timeout { ", and `statement_timeout` does not hold" } else { "" }
            );
        }
        match self.needs_search_path && !is_own {
            false => Ok(()),
            true => {
                if self.pooling.refuse() {
                    error!(
                        target: NODE, node = %self.key,
                        "`schema_search_path` can't be set behind a pooler: write `pooler: session` if it gives each client a \
                         session of its own, else set it by `ALTER ROLE … SET search_path`"
                    );
                }
                Err(Error::Configuration(
                    "`schema_search_path` can't be set behind a pooler".into(),
                ))
            }
        }
    }
}

fn settings(opener: &NodeOpener) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    if opener.role == Role::Slave {
        settings.push(("default_transaction_read_only", "on".to_owned()));
    }
    if let Some(timeout) = opener.pool.statement_timeout {
        settings.push(("statement_timeout", timeout.as_millis().to_string()));
    }
    if let Some(path) = &opener.pool.schema_search_path {
        // What is no list of names was refused when the configuration was checked; here it is nothing.
        let path = SearchPath::read(path).unwrap_or_default();
        settings.push(("search_path", path.to_string()));
    }
    settings
}

/// A text whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "''");
    format!("E'{text}'")
}
