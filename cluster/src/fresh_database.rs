use crate::{Node, Server};

/// A database of its own for one test on a shared cluster.
#[derive(Debug, Clone)]
pub struct FreshDatabase {
    name: String,
}

impl FreshDatabase {
    pub(crate) fn new(name: String) -> Self {
        Self { name }
    }

    /// The name asked for, and a number.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the application finds it on `node`.
    pub fn url<S: Server>(&self, node: &Node<S>) -> String {
        node.url_of(&self.name)
    }

    /// The same by way of the proxy that `node.set_network()` cuts.
    pub fn proxied_url<S: Server>(&self, node: &Node<S>) -> String {
        node.proxied_url_of(&self.name)
    }
}
