use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tokio::net::TcpStream;

use crate::{
    Admin, ClusterError, Network, Proxy, Server, StatementLog, User,
    error::Doing,
    port,
    process::{self, Process},
    wait::until,
};

/// The application's database, made with the cluster.
const DATABASE: &str = "app";
/// Generous, for a machine on which a build runs beside the tests.
const START: Duration = Duration::from_secs(60);
/// A master's clean stop waits until its slaves have everything.
const STOP: Duration = Duration::from_secs(30);
const FOLLOW: Duration = Duration::from_secs(30);
const LOG_TAIL_LINES: usize = 20;

/// One server on loopback, and what can be done to it.
#[derive(Debug)]
pub struct Node<S: Server> {
    name: String,
    directory: PathBuf,
    port: u16,
    process: Process,
    proxy: Proxy,
    pub(crate) server: S,
}

impl<S: Server> Node<S> {
    /// `number` 0 is the master.
    pub(crate) fn new(
        number: usize,
        name: String,
        directory: PathBuf,
    ) -> Result<Self, ClusterError> {
        let port = port::free()?;
        Ok(Self {
            name,
            process: Process::new(directory.clone()),
            directory,
            port,
            proxy: Proxy::start(port)?,
            server: S::new(number),
        })
    }

    /// The name it was started with: `master`, `slave-1`, …; a promotion does not change it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the server listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where this node's proxy listens.
    pub fn proxied_port(&self) -> u16 {
        self.proxy.port()
    }

    /// The directory of its log and its data.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The application's database, for its owner.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The same, through this node's proxy: see [`set_network`](Self::set_network).
    pub fn proxied_url(&self) -> String {
        self.proxied_url_of(DATABASE)
    }

    /// The application's database, for the server's administrator.
    pub fn admin_url(&self) -> String {
        S::url(self.port, User::Admin, DATABASE)
    }

    /// The application's URL of another database.
    pub fn url_of(&self, database: &str) -> String {
        S::url(self.port, User::Application, database)
    }

    /// The same by way of the proxy.
    pub fn proxied_url_of(&self, database: &str) -> String {
        S::url(self.proxy.port(), User::Application, database)
    }

    /// A connection as the administrator; it never goes through the proxy.
    pub async fn admin(&self) -> Result<Admin, ClusterError> {
        Admin::connect(self.admin_url()).await
    }

    /// Changes the network on the way of [`proxied_url`](Self::proxied_url). A stopped server behind
    /// [`Network::Forward`] looks like a connection that is accepted and reset.
    pub async fn set_network(&self, network: Network) {
        self.proxy.set(network).await;
    }

    /// Leads new connections to [`proxied_url`](Self::proxied_url) to another node; open ones stay where they are.
    pub fn lead_to(&self, other: &Self) {
        self.proxy.redirect(other.port);
    }

    /// The connections that the application has open at the server.
    pub async fn connections(&self) -> Result<i64, ClusterError> {
        let admin = self.admin().await?;
        let count = admin.value(S::COUNT_CONNECTIONS).await?;
        admin.close().await?;
        Ok(count.unwrap_or(0))
    }

    /// From here on the server logs every statement of every session.
    pub async fn log_statements(&self) -> Result<StatementLog<'_, S>, ClusterError> {
        let start = S::log_statements(self).await?;
        Ok(StatementLog::new(self, start))
    }
}

/// Its process.
impl<S: Server> Node<S> {
    /// A command of the server's own programs, which works in this node's directory and is killed with it.
    pub(crate) fn command(&self, program: &Path) -> Result<Command, ClusterError> {
        process::command(program, &self.directory)
    }

    /// Starts a stopped or killed server with the data, port and role that it had; a running one it leaves alone.
    pub async fn start(&self) -> Result<(), ClusterError> {
        if self.process.is_running() {
            return Ok(());
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .doing(|| format!("opening `{}`", self.log().display()))?;
        let mut command = S::command(self)?;
        let errors = log.try_clone().doing(|| "sharing the log".to_owned())?;
        command.stdout(log).stderr(errors);
        self.process.spawn(command)?;
        self.ready().await
    }

    /// Waits until it answers; it is an error when it ends instead.
    pub(crate) async fn ready(&self) -> Result<(), ClusterError> {
        let what = format!("the start of `{}`", self.name);
        until(&what, START, || async {
            if let Some(status) = self.process.ended()? {
                return Err(ClusterError::Ended {
                    node: self.name.clone(),
                    status,
                    log: self.log_tail(),
                });
            }
            Ok(self.answers().await.then_some(()))
        })
        .await
    }

    async fn answers(&self) -> bool {
        // Asked first because sqlx's pool backs off where it is refused, longer than a start takes.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .is_err()
        {
            return false;
        }
        match self.admin().await {
            Ok(admin) => admin.execute("SELECT 1").await.is_ok() && admin.close().await.is_ok(),
            Err(_) => false,
        }
    }

    fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }

    /// Whether its process runs, frozen or not.
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// A clean stop; sessions are ended.
    pub async fn stop(&self) -> Result<(), ClusterError> {
        self.running()?;
        self.process.stop(S::STOP_SIGNAL, STOP).await
    }

    /// A clean stop, and a start.
    pub async fn restart(&self) -> Result<(), ClusterError> {
        self.stop().await?;
        self.start().await
    }

