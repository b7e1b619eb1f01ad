//! A provider of credentials: passwords change while the application works, and nobody notices.
//!
//! On MySQL a password takes TLS or sqlx's feature `mysql-rsa`, which these tests are built without:
//! `cargo test --features runtime-tokio-rustls --test servers passwords_change_on_mysql -- --ignored` builds for minutes.

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectionTrait, Database, DbErr, Statement, StreamTrait, TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, Consistency, RoutingDatabase, RoutingError,
    config::{BindConfig, NodeConfig, PoolConfig},
    credentials::{Credentials, NodeAddress},
};
use test_cluster::{Cluster, MariaDb, MySql, Node, Postgres, Server, on_servers, until};
use tokio_stream::StreamExt;

use crate::support::SOON;

/// How a server's password is changed, and how it is made to ask for one.
trait Rotating: Server {
    fn alter(password: &str) -> String;

    fn protect(_: &Path) {}

    const RELOAD: &'static str = "SELECT 1";
    const PREPARE: &'static str = "SELECT 1";

    /// What its URL says of encryption, in the place of none.
    const ENCRYPTION: &'static str = "ssl-mode=disabled";
}

impl Rotating for Postgres {
    fn alter(password: &str) -> String {
        format!("ALTER ROLE app PASSWORD '{password}'")
    }

    fn protect(data: &Path) {
        let rules = "host all app 127.0.0.1/32 md5\n\
                     host all all 127.0.0.1/32 trust\n\
                     host replication all 127.0.0.1/32 trust\nlocal all all trust\n";
        std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
    }

    const RELOAD: &'static str = "SELECT pg_reload_conf()";
    // SCRAM costs a client that is not optimised half a second of work for each login.
    const PREPARE: &'static str = "ALTER ROLE postgres SET password_encryption = 'md5'";
}

impl Rotating for MariaDb {
    fn alter(password: &str) -> String {
        format!("ALTER USER app@'127.0.0.1' IDENTIFIED BY '{password}'")
    }
}

/// Every second password is kept beside the new one, which is how they are changed there:
/// <https://dev.mysql.com/doc/refman/8.4/en/password-management.html#dual-passwords>.
impl Rotating for MySql {
    fn alter(password: &str) -> String {
        let kept = match password.ends_with(['2', '4']) {
            true => " RETAIN CURRENT PASSWORD",
            false => "",
        };
        format!("ALTER USER app@'127.0.0.1' IDENTIFIED BY '{password}'{kept}")
    }

    /// The server makes its certificate itself.
    const ENCRYPTION: &'static str = "ssl-mode=required";
}

/// The provider's vault: the password of now, and how often each node's was asked for.
#[derive(Default)]
struct Vault {
    password: Mutex<String>,
    asked: Mutex<HashMap<String, u64>>,
}

impl Vault {
    fn holding(password: &str) -> Arc<Self> {
        let vault = Self::default();
        vault.put(password);
        Arc::new(vault)
    }

    fn put(&self, password: &str) {
        *self.password.lock().unwrap() = password.to_owned();
    }

    fn of(&self, node: &NodeAddress) -> Credentials {
        let key = format!("{}.{}", node.bind, node.node);
        *self.asked.lock().unwrap().entry(key).or_default() += 1;
        Credentials::new(self.password.lock().unwrap().clone())
    }

    fn asked(&self, node: &str) -> u64 {
        let asked = self.asked.lock().unwrap();
        asked.get(node).copied().unwrap_or_default()
    }
}

/// The URL of a node without a password.
fn url<S: Rotating>(node: &Node<S>) -> String {
    let url = node.url().replace("app:app@", "app@");
    url.replace("ssl-mode=disabled", S::ENCRYPTION)
}

async fn protected<S: Rotating>() -> Cluster<S> {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let admin = cluster.master().admin().await.unwrap();
    admin.execute(S::PREPARE).await.unwrap();
    let admin = cluster.master().admin().await.unwrap();
    admin.execute(&S::alter("first")).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    for node in [cluster.master(), cluster.slave(1)] {
        S::protect(&node.directory().join("data"));
        node.admin()
            .await
            .unwrap()
            .execute(S::RELOAD)
            .await
            .unwrap();
    }
    let is_protected = async || Ok(Database::connect(url(cluster.master())).await.err());
    until("a server that asks for a password", SOON, is_protected)
        .await
        .unwrap();
    cluster
}

fn config<S: Rotating>(cluster: &Cluster<S>) -> BindsConfig {
    // So that connections are opened all the time.
    let pool = PoolConfig::new()
        .max_lifetime(Duration::from_millis(300))
        .acquire_timeout(Duration::from_secs(20));
    let bind = BindConfig::new("default", url(cluster.master()))
        .slave(NodeConfig::new("slave-1", url(cluster.slave(1))));
    BindsConfig::new().bind(bind).pool(pool)
}

