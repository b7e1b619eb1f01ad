use std::{
    fmt::Debug,
    fs,
    marker::PhantomData,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::OnceCell;

use crate::{
    Admin, Cluster, ClusterError, Node, Program, Server, User, error::Doing, general_log, process,
    sandbox::Sandbox, statement_log::LoggedStatement, upstream::Upstream, wait::until,
};

/// That of the master.
const FIRST_ID: usize = 11;

/// More than a cluster has nodes.
const REBUILT: usize = 100;

/// A slave's relay log is short.
const REPLAY: Duration = Duration::from_secs(30);

/// What MariaDB and MySQL say in words of their own.
pub trait Words: Debug + Sized + Send + Sync + 'static {
    /// What a test's output calls the server.
    const NAME: &'static str;

    /// The directory of the template.
    const TEMPLATE: &'static str;

    /// The server's program.
    const SERVER: Program;

    /// How it is started.
    const SETTINGS: &'static [&'static str];

    /// Makes the database `app` and its users.
    const PREPARE: &'static str;

    /// Counts the application's connections.
    const COUNT_CONNECTIONS: &'static str;

    /// `app`, and its password if it has one.
    const APPLICATION: &'static str;

    /// `admin`, and its password if it has one.
    const ADMIN: &'static str;

    /// `SLAVE` or `REPLICA`, of which statements stop, start and show the threads.
    const SLAVE: &'static str;

    /// The status' column of the port that a slave receives from.
    const FROM: &'static str;

    /// The status' column that tells whether a slave receives.
    const RECEIVING: &'static str;

    /// The status' column that tells whether a slave replays.
    const REPLAYING: &'static str;

    /// The status' column of what a slave has received.
    const RECEIVED: &'static str;

    /// Asks a master for its position.
    const POSITION: &'static str;

    /// Asks a slave whether it has replayed all up to `position`.
    fn has_reached(position: &str) -> String;

    /// Points a slave at a port.
    fn replicate_from(port: u16) -> String;

    /// A command that makes a data directory, in which it runs the statements of `script`.
    fn initialise(directory: &Path, data: &Path, script: &Path) -> Result<Command, ClusterError>;

    /// The cluster that the tests of this process share.
    fn shared() -> &'static OnceCell<Cluster<MySqlFamily<Self>>>;

    /// The data directory that each node's is a copy of.
    fn template() -> &'static OnceCell<Template>;
}

/// A data directory with the database `app` and its users.
#[derive(Debug)]
pub struct Template {
    data: PathBuf,
    _sandbox: Sandbox,
}

impl Template {
    async fn new<W: Words>() -> Result<Self, ClusterError> {
        let sandbox = Sandbox::new()?;
        let directory = sandbox.directory(W::TEMPLATE)?;
        let data = directory.join("data");
        let script = directory.join("prepare.sql");
        fs::write(&script, W::PREPARE).doing(|| "writing the template's script".to_owned())?;
        let mut initialise = W::initialise(&directory, &data, &script)?;
        // It, too, deletes what looks like a temporary table in there.
        initialise.env("TMPDIR", &directory);
        process::run(initialise).await?;
        // MySQL's identity, of which each server makes one of its own.
        let identity = data.join("auto.cnf");
        if identity.exists() {
            fs::remove_file(identity).doing(|| "removing the template's identity".to_owned())?;
        }
        Ok(Self {
            data,
            _sandbox: sandbox,
        })
    }
}

/// A server of MySQL's protocol and with replication by GTID, which are MariaDB and MySQL.
#[derive(Debug)]
pub struct MySqlFamily<W> {
    server_id: AtomicUsize,
    /// What it is started as; on the running server it is the variable `read_only`.
    read_only: AtomicBool,
    upstream: Upstream,
    words: PhantomData<W>,
}

impl<W: Words> Server for MySqlFamily<W> {
    const NAME: &'static str = W::NAME;

    const STOP_SIGNAL: &'static str = "TERM";

    const COUNT_CONNECTIONS: &'static str = W::COUNT_CONNECTIONS;

    /// A client that leaves before it has logged in is an error to the server, which shuts out who makes a hundred of them.
    const HEALTH_CHECK: Option<&'static str> = None;

    fn new(number: usize) -> Self {
        Self {
            // Not MariaDB's default, which tells nothing.
            server_id: AtomicUsize::new(number + FIRST_ID),
            read_only: AtomicBool::new(number > 0),
            upstream: Upstream::default(),
            words: PhantomData,
        }
    }

