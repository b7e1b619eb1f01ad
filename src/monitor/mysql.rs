use std::{cmp::Reverse, time::Duration};

use async_trait::async_trait;
use sea_orm::sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor, MySqlConnection, MySqlPool, Row,
    mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlRow},
    raw_sql,
};
use tokio::time::Instant;

use super::{
    borrowed::Borrowed,
    connecting::Connecting,
    heartbeat,
    probe::{Probe, is_worth_keeping},
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Gtid, GtidSet, Introduction, Life, Moment, Position, ServerUuid, Source},
    node::Role,
};

const VERSION: &str = "SELECT version() AS version";

/// What tells a server from another one behind the same address.
macro_rules! role {
    () => {
        "SELECT CAST(@@global.read_only AS SIGNED) AS read_only, \
                CAST(CONCAT_WS('/', @@global.hostname, @@global.port, @@global.datadir, @@global.server_id) AS CHAR) AS life"
    };
}

/// What a MariaDB server has written and applied, per domain: <https://mariadb.com/kb/en/gtid/>.
macro_rules! mariadb {
    () => {
        "CAST(@@global.log_bin AS SIGNED) AS logs, \
         CAST(@@global.server_id AS SIGNED) AS server, \
         CAST(@@global.gtid_binlog_pos AS CHAR) AS written, \
         CAST(@@global.gtid_slave_pos AS CHAR) AS applied"
    };
}

/// What a MySQL server has executed, its own and its source's:
/// <https://dev.mysql.com/doc/refman/8.4/en/replication-options-gtids.html>.
macro_rules! mysql {
    () => {
        "CAST(@@global.gtid_mode AS CHAR) AS mode, \
         CAST(@@global.server_uuid AS CHAR) AS server, \
         CAST(@@global.gtid_executed AS CHAR) AS executed"
    };
}

const MARIADB: &str = concat!(
    role!(),
    ", ",
    mariadb!(),
    ", CAST(@@global.gtid_binlog_state AS CHAR) AS state, \
       CAST((SELECT variable_value FROM information_schema.global_status \
             WHERE variable_name = 'SLAVES_RUNNING') AS SIGNED) AS follows"
);

const MYSQL: &str = concat!(role!(), ", ", mysql!(), ", NULL AS follows");

/// Also whether it replicates from another server, for which it takes a privilege. A group's members all have its
/// channels on, also the one that is written to; the others are read-only:
/// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-replication-connection-status-table.html>.
const MYSQL_AND_ROLE: &str = concat!(
    role!(),
    ", ",
    mysql!(),
    ", CAST((SELECT COUNT(*) FROM performance_schema.replication_connection_status \
             WHERE service_state <> 'OFF' \
               AND channel_name NOT IN ('group_replication_applier', 'group_replication_recovery')) AS SIGNED) AS follows"
);

const ROLE: &str = role!();

/// How far it has come, whichever of both it is: each runs its own comment alone
/// (<https://mariadb.com/kb/en/comment-syntax/>).
const EITHER: &str = concat!(
    role!(),
    " /*M!100000 , 1 AS is_mariadb, ",
    mariadb!(),
    " */ /*!50700 , 0 AS is_mariadb, ",
    mysql!(),
    " */"
);

/// How far a heartbeat has come there.
const BEAT: &str = concat!(
    role!(),
    ", (SELECT beat FROM sea_orm_routing_heartbeat WHERE id = 1) AS beat"
);

/// Access denied to a database, a table or a column, and no such table:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
const UNSEEN: [u16; 4] = [1044, 1142, 1143, 1146];

/// How long a privilege that was missing is not asked for again.
const FORBIDDEN: Duration = Duration::from_secs(10);

/// The monitor's connection to a MySQL or MariaDB server.
#[derive(Debug)]
pub(super) struct MySqlProbe {
    pool: MySqlPool,
    /// Taken while it is in use: what is dropped half-way is not used again.
    connection: Option<Open>,
    connecting: Connecting<Open>,
    forbidden: Option<Forbidden>,
}

#[derive(Debug)]
struct Open {
    connection: MySqlConnection,
    opened: Moment,
    is_mariadb: bool,
}

/// Why it can't be seen whether the server replicates from another one.
#[derive(Debug)]
struct Forbidden {
    why: String,
    since: Instant,
}

impl MySqlProbe {
    pub(super) fn new(pool: &MySqlPool) -> Self {
        Self {
            pool: pool.clone(),
            connection: None,
            connecting: Connecting::default(),
            forbidden: None,
        }
    }

    /// With the pool's options of now: its login may have changed.
    async fn open(&mut self) -> Result<Open, Error> {
        let options = MySqlConnectOptions::clone(&self.pool.connect_options());
        let options = options.disable_statement_logging();
        let open = || async move {
            // Before it connects: what the address leads to may change meanwhile.
            let opened = Moment::now();
            let mut connection = MySqlConnection::connect_with(&options).await?;
            let is_mariadb = is_mariadb(&mut connection).await?;
            Ok(Open {
                connection,
                opened,
                is_mariadb,
            })
        };
        self.connecting.open(open).await
    }

