use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{task::yield_now, time::Instant};

use super::{
    LabBuilder,
    bind::LabBind,
    clock::{StandingClock, nap},
    directory::Directory,
    node::{LabNode, Trouble},
};
use crate::{
    config::{DEFAULT_BIND, YEAR},
    database::RoutingDatabase,
};

/// How far the clock moves at once: the shortest beat of a monitor.
const STEP: Duration = Duration::from_millis(100);

/// Two beats of a monitor, and more: after that it knows what slaves hold.
const KNOWN: Duration = Duration::from_secs(5);

/// Tasks that wake each other one after the other, and need no time for it.
const TURNS: usize = 32;

/// How long the clock waits for SQLite, in naps: somebody may hold a connection on purpose.
const NAPS: usize = 20;

/// Masters and slaves on SQLite, in this process, that lag and fail as a test says, and a database over them.
///
/// **The clock stands still** until the test moves it, by [`pass`](Self::pass), [`passing`](Self::passing) or
/// [`caught_up`](Self::caught_up). So nothing depends on how fast the machine is. What is committed on a master arrives at a slave
/// when the clock has moved by the slave's lag, by default with the clock's next move. Monitors ask when the clock comes to their next
/// beat. Whoever sleeps, or waits for a server that does not answer, waits for the clock.
///
/// A node is named as in the bind `default`, `slave-1`, or with its bind, `reports.slave-1`. An unknown name panics, and the message
/// lists the known names. A connection that is in use, such as that of an open transaction, goes on when its node fails.
///
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use sea_orm::ConnectionTrait;
/// use sea_orm_routing::testing::{Lab, served};
///
/// let lab = Lab::new().slaves(2).start().await?;
/// let db = lab.db();
/// lab.kill("master");
/// lab.promote("slave-2").await;
/// lab.pass(Duration::from_secs(5)).await;
/// let made = served(db, db.execute_unprepared("CREATE TABLE cake (id INTEGER)")).await;
/// made.output?;
/// assert_eq!(made.statements[0].route.node, "slave-2");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Lab {
    db: RoutingDatabase,
    binds: Vec<LabBind>,
    clock: StandingClock,
    /// Dropped last.
    _directory: Arc<Directory>,
}

impl Lab {
    /// A lab to be: say which servers it has, and start it.
    #[allow(clippy::new_ret_no_self, reason = "it reads as what it becomes")]
    #[must_use]
    pub fn new() -> LabBuilder {
        LabBuilder::new()
    }

    pub(super) fn over(
        db: RoutingDatabase,
        binds: Vec<LabBind>,
        clock: StandingClock,
        directory: Arc<Directory>,
    ) -> Self {
        Self {
            db,
            binds,
            clock,
            _directory: directory,
        }
    }

    /// Where its files are.
    #[cfg(test)]
    pub(super) fn directory(&self) -> &std::path::Path {
        self._directory.path()
    }

    /// The database over the servers.
    pub fn db(&self) -> &RoutingDatabase {
        &self.db
    }

    /// Makes a slave lag: what is committed from now on arrives at the slave that much later, and so does what is still on its way. The
    /// slave keeps what it holds.
    #[doc(alias = "replication_lag")]
    #[track_caller]
    pub fn lag(&self, node: &str, lag: Duration) {
        self.find(node).1.set_lag(lag.min(YEAR));
    }

    /// Kills a node: connections to it are refused, the monitor's too, and nothing arrives there.
    #[doc(alias = "failover")]
    #[track_caller]
    pub fn kill(&self, node: &str) {
        self.find(node).1.set_trouble(Some(Trouble::Dead));
    }

    /// Makes a node silent: it answers nothing, neither statements nor the monitor, until a timeout ends the wait, or
    /// [`revive`](Self::revive). The master's commits still arrive there.
    #[track_caller]
    pub fn silence(&self, node: &str) {
        self.find(node).1.set_trouble(Some(Trouble::Silent));
    }