    /// `kill -9` of all its processes.
    pub async fn kill(&self) -> Result<(), ClusterError> {
        self.process.kill().await
    }

    /// SIGSTOP to all its processes: connections are accepted by the kernel, nothing is answered.
    pub fn freeze(&self) -> Result<(), ClusterError> {
        self.running()?;
        self.process.signal("STOP")
    }

    /// SIGCONT: goes on where it was frozen.
    pub fn thaw(&self) -> Result<(), ClusterError> {
        self.running()?;
        self.process.signal("CONT")
    }

    fn running(&self) -> Result<(), ClusterError> {
        if self.process.is_running() {
            return Ok(());
        }
        Err(ClusterError::NotRunning {
            node: self.name.clone(),
        })
    }
}

/// Its replication.
impl<S: Server> Node<S> {
    /// Copies the template, starts it, and lets it follow the master.
    pub(crate) async fn launch(
        &self,
        template: &Path,
        master: Option<&Self>,
    ) -> Result<(), ClusterError> {
        self.copy(template).await?;
        S::configure(self, master)?;
        self.start().await?;
        if let Some(master) = master {
            master.ready().await?;
            self.follow(master).await?;
        }
        Ok(())
    }

    pub(crate) async fn copy(&self, template: &Path) -> Result<(), ClusterError> {
        let mut copy = self.command(Path::new("cp"))?;
        copy.args(["-a", "--reflink=auto"])
            .arg(template)
            .arg(self.data());
        process::run(copy).await
    }

    /// Makes this slave replicate from `master` (as it also must after a promotion), and waits until it does.
    pub async fn follow(&self, master: &Self) -> Result<(), ClusterError> {
        S::follow(self, master).await
    }

    pub(crate) async fn wait_until_following(&self, port: u16) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        let what = format!("`{}` following port {port}", self.name);
        until(&what, FOLLOW, || async {
            Ok(S::follows(&admin, port).await?.then_some(()))
        })
        .await?;
        admin.close().await
    }

    /// Cuts the slave off from its master: it keeps and replays what it has received, until it follows again.
    pub async fn unfollow(&self) -> Result<(), ClusterError> {
        S::unfollow(self).await
    }

    /// Copies this slave's data as they are, for [`restore`](Self::restore); it is restarted for that. The copy follows
    /// nobody.
    pub async fn back_up(&self, master: &Self) -> Result<(), ClusterError> {
        S::detach(self).await?;
        self.stop().await?;
        let mut copy = self.command(Path::new("cp"))?;
        copy.args(["-a", "--reflink=auto"])
            .arg(self.data())
            .arg(self.directory.join("copy"));
        process::run(copy).await?;
        self.start().await?;
        self.follow(master).await
    }

    /// `kill -9`, and a start with the data that were copied last.
    pub async fn restore(&self) -> Result<(), ClusterError> {
        self.kill().await?;
        self.put_aside()?;
        fs::rename(self.directory.join("copy"), self.data())
            .doing(|| format!("restoring the data of `{}`", self.name))?;
        self.start().await
    }

    /// Gives up this node's data and builds them anew as a slave of `master`: how a failed master comes back.
    pub async fn rejoin(&self, master: &Self) -> Result<(), ClusterError> {
        self.kill().await?;
        self.put_aside()?;
        S::rebuild(self, master).await?;
        self.start().await?;
        self.follow(master).await
    }

    /// Renamed and not removed: the watchdog learns from them what a killed PostgreSQL has left in the kernel.
    fn put_aside(&self) -> Result<(), ClusterError> {
        (0_usize..)
            .map(|number| self.directory.join(format!("replaced-{number}")))
            .find(|aside| !aside.exists())
            .map_or(Ok(()), |aside| fs::rename(self.data(), aside))
            .doing(|| format!("putting the data of `{}` aside", self.name))
    }

    /// What the slave receives from now on stays invisible.
    pub async fn pause_replay(&self) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        S::pause_replay(&admin).await?;
        admin.close().await
    }

    /// Ends a pause.
    pub async fn resume_replay(&self) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        S::resume_replay(&admin).await?;
        admin.close().await
    }

    /// What is committed on the master shows up here that much later; zero ends it.
    pub async fn delay_replay(&self, delay: Duration) -> Result<(), ClusterError> {
        S::delay_replay(self, delay).await
    }

    /// Makes the slave a writable master, after it has replayed what it received. Neither the old master nor
    /// the other slaves are touched: see [`follow`](Self::follow) and [`rejoin`](Self::rejoin).
    pub async fn promote(&self) -> Result<(), ClusterError> {
        S::promote(self).await
    }

    /// Waits until reads on this slave see every commit that `master` has acknowledged so far.
    pub async fn wait_until_caught_up(
        &self,
        master: &Self,
        deadline: Duration,
    ) -> Result<(), ClusterError> {
        let source = master.admin().await?;
        let position = S::position(&source).await?;
        source.close().await?;
        let admin = self.admin().await?;
        let what = format!("`{}` catching up with {position}", self.name);
        until(&what, deadline, || async {
            Ok(S::has_reached(&admin, &position).await?.then_some(()))
        })
        .await?;
        admin.close().await
    }
}
