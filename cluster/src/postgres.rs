use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tokio::sync::OnceCell;

use crate::{
    Admin, Cluster, ClusterError, Node, Program, Server, User, account::Account, error::Doing,
    process, sandbox::Sandbox, statement_log::LoggedStatement, wait::until,
};

const POSTGRES: Program = Program {
    name: "postgres",
    package: "postgresql",
    elsewhere: &["/usr/lib/postgresql/*/bin", "/usr/pgsql/bin"],
};

/// Fast, since nothing here has to survive the machine; a killed server still keeps what it has acknowledged.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
max_prepared_transactions = 50
shared_buffers = 16MB
# In the data directory: a killed server's files in /dev/shm would stay.
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
autovacuum = off
jit = off
wal_level = logical
max_wal_senders = 10
max_logical_replication_workers = 0
# Slaves may be away for long.
wal_keep_size = 1GB
# Instead of 5 s: how soon a slave tries its master again.
wal_retrieve_retry_interval = 50ms
log_line_prefix = '%q%u@%d %m %p '
";

/// In single-user mode a line is a statement.
const PREPARE: &str = "CREATE ROLE app LOGIN PASSWORD 'app'\nCREATE DATABASE app OWNER app\n";

/// What begins the log's lines of the application's sessions: `log_line_prefix`.
const APPLICATION: &str = "app@";

/// Until a setting or a pause has reached the server's processes.
const EFFECT: Duration = Duration::from_secs(30);

static SHARED: OnceCell<Cluster<Postgres>> = OnceCell::const_new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

#[derive(Debug)]
struct Template {
    data: PathBuf,
    _sandbox: Sandbox,
}

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres;

impl Cluster<Postgres> {
    /// A cluster with another system identifier than those that are [started](Self::start): what they have never belonged together.
    pub async fn foreign(slaves: usize) -> Result<Self, ClusterError> {
        let template = initialise().await?;
        Self::copies(&template.data, slaves).await
    }
}

impl Server for Postgres {
    /// PostgreSQL's fast shutdown.
    const NAME: &'static str = "PostgreSQL";

    const STOP_SIGNAL: &'static str = "INT";

    const COUNT_CONNECTIONS: &'static str =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";

    const HEALTH_CHECK: Option<&'static str> = Some("pgsql-check user app");

    fn new(_number: usize) -> Self {
        Self
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
            User::Admin => "postgres",
        };
        format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    fn command(node: &Node<Self>) -> Result<Command, ClusterError> {
        let mut command = process::command(&POSTGRES.find()?, &node.data())?;
        command.arg("-D").arg(node.data());
        command.args(["-p", &node.port().to_string()]);
        command.args(["-c", &format!("cluster_name={}", node.name())]);
        Ok(command)
    }

    fn configure(node: &Node<Self>, master: Option<&Node<Self>>) -> Result<(), ClusterError> {
        let Some(master) = master else { return Ok(()) };
        let source = format!("primary_conninfo = '{}'\n", source(node, master));
        for (name, text) in [("standby.signal", ""), ("postgresql.auto.conf", &source)] {
            let file = node.data().join(name);
            fs::write(&file, text).doing(|| format!("writing `{}`", file.display()))?;
            Account::for_servers()?.own(&file)?;
        }
        Ok(())
    }

    async fn rebuild(node: &Node<Self>, master: &Node<Self>) -> Result<(), ClusterError> {
        let mut backup = node.command(&beside("pg_basebackup")?)?;
        backup.arg("-D").arg(node.data());
        backup.args(["-d", &source(node, master)]);
        backup.args(["-X", "stream", "-c", "fast", "--no-sync"]);
        process::run(backup).await?;
        Self::configure(node, Some(master))
    }

    fn create_database(name: &str) -> Vec<String> {
        vec![format!("CREATE DATABASE {name} OWNER app")]
    }

    async fn follow(slave: &Node<Self>, master: &Node<Self>) -> Result<(), ClusterError> {
        set(slave, "primary_conninfo", &source(slave, master)).await?;
        slave.wait_until_following(master.port()).await
    }

    async fn follows(slave: &Admin, port: u16) -> Result<bool, ClusterError> {
        let receivers = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
        slave
            .is_true(&format!("{receivers} AND sender_port = {port}"))
            .await
    }

    async fn unfollow(slave: &Node<Self>) -> Result<(), ClusterError> {
        set(slave, "primary_conninfo", "").await?;
        let admin = slave.admin().await?;
        until("the end of the WAL receiver", EFFECT, || async {
            let receivers: Option<i64> = admin
                .value("SELECT count(*) FROM pg_stat_wal_receiver")
                .await?;
            Ok((receivers == Some(0)).then_some(()))
        })
        .await?;
        admin.close().await
    }

    async fn detach(slave: &Node<Self>) -> Result<(), ClusterError> {
        Self::unfollow(slave).await
    }

