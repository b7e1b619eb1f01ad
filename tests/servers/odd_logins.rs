//! Users and passwords of all kinds of characters: they log in by an address, by a provider and from a file, and nothing shows
//! them.

use std::{io, time::Duration};

use sea_orm::{ConnectionTrait, Database};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig},
    credentials::{Credentials, NodeAddress},
};
use test_cluster::{Admin, Cluster, MariaDb, MySql, Node, Postgres, Server, on_servers, until};
use tracing::Level;

use crate::support::{Log, SOON};

/// What stands in the middle of a user's name, and of a password.
const ODD: [&str; 5] = [
    "a b%41@:/#?x&y=1",
    "ä€😀 '\"`\\",
    "${HOME}+;12/3[",
    "*|<>^=,%",
    ":@",
];

/// Nothing else looks like it.
const MARK: &str = "S3cr3t";

fn user(number: usize) -> String {
    format!("u{number}{}u", ODD[number])
}

fn password(number: usize) -> String {
    format!("{}{MARK}{}", number + 1, ODD[number])
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// How a server has users made, and whether its driver can be given passwords here.
trait Accounts: Server {
    const HAS_PASSWORDS: bool = true;

    async fn ask_for_passwords(_: &Node<Self>) {}

    fn make(user: &str, password: &str, database: &str) -> Vec<String>;
}

impl Accounts for Postgres {
    async fn ask_for_passwords(node: &Node<Self>) {
        let rules = "host all postgres 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n\
                     host all all 127.0.0.1/32 md5\nlocal all all trust\n";
        std::fs::write(node.directory().join("data/pg_hba.conf"), rules).unwrap();
        let admin = node.admin().await.unwrap();
        admin.execute("SELECT pg_reload_conf()").await.unwrap();
        let refused = format!(
            "postgres://app:no@127.0.0.1:{}/app?sslmode=disable",
            node.port()
        );
        until("a server that asks for passwords", SOON, || async {
            Ok(Database::connect(&refused).await.err())
        })
        .await
        .unwrap();
    }

    fn make(user: &str, password: &str, _: &str) -> Vec<String> {
        let (user, password) = (user.replace('"', "\"\""), password.replace('\'', "''"));
        vec![
            // SCRAM costs a client that is not optimised half a second of work for each login.
            "SET password_encryption = 'md5'".to_owned(),
            format!("CREATE ROLE \"{user}\" LOGIN SUPERUSER PASSWORD '{password}'"),
        ]
    }
}

fn of_mysql(user: &str, password: &str, database: &str) -> Vec<String> {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let user = format!("'{}'@'127.0.0.1'", quoted(user));
    let password = match password {
        "" => String::new(),
        password => format!(" IDENTIFIED BY '{}'", quoted(password)),
    };
    vec![
        format!("CREATE USER {user}{password}"),
        format!("GRANT ALL PRIVILEGES ON {database}.* TO {user}"),
    ]
}

impl Accounts for MariaDb {
    fn make(user: &str, password: &str, database: &str) -> Vec<String> {
        of_mysql(user, password, database)
    }
}

impl Accounts for MySql {
    /// There a password takes TLS or sqlx's feature `mysql-rsa`, which these tests are built without.
    const HAS_PASSWORDS: bool = false;

    fn make(user: &str, password: &str, database: &str) -> Vec<String> {
        of_mysql(user, password, database)
    }
}

async fn run(admin: &Admin, statements: Vec<String>) {
    for sql in statements {
        admin.execute(&sql).await.unwrap();
    }
}

fn pool() -> PoolConfig {
    PoolConfig::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(5))
}

async fn reads(db: &RoutingDatabase) {
    db.execute_unprepared("SELECT 1").await.unwrap();
    db.slave()
        .unwrap()
        .execute_unprepared("SELECT 1")
        .await
        .unwrap();
    assert!(!format!("{db:?}{}", db.status()).contains(MARK));
    db.clone().close().await.unwrap();
}

/// A configuration whose addresses log in as `login` says.
fn config(url: &str, login: &str) -> BindsConfig {
    let url = url.replace("app:app@", "app@").replace("app@", login);
    let bind =
        BindConfig::new("default", url.as_str()).slave(NodeConfig::new("slave-1", url.as_str()));
    BindsConfig::new().bind(bind).pool(pool())
}

async fn odd_logins_work_and_nothing_shows_them<S: Accounts>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let master = cluster.master();
    S::ask_for_passwords(master).await;
    let admin = master.admin().await.unwrap();
    let (log, _on_this_thread) = Log::start_at(Level::TRACE);
    let directory = tempfile::tempdir().unwrap();
    let url = master.url();
    let mut shown = String::new();
    for number in 0..ODD.len() {
        let (user, password) = match S::HAS_PASSWORDS {
            true => (user(number), password(number)),
            false => (user(number), String::new()),
        };
        run(&admin, S::make(&user, &password, "app")).await;
        let login = match password.as_str() {
            "" => format!("{}@", encoded(&user)),
            password => format!("{}:{}@", encoded(&user), encoded(password)),
        };
        let addressed = config(&url, &login);
        shown += &format!("{addressed:?}");
        reads(&RoutingDatabase::from_config(addressed).await.unwrap()).await;

        if !S::HAS_PASSWORDS {
            continue;
        }
        let given = (user.clone(), password.clone());
        let provided = RoutingDatabase::builder()
            .credentials(move |_: NodeAddress| {
                let (user, password) = given.clone();
                async move { Ok::<_, io::Error>(Credentials::new(password).user(user)) }
            })
            .from_config(config(&url, ""));
        reads(&provided.await.unwrap()).await;

        // Encoded in a file; raw there, it is refused or at least not shown.
        for (name, text) in [("encoded", encoded(&password)), ("raw", password.clone())] {
            let file = directory.path().join(name);
            std::fs::write(&file, text).unwrap();
            let login = format!("{}:${{file:{}}}@", encoded(&user), file.display());
            let address = config(&url, "LOGIN@").binds[0]
                .master
                .url
                .expose()
                .replace("LOGIN@", &login);
            let yaml = format!("binds: {{default: \"{address}\"}}");
            let read = BindsConfig::from_yaml(&yaml);
            shown += &format!("{read:?}");
            let opened = match read {
                Ok(read) => RoutingDatabase::from_config(read.pool(pool()))
                    .await
                    .map_err(|error| format!("{error} {error:?}")),
                Err(error) => Err(format!("{error} {error:?}")),
            };
            match opened {
                Ok(db) => db.close().await.unwrap(),
                Err(error) if name == "raw" => shown += &error,
                Err(error) => panic!("{number}: {error}"),
            }
        }
        // A wrong one.
        let wrong = format!("{}:{}x@", encoded(&user), encoded(&password));
        let error = RoutingDatabase::from_config(config(&url, &wrong))
            .await
            .unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    shown += &log.text();
    let at = shown
        .find(MARK)
        .map(|at| shown.floor_char_boundary(at.saturating_sub(200)));
    assert_eq!(at.map(|at| &shown[at..]), None);
    assert!(
        log.text().contains("TRACE") || log.text().contains("DEBUG"),
        "a log of all levels"
    );
}

// On one thread, whose log this is.
on_servers!(one_thread odd_logins_work_and_nothing_shows_them: Postgres, MariaDb, MySql);