    fn shared() -> &'static OnceCell<Cluster<Self>> {
        W::shared()
    }

    async fn template() -> Result<&'static Path, ClusterError> {
        let template = W::template().get_or_try_init(Template::new::<W>).await?;
        Ok(&template.data)
    }

    fn url(port: u16, user: User, database: &str) -> String {
        let user = match user {
            User::Application => W::APPLICATION,
            User::Admin => W::ADMIN,
        };
        format!("mysql://{user}@127.0.0.1:{port}/{database}?ssl-mode=disabled")
    }

    fn command(node: &Node<Self>) -> Result<Command, ClusterError> {
        let mut command = process::command(&W::SERVER.find()?, &node.data())?;
        command.arg("--no-defaults").args(W::SETTINGS);
        command.arg(format!("--datadir={}", node.data().display()));
        // A starting server deletes what looks like a temporary table in there, also those of others.
        command.arg(format!("--tmpdir={}", node.directory().display()));
        command.arg(format!("--port={}", node.port()));
        let id = node.server.server_id.load(Ordering::Relaxed);
        command.arg(format!("--server-id={id}"));
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
        let from: Option<u64> = slave.column(&status::<W>(), W::FROM).await?;
        let receiving: Option<String> = slave.column(&status::<W>(), W::RECEIVING).await?;
        Ok(from == Some(port.into()) && receiving.as_deref() == Some("Yes"))
    }

    async fn unfollow(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        admin.execute(&threads::<W>("STOP", "IO_THREAD")).await?;
        admin.close().await
    }

    async fn detach(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        admin.execute(&threads::<W>("STOP", "")).await?;
        admin.execute(&threads::<W>("RESET", "ALL")).await?;
        slave.server.upstream.clear();
        admin.close().await
    }

    async fn pause_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute(&threads::<W>("STOP", "SQL_THREAD")).await
    }

    async fn resume_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute(&threads::<W>("START", "SQL_THREAD")).await
    }

    async fn delay_replay(slave: &Node<Self>, delay: Duration) -> Result<(), ClusterError> {
        let replicate = |port| replicate_from(slave, port);
        slave.server.upstream.delay(delay, replicate).await
    }

    async fn promote(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        // Replay may be paused. Started after the receiver's stop, it might drop the relay log.
        admin.execute(&threads::<W>("START", "SQL_THREAD")).await?;
        admin.execute(&threads::<W>("STOP", "IO_THREAD")).await?;
        let received: Option<String> = admin.column(&status::<W>(), W::RECEIVED).await?;
        let received = received.unwrap_or_default();
        until("the replay of the relay log", REPLAY, || async {
            Ok(Self::has_reached(&admin, &received).await?.then_some(()))
        })
        .await?;
        admin.execute(&threads::<W>("STOP", "")).await?;
        admin.execute(&threads::<W>("RESET", "ALL")).await?;
        admin.execute("SET GLOBAL read_only = 0").await?;
        slave.server.read_only.store(false, Ordering::Relaxed);
        slave.server.upstream.clear();
        admin.close().await
    }

    async fn position(master: &Admin) -> Result<String, ClusterError> {
        let position = master.value(W::POSITION).await?;
        Ok(position.unwrap_or_default())
    }

    async fn has_reached(slave: &Admin, position: &str) -> Result<bool, ClusterError> {
        slave.is_true(&W::has_reached(position)).await
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

/// What shows a slave's state.
fn status<W: Words>() -> String {
    format!("SHOW {} STATUS", W::SLAVE)
}

/// A statement on a slave's threads.
fn threads<W: Words>(verb: &str, which: &str) -> String {
    format!("{verb} {} {which}", W::SLAVE)
}

/// Points a slave at a port, and waits until it receives; a paused replay stays paused.
async fn replicate_from<W: Words>(
    slave: &Node<MySqlFamily<W>>,
    port: u16,
) -> Result<(), ClusterError> {
    let admin = slave.admin().await?;
    let replaying: Option<String> = admin.column(&status::<W>(), W::REPLAYING).await?;
    let started = match replaying.as_deref() {
        Some("No") => "IO_THREAD",
        _ => "",
    };
    admin.execute(&threads::<W>("STOP", "")).await?;
    admin.execute(&W::replicate_from(port)).await?;
    admin.execute(&threads::<W>("START", started)).await?;
    admin.close().await?;
    slave.wait_until_following(port).await
}