    async fn pause_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("SELECT pg_wal_replay_pause()").await?;
        until("the pause of the replay", EFFECT, || async {
            let state: Option<String> = slave
                .value("SELECT pg_get_wal_replay_pause_state()")
                .await?;
            Ok((state.as_deref() == Some("paused")).then_some(()))
        })
        .await
    }

    async fn resume_replay(slave: &Admin) -> Result<(), ClusterError> {
        slave.execute("SELECT pg_wal_replay_resume()").await
    }

    async fn delay_replay(slave: &Node<Self>, delay: Duration) -> Result<(), ClusterError> {
        set(
            slave,
            "recovery_min_apply_delay",
            &delay.as_millis().to_string(),
        )
        .await
    }

    async fn promote(slave: &Node<Self>) -> Result<(), ClusterError> {
        let admin = slave.admin().await?;
        admin.execute("SELECT pg_promote()").await?;
        until("the promotion", EFFECT, || async {
            let promoted = admin
                .is_true("SELECT count(*) WHERE NOT pg_is_in_recovery()")
                .await?;
            Ok(promoted.then_some(()))
        })
        .await?;
        admin.close().await
    }

    /// A record of our own: the insert position of an idle master can stand past the last record, in the header
    /// of a page that no slave has received.
    async fn position(master: &Admin) -> Result<String, ClusterError> {
        let sql = "SELECT pg_logical_emit_message(true, 'cluster', 'position')::text";
        Ok(master.value(sql).await?.unwrap_or_default())
    }

    async fn has_reached(slave: &Admin, position: &str) -> Result<bool, ClusterError> {
        let replayed = format!("SELECT count(*) WHERE pg_last_wal_replay_lsn() >= '{position}'");
        slave.is_true(&replayed).await
    }

    async fn log_statements(node: &Node<Self>) -> Result<u64, ClusterError> {
        set(node, "log_statement", "all").await?;
        let log = node.log();
        let log = fs::metadata(&log).doing(|| format!("looking at `{}`", log.display()))?;
        Ok(log.len())
    }

    async fn logged_statements(
        node: &Node<Self>,
        start: u64,
    ) -> Result<Vec<LoggedStatement>, ClusterError> {
        let mut text = Vec::new();
        File::open(node.log())
            .and_then(|mut log| {
                log.seek(SeekFrom::Start(start))?;
                log.read_to_end(&mut text)
            })
            .doing(|| format!("reading the log of `{}`", node.name()))?;
        Ok(statements(&String::from_utf8_lossy(&text)))
    }
}

fn beside(program: &'static str) -> Result<PathBuf, ClusterError> {
    let program = Program {
        name: program,
        ..POSTGRES
    };
    let server = POSTGRES.find()?;
    program.find_in(server.parent().map(Path::to_owned))
}

async fn initialise() -> Result<Template, ClusterError> {
    let sandbox = Sandbox::new()?;
    let directory = sandbox.directory("postgres-template")?;
    let data = directory.join("data");
    let mut initdb = process::command(&beside("initdb")?, &directory)?;
    initdb
        .arg("-D")
        .arg(&data)
        .args(["-U", "postgres", "-A", "trust"]);
    initdb.args(["-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
    process::run(initdb).await?;
    fs::write(data.join("postgresql.conf"), SETTINGS)
        .doing(|| "writing the settings".to_owned())?;
    // This run also notes `wal_level` in the control file, without which a copy could not become a slave.
    let script = sandbox.path().join("prepare.sql");
    fs::write(&script, PREPARE)
        .and_then(|()| File::open(&script))
        .map(|script| {
            let mut single = process::command(&POSTGRES.find()?, &directory)?;
            single
                .arg("--single")
                .arg("-D")
                .arg(&data)
                .arg("postgres")
                .stdin(script);
            Ok(single)
        })
        .doing(|| "writing the template's script".to_owned())
        .flatten()
        .map(process::run)?
        .await?;
    Ok(Template {
        data,
        _sandbox: sandbox,
    })
}

/// How `slave` connects to `master`; the name is that of `pg_stat_replication` and `synchronous_standby_names`.
fn source(slave: &Node<Postgres>, master: &Node<Postgres>) -> String {
    let (port, name) = (master.port(), slave.name());
    format!(
        "host=127.0.0.1 port={port} user=postgres application_name={name} sslmode=disable gssencmode=disable"
    )
}

/// Changes a setting, and waits until it holds for every session.
async fn set(node: &Node<Postgres>, name: &str, value: &str) -> Result<(), ClusterError> {
    let admin = node.admin().await?;
    admin
        .execute(&format!("ALTER SYSTEM SET {name} = '{value}'"))
        .await?;
    admin.execute("SELECT pg_reload_conf()").await?;
    admin.close().await?;
    let what = format!("`{name}` = '{value}'");
    until(&what, EFFECT, || async {
        // A new session each time: the server forks it after it has told the others.
        let admin = node.admin().await?;
        let now: Option<String> = admin
            .value(&format!(
                "SELECT setting FROM pg_settings WHERE name = '{name}'"
            ))
            .await?;
        admin.close().await?;
        Ok((now.as_deref() == Some(value)).then_some(()))
    })
    .await
}

/// The application's statements in a piece of the server's log, where a statement's further lines begin with a tab.
fn statements(log: &str) -> Vec<LoggedStatement> {
    let mut statements: Vec<LoggedStatement> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        match line.strip_prefix('\t') {
            Some(more) => {
                if let (true, Some(statement)) = (inside, statements.last_mut()) {
                    statement.text.push('\n');
                    statement.text.push_str(more);
                }
            }
            None => {
                let statement = statement(line);
                inside = statement.is_some();
                statements.extend(statement);
            }
        }
    }
    statements
}

fn statement(line: &str) -> Option<LoggedStatement> {
    let (origin, message) = line.strip_prefix(APPLICATION)?.split_once(" LOG:  ")?;
    let text = match message.strip_prefix("statement: ") {
        Some(simple) => simple,
        None => message.strip_prefix("execute ")?.split_once(": ")?.1,
    };
    let (_, process) = origin.rsplit_once(' ')?;
    Some(LoggedStatement {
        session: process.to_owned(),
        text: text.to_owned(),
    })
}
