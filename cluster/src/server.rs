use std::{fmt::Debug, path::Path, process::Command, time::Duration};

use tokio::sync::OnceCell;

use crate::{Admin, Cluster, ClusterError, Node, statement_log::LoggedStatement};

/// Whom a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Owns the application's database, and may do nothing else.
    Application,
    /// May do everything.
    Admin,
}

/// What differs between the servers; a value holds what one node remembers of it.
///
/// Tests speak to [`Cluster`] and [`Node`], and can be written once for all as functions of `S: Server`.
pub trait Server: Debug + Sized + Send + Sync + 'static {
    /// What a test's output calls it.
    const NAME: &'static str;

    /// Asks the main process for a clean stop.
    const STOP_SIGNAL: &'static str;

    /// Counts the application's connections.
    const COUNT_CONNECTIONS: &'static str;

    /// HAProxy's option by which it asks whether the server is well, where one asks often without harm.
    const HEALTH_CHECK: Option<&'static str>;

    /// What is remembered of the node of that number; 0 is the master.
    fn new(number: usize) -> Self;

    /// The cluster that the tests of this process share.
    fn shared() -> &'static OnceCell<Cluster<Self>>;

    /// A data directory made once per process, with the database `app` and its users, to be copied for each node.
    fn template() -> impl Future<Output = Result<&'static Path, ClusterError>> + Send;

    /// Where one connects to a server on this machine.
    fn url(port: u16, user: User, database: &str) -> String;

    /// Starts the server.
    fn command(node: &Node<Self>) -> Result<Command, ClusterError>;

    /// Prepares a copied data directory before its first start.
    fn configure(node: &Node<Self>, master: Option<&Node<Self>>) -> Result<(), ClusterError>;

    /// Replaces the data of a stopped node by those of `master`, as its slave.
    fn rebuild(
        node: &Node<Self>,
        master: &Node<Self>,
    ) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Statements that create a database which the application owns.
    fn create_database(name: &str) -> Vec<String>;

    /// Returns when the slave receives.
    fn follow(
        slave: &Node<Self>,
        master: &Node<Self>,
    ) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Whether the slave receives from that master.
    fn follows(slave: &Admin, port: u16)
    -> impl Future<Output = Result<bool, ClusterError>> + Send;

    /// Stops receiving; what was received is kept.
    fn unfollow(slave: &Node<Self>) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Stops receiving, for ever: also after a restart.
    fn detach(slave: &Node<Self>) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Keeps what the slave receives invisible.
    fn pause_replay(slave: &Admin) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Ends a pause.
    fn resume_replay(slave: &Admin) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Makes visible only later what the slave receives; zero ends it.
    fn delay_replay(
        slave: &Node<Self>,
        delay: Duration,
    ) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// Makes the slave a writable master, after it has replayed what it received.
    fn promote(slave: &Node<Self>) -> impl Future<Output = Result<(), ClusterError>> + Send;

    /// A position of the master's log that is not before any commit it has acknowledged.
    fn position(master: &Admin) -> impl Future<Output = Result<String, ClusterError>> + Send;

    /// Whether reads on the slave see everything up to `position`.
    fn has_reached(
        slave: &Admin,
        position: &str,
    ) -> impl Future<Output = Result<bool, ClusterError>> + Send;

    /// Makes the server log every statement; gives the end of the log, where the next one will be.
    fn log_statements(node: &Node<Self>) -> impl Future<Output = Result<u64, ClusterError>> + Send;

    /// The application's statements in the log behind `start`.
    fn logged_statements(
        node: &Node<Self>,
        start: u64,
    ) -> impl Future<Output = Result<Vec<LoggedStatement>, ClusterError>> + Send;
}
