use async_trait::async_trait;
use sea_orm::sqlx::{
    ConnectOptions, Connection, Error, Executor, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgRow},
    raw_sql,
};

use super::{
    heartbeat,
    probe::Probe,
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Lsn, Position, Source},
    node::Role,
};

/// Where a server's log is: a standby's by what it has replayed, any other's by what it has inserted.
///
/// A standby's timeline is the newest of what its control file and its receiver know; an unprivileged role sees only
/// the former, which a standby that follows a promotion writes with its next restart point:
/// <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA>,
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL>.
const POSITION: &str = r"
SELECT pg_is_in_recovery() AS standby,
       (SELECT system_identifier FROM pg_control_system()) AS system,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
             ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn)::int8 AS byte,
       CASE WHEN pg_is_in_recovery()
            THEN GREATEST((SELECT timeline_id FROM pg_control_checkpoint()),
                          (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                          (SELECT max(received_tli) FROM pg_stat_wal_receiver))
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
       END AS timeline,
       current_setting('wal_block_size')::int8 AS page,
       pg_size_bytes(current_setting('wal_segment_size'))::int8 AS segment";

/// Where positions can't be had, they can't be asked for either, as on Aurora:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.html>.
const ROLE: &str = "SELECT pg_is_in_recovery() AS standby";

/// The monitor's connection to a PostgreSQL server.
#[derive(Debug)]
pub(super) struct PostgresProbe {
    pool: PgPool,
    /// Taken while it is in use: what is dropped half-way is not used again.
    connection: Option<PgConnection>,
}

impl PostgresProbe {
    pub(super) fn new(pool: &PgPool) -> Self {
        Self {
            pool: pool.clone(),
            connection: None,
        }
    }

    /// With the pool's options of now: its login may have changed.
    async fn open(&self) -> Result<PgConnection, Error> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        PgConnection::connect_with(&options.disable_statement_logging()).await
    }
}

#[async_trait]
impl Probe for PostgresProbe {
    async fn ask(&mut self, role: Role, source: Source, _: Roles) -> Result<Report, ProbeFailure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open().await.map_err(ProbeFailure::connecting)?,
        };
        let report = ask(&mut connection, role, source)
            .await
            .map_err(ProbeFailure::asking)?;
        self.connection = Some(connection);
        Ok(report)
    }
}

/// How far the master behind `pool` has come.
pub(super) async fn master(pool: &PgPool, source: Source) -> Result<Position, String> {
    let text = |error: Error| error.to_string();
    let mut connection = pool.acquire().await.map_err(text)?;
    ask(&mut connection, Role::Master, source)
        .await
        .map_err(text)?
        .position
}

async fn ask(connection: &mut PgConnection, role: Role, source: Source) -> Result<Report, Error> {
    let question = match source {
        Source::Heartbeat | Source::Window(_) => ROLE,
        Source::Positions | Source::Shared => POSITION,
    };
    let row = raw_sql(question).fetch_one(&mut *connection).await?;
    let is_writer = !row.try_get::<bool, _>("standby")?;
    let position = match (source, role) {
        (Source::Heartbeat, Role::Master) if is_writer => Ok(raise(connection).await?),
        (Source::Heartbeat, Role::Slave) => Ok(read(connection).await?),
        (Source::Heartbeat, Role::Master) => Err("takes no writes".to_owned()),
        (Source::Window(_), _) => Err("is not asked for".to_owned()),
        _ => position(&row, is_writer)?,
    };
    Ok(Report {
        is_writer,
        follows: Ok(false),
        claim: position.as_ref().ok().cloned(),
        position,
    })
}

/// The position; or why an answer has none.
fn position(row: &PgRow, is_writer: bool) -> Result<Result<Position, String>, Error> {
    let Some(byte) = row.try_get::<Option<i64>, _>("byte")? else {
        return Ok(Err("has not replayed anything".to_owned()));
    };
    let lsn = Lsn {
        system: row.try_get::<i64, _>("system")?.cast_unsigned(),
        timeline: row.try_get::<i32, _>("timeline")?.cast_unsigned(),
        byte: byte.cast_unsigned(),
    };
    if !is_writer {
        return Ok(Ok(Position::Postgres(lsn)));
    }
    let page = row.try_get::<i64, _>("page")?.cast_unsigned();
    let segment = row.try_get::<i64, _>("segment")?.cast_unsigned();
    Ok(Ok(Position::Postgres(lsn.of_insert(page, segment))))
}

/// The counter after it was raised.
async fn raise(connection: &mut PgConnection) -> Result<Position, Error> {
    if connection.execute(heartbeat::RAISE).await?.rows_affected() == 0 {
        connection.execute(heartbeat::FIRST).await?;
    }
    read(connection).await
}

async fn read(connection: &mut PgConnection) -> Result<Position, Error> {
    let row = raw_sql(heartbeat::READ).fetch_one(connection).await?;
    Ok(Position::Heartbeat(
        row.try_get::<i64, _>("beat")?.cast_unsigned(),
    ))
}
