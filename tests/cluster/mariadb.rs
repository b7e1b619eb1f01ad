use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::OnceCell;

use super::{
    Admin, Cluster, ClusterError, Node, Program, Server, User, error::Doing, general_log, process,
    sandbox::Sandbox, statement_log::LoggedStatement, upstream::Upstream, wait::until,
};

const PACKAGE: &str = "mariadb-server-core";
const MARIADBD: Program = Program {
    name: "mariadbd",
    package: PACKAGE,
    elsewhere: &["/usr/sbin", "/usr/libexec", "/usr/local/sbin"],
};
const INSTALL: Program = Program {
    name: "mariadb-install-db",
    package: PACKAGE,
    elsewhere: &["/usr/bin", "/usr/local/bin"],
};

/// Fast, since nothing here has to survive the machine; a killed server still keeps what it has acknowledged.
const SETTINGS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    // In the data directory.
    "--socket=socket",
    "--pid-file=pid",
    "--performance-schema=0",
    "--max-connections=100",
    "--table-open-cache=200",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-doublewrite=0",
    "--innodb-use-native-aio=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--sync-binlog=0",
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--log-slave-updates=1",
    // Lets the application make functions.
    "--log-bin-trust-function-creators=1",
    "--gtid-domain-id=0",
    "--gtid-strict-mode=1",
    "--relay-log=relay",
    "--log-output=TABLE",
];

const STATUS: &str = "SHOW SLAVE STATUS";

/// While a data directory is made, privileges are off until they are read.
const PREPARE: &str = "
CREATE DATABASE app;
FLUSH PRIVILEGES;
CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app';
GRANT ALL PRIVILEGES ON app.* TO app@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY 'admin';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
";

/// More than a cluster has nodes.
const REBUILT: usize = 100;

/// A slave's relay log is short.
const REPLAY: Duration = Duration::from_secs(30);

static SHARED: OnceCell<Cluster<MariaDb>> = OnceCell::const_new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

#[derive(Debug)]
struct Template {
    data: PathBuf,
    _sandbox: Sandbox,
}

/// A MariaDB server.
#[derive(Debug)]
pub struct MariaDb {
    server_id: AtomicUsize,
    /// What it is started as; on the running server it is the variable `read_only`.
    read_only: AtomicBool,
    upstream: Upstream,
}

impl Server for MariaDb {
    const STOP_SIGNAL: &'static str = "TERM";

    const COUNT_CONNECTIONS: &'static str =
        "SELECT count(*) FROM information_schema.processlist WHERE user = 'app'";

    fn new(number: usize) -> Self {
        Self {
            server_id: AtomicUsize::new(number + 1),
            read_only: AtomicBool::new(number > 0),
            upstream: Upstream::default(),
        }
    }

