//! What connecting says when it fails: the cause, in the text of the error itself.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, PoolConfig},
};
use test_cluster::{Cluster, MariaDb, MySql, Network, Postgres, Server, on_servers};

/// The words of each server for the same.
trait Words: Server {
    const UNKNOWN_DATABASE: &'static str;
    const NO_TLS: &'static str;
}

impl Words for Postgres {
    const UNKNOWN_DATABASE: &'static str = "database \"nowhere\" does not exist";
    const NO_TLS: &'static str = "TLS";
}

impl Words for MariaDb {
    const UNKNOWN_DATABASE: &'static str =
        "Access denied for user 'app'@'127.0.0.1' to database 'nowhere'";
    const NO_TLS: &'static str = "TLS";
}

impl Words for MySql {
    const UNKNOWN_DATABASE: &'static str =
        "Access denied for user 'app'@'127.0.0.1' to database 'nowhere'";
    const NO_TLS: &'static str = "TLS";
}

/// How connecting to this master fails.
async fn failure(url: &str) -> String {
    let pool = PoolConfig::new().acquire_timeout(Duration::from_millis(300));
    let bind = BindConfig::new("default", url).pool(pool);
    let connected = RoutingDatabase::from_config(BindsConfig::new().bind(bind)).await;
    let error = connected.expect_err(url);
    let text = error.to_string();
    assert!(
        text.starts_with("node `default.master` can't be connected: "),
        "{text}"
    );
    assert!(!text.contains("timed out"), "{text}");
    assert!(RoutingError::is_unavailable(&DbErr::from(error)), "{text}");
    text
}

/// Errors after which the same request fails again, or is to be begun again at once.
async fn statements_are_to_blame(url: &str) {
    let db = Database::connect(url).await.unwrap();
    let tables = [
        "CREATE TABLE oven (id int PRIMARY KEY, heat int NOT NULL)",
        "INSERT INTO oven VALUES (1, 0), (2, 0)",
    ];
    for sql in tables {
        db.execute_unprepared(sql).await.unwrap();
    }
    for sql in [
        "INSERT INTO oven VALUES (1, 0)",
        "INSERT INTO oven VALUES (3, NULL)",
        "INSERT INTO nothing VALUES (1)",
        "SELEC 1",
        "DROP DATABASE mysql",
    ] {
        let error = db.execute_unprepared(sql).await.unwrap_err();
        assert!(!RoutingError::is_unavailable(&error), "{error:?}");
    }
    let conflict = conflict(&db).await;
    assert!(!RoutingError::is_unavailable(&conflict), "{conflict:?}");
    db.close().await.unwrap();
}

/// Two transactions that change the same rows, each in another order.
async fn conflict(db: &DatabaseConnection) -> DbErr {
    let heat = |id: i32| format!("UPDATE oven SET heat = heat + 1 WHERE id = {id}");
    let (one, two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    one.execute_unprepared(&heat(1)).await.unwrap();
    two.execute_unprepared(&heat(2)).await.unwrap();
    let (second, first) = (heat(2), heat(1));
    let answers = tokio::join!(
        one.execute_unprepared(&second),
        two.execute_unprepared(&first)
    );
    answers.0.and(answers.1).unwrap_err()
}

async fn connecting_says_what_it_met<S: Words>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let node = cluster.master();
    let url = node.url();

    statements_are_to_blame(&url).await;
    let unknown = failure(&node.url_of("nowhere")).await;
    assert!(unknown.contains(S::UNKNOWN_DATABASE), "{unknown}");
    let encrypted = url
        .replace("disabled", "required")
        .replace("disable", "require");
    let tls = failure(&encrypted).await;
    assert!(tls.contains(S::NO_TLS), "{tls}");
    let host = failure(&url.replace("127.0.0.1", "no-such-host.invalid")).await;
    assert!(host.contains("lookup address"), "{host}");
    // PostgreSQL's test servers ask for none, and MySQL's have none.
    if S::NAME == MariaDb::NAME {
        let password = failure(&url.replace("app:app@", "app:S3cr3tPw@")).await;
        assert!(
            password.contains("Access denied for user 'app'"),
            "{password}"
        );
        assert!(!password.contains("S3cr3tPw"), "{password}");
    }
    node.set_network(Network::BlackHole).await;
    let silent = failure(&node.proxied_url()).await;
    assert!(silent.contains("the server does not answer"), "{silent}");
    node.stop().await.unwrap();
    let refused = failure(&url).await;
    assert!(refused.contains("Connection refused"), "{refused}");
}

on_servers!(connecting_says_what_it_met: Postgres, MariaDb, MySql);
