use super::{Node, Server};

/// A database of its own for one test on a shared cluster.
#[derive(Debug, Clone)]
pub struct FreshDatabase {
    name: String,
}

impl FreshDatabase {
    pub(super) fn new(name: String) -> Self {
        Self { name }
    }

    /// The name asked for, and a number.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn url<S: Server>(&self, node: &Node<S>) -> String {
        node.url_of(&self.name)
    }

    pub fn proxied_url<S: Server>(&self, node: &Node<S>) -> String {
        node.proxied_url_of(&self.name)
    }
}
