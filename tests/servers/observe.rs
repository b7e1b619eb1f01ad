//! What really arrives from servers that are ill: the facts on which `observe::fault` rests.
//!
//! They are where SeaORM puts an error, the driver's variant and the server's code, never its message.

use std::{io, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DbErr, RuntimeErr, SqlxMySqlError, SqlxPostgresError, Statement, TransactionTrait, Value,
    sqlx::{Connection, Error, MySqlConnection, PgConnection},
};
use sea_orm_routing::RoutingError;
use test_cluster::{Cluster, MariaDb, Network, Node, Postgres, Server, on_servers, until};
use tokio::time::timeout;

use crate::support::SOON;

/// Long enough to connect on loopback, short where a test waits for its end.
const ACQUIRE: Duration = Duration::from_millis(1500);

/// What of an error can be told by its variants and codes.
#[derive(Debug, PartialEq)]
enum Fact {
    /// While connecting, or on a ping.
    Connecting(What),
    /// From a statement.
    Running(What),
    /// A pool gave no connection in time.
    PoolTimedOut,
    Other(String),
}

#[derive(Debug, PartialEq)]
enum What {
    Io(io::ErrorKind),
    /// No address for the name: an I/O error that has neither a kind nor a number of the system.
    Unresolved,
    State(String),
    Number(u16),
    Protocol,
    PoolTimedOut,
    Other(String),
}

use Fact::{Connecting, PoolTimedOut, Running};
use What::{Io, Number};
use io::ErrorKind::{ConnectionRefused, ConnectionReset, UnexpectedEof};

fn fact(error: &DbErr) -> Fact {
    let fact = fact_of(error);
    let is_unavailable = fact.is_unavailable();
    assert_eq!(
        RoutingError::is_unavailable(error),
        is_unavailable,
        "{fact:?}"
    );
    fact
}

impl Fact {
    /// Whether the server is to blame, by what documentation says of these codes.
    fn is_unavailable(&self) -> bool {
        match self {
            Connecting(_) | PoolTimedOut => true,
            Running(Io(_)) => true,
            Running(What::State(code)) => [
                "57P01", "57P02", "57P03", "57P05", "53300", "53100", "53200",
            ]
            .contains(&code.as_str()),
            Running(Number(number)) => [1021, 1037, 1040, 1053, 1927, 3169, 4031].contains(number),
            _ => false,
        }
    }
}

fn fact_of(error: &DbErr) -> Fact {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => PoolTimedOut,
        DbErr::Conn(RuntimeErr::SqlxError(error)) => Connecting(what(error)),
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            Running(what(error))
        }
        other => Fact::Other(format!("{other:?}")),
    }
}

fn what(error: &Error) -> What {
    // std's `Uncategorized` can't be named.
    let unnamed = io::Error::from_raw_os_error(i32::MAX).kind();
    match error {
        Error::Io(error) if error.kind() == unnamed && error.raw_os_error().is_none() => {
            What::Unresolved
        }
        Error::Io(error) => Io(error.kind()),
        Error::Protocol(_) => What::Protocol,
        Error::PoolTimedOut => What::PoolTimedOut,
        Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<SqlxPostgresError>() {
                return state(error.code());
            }
            Number(error.downcast_ref::<SqlxMySqlError>().number())
        }
        other => What::Other(format!("{other:?}")),
    }
}

fn state(code: &str) -> What {
    What::State(code.to_owned())
}

/// What differs between the servers.
trait Ill: Server {
    type Driver: Connection;

    const SLEEP: &str;
    /// Counts the application's statements that run.
    const RUNNING: &str;
    const END_SESSIONS: &str;
    const CANCEL_STATEMENTS: &str;

    fn idle_connections(pool: &DatabaseConnection) -> usize;
}

impl Ill for Postgres {
    type Driver = PgConnection;

    const SLEEP: &str = "SELECT pg_sleep(60)";
    const RUNNING: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'";
    const END_SESSIONS: &str =
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'app'";
    const CANCEL_STATEMENTS: &str =
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";

