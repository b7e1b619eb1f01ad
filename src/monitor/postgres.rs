use async_trait::async_trait;
use sea_orm::sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgRow},
    raw_sql,
};

use super::{
    borrowed::Borrowed,
    connecting::Connecting,
    heartbeat,
    probe::{Probe, is_worth_keeping},
    report::{ProbeFailure, Report},
};
use crate::{
    config::Roles,
    freshness::{Introduction, Life, Lsn, Moment, Position, Source},
    node::Role,
};

/// What a server is, and since when, which tells it from another one behind the same address.
macro_rules! role {
    () => {
        "SELECT pg_is_in_recovery() AS standby, \
         (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8::text AS life"
    };
}

/// Where a server's log is: a standby's by what it has replayed, any other's by what it has inserted.
///
/// A standby's timeline is the newest of what its control file and its receiver know; an unprivileged role sees only
/// the former, which a standby that follows a promotion writes with its next restart point:
/// <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA>,
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL>.
const POSITION: &str = concat!(
    role!(),
    r",
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
       pg_size_bytes(current_setting('wal_segment_size'))::int8 AS segment"
);

/// Where positions can't be had, they can't be asked for either, as on Aurora:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.html>.
const ROLE: &str = role!();

/// How far a heartbeat has come there.
const BEAT: &str = concat!(
    role!(),
    ", (SELECT beat FROM sea_orm_routing_heartbeat WHERE id = 1) AS beat"
);

/// The monitor's connection to a PostgreSQL server.
#[derive(Debug)]
pub(super) struct PostgresProbe {
    pool: PgPool,
    /// Taken while it is in use: what is dropped half-way is not used again.
    connection: Option<Open>,
    connecting: Connecting<Open>,
}

#[derive(Debug)]
struct Open {
    connection: PgConnection,
    opened: Moment,
}

impl PostgresProbe {
    pub(super) fn new(pool: &PgPool) -> Self {
        Self {
            pool: pool.clone(),
            connection: None,
            connecting: Connecting::default(),
        }
    }

    /// With the pool's options of now: its login may have changed.
    async fn open(&mut self) -> Result<Open, Error> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        let options = options.disable_statement_logging();
        let open = || async move {
            // Before it connects: what the address leads to may change meanwhile.
            let opened = Moment::now();
            Ok(Open {
                connection: PgConnection::connect_with(&options).await?,
                opened,
            })
        };
        self.connecting.open(open).await
    }
}

#[async_trait]
impl Probe for PostgresProbe {
    async fn ask(&mut self, role: Role, source: Source, _: Roles) -> Result<Report, ProbeFailure> {
        let mut open = match self.connection.take() {
            Some(open) => open,
            None => self.open().await.map_err(ProbeFailure::connecting)?,
        };
        let report = ask(&mut open.connection, role, source).await;
        let report = report.map_err(ProbeFailure::asking);
        let opened = open.opened;
        if is_worth_keeping(&report, role, opened) {
            self.connection = Some(open);
        }
        Ok(Report { opened, ..report? })
    }

    async fn ask_inside(&mut self, role: Role, source: Source, _: Roles) -> Option<Report> {
        let mut borrowed = Borrowed::of(&self.pool).await?;
        let report = ask(&mut borrowed.connection, role, source).await.ok()?;
        borrowed.note_answer();
        Some(report)
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
        opened: Moment::FIRST,
        life: life(&row)?,
        is_writer,
        follows: Ok(false),
        claim: position.as_ref().ok().cloned(),
        position,
    })
}

fn life(row: &PgRow) -> Result<Option<Life>, Error> {
    Ok(Some(Life::new(row.try_get("life")?)))
}

/// Sets what a new connection of a pool needs, and asks who the server is, and how far a slave is, in one round trip.
///
/// What it does not say is not known; but the settings hold. The second is the row that the settings gave.
pub(crate) async fn introduce(
    connection: &mut PgConnection,
    settings: &str,
    role: Role,
    source: Option<Source>,
) -> Result<(Introduction, Option<PgRow>), Error> {
    let question = match (role, source) {
        (Role::Slave, Some(Source::Positions)) => POSITION,
        (Role::Slave, Some(Source::Heartbeat)) => BEAT,
        _ => ROLE,
    };
    // The question first: the heartbeat's table is not sought where the settings look.
    let texts = AssertSqlSafe(format!("{question}; {settings}"));
    let mut rows = match raw_sql(texts).fetch_all(&mut *connection).await {
        Err(Error::Database(_)) => {
            let settings = AssertSqlSafe(settings.to_owned());
            let set = raw_sql(settings).fetch_optional(connection).await?;
            return Ok((Introduction::default(), set));
        }
        rows => rows?.into_iter(),
    };
    let (Some(row), set) = (rows.next(), rows.next()) else {
        return Ok(Default::default());
    };
    let position = match (role, source) {
        (Role::Slave, Some(Source::Positions)) => position(&row, !row.try_get("standby")?)?.ok(),
        (Role::Slave, Some(Source::Heartbeat)) => beat(&row)?,
        _ => None,
    };
    let said = Introduction {
        life: life(&row)?,
        position,
    };
    Ok((said, set))
}

fn beat(row: &PgRow) -> Result<Option<Position>, Error> {
    let beat = row.try_get::<Option<i64>, _>("beat")?;
    Ok(beat.map(|beat| Position::Heartbeat(beat.cast_unsigned())))
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