    /// Makes a node refuse every connection for a statement. The server is well, and says so to the monitor.
    #[track_caller]
    pub fn refuse(&self, node: &str) {
        self.find(node).1.set_trouble(Some(Trouble::Refusing));
    }

    /// Makes a node well again. What the node missed arrives when the clock moves. A lag stays.
    #[track_caller]
    pub fn revive(&self, node: &str) {
        self.find(node).1.set_trouble(None);
    }

    /// Makes a slave its bind's master, with what the slave holds. What has not arrived there is lost. The old master follows the new one,
    /// and refuses writes, if it lives. The database finds that out by itself, when the clock moves.
    ///
    /// # Panics
    /// If the node is the master already, or SQLite fails.
    #[doc(alias = "failover")]
    pub async fn promote(&self, node: &str) {
        let (bind, node) = self.find(node);
        assert!(!node.is_master(), "`{}` is the master already", node.name);
        let promoted = bind.promote(node).await;
        promoted.expect("the lab's files can be copied");
    }

    /// Moves the clock, step by step. At each step everybody who was waiting for it goes on, and slaves receive what is due.
    ///
    /// Cancel safe: the clock then stands where it is.
    ///
    /// # Panics
    /// If SQLite fails.
    pub async fn pass(&self, duration: Duration) {
        let end = Instant::now() + duration.min(YEAR);
        loop {
            self.settle().await;
            self.observe().await;
            let now = Instant::now();
            if now >= end {
                return;
            }
            self.clock.advance(STEP.min(end - now)).await;
            let nodes = self.binds.iter().flat_map(|bind| &bind.nodes);
            nodes.for_each(|node| node.receive());
        }
    }

    /// Lets time pass until `work` is done. It is for work that sleeps, or waits for a server that does not answer.
    pub async fn passing<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                output = &mut work => return output,
                () = self.pass(STEP) => {}
            }
        }
    }

    /// Lets time pass until all that was committed has arrived at the slaves that live, and the database knows that.
    pub async fn caught_up(&self) {
        let nodes = self.binds.iter().flat_map(|bind| &bind.nodes);
        let longest = nodes.filter_map(|node| node.lag()).max();
        self.pass(longest.unwrap_or_default() + KNOWN).await;
    }

    /// What was committed so far was committed now: the clock has not moved since.
    async fn observe(&self) {
        for bind in self.binds.iter().filter(|bind| bind.was_used()) {
            let observed = bind.history.observe().await;
            observed.expect("the lab's files can be copied");
        }
    }

    /// Waits until everybody waits: for the clock, a server that does not answer, or the test.
    async fn settle(&self) {
        let mut naps = 0;
        let mut is_quiet = false;
        while naps < NAPS {
            for _ in 0..TURNS {
                yield_now().await;
            }
            let was_quiet = std::mem::replace(&mut is_quiet, !self.is_busy());
            if !is_quiet {
                naps += 1;
                nap().await;
            } else if was_quiet {
                return;
            }
        }
    }

    fn is_busy(&self) -> bool {
        self.binds.iter().any(LabBind::is_busy)
    }

    #[track_caller]
    fn find(&self, name: &str) -> (&LabBind, &Arc<LabNode>) {
        let (bind, node) = name.split_once('.').unwrap_or((DEFAULT_BIND, name));
        let nodes = || {
            self.binds
                .iter()
                .flat_map(|bind| bind.nodes.iter().map(move |node| (bind, node)))
        };
        let found = nodes().find(|(of, other)| of.name == bind && other.name == node);
        let known = || {
            let names = nodes().map(|(bind, node)| format!("`{}.{}`", bind.name, node.name));
            names.collect::<Vec<_>>().join(", ")
        };
        found.unwrap_or_else(|| {
            panic!(
                "the lab has no node `{bind}.{node}`; its nodes are {}",
                known()
            )
        })
    }
}
