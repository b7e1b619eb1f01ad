//! Who is the master: a writable slave is not, a server keeps its role under another name, and a few odd answers do not
//! put out a node that no other can stand in for.

use crate::replicated::{
    Notebook, SOON, Turns, connect, find, make_tables, new_note, node, note, patient, served, sql,
    until_some, until_state, until_true,
};
use crate::support::Log;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbErr,
    EntityTrait, IntoDatabaseExecutor, PaginatorTrait, QueryFilter, RuntimeErr,
    sqlx::mysql::MySqlDatabaseError,
};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, OnNoSlave, Roles},
    status::NodeState,
};
use test_cluster::{
    Cluster, FreshDatabase, MariaDb, MySql, Node, Postgres, Server, free_port, on_servers,
};

fn discovered<S: Server>(
    database: &FreshDatabase,
    master: &Node<S>,
    slaves: &[&Node<S>],
) -> BindsConfig {
    let mut bind = BindConfig::new("default", database.url(master))
        .reads(patient())
        .failover(FailoverConfig::new().roles(Roles::Discover));
    for (number, slave) in (1..).zip(slaves) {
        bind = bind.slave(NodeConfig::new(
            format!("slave-{number}"),
            database.url(slave),
        ));
    }
    BindsConfig::new().bind(bind)
}

/// Nothing was sent, so that whoever becomes the master runs it.
#[tokio::test(flavor = "multi_thread")]
async fn write_that_its_master_lets_not_in_goes_to_the_next_one() {
    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    let (old, new) = (cluster.master(), cluster.slave(1));
    let database = cluster.database("closed").await.unwrap();
    let direct = connect(database.url(old)).await;
    make_tables(&direct).await;
    direct.close().await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let config = discovered(&database, old, &[new]);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    new_note(1, 1).insert(&db).await.unwrap();

    let lets = async |app: &str| {
        let rules = format!(
            "host all app 127.0.0.1/32 {app}\nhost all all 127.0.0.1/32 trust\n\
             host replication all 127.0.0.1/32 trust\nlocal all all trust\n"
        );
        std::fs::write(old.directory().join("data/pg_hba.conf"), rules).unwrap();
        old.administer(&["SELECT pg_reload_conf()"]).await.unwrap();
    };
    lets("reject").await;
    until_some("a master that lets nobody in", async || {
        Database::connect(database.url(old)).await.err()
    })
    .await;
    old.end_sessions().await.unwrap();
    let (written, promoted) = tokio::join!(new_note(2, 2).insert(&db), new.promote());
    promoted.unwrap();
    written.unwrap();
    lets("trust").await;
    let at_old = until_some("the old master's answer", async || {
        Database::connect(database.url(old)).await.ok()
    })
    .await;
    let at_new = connect(database.url(new)).await;
    assert_eq!(
        (notes_of(&at_old, 2).await, notes_of(&at_new, 2).await),
        (0, 1)
    );
    assert_eq!(node(&db, "slave-1").role, Role::Master);
    db.close().await.unwrap();
}

async fn notes_of(connection: &DatabaseConnection, owner: i32) -> u64 {
    let notes = note::Entity::find().filter(note::Column::Owner.eq(owner));
    notes.count(connection).await.unwrap()
}

/// MariaDB's and MySQL's slaves are writable unless somebody says otherwise.
async fn writable_slaves<S: Turns>(name: &str) -> (Cluster<S>, FreshDatabase, DatabaseConnection) {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    for slave in cluster.slaves() {
        let admin = slave.admin().await.unwrap();
        admin.execute("SET GLOBAL read_only = 0").await.unwrap();
    }
    let database = cluster.database(name).await.unwrap();
    let direct = connect(database.url(cluster.master())).await;
    make_tables(&direct).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    (cluster, database, direct)
}

