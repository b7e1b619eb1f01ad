use crate::config::Scheme;

/// By what a server is reached, whatever database is meant: the host is compared as [`DatabasePlace`](crate::config) does it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Users may differ in what a server tells them of itself.
    pub(crate) user: String,
}

/// What traces and metrics say of a node's server; it holds no user and no password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// Which system it is, if that is not what its dialect says.
    pub(crate) system: Option<&'static str>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    /// The database that its address names.
    pub(crate) namespace: Option<String>,
}
