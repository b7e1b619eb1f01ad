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

/// Where `tests/install` unpacks it: no release of Debian has it.
const MYSQLD: Program = Program {
    name: "sea-orm-routing-mysqld",
    package: "mysql-server-core",
    elsewhere: &["/opt/sea-orm-routing/mysql"],
};

/// As MariaDB's: fast, and what is acknowledged survives a killed server.
const SETTINGS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    // In the data directory.
    "--socket=socket",
    "--pid-file=pid",
    "--mysqlx=0",
    "--secure-file-priv=NULL",
    "--max-connections=100",
    "--table-open-cache=200",
    "--table-definition-cache=400",
    "--key-buffer-size=1M",
    "--innodb-buffer-pool-size=16M",
    "--innodb-redo-log-capacity=16M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-doublewrite=0",
    "--innodb-use-native-aio=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--sync-binlog=0",
    "--log-bin=binlog",
    // Lets the application make functions.
    "--log-bin-trust-function-creators=1",
    "--gtid-mode=ON",
    "--enforce-gtid-consistency=ON",
    "--relay-log=relay",
    // A killed slave asks for what it may have received in part.
    "--relay-log-recovery=1",
    "--log-output=TABLE",
];

const STATUS: &str = "SHOW REPLICA STATUS";

/// Accounts without a password, whom the server lets in without the encryption that its plugin wants for one:
/// <https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html>.
const PREPARE: &str = "\
CREATE DATABASE app;
CREATE USER app@'127.0.0.1';
GRANT ALL PRIVILEGES ON app.* TO app@'127.0.0.1';
GRANT SELECT ON performance_schema.replication_connection_status TO app@'127.0.0.1';
CREATE USER admin@'127.0.0.1';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
";

/// More than a cluster has nodes.
const REBUILT: usize = 100;

/// A slave's relay log is short.
const REPLAY: Duration = Duration::from_secs(30);

static SHARED: OnceCell<Cluster<MySql>> = OnceCell::const_new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

#[derive(Debug)]
struct Template {
    data: PathBuf,
    _sandbox: Sandbox,
}

/// A MySQL server.
#[derive(Debug)]
pub struct MySql {
    server_id: AtomicUsize,
    /// What it is started as; on the running server it is the variable `read_only`.
    read_only: AtomicBool,
    upstream: Upstream,
}

impl Server for MySql {
    const STOP_SIGNAL: &'static str = "TERM";

    const COUNT_CONNECTIONS: &'static str =
        "SELECT count(*) FROM performance_schema.processlist WHERE user = 'app'";

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
            User::Application => "app",
            User::Admin => "admin",
        };
        format!("mysql://{user}@127.0.0.1:{port}/{database}?ssl-mode=disabled")
    }

    fn command(node: &Node<Self>) -> Result<Command, ClusterError> {
        let mut command = process::command(&MYSQLD.find()?, &node.data())?;
        command.arg("--no-defaults").args(SETTINGS);
        command.arg(format!("--datadir={}", node.data().display()));
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

    /// From the template: every node keeps the whole history in its binlog.
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
        let from: Option<u32> = slave.column(STATUS, "Source_Port").await?;
        let receiving: Option<String> = slave.column(STATUS, "Replica_IO_Running").await?;
        Ok(from == Some(port.into()) && receiving.as_deref() == Some("Yes"))
    }

    async fn unfollow(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        admin.execute("STOP REPLICA IO_THREAD").await?;
        admin.close().await
    }

    async fn pause_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("STOP REPLICA SQL_THREAD").await
    }

    async fn resume_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("START REPLICA SQL_THREAD").await
    }

    async fn delay_replay(slave: &Node<Self>, delay: Duration) -> Result<(), ClusterError> {
        let replicate = |port| replicate_from(slave, port);
        slave.server.upstream.delay(delay, replicate).await
    }

    async fn promote(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        // Replay may be paused. Started after the receiver's stop, it might drop the relay log.
        admin.execute("START REPLICA SQL_THREAD").await?;
        admin.execute("STOP REPLICA IO_THREAD").await?;
        let received: Option<String> = admin.column(STATUS, "Retrieved_Gtid_Set").await?;
        let received = received.unwrap_or_default();
        until("the replay of the relay log", REPLAY, || async {
            Ok(Self::has_reached(&admin, &received).await?.then_some(()))
        })
        .await?;
        for sql in [
            "STOP REPLICA",
            "RESET REPLICA ALL",
            "SET GLOBAL read_only = 0",
        ] {
            admin.execute(sql).await?;
        }
        slave.server.read_only.store(false, Ordering::Relaxed);
        slave.server.upstream.clear();
        admin.close().await
    }

    async fn position(master: &Admin) -> Result<String, ClusterError> {
        let position = master.value("SELECT @@GLOBAL.gtid_executed").await?;
        Ok(position.unwrap_or_default())
    }

    async fn has_reached(slave: &Admin, position: &str) -> Result<bool, ClusterError> {
        slave
            .is_true(&format!(
                "SELECT GTID_SUBSET('{position}', @@GLOBAL.gtid_executed)"
            ))
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
    let directory = sandbox.directory("mysql-template")?;
    let data = directory.join("data");
    let script = directory.join("prepare.sql");
    fs::write(&script, PREPARE).doing(|| "writing the template's script".to_owned())?;
    let mut initialise = process::command(&MYSQLD.find()?, &directory)?;
    // Without a binlog: what the nodes have in common is in no history.
    initialise.args(["--no-defaults", "--initialize-insecure", "--skip-log-bin"]);
    initialise.args([
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-redo-log-capacity=16M",
    ]);
    initialise.arg(format!("--datadir={}", data.display()));
    initialise.arg(format!("--init-file={}", script.display()));
    process::run(initialise).await?;
    // The identity, of which each server makes one of its own.
    let identity = data.join("auto.cnf");
    if identity.exists() {
        fs::remove_file(identity).doing(|| "removing the template's identity".to_owned())?;
    }
    Ok(Template {
        data,
        _sandbox: sandbox,
    })
}

/// Points a slave at a port, and waits until it receives; a paused replay stays paused.
async fn replicate_from(slave: &Node<MySql>, port: u16) -> Result<(), ClusterError> {
    let admin = slave.admin().await?;
    let replaying: Option<String> = admin.column(STATUS, "Replica_SQL_Running").await?;
    let change = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'admin',
         SOURCE_SSL = 0, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400, SOURCE_AUTO_POSITION = 1"
    );
    let start = match replaying.as_deref() {
        Some("No") => "START REPLICA IO_THREAD",
        _ => "START REPLICA",
    };
    for sql in ["STOP REPLICA", &change, start] {
        admin.execute(sql).await?;
    }
    admin.close().await?;
    slave.wait_until_following(port).await
}