/// Writes until a slave was asked often enough to be taken for the master, if it ever is.
async fn master_stays_master<S: Turns>(
    cluster: &Cluster<S>,
    db: &RoutingDatabase,
    direct: &DatabaseConnection,
) {
    let log = cluster.slave(1).log_statements().await.unwrap();
    let mut written = 0;
    while log.count(S::POSITION).await.unwrap() < 8 {
        new_note(5, written).insert(db).await.unwrap();
        written += 1;
        assert_eq!(node(db, "master").role, Role::Master, "{}", db.status());
    }
    assert_eq!(notes_of(direct, 5).await, u64::try_from(written).unwrap());
    assert_eq!(node(db, "slave-1").role, Role::Slave);
}

async fn slave_that_takes_writes_is_no_master<S: Turns>() {
    let (cluster, database, direct) = writable_slaves::<S>("writable").await;
    let slaves = [cluster.slave(1), cluster.slave(2)];
    let config = discovered(&database, cluster.master(), &slaves);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    master_stays_master(&cluster, &db, &direct).await;
    db.close().await.unwrap();
}

on_servers!(slave_that_takes_writes_is_no_master: MariaDb, MySql);

/// Without the privilege to see whether it follows another one; the log says so once, and when it is granted.
#[tokio::test]
async fn slave_that_may_follow_another_is_no_master_on_mysql() {
    const SEES: &str = "SELECT ON performance_schema.replication_connection_status";
    let (cluster, database, direct) = writable_slaves::<MySql>("unseen").await;
    let admin = cluster.master().admin().await.unwrap();
    let revoke = format!("REVOKE {SEES} FROM app@'127.0.0.1'");
    admin.execute(&revoke).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let (log, _guard) = Log::start();
    let slaves = [cluster.slave(1), cluster.slave(2)];
    let config = discovered(&database, cluster.master(), &slaves);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    master_stays_master(&cluster, &db, &direct).await;

    let lines = |end: &str| log.text().lines().filter(|line| line.contains(end)).count();
    let unseen = "whether the server follows another one can't be seen";
    assert_eq!(lines(unseen), 3, "{}", log.text());
    let reason = "denied to user 'app'@'127.0.0.1' for table 'replication_connection_status'";
    assert_eq!(lines(reason), 3, "{}", log.text());
    let grant = format!("GRANT {SEES} TO app@'127.0.0.1'");
    admin.execute(&grant).await.unwrap();
    until_true("the grant noticed", || {
        lines("whether the server follows another one can be seen") == 3
    })
    .await;
    assert_eq!(lines(unseen), 3, "{}", log.text());
    db.close().await.unwrap();
}