    async fn answer(
        &mut self,
        connection: &mut MySqlConnection,
        is_mariadb: bool,
        roles: Roles,
    ) -> Result<MySqlRow, Error> {
        self.forbidden
            .take_if(|forbidden| forbidden.since.elapsed() > FORBIDDEN);
        let question = match (is_mariadb, roles, &self.forbidden) {
            (true, _, _) => MARIADB,
            (false, Roles::Discover, None) => MYSQL_AND_ROLE,
            _ => MYSQL,
        };
        match raw_sql(question).fetch_one(&mut *connection).await {
            Err(error) if question == MYSQL_AND_ROLE && is_unseen(&error) => {
                self.forbidden = Some(Forbidden {
                    why: error.to_string(),
                    since: Instant::now(),
                });
                raw_sql(MYSQL).fetch_one(connection).await
            }
            answer => answer,
        }
    }

    async fn report(
        &self,
        row: &MySqlRow,
        connection: &mut MySqlConnection,
        is_mariadb: bool,
        role: Role,
        source: Source,
    ) -> Result<Report, Error> {
        let follows = row.try_get::<Option<i64>, _>("follows")?;
        let position = position(row, connection, is_mariadb, role, source).await?;
        Ok(Report {
            opened: Moment::FIRST,
            life: life(row)?,
            is_writer: row.try_get::<i64, _>("read_only")? == 0,
            follows: match &self.forbidden {
                None => Ok(follows.is_some_and(|count| count > 0)),
                Some(forbidden) => Err(forbidden.why.clone()),
            },
            claim: match is_mariadb {
                true => state(row)?,
                false => position.as_ref().ok().cloned(),
            },
            position,
        })
    }

    async fn ask_on(
        &mut self,
        connection: &mut MySqlConnection,
        is_mariadb: bool,
        (role, source, roles): (Role, Source, Roles),
    ) -> Result<Report, Error> {
        let row = self.answer(connection, is_mariadb, roles).await?;
        self.report(&row, connection, is_mariadb, role, source)
            .await
    }
}

#[async_trait]
impl Probe for MySqlProbe {
    async fn ask(
        &mut self,
        role: Role,
        source: Source,
        roles: Roles,
    ) -> Result<Report, ProbeFailure> {
        let question = (role, source, roles);
        let mut open = match self.connection.take() {
            Some(open) => open,
            None => self.open().await.map_err(ProbeFailure::connecting)?,
        };
        let report = self
            .ask_on(&mut open.connection, open.is_mariadb, question)
            .await;
        let report = report.map_err(ProbeFailure::asking);
        let opened = open.opened;
        if is_worth_keeping(&report, role, opened) {
            self.connection = Some(open);
        }
        Ok(Report { opened, ..report? })
    }

    async fn ask_inside(&mut self, role: Role, source: Source, roles: Roles) -> Option<Report> {
        let mut borrowed = Borrowed::of(&self.pool).await?;
        let connection = &mut borrowed.connection;
        let is_mariadb = is_mariadb(connection).await.ok()?;
        let question = (role, source, roles);
        let report = self.ask_on(connection, is_mariadb, question).await.ok()?;
        borrowed.note_answer();
        Some(report)
    }
}

fn life(row: &MySqlRow) -> Result<Option<Life>, Error> {
    Ok(Some(Life::new(row.try_get("life")?)))
}

/// Sets what a new connection of a pool needs, and asks who the server is, and how far a slave is, in one round trip.
///
/// What it does not say is not known; but the settings hold.
pub(crate) async fn introduce(
    connection: &mut MySqlConnection,
    settings: &str,
    role: Role,
    source: Option<Source>,
) -> Result<Introduction, Error> {
    let question = match (role, source) {
        (Role::Slave, Some(Source::Positions)) => EITHER,
        (Role::Slave, Some(Source::Heartbeat)) => BEAT,
        _ => ROLE,
    };
    let texts = match settings {
        "" => question.to_owned(),
        settings => format!("{settings}; {question}"),
    };
    let rows = match raw_sql(AssertSqlSafe(texts))
        .fetch_all(&mut *connection)
        .await
    {
        Err(Error::Database(_)) => {
            if !settings.is_empty() {
                raw_sql(AssertSqlSafe(settings.to_owned()))
                    .execute(connection)
                    .await?;
            }
            return Ok(Introduction::default());
        }
        rows => rows?,
    };
    let Some(row) = rows.first() else {
        return Ok(Introduction::default());
    };
    let position = match (role, source) {
        (Role::Slave, Some(Source::Positions)) => {
            let position = match row.try_get::<i64, _>("is_mariadb")? == 1 {
                true => mariadb(row, role)?,
                false => mysql(row)?,
            };
            position.ok()
        }
        (Role::Slave, Some(Source::Heartbeat)) => {
            let beat = row.try_get::<Option<i64>, _>("beat")?;
            beat.map(|beat| Position::Heartbeat(beat.cast_unsigned()))
        }
        _ => None,
    };
    Ok(Introduction {
        life: life(row)?,
        position,
    })
}