    fn idle_connections(pool: &DatabaseConnection) -> usize {
        pool.get_postgres_connection_pool().num_idle()
    }
}

impl Ill for MariaDb {
    type Driver = MySqlConnection;

    const SLEEP: &str = "SELECT sleep(60)";
    const RUNNING: &str = "SELECT count(*) FROM information_schema.processlist WHERE user = 'app' AND command <> 'Sleep'";
    const END_SESSIONS: &str = "KILL HARD CONNECTION USER app";
    const CANCEL_STATEMENTS: &str = "KILL HARD QUERY USER app";

    fn idle_connections(pool: &DatabaseConnection) -> usize {
        pool.get_mysql_connection_pool().num_idle()
    }
}

/// Connects without a pool, as who wants to know about the node does.
async fn dial<S: Ill>(url: &str) -> Result<S::Driver, Fact> {
    let dialled = S::Driver::connect(url).await;
    dialled.map_err(|error| fact(&DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))))
}

async fn refusal<S: Ill>(url: &str) -> Fact {
    dial::<S>(url).await.map(drop).unwrap_err()
}

fn options(url: String) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

/// A pool with one idle connection, which it does not test.
async fn idle<S: Ill>(url: String) -> DatabaseConnection {
    let pool = Database::connect(options(url)).await.unwrap();
    // A connection is pinged when it comes back, which a server that ends meanwhile would not answer.
    let back = || async { Ok((S::idle_connections(&pool) == 1).then_some(())) };
    until("an idle connection", SOON, back).await.unwrap();
    pool
}

async fn ask(pool: &DatabaseConnection, sql: &str) -> Result<(), Fact> {
    let statement = Statement::from_string(pool.get_database_backend(), sql);
    let asked = pool.query_all_raw(statement).await;
    asked.map(drop).map_err(|error| fact(&error))
}

/// What a pool says that can't connect, on its making and on a statement.
async fn pool_says(url: String) -> [Fact; 2] {
    let made = Database::connect(options(url.clone())).await.unwrap_err();
    let mut options = options(url);
    options.connect_lazy(true);
    let lazy = Database::connect(options).await.unwrap();
    [fact(&made), ask(&lazy, "SELECT 1").await.unwrap_err()]
}

const NO_CONNECTION: [Fact; 2] = [Connecting(What::PoolTimedOut), PoolTimedOut];

async fn command<S: Ill>(node: &Node<S>, sql: &str) {
    let admin = node.admin().await.unwrap();
    admin.rows(sql).await.unwrap();
    admin.close().await.unwrap();
}

/// What a statement ends with that runs when the `blow` falls.
async fn struck<S: Ill>(node: &Node<S>, url: String, blow: impl AsyncFnOnce()) -> Fact {
    let pool = idle::<S>(url).await;
    let running = tokio::spawn(async move { ask(&pool, S::SLEEP).await });
    let admin = node.admin().await.unwrap();
    let seen = || async { Ok(admin.is_true(S::RUNNING).await?.then_some(())) };
    until("the statement", SOON, seen).await.unwrap();
    admin.close().await.unwrap();
    blow().await;
    let ended = timeout(SOON, running).await.unwrap().unwrap();
    ended.unwrap_err()
}

fn is_lost(fact: &Fact) -> bool {
    matches!(
        fact,
        Running(Io(ConnectionReset
            | UnexpectedEof
            | io::ErrorKind::BrokenPipe))
    )
}

async fn killed_server_loses_and_refuses_connections<S: Ill>(idle_too: &[What]) {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let running = struck(node, node.url(), async || node.kill().await.unwrap()).await;
    assert!(is_lost(&running), "{running:?}");
    assert_eq!(
        refusal::<S>(&node.url()).await,
        Connecting(Io(ConnectionRefused))
    );
    assert_eq!(pool_says(node.url()).await, NO_CONNECTION);
    node.start().await.unwrap();
    let pool = idle::<S>(node.url()).await;
    node.kill().await.unwrap();
    let fact = ask(&pool, "SELECT 1").await.unwrap_err();
    let farewell = idle_too
        .iter()
        .any(|what| matches!(&fact, Running(seen) if seen == what));
    assert!(farewell || is_lost(&fact), "{fact:?}");
}

