use std::sync::Arc;

use super::{OpenBind, OpenNode, node_opener::NodeOpener};
use crate::{
    config::{BindConfig, BindsConfig, NodeConfig, PoolConfig, RoutingConfig, Scheme},
    credentials::{CredentialsProvider, Login, NodeAddress},
    error::ConnectError,
    names::NodeName,
    node::{Lodging, Opener, Role},
};

/// A configured bind, with what it takes from the rest of its configuration.
#[derive(Clone, Copy)]
pub(crate) struct Configured<'c> {
    pub(crate) config: &'c BindsConfig,
    /// The routing options of the whole, those that are set in code included.
    pub(crate) routing: &'c RoutingConfig,
    pub(crate) bind: &'c BindConfig,
    /// Whom to ask for credentials, if anybody.
    pub(crate) credentials: Option<&'c Arc<dyn CredentialsProvider>>,
}

impl Configured<'_> {
    /// The routing options that hold for this bind.
    pub(crate) fn routing(self) -> RoutingConfig {
        self.bind.routing().or(self.routing)
    }

    /// The pool options that hold for this node.
    pub(crate) fn pool(self, node: &NodeConfig) -> PoolConfig {
        self.config.effective_pool(self.bind, node)
    }

    /// What connections to this node log in with, if that is asked for.
    pub(super) fn login(self, node: &NodeConfig) -> Option<Arc<Login>> {
        let is_server = node.url.backend() != Some(Scheme::Sqlite);
        let provider = self.credentials.filter(|_| is_server)?;
        let address = NodeAddress::of(&self.bind.name, &node.name, &node.url);
        Some(Arc::new(Login::new(provider.clone(), address)))
    }

    /// Whether other binds share the connections, and which settings get values of the scope there.
    pub(crate) fn shares(&self) -> (bool, &[String]) {
        (self.config.hosts(self.bind), &self.bind.settings_from_scope)
    }

    /// The bind on the servers of another one, if it is one.
    pub(crate) fn lodging(self) -> Option<Lodging> {
        let within = self.bind.within.as_ref()?;
        let opener = |node: &NodeConfig| {
            let name = NodeName::from(node.name.as_str());
            (name, self.opener(node, Role::Master))
        };
        Some(Lodging {
            name: self.bind.name.as_str().into(),
            host: within.bind.as_str().into(),
            place: within.place().into(),
            openers: self.bind.nodes().map(opener).collect(),
        })
    }

    /// What opens this node.
    pub(crate) fn opener(self, node: &NodeConfig, role: Role) -> Arc<dyn Opener> {
        Arc::new(NodeOpener::new(self, node, role))
    }

    /// Opens the master, which may have to create what the slaves read, and then the slaves; if `is_lazy`, no server
    /// has to answer yet.
    pub(crate) async fn open(self, is_lazy: bool) -> Result<OpenBind, ConnectError> {
        let master = self.open_node(&self.bind.master, Role::Master, is_lazy);
        let mut open = OpenBind::new(&self.bind.name, master.await?);
        for slave in &self.bind.slaves {
            let slave = self.open_node(slave, Role::Slave, is_lazy);
            open.slaves.push(slave.await?);
        }
        Ok(open)
    }

    async fn open_node(
        self,
        node: &NodeConfig,
        role: Role,
        is_lazy: bool,
    ) -> Result<OpenNode, ConnectError> {
        let opening = NodeOpener::new(self, node, role).lazy(is_lazy);
        // The driver's future is deep, and an application's `main` has to hold all of it.
        let connection = Box::pin(opening.connect()).await?;
        Ok(OpenNode {
            name: node.name.as_str().into(),
            weight: node.weight,
            connection,
            opener: Arc::new(opening),
        })
    }
}
