use std::fmt;

use crate::{
    config::{DatabaseUrl, shown_user},
    names::{BindName, NodeName},
};

/// The node for which a provider is asked, with what a token may have to name. Its `Debug` hides a user that may be more than a name.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NodeAddress {
    /// Its bind.
    pub bind: BindName,
    /// Its name within the bind.
    pub node: NodeName,
    /// The host of its URL.
    pub host: Option<String>,
    /// The port of its URL.
    pub port: Option<u16>,
    /// The user of its URL.
    pub user: Option<String>,
}

impl NodeAddress {
    pub(crate) fn of(bind: &str, node: &str, url: &DatabaseUrl) -> Self {
        let (host, port, user) = url.login_parts();
        Self {
            bind: bind.into(),
            node: node.into(),
            host,
            port,
            user,
        }
    }
}

impl fmt::Debug for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bind,
            node,
            host,
            port,
            user,
        } = self;
        f.debug_struct("NodeAddress")
            .field("bind", bind)
            .field("node", node)
            .field("host", host)
            .field("port", port)
            .field("user", &user.as_deref().map(shown_user))
            .finish()
    }
}