#[tokio::test]
async fn killed_postgres_loses_and_refuses_connections() {
    // Its other processes may outlive the postmaster for a moment, and say so.
    killed_server_loses_and_refuses_connections::<Postgres>(&[state("57P01")]).await;
}

#[tokio::test]
async fn killed_mariadb_loses_and_refuses_connections() {
    killed_server_loses_and_refuses_connections::<MariaDb>(&[]).await;
}

async fn frozen_server_gives_no_error_but_the_pools<S: Ill>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let pool = idle::<S>(node.url()).await;
    node.freeze().unwrap();
    assert!(timeout(ACQUIRE, ask(&pool, "SELECT 1")).await.is_err());
    assert!(timeout(ACQUIRE, dial::<S>(&node.url())).await.is_err());
    assert_eq!(pool_says(node.url()).await, NO_CONNECTION);
    node.thaw().unwrap();
}

on_servers!(one_thread frozen_server_gives_no_error_but_the_pools: Postgres, MariaDb);

async fn stopped_server_says<S: Ill>(farewell: impl Fn(&Fact) -> bool) {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let running = struck(node, node.url(), async || node.stop().await.unwrap()).await;
    assert!(farewell(&running), "{running:?}");
    assert_eq!(
        refusal::<S>(&node.url()).await,
        Connecting(Io(ConnectionRefused))
    );
    // Behind a proxy that goes on listening.
    assert_eq!(
        refusal::<S>(&node.proxied_url()).await,
        Connecting(Io(ConnectionReset))
    );
    node.start().await.unwrap();
    let pool = idle::<S>(node.url()).await;
    node.stop().await.unwrap();
    let idle = ask(&pool, "SELECT 1").await.unwrap_err();
    assert!(farewell(&idle), "{idle:?}");
}

#[tokio::test]
async fn stopped_postgres_says_so_to_idle_and_running_sessions() {
    stopped_server_says::<Postgres>(|fact| *fact == Running(state("57P01"))).await;
}

#[tokio::test]
async fn stopped_mariadb_only_hangs_up() {
    stopped_server_says::<MariaDb>(is_lost).await;
}

/// The node is well afterwards.
async fn ended_session_and_cancelled_statement<S: Ill>(
    ended: impl Fn(&Fact) -> bool,
    cancelled: What,
) {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let fact = struck(node, node.url(), async || {
        command(node, S::END_SESSIONS).await
    })
    .await;
    assert!(ended(&fact), "{fact:?}");
    let pool = idle::<S>(node.url()).await;
    command(node, S::END_SESSIONS).await;
    let fact = ask(&pool, "SELECT 1").await.unwrap_err();
    assert!(ended(&fact), "{fact:?}");
    assert_eq!(ask(&pool, "SELECT 1").await, Ok(()));
    drop(pool);
    let fact = struck(node, node.url(), async || {
        command(node, S::CANCEL_STATEMENTS).await
    })
    .await;
    assert_eq!(fact, Running(cancelled));
}

#[tokio::test]
async fn postgres_ends_a_session_as_it_does_on_shutdown() {
    let ended = |fact: &Fact| *fact == Running(state("57P01"));
    ended_session_and_cancelled_statement::<Postgres>(ended, state("57014")).await;
}

#[tokio::test]
async fn mariadb_ends_a_session_as_it_does_on_shutdown() {
    ended_session_and_cancelled_statement::<MariaDb>(is_lost, Number(1317)).await;
}

/// More than a server of the harness takes.
const TOO_MANY: usize = 200;

