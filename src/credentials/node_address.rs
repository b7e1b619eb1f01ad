use crate::{
    config::DatabaseUrl,
    names::{BindName, NodeName},
};

/// For which node credentials are asked: what a token may have to name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