async fn work(db: &RoutingDatabase, id: u64) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let statement = |sql: String| Statement::from_string(backend, sql);
    let insert = statement(format!("INSERT INTO cake VALUES ({id})"));
    db.execute_raw(insert.clone()).await?;
    let begun = db.begin().await?;
    begun.execute_raw(insert).await?;
    begun.commit().await?;
    let count = statement("SELECT count(*) FROM cake".to_owned());
    // On the slave, however far it is behind.
    let db = db.with(Consistency::Eventual);
    db.query_one_raw(count.clone()).await?;
    let read = db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await?;
    read.query_one_raw(count.clone()).await?;
    read.commit().await?;
    let mut rows = db.stream_raw(count).await?;
    while let Some(row) = rows.next().await {
        row?;
    }
    Ok(())
}

async fn passwords_change_under_load_and_no_statement_fails<S: Rotating>() {
    let cluster = protected::<S>().await;
    let vault = Vault::holding("first");
    let asked = vault.clone();
    let db = RoutingDatabase::builder()
        .credentials(move |node: NodeAddress| {
            let asked = asked.clone();
            async move { Ok::<_, io::Error>(asked.of(&node)) }
        })
        .from_config(config(&cluster))
        .await
        .unwrap();
    db.execute_unprepared("CREATE TABLE cake (id bigint)")
        .await
        .unwrap();
    let (stop, done) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(1)),
    );
    let load: Vec<_> = (0..6)
        .map(|_| {
            let (db, stop, done) = (db.clone(), stop.clone(), done.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    work(&db, done.fetch_add(1, Ordering::Relaxed)).await?;
                }
                Ok::<_, DbErr>(())
            })
        })
        .collect();
    let admin = cluster.master().admin().await.unwrap();
    for round in 1..=3 {
        let password = format!("round-{round}");
        // The server first, or the vault first: both happen.
        match round % 2 {
            0 => vault.put(&password),
            _ => admin.execute(&S::alter(&password)).await.unwrap(),
        }
        tokio::task::yield_now().await;
        match round % 2 {
            0 => admin.execute(&S::alter(&password)).await.unwrap(),
            _ => vault.put(&password),
        }
        let of = |node: &str| (vault.asked(node), done.load(Ordering::Relaxed));
        let before = ["default.master", "default.slave-1"].map(of);
        let goes_on = async || {
            let now = ["default.master", "default.slave-1"].map(of);
            let mut pairs = now.iter().zip(&before);
            let goes_on = pairs.all(|(now, before)| now.0 > before.0 + 2 && now.1 > before.1 + 20);
            Ok((goes_on || load.iter().any(|task| task.is_finished())).then_some(()))
        };
        until("new connections and work", SOON, goes_on)
            .await
            .unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap().unwrap();
    }
    let error = Database::connect(cluster.master().url()).await.unwrap_err();
    let error = error.to_string();
    let refusals = ["password authentication failed", "Access denied for user"];
    assert!(
        refusals.iter().any(|refusal| error.contains(refusal)),
        "{error}"
    );
    let shown = format!("{db:?}{:?}{}", db.status(), db.status());
    assert!(!shown.contains("round-"), "{shown}");
    db.close().await.unwrap();
}

on_servers!(passwords_change_under_load_and_no_statement_fails: Postgres, MariaDb);

#[tokio::test]
#[ignore = "takes a build with TLS"]
async fn passwords_change_on_mysql() {
    passwords_change_under_load_and_no_statement_fails::<MySql>().await;
}

/// A master that is asked for a password which nobody has is an error that says so; with another provider's answer, work
/// goes on in the same pool. Nodes that are added are asked for, too.
async fn a_provider_may_fail_for_a_while<S: Rotating>() {
    let cluster = protected::<S>().await;
    let vault = Vault::holding("first");
    let fails = Arc::new(AtomicBool::new(true));
    let (asked, failing) = (vault.clone(), fails.clone());
    let builder = RoutingDatabase::builder().credentials(move |node: NodeAddress| {
        let (asked, fails) = (asked.clone(), failing.load(Ordering::Relaxed));
        async move {
            match fails {
                true => Err(io::Error::other("the vault is sealed")),
                false => Ok(asked.of(&node)),
            }
        }
    });
    let config = config(&cluster);
    let slave = config.binds[0].slaves[0].clone();
    let mut alone = config.clone();
    alone.binds[0].slaves.clear();
    let error = builder
        .clone()
        .from_config(alone.clone())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "node `default.master` has no credentials to connect with: the vault is sealed"
    );
    assert!(RoutingError::is_unavailable(&error.into()));

    fails.store(false, Ordering::Relaxed);
    let db = builder.from_config(alone).await.unwrap();
    db.execute_unprepared("CREATE TABLE cake (id bigint)")
        .await
        .unwrap();
    db.add_slave("default", slave).await.unwrap();
    fails.store(true, Ordering::Relaxed);
    // What was known goes on.
    for id in 1..=20 {
        work(&db, id).await.unwrap();
    }
    fails.store(false, Ordering::Relaxed);
    let serves =
        async || Ok((db.status().node("default", "slave-1").unwrap().reads > 0).then_some(()));
    let reads = async {
        loop {
            work(&db, 1000).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        served = until("reads of the new slave", SOON, serves) => served.unwrap(),
        () = reads => {}
    }
    assert!(vault.asked("default.slave-1") > 0);
    db.close().await.unwrap();
}

on_servers!(a_provider_may_fail_for_a_while: Postgres, MariaDb);