async fn full_server_says<S: Ill>(limit: &str, full: What, limited: What) -> [Fact; 2] {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let mut taken = Vec::new();
    let refused = loop {
        match dial::<S>(&node.url()).await {
            Ok(connection) => taken.push(connection),
            Err(fact) => break fact,
        }
        assert!(taken.len() < TOO_MANY);
    };
    assert_eq!(refused, Connecting(full));
    let pooled = pool_says(node.url()).await;
    for connection in taken {
        connection.close().await.unwrap();
    }
    let left = || async { Ok((node.connections().await? == 0).then_some(())) };
    until("the end of connections", SOON, left).await.unwrap();
    command(node, limit).await;
    let _only = dial::<S>(&node.url()).await.unwrap();
    assert_eq!(refusal::<S>(&node.url()).await, Connecting(limited));
    pooled
}

#[tokio::test]
async fn full_postgres_says_so_but_its_pool_does_not() {
    let limit = "ALTER ROLE app CONNECTION LIMIT 1";
    let pooled = full_server_says::<Postgres>(limit, state("53300"), state("53300")).await;
    assert_eq!(pooled, NO_CONNECTION);
}

#[tokio::test]
async fn full_mariadb_says_so_to_the_pool_too() {
    let limit = "GRANT USAGE ON *.* TO app@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1";
    let pooled = full_server_says::<MariaDb>(limit, Number(1040), Number(1226)).await;
    assert_eq!(pooled, [Connecting(Number(1040)), Connecting(Number(1040))]);
}

#[tokio::test]
async fn starting_postgres_says_so_but_its_pool_does_not() {
    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    let slave = cluster.slave(1);
    // Then a slave is for ever starting.
    command(slave, "ALTER SYSTEM SET hot_standby = off").await;
    slave.stop().await.unwrap();
    let url = slave.url();
    let starting = async {
        let seen = || async {
            let fact = refusal::<Postgres>(&url).await;
            Ok((fact == Connecting(state("57P03"))).then_some(()))
        };
        until("57P03", SOON, seen).await.unwrap();
        pool_says(slave.url()).await
    };
    tokio::select! {
        _ = slave.start() => panic!("a slave without hot standby answers"),
        pooled = starting => assert_eq!(pooled, NO_CONNECTION),
    }
}

async fn write_refused_by<S: Ill>(server: What, transaction: What) {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let database = cluster.database("read_only").await.unwrap();
    let master = idle::<S>(database.url(cluster.master())).await;
    ask(&master, "CREATE TABLE cake (id int PRIMARY KEY)")
        .await
        .unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let slave = idle::<S>(database.url(cluster.slave(1))).await;
    let write = "INSERT INTO cake VALUES (1)";
    assert_eq!(ask(&slave, write).await, Err(Running(server)));

    let read_only = master
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    let refused = read_only.execute_unprepared(write).await.unwrap_err();
    assert_eq!(fact(&refused), Running(transaction));
}

#[tokio::test]
async fn postgres_refuses_a_write_for_the_server_as_for_the_transaction() {
    write_refused_by::<Postgres>(state("25006"), state("25006")).await;
}

#[tokio::test]
async fn mariadb_tells_a_read_only_server_from_a_read_only_transaction() {
    write_refused_by::<MariaDb>(Number(1290), Number(1792)).await;
}

async fn network_faults<S: Ill>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let cut = async || node.set_network(Network::Refuse).await;
    assert_eq!(
        struck(node, node.proxied_url(), cut).await,
        Running(Io(ConnectionReset))
    );
    assert_eq!(
        refusal::<S>(&node.proxied_url()).await,
        Connecting(Io(ConnectionRefused))
    );
    assert_eq!(pool_says(node.proxied_url()).await, NO_CONNECTION);

    node.set_network(Network::Forward).await;
    let pool = idle::<S>(node.proxied_url()).await;
    node.set_network(Network::ResetAfter(0)).await;
    assert_eq!(
        ask(&pool, "SELECT 1").await,
        Err(Running(Io(ConnectionReset)))
    );
    // A pool tries again only what was refused.
    let reset = [
        Connecting(Io(ConnectionReset)),
        Connecting(Io(ConnectionReset)),
    ];
    assert_eq!(pool_says(node.proxied_url()).await, reset);

    node.set_network(Network::Forward).await;
    let pool = idle::<S>(node.proxied_url()).await;
    node.set_network(Network::BlackHole).await;
    assert!(timeout(ACQUIRE, ask(&pool, "SELECT 1")).await.is_err());
    assert_eq!(pool_says(node.proxied_url()).await, NO_CONNECTION);
}

