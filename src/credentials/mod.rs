//! Credentials that do not stand in binds.yaml: a provider is asked for them before a connection is opened, and again
//! before they end.

#[allow(clippy::module_inception, reason = "the folder's main type")]
mod credentials;
mod login;
mod node_address;
mod provider;
#[cfg(test)]
mod tests;

pub use credentials::Credentials;
pub(crate) use login::Login;
pub use node_address::NodeAddress;
pub use provider::{CredentialsError, CredentialsProvider};