fn is_unseen(error: &Error) -> bool {
    let answer = error.as_database_error();
    let answer = answer.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    answer.is_some_and(|error| UNSEEN.contains(&error.number()))
}

/// How far the master behind `pool` has come.
pub(super) async fn master(
    pool: &MySqlPool,
    source: Source,
    known: Option<Position>,
) -> Result<Position, String> {
    let text = |error: Error| error.to_string();
    let mut connection = pool.acquire().await.map_err(text)?;
    let is_mariadb = match known {
        Some(known) => matches!(known, Position::MariaDb { .. }),
        None => is_mariadb(&mut connection).await.map_err(text)?,
    };
    let question = if is_mariadb { MARIADB } else { MYSQL };
    let row = raw_sql(question).fetch_one(&mut *connection).await;
    let row = row.map_err(text)?;
    position(&row, &mut connection, is_mariadb, Role::Master, source)
        .await
        .map_err(text)?
}

async fn is_mariadb(connection: &mut MySqlConnection) -> Result<bool, Error> {
    let row = raw_sql(VERSION).fetch_one(connection).await?;
    Ok(row.try_get::<String, _>("version")?.contains("MariaDB"))
}

/// How far the server has come that answered `row`; or why that is not known.
async fn position(
    row: &MySqlRow,
    connection: &mut MySqlConnection,
    is_mariadb: bool,
    role: Role,
    source: Source,
) -> Result<Result<Position, String>, Error> {
    let is_writer = row.try_get::<i64, _>("read_only")? == 0;
    match (source, role) {
        (Source::Heartbeat, Role::Master) if is_writer => Ok(Ok(raise(connection).await?)),
        (Source::Heartbeat, Role::Slave) => Ok(Ok(read(connection).await?)),
        (Source::Window(_), _) => Ok(Err("is not asked for".to_owned())),
        _ if is_mariadb => mariadb(row, role),
        _ => mysql(row),
    }
}

/// The last transaction of every server in every domain, which tells histories apart.
fn state(row: &MySqlRow) -> Result<Option<Position>, Error> {
    let server = server(row)?;
    let gtids = Gtid::list(&row.try_get::<String, _>("state")?);
    Ok(gtids.map(|gtids| Position::MariaDb { server, gtids }))
}

fn server(row: &MySqlRow) -> Result<u32, Error> {
    Ok(u32::try_from(row.try_get::<i64, _>("server")?).unwrap_or_default())
}

/// The position; or why an answer has none.
fn mariadb(row: &MySqlRow, role: Role) -> Result<Result<Position, String>, Error> {
    if role == Role::Master && row.try_get::<i64, _>("logs")? == 0 {
        return Ok(Err(
            "has no binary log, which holds the positions".to_owned()
        ));
    }
    let server = server(row)?;
    let list = |column: &str| -> Result<_, Error> {
        let text: String = row.try_get(column)?;
        Ok(Gtid::list(&text).ok_or_else(|| format!("reports `{text}`, which is no list of GTIDs")))
    };
    let (written, applied) = (list("written")?, list("applied")?);
    let gtids = match role {
        Role::Master => written,
        // A "slave" may be the master itself, as on a developer's machine: it has what it wrote.
        Role::Slave => applied.and_then(|mut gtids| {
            gtids.extend(written?.into_iter().filter(|gtid| gtid.server == server));
            gtids.sort_by_key(|gtid| Reverse(gtid.sequence));
            Ok(gtids)
        }),
    };
    Ok(gtids.map(|gtids| Position::MariaDb { server, gtids }))
}

fn mysql(row: &MySqlRow) -> Result<Result<Position, String>, Error> {
    let mode: String = row.try_get("mode")?;
    if mode != "ON" {
        return Ok(Err(format!(
            "has `gtid_mode` {mode}, and positions need ON"
        )));
    }
    let text: String = row.try_get("executed")?;
    let server: &str = row.try_get("server")?;
    let Some(server) = ServerUuid::parse(server) else {
        return Ok(Err(format!("reports `{server}`, which is no UUID")));
    };
    Ok(GtidSet::parse(&text)
        .map(|executed| Position::MySql { server, executed })
        .ok_or_else(|| format!("reports `{text}`, which is no set of GTIDs")))
}

/// The counter after it was raised.
async fn raise(connection: &mut MySqlConnection) -> Result<Position, Error> {
    if connection.execute(heartbeat::RAISE).await?.rows_affected() == 0 {
        connection.execute(heartbeat::FIRST).await?;
    }
    read(connection).await
}

async fn read(connection: &mut MySqlConnection) -> Result<Position, Error> {
    let row = raw_sql(heartbeat::READ).fetch_one(connection).await?;
    Ok(Position::Heartbeat(
        row.try_get::<i64, _>("beat")?.cast_unsigned(),
    ))
}
