//! Sessions that end in the middle of a stream, a transaction or a `COMMIT`: no row comes twice, what is missing is said, and
//! the error is that of a plain connection.

use std::{collections::BTreeSet, io::ErrorKind, pin::pin};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement, StreamTrait, TransactionSession,
    TransactionTrait, sqlx::Error,
};
use sea_orm_routing::RoutingError;
use test_cluster::{Cluster, MariaDb, MySql, Node, Postgres, Sessions, on_servers, until};
use tokio_stream::StreamExt;

use super::{Pair, pair::Setup};
use crate::support::SOON;

/// Rows of the table; its square is more than the buffers on the way hold.
const ROWS: usize = 1_000;

/// A part of what reads slowly, and of nothing else.
const SLEEP: &str = "number FROM cake";

const BAKE: &str = "INSERT INTO cake (number) VALUES (-1)";

/// What a server says of its slow statements.
trait Slow: Sessions {
    /// All numbers, after two seconds.
    const READ: &'static str;

    /// How many sessions of the application run a text, whose part comes behind this.
    const RUN: &'static str;

    /// Makes `COMMIT`s slow of whoever writes into `slow`.
    const SLOW_COMMIT: &'static str;

    /// Has `COMMIT`s wait, or no longer.
    const HOLD: [&'static str; 2];
}

impl Slow for Postgres {
    const READ: &'static str =
        "SELECT number FROM cake WHERE (SELECT count(*) FROM pg_sleep(2)) = 1";
    const RUN: &'static str = "SELECT count(*)::bigint FROM pg_stat_activity WHERE usename = 'app' AND state = 'active' AND query LIKE";
    const SLOW_COMMIT: &'static str = "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'; \
         CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION slowly()";
    const HOLD: [&'static str; 2] = ["SELECT 1", "SELECT 1"];
}

const READ_OF_MYSQL: &str = "SELECT number FROM cake CROSS JOIN (SELECT SLEEP(2) AS slept LIMIT 1) AS sleep WHERE slept = 0";

const RUN_BY_MYSQL: &str = "SELECT count(*) FROM information_schema.processlist WHERE user = 'app' AND command <> 'Sleep' AND info LIKE";

const HOLD_OF_MYSQL: [&str; 2] = ["FLUSH TABLES WITH READ LOCK", "UNLOCK TABLES"];

impl Slow for MariaDb {
    const READ: &'static str = READ_OF_MYSQL;
    const RUN: &'static str = RUN_BY_MYSQL;
    const SLOW_COMMIT: &'static str = "SELECT 1";
    const HOLD: [&'static str; 2] = HOLD_OF_MYSQL;
}

impl Slow for MySql {
    const READ: &'static str = READ_OF_MYSQL;
    const RUN: &'static str = RUN_BY_MYSQL;
    const SLOW_COMMIT: &'static str = "SELECT 1";
    const HOLD: [&'static str; 2] = HOLD_OF_MYSQL;
}

/// What a connection meets that has been closed at the other end.
const ENDS: [ErrorKind; 4] = [
    ErrorKind::UnexpectedEof,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::BrokenPipe,
];

/// PostgreSQL's, MySQL's and MariaDB's word on that.
const SAYS_SO: [&str; 3] = ["57P01", "70100", "08S01"];

/// The kind of SeaORM, that of the driver, and the server's code.
fn kind<T>(answer: Result<T, DbErr>) -> String {
    let (way, error) = match answer {
        Ok(_) => return "well".to_owned(),
        Err(DbErr::Exec(RuntimeErr::SqlxError(error))) => ("exec", error),
        Err(DbErr::Query(RuntimeErr::SqlxError(error))) => ("query", error),
        Err(other) => return format!("{other:?}"),
    };
    match error.as_ref() {
        // The network's word or the server's last one: whichever the driver meets first.
        Error::Io(error) if ENDS.contains(&error.kind()) => format!("{way}: ended"),
        Error::Database(error) if error.code().is_some_and(|code| SAYS_SO.contains(&&*code)) => {
            format!("{way}: ended")
        }
        Error::Io(error) => format!("{way}: {:?}", error.kind()),
        Error::Database(error) => format!("{way}: {:?}", error.code()),
        other => format!("{way}: {other:?}"),
    }
}

/// Ends all sessions while `work` runs, as soon as the server is at a text with this `part`.
async fn interrupted<S: Slow, T>(node: &Node<S>, part: &str, work: impl Future<Output = T>) -> T {
    let end = async {
        let admin = node.admin().await.unwrap();
        let run = format!("{} '%{part}%'", S::RUN);
        let is_run = async || {
            let number: Option<i64> = admin.value(&run).await?;
            Ok(number.filter(|number| *number > 0))
        };
        until("the statement under way", SOON, is_run)
            .await
            .unwrap();
        node.end_sessions().await.unwrap();
    };
    tokio::join!(work, end).0
}

/// How many rows came, how many of them were different, and what ended them, if sessions end after `limit` rows.
async fn read<S: Sessions>(
    node: &Node<S>,
    db: &(impl ConnectionTrait + StreamTrait),
    sql: &str,
    limit: Option<usize>,
) -> (usize, usize, Option<String>) {
    let read = Statement::from_string(ConnectionTrait::get_database_backend(db), sql);
    let (mut came, mut numbers, mut error) = (0, BTreeSet::new(), None);
    match db.stream_raw(read).await {
        Ok(rows) => {
            let mut rows = pin!(rows);
            while let Some(row) = rows.next().await {
                let number = row.and_then(|row| row.try_get_by_index::<i64>(0));
                came += usize::from(number.is_ok());
                match number {
                    Ok(number) => drop(numbers.insert(number)),
                    failed => error = Some(kind(failed)),
                }
                if Some(came) == limit {
                    node.end_sessions().await.unwrap();
                }
            }
        }
        failed => error = Some(kind(failed)),
    }
    (came, numbers.len(), error)
}

/// What the statements meet of transactions whose sessions end before a statement, during one, and before `COMMIT`.
async fn transactions<S: Slow, C>(node: &Node<S>, db: &C) -> Vec<String>
where
    C: ConnectionTrait + TransactionTrait,
{
    let mut met = Vec::new();
    for fault in 0..3 {
        let begun = db.begin().await.unwrap();
        begun.execute_unprepared(BAKE).await.unwrap();
        let slow = Statement::from_string(begun.get_database_backend(), S::READ);
        match fault {
            0 => met.push(kind(
                interrupted(node, SLEEP, begun.query_all_raw(slow)).await,
            )),
            _ => node.end_sessions().await.unwrap(),
        }
        if fault < 2 {
            met.push(kind(begun.execute_unprepared(BAKE).await));
        }
        met.push(kind(begun.commit().await));
    }
    met
}

/// What a `COMMIT` meets whose session ends meanwhile.
async fn commit<S: Slow, C>(node: &Node<S>, db: &C) -> String
where
    C: ConnectionTrait + TransactionTrait,
{
    let begun = db.begin().await.unwrap();
    let bake = "INSERT INTO slow (number) VALUES (-1)";
    begun.execute_unprepared(bake).await.unwrap();
    let admin = node.admin().await.unwrap();
    admin.execute(S::HOLD[0]).await.unwrap();
    let ended = interrupted(node, "COMMIT", begun.commit()).await;
    admin.execute(S::HOLD[1]).await.unwrap();
    let error = ended.unwrap_err();
    assert!(RoutingError::may_have_happened(&error), "{error}");
    kind::<()>(Err(error))
}

async fn session_that_ends_in_its_work_is_told_as_by_a_plain_connection<S: Slow>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let pair = Pair::connect(&cluster, Setup::default()).await;
    let rows: Vec<_> = (0..ROWS).map(|number| format!("({number})")).collect();
    let rows = format!("INSERT INTO cake (number) VALUES {}", rows.join(","));
    for sql in [
        rows.as_str(),
        "CREATE TABLE slow (number bigint)",
        S::SLOW_COMMIT,
    ] {
        pair.plain.execute_unprepared(sql).await.unwrap();
    }
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let (master, slave) = (cluster.master(), cluster.slave(1));
    let (named, strong) = (pair.routed.slave().unwrap(), pair.routed());