/// A group of one, whose channel the primary has on as every member has.
async fn start_group(primary: &Node<MySql>) {
    let port = free_port().unwrap();
    let admin = primary.admin().await.unwrap();
    for sql in [
        "INSTALL PLUGIN group_replication SONAME 'group_replication.so'".to_owned(),
        "SET GLOBAL group_replication_group_name = '5ea08800-0000-4000-8000-000000000001'"
            .to_owned(),
        format!("SET GLOBAL group_replication_local_address = '127.0.0.1:{port}'"),
        "SET GLOBAL group_replication_bootstrap_group = 1".to_owned(),
        "START GROUP_REPLICATION".to_owned(),
    ] {
        admin.execute(&sql).await.unwrap();
    }
    let role = "SELECT member_role = 'PRIMARY' FROM performance_schema.replication_group_members";
    until_some("the primary of a group", async || {
        admin.is_true(role).await.unwrap().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn primary_of_a_group_is_found_on_mysql() {
    let cluster = Cluster::<MySql>::start(1).await.unwrap();
    let (primary, slave) = (cluster.master(), cluster.slave(1));
    let database = cluster.database("grouped").await.unwrap();
    let direct = connect(database.url(primary)).await;
    make_tables(&direct).await;
    start_group(primary).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    // As it was before a failover.
    let config = discovered(&database, slave, &[primary]);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_true("the primary", || node(&db, "slave-1").role == Role::Master).await;
    let id = new_note(3, 3).insert(&db).await.unwrap().id;
    assert_eq!(notes_of(&direct, 3).await, 1);
    until_some("the write, from the slave", async || {
        let (found, by) = served(&db, find(&db, id)).await;
        assert_eq!(found.map(|note| note.version), Some(3));
        (by == "default.slave 1r").then_some(())
    })
    .await;
    db.close().await.unwrap();
}

/// After a failover the operator writes down who the master is, while the old one goes on writing.
async fn master_keeps_its_role_under_another_name<S: Turns>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let (old, new) = (cluster.master(), cluster.slave(1));
    let database = cluster.database("renamed").await.unwrap();
    let at_old = connect(database.url(old)).await;
    make_tables(&at_old).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let config = discovered(&database, old, &[new]);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    let before = (&db).into_database_executor();
    before.execute_unprepared("SELECT 1").await.unwrap();
    old.freeze().unwrap();
    new.promote().await.unwrap();
    until_true("the new master", || {
        node(&db, "slave-1").role == Role::Master
    })
    .await;
    let executor = (&db).into_database_executor();
    let migrated = "INSERT INTO note (owner, version, text) VALUES (9, 9, 'migrated')";
    executor.execute_unprepared(migrated).await.unwrap();
    old.thaw().unwrap();

    db.reload(discovered(&database, new, &[old])).await.unwrap();
    assert_eq!(node(&db, "master").role, Role::Master, "{}", db.status());
    let log = old.log_statements().await.unwrap();
    let at_new = connect(database.url(new)).await;
    let mut written = 0;
    until_some("some questions to the old master", async || {
        let asked = log.count(S::POSITION).await.unwrap();
        (asked >= 4).then_some(())
    })
    .await;
    assert_eq!(
        (notes_of(&at_new, 9).await, notes_of(&at_old, 9).await),
        (1, 0)
    );
    while written < 20 {
        new_note(8, written).insert(&db).await.unwrap();
        written += 1;
    }
    assert_eq!(
        (notes_of(&at_new, 8).await, notes_of(&at_old, 8).await),
        (20, 0)
    );
    db.close().await.unwrap();
}

on_servers!(master_keeps_its_role_under_another_name: Postgres, MariaDb, MySql);

/// How a server ends the session that asks for it, and the code with which it says so.
trait Suicide: Turns {
    const SQL: &'static str;
    const ENDED: &'static str;

    /// Asks a session for its number.
    const NUMBER: &'static str;

    /// Ends the session of that number, for an administrator.
    fn end(number: i64) -> String;
}

/// What the server said last on a session that it ended: of PostgreSQL the SQLSTATE, of the others the number.
fn code(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return error.to_string();
    };
    let Some(error) = error.as_database_error() else {
        return error.to_string();
    };
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => error.number().to_string(),
        None => error.code().unwrap_or_default().into_owned(),
    }
}

impl Suicide for Postgres {
    const SQL: &'static str = "SELECT pg_terminate_backend(pg_backend_pid())";
    const ENDED: &'static str = "57P01";
    const NUMBER: &'static str = "SELECT CAST(pg_backend_pid() AS bigint)";

    fn end(number: i64) -> String {
        format!("SELECT pg_terminate_backend({number})")
    }
}

impl Suicide for MariaDb {
    const SQL: &'static str = "KILL CONNECTION connection_id()";
    const ENDED: &'static str = "1927";
    const NUMBER: &'static str = "SELECT CAST(connection_id() AS signed)";

    fn end(number: i64) -> String {
        format!("KILL CONNECTION {number}")
    }
}

impl Suicide for MySql {
    const SQL: &'static str = "KILL CONNECTION connection_id()";
    const ENDED: &'static str = "1317";
    const NUMBER: &'static str = "SELECT CAST(connection_id() AS signed)";

    fn end(number: i64) -> String {
        format!("KILL CONNECTION {number}")
    }
}