on_servers!(one_thread network_faults: Postgres, MariaDb);

/// The pool does not try again either.
async fn rejected<S: Ill>(url: String, what: What) {
    let fact = refusal::<S>(&url).await;
    assert_eq!(fact, Connecting(what), "{url}");
    assert_eq!(pool_says(url).await.map(|pooled| pooled == fact), [true; 2]);
}

#[tokio::test]
async fn postgres_rejects_a_login() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let (node, url) = (cluster.master(), cluster.master().url());
    rejected::<Postgres>(url.replace("app:app@", "nobody@"), state("28000")).await;
    rejected::<Postgres>(node.url_of("absent"), state("3D000")).await;
    rejected::<Postgres>(url.replace("127.0.0.1", "node.invalid"), What::Unresolved).await;
}

#[tokio::test]
async fn mariadb_rejects_a_login() {
    let cluster = Cluster::<MariaDb>::shared().await.unwrap();
    let (node, url) = (cluster.master(), cluster.master().url());
    rejected::<MariaDb>(url.replace("app:app@", "app:wrong@"), Number(1045)).await;
    rejected::<MariaDb>(node.url_of("absent"), Number(1044)).await;
    rejected::<MariaDb>(url.replace("127.0.0.1", "node.invalid"), What::Unresolved).await;
}

/// Its answer does not tell that the fault is the statement's.
async fn parameters<S: Ill>(sql: &str, count: usize) -> Fact {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let pool = idle::<S>(cluster.master().url()).await;
    let values = vec![Value::from(1); count];
    let statement = Statement::from_sql_and_values(pool.get_database_backend(), sql, values);
    fact(&pool.query_all_raw(statement).await.unwrap_err())
}

#[tokio::test]
async fn wrong_number_of_parameters_is_a_protocol_error() {
    let too_many = 70_000;
    assert_eq!(
        parameters::<Postgres>("SELECT 1", too_many).await,
        Running(What::Protocol)
    );
    assert_eq!(
        parameters::<Postgres>("SELECT $1::int + $2", 1).await,
        Running(state("08P01"))
    );
    assert_eq!(
        parameters::<MariaDb>("SELECT 1", too_many).await,
        Running(What::Protocol)
    );
    assert_eq!(
        parameters::<MariaDb>("SELECT ? + ?", 1).await,
        Running(What::Protocol)
    );
}

/// The server closes idle sessions after a second.
async fn idle_session_ends_with<S: Ill>(limit: &str) -> Fact {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    command(node, limit).await;
    let pool = idle::<S>(node.url()).await;
    let left = || async { Ok((node.connections().await? == 0).then_some(())) };
    until("the end of the session", SOON, left).await.unwrap();
    ask(&pool, "SELECT 1").await.unwrap_err()
}

#[tokio::test]
async fn postgres_says_that_a_session_was_idle() {
    let fact = idle_session_ends_with::<Postgres>("ALTER ROLE app SET idle_session_timeout = '1s'");
    assert_eq!(fact.await, Running(state("57P05")));
}

#[tokio::test]
async fn mariadb_only_hangs_up_on_an_idle_session() {
    let fact = idle_session_ends_with::<MariaDb>("SET GLOBAL wait_timeout = 1").await;
    assert!(is_lost(&fact), "{fact:?}");
}
