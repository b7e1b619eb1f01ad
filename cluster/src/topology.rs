use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{ClusterError, FreshDatabase, Node, Server, error::Doing, sandbox::Sandbox};

/// What the issues' tests need: one slave can be ill while another serves.
const SHARED_SLAVES: usize = 2;
const CATCH_UP: Duration = Duration::from_secs(30);

static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// A master and its slaves. When it is dropped, also by a panic, its processes and its directory are gone.
#[derive(Debug)]
pub struct Cluster<S: Server> {
    // Dropped first: the watchdog kills the servers, whatever their state, then the nodes reap them.
    sandbox: Sandbox,
    nodes: Vec<Arc<Node<S>>>,
}

impl<S: Server> Cluster<S> {
    /// Starts all nodes at once; returns when every slave replicates from the master.
    pub async fn start(slaves: usize) -> Result<Self, ClusterError> {
        Self::copies(S::template().await?, slaves).await
    }

    /// The same, of another template.
    pub(crate) async fn copies(template: &Path, slaves: usize) -> Result<Self, ClusterError> {
        let sandbox = Sandbox::new()?;
        let nodes: Vec<Arc<Node<S>>> = (0..=slaves)
            .map(|number| {
                let name = match number {
                    0 => "master".to_owned(),
                    _ => format!("slave-{number}"),
                };
                let directory = sandbox.directory(&name)?;
                Node::new(number, name, directory).map(Arc::new)
            })
            .collect::<Result<_, _>>()?;
        let cluster = Self { sandbox, nodes };
        cluster.launch(template).await?;
        Ok(cluster)
    }

    async fn launch(&self, template: &Path) -> Result<(), ClusterError> {
        let mut launches = JoinSet::new();
        for (number, node) in self.nodes.iter().cloned().enumerate() {
            let master = (number > 0).then(|| Arc::clone(&self.nodes[0]));
            let template = template.to_owned();
            launches.spawn(async move { node.launch(&template, master.as_deref()).await });
        }
        while let Some(launched) = launches.join_next().await {
            launched
                .map_err(io::Error::from)
                .doing(|| "starting a node".to_owned())??;
        }
        Ok(())
    }

    /// A cluster with two slaves that the tests of this process share: for those that do not disturb it, with a
    /// [`database`](Self::database) of their own.
    pub async fn shared() -> Result<&'static Self, ClusterError> {
        S::shared()
            .get_or_try_init(|| Self::start(SHARED_SLAVES))
            .await
    }

    /// The node that was started as the master.
    pub fn master(&self) -> &Node<S> {
        &self.nodes[0]
    }

    /// `slave(1)` is `slave-1`.
    ///
    /// # Panics
    /// When there is no such slave.
    pub fn slave(&self, number: usize) -> &Node<S> {
        assert!(
            (1..self.nodes.len()).contains(&number),
            "no slave {number}; this cluster has slaves 1 to {}",
            self.nodes.len() - 1
        );
        &self.nodes[number]
    }

    /// The nodes that were started as slaves.
    pub fn slaves(&self) -> impl Iterator<Item = &Node<S>> {
        self.nodes[1..].iter().map(Arc::as_ref)
    }

    /// The temporary directory.
    pub fn directory(&self) -> &Path {
        self.sandbox.path()
    }

    /// Creates an empty database on the master, and waits until every slave has it.
    pub async fn database(&self, name: &str) -> Result<FreshDatabase, ClusterError> {
        let name = format!("{name}_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let admin = self.master().admin().await?;
        for statement in S::create_database(&name) {
            admin.execute(&statement).await?;
        }
        admin.close().await?;
        self.wait_until_caught_up(CATCH_UP).await?;
        Ok(FreshDatabase::new(name))
    }

    /// Waits until every slave shows what [`master`](Self::master) has committed so far.
    pub async fn wait_until_caught_up(&self, deadline: Duration) -> Result<(), ClusterError> {
        for slave in self.slaves() {
            slave.wait_until_caught_up(self.master(), deadline).await?;
        }
        Ok(())
    }
}