    let whole = (ROWS, ROWS, None);
    let plain = interrupted(master, SLEEP, read(master, &pair.plain, S::READ, None)).await;
    assert!(plain.2.is_some(), "{plain:?}");
    let by_slave = interrupted(slave, SLEEP, read(slave, &named, S::READ, None));
    assert!(by_slave.await == whole, "a slave's");
    let by_master = interrupted(master, SLEEP, read(master, &strong, S::READ, None));
    let by_master = by_master.await;
    match pair.plain.get_database_backend() {
        DbBackend::Postgres => assert!(by_master == whole, "the master's"),
        // It can't be begun again read-only.
        _ => assert!(by_master.2.is_some(), "{by_master:?}"),
    }

    const SQUARE: &str = "SELECT a.number FROM cake a CROSS JOIN cake b";
    let (.., plain) = read(master, &pair.plain, SQUARE, Some(10)).await;
    // The word of the server that ends it, or that of the network: whichever the driver meets first.
    let of_query = |error: &Option<String>| {
        error
            .as_ref()
            .is_some_and(|error| error.starts_with("query: "))
    };
    assert!(of_query(&plain));
    let by_slave = read(slave, &named, SQUARE, Some(10)).await;
    let by_master = read(master, &strong, SQUARE, Some(10)).await;
    for (came, _, error) in [by_slave, by_master] {
        assert!(came < ROWS * ROWS && of_query(&error), "{came}: {error:?}");
    }

    let (routed, plain) = (&pair.routed, &pair.plain);
    assert_eq!(
        transactions(master, routed).await,
        transactions(master, plain).await
    );
    assert_eq!(commit(master, routed).await, commit(master, plain).await);
    let left = "SELECT number FROM cake WHERE number < 0 UNION ALL SELECT number FROM slow";
    let left = Statement::from_string(plain.get_database_backend(), left);
    assert!(plain.query_all_raw(left).await.unwrap().is_empty());
    pair.close().await;
}

on_servers!(session_that_ends_in_its_work_is_told_as_by_a_plain_connection: Postgres);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute: the same on MariaDB and MySQL"]
async fn sessions_that_end_in_their_work_on_the_others() {
    session_that_ends_in_its_work_is_told_as_by_a_plain_connection::<MariaDb>().await;
    session_that_ends_in_its_work_is_told_as_by_a_plain_connection::<MySql>().await;
}