    fn shared() -> &'static OnceCell<Cluster<Self>> {
        &SHARED
    }

    async fn template() -> Result<&'static Path, ClusterError> {
        let template = TEMPLATE.get_or_try_init(initialise).await?;
        Ok(&template.data)
    }

    fn url(port: u16, user: User, database: &str) -> String {
        let user = match user {
            User::Application => "app:app",
            User::Admin => "admin:admin",
        };
        format!("mysql://{user}@127.0.0.1:{port}/{database}?ssl-mode=disabled")
    }

    fn command(node: &Node<Self>) -> Result<Command, ClusterError> {
        let mut command = process::command(&MARIADBD.find()?, &node.data())?;
        command.arg("--no-defaults").args(SETTINGS);
        command.arg(format!("--datadir={}", node.data().display()));
        // A starting server deletes what looks like a temporary table in there, also those of others.
        command.arg(format!("--tmpdir={}", node.directory().display()));
        command.arg(format!("--port={}", node.port()));
        command.arg(format!(
            "--server-id={}",
            node.server.server_id.load(Ordering::Relaxed)
        ));
        let read_only = node.server.read_only.load(Ordering::Relaxed);
        command.arg(format!("--read-only={}", u8::from(read_only)));
        Ok(command)
    }

    fn configure(_node: &Node<Self>, _master: Option<&Node<Self>>) -> Result<(), ClusterError> {
        Ok(())
    }

    /// From the template: every node keeps the whole history in its binlog. The identity is new, since a slave
    /// skips what was written under its own.
    async fn rebuild(node: &Node<Self>, _master: &Node<Self>) -> Result<(), ClusterError> {
        node.server.read_only.store(true, Ordering::Relaxed);
        node.server.server_id.fetch_add(REBUILT, Ordering::Relaxed);
        node.copy(Self::template().await?).await
    }

    fn create_database(name: &str) -> Vec<String> {
        vec![
            format!("CREATE DATABASE {name}"),
            format!("GRANT ALL PRIVILEGES ON {name}.* TO app@'127.0.0.1'"),
        ]
    }

    async fn follow(slave: &Node<Self>, master: &Node<Self>) -> Result<(), ClusterError> {
        let delay = slave.server.upstream.set_master(master.port());
        replicate_from(slave, master.port()).await?;
        Self::delay_replay(slave, delay).await
    }

    async fn follows(slave: &Admin, port: u16) -> Result<bool, ClusterError> {
        let from: Option<u64> = slave.column(STATUS, "Master_Port").await?;
        let receiving: Option<String> = slave.column(STATUS, "Slave_IO_Running").await?;
        Ok(from == Some(port.into()) && receiving.as_deref() == Some("Yes"))
    }

    async fn unfollow(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        admin.execute("STOP SLAVE IO_THREAD").await?;
        admin.close().await
    }

    async fn pause_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("STOP SLAVE SQL_THREAD").await
    }

    async fn resume_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("START SLAVE SQL_THREAD").await
    }

    async fn delay_replay(slave: &Node<Self>, delay: Duration) -> Result<(), ClusterError> {
        let replicate = |port| replicate_from(slave, port);
        slave.server.upstream.delay(delay, replicate).await
    }

    async fn promote(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        // Replay may be paused. Started after the receiver's stop, it would drop the relay log.
        admin.execute("START SLAVE SQL_THREAD").await?;
        admin.execute("STOP SLAVE IO_THREAD").await?;
        let received: Option<String> = admin.column(STATUS, "Gtid_IO_Pos").await?;
        let received = received.unwrap_or_default();
        until("the replay of the relay log", REPLAY, || async {
            Ok(Self::has_reached(&admin, &received).await?.then_some(()))
        })
        .await?;
        for sql in ["STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only = 0"] {
            admin.execute(sql).await?;
        }
        slave.server.read_only.store(false, Ordering::Relaxed);
        slave.server.upstream.clear();
        admin.close().await
    }

    async fn position(master: &Admin) -> Result<String, ClusterError> {
        let position = master.value("SELECT @@GLOBAL.gtid_binlog_pos").await?;
        Ok(position.unwrap_or_default())
    }

    async fn has_reached(slave: &Admin, position: &str) -> Result<bool, ClusterError> {
        slave
            .is_true(&format!("SELECT MASTER_GTID_WAIT('{position}', 0) = 0"))
            .await
    }

    async fn log_statements(node: &Node<Self>) -> Result<u64, ClusterError> {
        general_log::start(node).await
    }

    async fn logged_statements(
        node: &Node<Self>,
        start: u64,
    ) -> Result<Vec<LoggedStatement>, ClusterError> {
        general_log::statements(node, start).await
    }
}

async fn initialise() -> Result<Template, ClusterError> {
    let sandbox = Sandbox::new()?;
    let directory = sandbox.directory("mariadb-template")?;
    let data = directory.join("data");
    let script = directory.join("prepare.sql");
    fs::write(&script, PREPARE).doing(|| "writing the template's script".to_owned())?;
    let mut install = process::command(&INSTALL.find()?, &directory)?;
    install.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
    install.args([
        "--auth-root-authentication-method=normal",
        "--innodb-log-file-size=8M",
    ]);
    install.args([
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
    ]);
    install.arg(format!("--datadir={}", data.display()));
    install.arg(format!("--extra-file={}", script.display()));
    process::run(install).await?;
    Ok(Template {
        data,
        _sandbox: sandbox,
    })
}

/// Points a slave at a port, and waits until it receives; a paused replay stays paused.
async fn replicate_from(slave: &Node<MariaDb>, port: u16) -> Result<(), ClusterError> {
    let admin = slave.admin().await?;
    let replaying: Option<String> = admin.column(STATUS, "Slave_SQL_Running").await?;
    let change = format!(
        "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = 'admin',
         MASTER_PASSWORD = 'admin', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos"
    );
    let start = match replaying.as_deref() {
        Some("No") => "START SLAVE IO_THREAD",
        _ => "START SLAVE",
    };
    for sql in ["STOP SLAVE", &change, start] {
        admin.execute(sql).await?;
    }
    admin.close().await?;
    slave.wait_until_following(port).await
}