async fn sessions_that_are_ended_do_not_end_the_last_node<S: Suicide>() {
    let notebook = Notebook::<S>::new("ended").await;
    let db = notebook.open(patient().on_no_slave(OnNoSlave::Error)).await;
    for _ in 0..6 {
        let ended = db.master().execute_unprepared(S::SQL).await;
        assert_eq!(code(&ended.unwrap_err()), S::ENDED);
        new_note(3, 3).insert(&db).await.unwrap();
        assert_eq!(node(&db, "master").state, NodeState::Serving);
    }
    db.close().await.unwrap();
}

on_servers!(sessions_that_are_ended_do_not_end_the_last_node: Postgres, MariaDb, MySql);

/// With one slave left, and no master that may stand in.
async fn sessions_that_are_ended_do_not_end_the_last_slave<S: Suicide>() {
    let notebook = Notebook::<S>::new("ended").await;
    let db = notebook.open(patient().on_no_slave(OnNoSlave::Error)).await;
    new_note(3, 3).insert(&db).await.unwrap();
    notebook.catch_up().await;
    db.remove_slave("default", "slave-2").await.unwrap();
    // A slave is sent no statement that ends its session, so that an administrator does it.
    let pinned = db.bind("slave-1").unwrap();
    let admin = notebook.cluster.slave(1).admin().await.unwrap();
    for _ in 0..6 {
        // The first read may meet the session that has ended before.
        let number: i64 = until_some("a session of the last slave", async || {
            let row = pinned.query_one_raw(sql(&db, S::NUMBER)).await.ok()?;
            row.unwrap().try_get_by_index(0).ok()
        })
        .await;
        admin.execute(&S::end(number)).await.unwrap();
        let met = note::Entity::find().all(&pinned).await;
        assert_ne!(
            node(&db, "slave-1").state,
            NodeState::Down,
            "{met:?}: {}",
            db.status()
        );
    }
    admin.close().await.unwrap();
    until_some("a read from the last slave", async || {
        let read = note::Entity::find().all(&db.session_from("")).await;
        read.ok().filter(|notes| notes.len() == 1)
    })
    .await;
    db.close().await.unwrap();
}

on_servers!(sessions_that_are_ended_do_not_end_the_last_slave: Postgres, MariaDb, MySql);

/// Both take writes, and neither has all that the other one has.
#[tokio::test(flavor = "multi_thread")]
async fn two_masters_refuse_writes_and_reads_go_on() {
    let cluster = Cluster::<MariaDb>::start(1).await.unwrap();
    let (one, other) = (cluster.master(), cluster.slave(1));
    let database = cluster.database("contested").await.unwrap();
    let direct = connect(database.url(one)).await;
    make_tables(&direct).await;
    new_note(1, 1).insert(&direct).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let config = discovered(&database, one, &[other]);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    other.promote().await.unwrap();
    let elsewhere = connect(database.url(other)).await;
    new_note(4, 4).insert(&elsewhere).await.unwrap();

    until_some("the refusal of writes", async || {
        let error = new_note(2, 2).insert(&db).await.err()?;
        let error_of_default = RoutingError::of(&error).filter(
            |error| matches!(error, RoutingError::TwoMasters { bind, .. } if bind == "default"),
        );
        assert!(error_of_default.is_some(), "{error}");
        assert!(!RoutingError::may_have_happened(&error));
        Some(())
    })
    .await;
    let notes = note::Entity::find().filter(note::Column::Owner.eq(1));
    assert_eq!(notes.count(&db.session_from("")).await.unwrap(), 1);

    let admin = other.admin().await.unwrap();
    admin.execute("SET GLOBAL read_only = 1").await.unwrap();
    until_some("writes again", async || {
        new_note(3, 3).insert(&db).await.ok()
    })
    .await;
    assert_eq!(notes_of(&direct, 3).await, 1);
    db.close().await.unwrap();
}
