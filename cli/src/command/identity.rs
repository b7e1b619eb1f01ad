use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_routing::RoutingDatabase;

/// Which server a node is, as far as it says so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Alike for all sessions of one running server.
    server: String,
    /// Alike for a master and its slaves, where there is such a thing.
    cluster: Option<String>,
    /// Whether it says that it follows another one, where it does.
    follows: Option<bool>,
}

const POSTGRES: &str = "SELECT concat_ws(' ', pg_postmaster_start_time(), current_setting('port'), current_setting('cluster_name')), \
    (SELECT system_identifier::text FROM pg_control_system()), pg_is_in_recovery()";

const MYSQL: &str = "SELECT concat_ws(' ', @@hostname, @@port, @@datadir, @@server_id)";

/// What a master may not do in the tables that its user sees.
const POSTGRES_GRANTS: &str = "SELECT count(*), count(*) FILTER (WHERE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Whatever the user may write, by a grant of its own; a role's is not seen there.
const MYSQL_GRANTS: &str = "SELECT (SELECT count(*) FROM information_schema.tables WHERE table_schema = database()), \
    (SELECT count(*) FROM information_schema.user_privileges WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE')) \
    + (SELECT count(*) FROM information_schema.schema_privileges WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE')) \
    + (SELECT count(*) FROM information_schema.table_privileges WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE')) \
    + (SELECT count(*) FROM information_schema.applicable_roles)";

impl Identity {
    /// That of the node of a handle; `None` for what has none, such as a file.
    pub(super) async fn of(node: &RoutingDatabase) -> Result<Option<Self>, DbErr> {
        let backend = node.get_database_backend();
        let question = match backend {
            DbBackend::Postgres => POSTGRES,
            DbBackend::MySql => MYSQL,
            _ => return Ok(None),
        };
        let row = node
            .query_one_raw(Statement::from_string(backend, question))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let is_postgres = backend == DbBackend::Postgres;
        Ok(Some(Self {
            server: row.try_get_by_index(0)?,
            cluster: if is_postgres {
                row.try_get_by_index(1)?
            } else {
                None
            },
            follows: if is_postgres {
                Some(row.try_get_by_index(2)?)
            } else {
                None
            },
        }))
    }

    /// What is wrong with a slave of that identity, of a master with this one.
    pub(super) fn wrong_with(&self, slave: &Self) -> Option<&'static str> {
        let is_other = self.cluster.is_some() && self.cluster != slave.cluster;
        if self.server == slave.server {
            Some("it is the master itself, by another address or the same")
        } else if is_other {
            Some("it is a server of another cluster than its master's")
        } else if slave.follows == Some(false) && self.follows == Some(false) {
            Some("it follows nobody: it is no standby")
        } else {
            None
        }
    }
}

/// Whether the user of a master's node may write none of the tables that there are.
pub(super) async fn lacks_grants(master: &RoutingDatabase) -> Result<bool, DbErr> {
    let backend = master.get_database_backend();
    let question = match backend {
        DbBackend::Postgres => POSTGRES_GRANTS,
        DbBackend::MySql => MYSQL_GRANTS,
        _ => return Ok(false),
    };
    let row = master
        .query_one_raw(Statement::from_string(backend, question))
        .await?;
    let Some(row) = row else { return Ok(false) };
    let (tables, writable): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(tables > 0 && writable == 0)
}
